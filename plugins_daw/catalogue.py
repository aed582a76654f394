"""Every effect that a chain can hold, by tool id: pedalboard's, the user's impulse responses, and their plug-ins that were tried once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from plugins_daw import impulses
from plugins_daw.effects import USUAL, Effect
from plugins_daw.formats import SUFFIXES
from plugins_daw.vst3_library import Library


class Effects(Mapping[str, Effect]):
    """Built-in effects in their usual order, then the plug-ins that were asked for. A known one is found by its id without loading it."""

    def __init__(self, library: Library | None = None) -> None:
        self.library = library or Library()
        self._effects = {effect.tool.id: effect for effect in impulses.built_in()}

    def __getitem__(self, tool: str) -> Effect:
        if tool not in self._effects:
            plugin = self.library.kept(tool)
            if plugin is None or plugin.refused:
                raise KeyError(tool)
            self._effects[tool] = plugin.effect()
        return self._effects[tool]

    def __contains__(self, tool: object) -> bool:
        try:
            self[str(tool)]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._effects)

    def __len__(self) -> int:
        return len(self._effects)

    def admit(self, wish: str) -> str:
        """Tries what the user named (a plug-in's id, name or file, or an impulse response) -> its tool id. InputError or PluginError."""
        if Path(wish).suffix.lower() in SUFFIXES:
            impulse = impulses.admit(Path(wish))
            self._effects = {**{effect.tool.id: effect for effect in impulses.built_in()}, **self._effects}
            return impulse.tool.id
        found = self.library.find(wish)
        self._effects[found.id] = self.library.probed(found).effect()
        return found.id


def search_order(chain: Sequence[str], only_these: bool) -> list[str] | None:
    """The effects that a search may use, in order; None where that is the usual chain of built-in effects.

    They are those of `chain`, and, unless `only_these`, the other usual ones at their places.
    """
    places = [effect.tool.id for effect in impulses.built_in()]
    usual = [effect.tool.id for effect in USUAL]
    order = list(chain)
    for tool in usual if not only_these else ():
        if tool not in order:
            earlier = [order.index(other) for other in places[: places.index(tool)] if other in order]
            order.insert(max(earlier, default=-1) + 1, tool)
    return None if order == usual else order
