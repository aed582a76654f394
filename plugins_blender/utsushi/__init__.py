"""Utsushi in Blender: a panel in the sidebar that gives a scene the light and look of a reference picture."""

from . import operators, panel, properties, takes

PARTS = (properties, takes, operators, panel)


def register() -> None:
    for part in PARTS:
        part.register()


def unregister() -> None:
    for part in reversed(PARTS):
        part.unregister()
