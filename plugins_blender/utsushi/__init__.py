"""Utsushi in Blender: a panel in the sidebar that gives a scene the light and look of a reference picture."""

from importlib import import_module
from types import ModuleType

PARTS = (
    "preferences", "properties", "takes", "catalog", "choose_operators", "operators", "take_operators", "panel", "say_properties",
    "say_operators", "say_panel",
)  # fmt: skip
"""In the order in which they are registered. A background Blender needs none of them, so they are imported only here."""


def register() -> None:
    for part in _parts():
        part.register()


def unregister() -> None:
    for part in reversed(_parts()):
        part.unregister()


def _parts() -> list[ModuleType]:
    return [import_module(f".{name}", __name__) for name in PARTS]
