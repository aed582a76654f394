"""What is left out because it was said before: "the beak too", "so should its head", "do the same with the wings", "those"."""

from .elsewhere import Elsewhere
from .items import DESCRIBES, NAMES, Modifier, Noun, Separator
from .lexicon import Meaning
from .tokens import Token

CLAUSE = ("break", "comma", "but", "and")
"""What a word such as "too" stands before, where it says that the last claim goes for a part as well."""


class Likewise(Elsewhere):
    """The part of phrases.Reader that marks what the words before go for as well."""

    alike: bool

    def _likewise(self, at: int) -> None:
        """ "likewise the tail", "the tail likewise"."""
        if not self._goes_over(at):
            self.alike = self.tokens[at].text not in ("as well", "included")

    def _and(self, at: int) -> None:
        """ "tail also." is no list."""
        if self.tokens[at].text != "also" or not self._goes_over(at):
            self.items.append(Separator("and"))

    def _same(self, at: int) -> None:
        """ "翼も同じ色に", "with legs to match": the same as what was said; where a part is named behind, as that is."""
        end = next((place for place in range(at + 1, len(self.tokens)) if self._kind(place) in ("break", "comma")), len(self.tokens))
        named = any(self._kind(place) in NAMES for place in range(at + 1, end))
        if named or not self._mark():
            self.items.append(Separator("same"))

    def _goes_over(self, at: int) -> bool:
        """Whether a word at the end of a clause says that what was said before goes for the part that stands last."""
        after = next((kind for kind in map(self._kind, range(at + 1, len(self.tokens))) if kind != "ignore"), "break")
        return after in CLAUSE and self._mark()

    def _mark(self) -> bool:
        """Marks the part that stands last and what "and" joins to it, where nothing was said of it."""
        found: list[Noun] = []
        joined = True
        for item in reversed(self.items):
            if isinstance(item, Noun) and item.kind == "part" and not item.said:
                found.append(item)
                joined = False
            elif item == Separator("and"):
                joined = True
            elif isinstance(item, Modifier) and not joined and found:
                found.pop()  # "lengthen the legs too"
                break
            elif item not in map(Separator, ("det", "copula", "colon")):
                break
        for noun in found:
            noun.also = True
        return bool(found)

    def _refers(self, at: int) -> bool:
        """Whether "those" stands for parts that were named: "I want those red", not "those red wings". It then becomes a pronoun."""
        token = self.tokens[at]
        if token.text not in ("those", "these") or not any(isinstance(item, Noun) and item.kind == "part" for item in self.items):
            return False
        passed = (*DESCRIBES, "degree", "more", "less")
        after = next((kind for kind in map(self._kind, range(at + 1, len(self.tokens))) if kind not in passed), "")
        if after in (*NAMES, "unknown", "of", "side") or self._kind(at + 1) in ("break", "comma", "of"):
            return False
        self.tokens = [*self.tokens[:at], Token(token.text, Meaning("pronoun")), *self.tokens[at + 1 :]]
        return True
