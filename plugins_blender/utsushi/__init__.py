"""Utsushi in Blender: a panel in the sidebar that gives a scene the light and look of a reference picture."""

from . import (
    catalog, choose_operators, operators, panel, preferences, properties, say_operators, say_panel, say_properties, take_operators, takes,
)  # fmt: skip

PARTS = (
    preferences, properties, takes, catalog, choose_operators, operators, take_operators, panel, say_properties, say_operators, say_panel,
)  # fmt: skip


def register() -> None:
    for part in PARTS:
        part.register()


def unregister() -> None:
    for part in reversed(PARTS):
        part.unregister()
