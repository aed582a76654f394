"""What numbers say: "twice as long", "by 20 %", "height 2.0", "8 slats"."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from .catalog import DIMENSIONS, base_form
from .items import Item, Modifier, Noun, Separator
from .tokens import Token

JAPANESE_DIMENSIONS = {"大きさ": "size", "長さ": "length", "高さ": "height", "幅": "width", "太さ": "girth"}

BEFORE_VALUE = ("for", "copula", "colon", "ignore")
"""What may stand between a name and its value: "height to 2.0"."""


class Measures(ABC):
    """The part of phrases.Reader that reads numbers; the fields are its own."""

    tokens: Sequence[Token]
    items: list[Item]
    factor: float
    times: float
    exact: float | None
    relative: bool
    flip: bool
    negated: bool

    @abstractmethod
    def _reset(self) -> None: ...

    @abstractmethod
    def _last_modifier(self) -> Modifier | None: ...

    def _kind(self, at: int) -> str:
        """Of the token at `at`; behind the last one the instruction breaks off."""
        return self.tokens[at].kind if at < len(self.tokens) else "break"

    def _number(self, at: int) -> None:
        meaning, said = self.tokens[at].meaning, self._last_modifier()
        if at and self.tokens[at - 1].text == "by" and said:  # "shorten it by half", "by 20 %"
            share = meaning.factor - 1 if meaning.relative else meaning.factor
            said.times = 1 + share if said.kind == "axis" and said.value[1] > 0 else max(1 - share, 0.05)
            said.factor, said.relative = 1.0, True
            return
        self.times = meaning.factor
        self.relative = True

    def _value(self, at: int) -> None:
        """ "8 slats", "smile 0.4": the value itself; other plain numbers say nothing."""
        value, last = self.tokens[at].meaning.value, self._named_before(at)
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if following and following.kind == "part":
            self.exact = value
        elif last:
            last.said.append(Modifier("axis", ("presence", 1), self.tokens[at].text, exact=value))

    def _named_before(self, at: int) -> Noun | None:
        """The part that was named just before the number at `at`, but for "to", "is" or a colon."""
        before = next((one for one in reversed(self.tokens[:at]) if one.kind not in BEFORE_VALUE), None)
        last = next((item for item in reversed(self.items) if not isinstance(item, Separator)), None)
        return last if before and before.kind == "part" and isinstance(last, Noun) else None

    def _dimension(self, at: int) -> None:
        """ "half the size", "increase the length"."""
        name = self.tokens[at].text
        axis = DIMENSIONS.get(name) or DIMENSIONS.get(base_form(name)) or JAPANESE_DIMENSIONS[name]
        following = next((one for one in self.tokens[at + 1 :] if one.kind not in BEFORE_VALUE), None)
        if following and following.kind == "value":
            self.items.append(Modifier("axis", (axis, 1), name, exact=following.meaning.value))
            self._reset()
        elif self.times or self.relative or self.flip:
            sign = -1 if self.flip else 1
            self.items.append(Modifier("axis", (axis, sign), name, self.factor, True, self.negated, times=self.times))
            self._reset()
