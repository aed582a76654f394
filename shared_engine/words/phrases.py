"""Tokens -> nouns, modifiers and the separators between them, for bind.py. Degrees, negation and the like are settled here."""

from collections.abc import Sequence

from .elsewhere import DOUBTED, ENDS
from .items import DESCRIBES, NAMES, Item, Modifier, Noun, Separator
from .likewise import Likewise
from .mixtures import merged
from .rephrase import clause_end
from .tokens import Token

EXCHANGE = ("swap", "exchange", "switch", "trade")
"""What two parts can do with their colours; "replace" and "change" need a word for what comes instead."""


class Reader(Likewise):
    """Reads tokens from left to right."""

    def __init__(self, found: Sequence[Token]) -> None:
        self.tokens = found
        self.items: list[Item] = []
        self.unknown: list[str] = []
        self._reset()
        self.keep = self.keeping = self.swapping = self.dropping = self.exchanging = False
        self.no = self.excepted = self.present = self.one = self.doubted = self.alike = False

    def _reset(self) -> None:
        """Forgets what was said of the next modifier."""
        self.factor, self.times, self.exact = 1.0, 0.0, None
        self.partial = False
        self.relative = self.flip = self.too = self.negated = False

    def read(self) -> list[Item]:
        at = 0
        while at < len(self.tokens):
            at = self._token(at)
        return merged(self.items)

    def _token(self, at: int) -> int:
        token = self.tokens[at]
        act = getattr(self, f"_{token.kind}", None)
        if token.kind in DESCRIBES and (self._is_light(at) or self._is_scenery(at)):
            self._surroundings(token)
        elif token.kind in DESCRIBES:
            self._describes(at)
        elif token.kind == "all" and self._stresses(at):
            return at + 1
        elif token.kind in NAMES:
            self._names(token, at)
        elif act:
            return act(at) or at + 1
        elif token.kind != "ignore":
            self.items.append(Separator(token.kind))
        return at + 1

    def _stresses(self, at: int) -> bool:
        """ "a belly that is all black", "bill and legs all black": no word about everything."""
        noun = next((item for item in reversed(self.items) if isinstance(item, Noun)), None)
        linked = self.items[-1:] in ([Separator("copula")], [noun])
        return linked and noun is not None and noun.kind == "part" and self._kind(at + 1) in DESCRIBES

    # --- what describes ------------------------------------------------------------------------------------------------------------

    def _describes(self, at: int) -> None:
        token, meaning = self.tokens[at], self.tokens[at].meaning
        value = meaning.value
        if meaning.kind == "axis" and self.flip:
            value = (value[0], -value[1])
        if meaning.kind == "tone" and self.flip:
            value = {name: -steps for name, steps in value.items()}
        made = Modifier(
            kind="tint" if meaning.kind == "color" and self.relative else meaning.kind,  # "more orange"
            value=value,
            text=token.text,
            factor=self.factor * meaning.factor,
            relative=self.relative or meaning.relative,
            negated=self.negated or self.no,
            too=self.too or meaning.too,
            verb=(meaning.verb or self.times > 0) and self._acts(at),
            te=meaning.te,
            old=self.swapping or self.dropping,
            times=self.times,
            partial=self.partial and meaning.kind == "color",
            certainty=token.certainty * (DOUBTED if self._exclaims(at) or self._points(at) else 1),
        )
        self.items.append(made)
        if made.te:
            self.items.append(Separator("te"))
        negated = self.negated
        self._reset()
        self.negated = negated

    def _exclaims(self, at: int) -> bool:
        """ "Cool! Now ...": a word that stands alone, and compares with nothing."""
        token = self.tokens[at]
        alone = (at == 0 or self._kind(at - 1) == "break") and self._kind(at + 1) in ("break", "comma") and at + 2 < len(self.tokens)
        plain = token.kind == "tone" or token.kind == "axis" and self.tokens[at + 1 :][:1] and self.tokens[at + 1].text == "!"
        return bool(alone and plain and not (self.relative or token.meaning.relative))

    def _points(self, at: int) -> bool:
        """ "that purple on the head": points at what is there."""
        return at > 0 and self.tokens[at - 1].text in ("that", "those") and self._kind(at - 1) != "pronoun"

    def _trait(self, at: int) -> None:
        """A word of the glossary for a key: "nosy" is "long-beaked"."""
        token = self.tokens[at]
        part, axis, sign = token.meaning.value
        sign = -sign if self.flip else sign
        said = Modifier("axis", (axis, sign), token.text, self.factor, self.relative, self.negated or self.no, self.too, times=self.times)
        self.items.append(Noun("part", (part,), token.text, alone=True, said=[said]))
        self._reset()

    def _acts(self, at: int) -> bool:
        """Whether a word that can be a verb is one here: "spread the wings", not "the spread wings"."""
        before = self.tokens[at - 1].kind if at else "break"
        after = self.tokens[at + 1].kind if at + 1 < len(self.tokens) else "break"
        return after in ("det", "pronoun", "part", "degree") and before != "det"

    def _degree(self, at: int) -> int | None:
        token = self.tokens[at]
        following = next((one.kind for one in self.tokens[at + 1 : at + 4] if one.kind not in ("ignore", "more", "less")), "break")
        last = self.items[-1] if self.items else None
        if token.text == "a little" and following in (*NAMES, "color"):
            self.items.append(Modifier("axis", ("size", -1), token.text))
        elif following in DESCRIBES or following in ("number", "degree", "too", "trait"):
            self.factor *= token.meaning.factor
            self.relative |= token.meaning.relative
        elif (said := self._last_modifier()) and isinstance(last, Modifier | Noun):
            said.factor *= token.meaning.factor
            said.relative |= token.meaning.relative
        elif token.meaning.relative:
            self.relative = True
        return None

    def _last_modifier(self) -> Modifier | None:
        """The last one of this clause."""
        for item in reversed(self.items):
            if isinstance(item, Separator) and item.kind == "break":
                return None
            if isinstance(item, Modifier):
                return item
        return None

    def _more(self, at: int) -> None:
        self.relative = True

    def _less(self, at: int) -> None:
        self.relative = self.flip = True

    def _make(self, at: int) -> None:
        """ "give it a crest": what follows is there."""
        self.present = self.tokens[at].text in ("give", "gives", "add")
        self.keep = self.excepted = False
        self.items.append(Separator("make"))

    def _partial(self, at: int) -> None:
        self.one = self.partial = True
        self.items.append(Separator("det"))

    def _colon(self, at: int) -> None:
        """ "red -> blue": from the one to the other."""
        last = self.items[-1] if self.items else None
        if self.tokens[at].text == "→" and isinstance(last, Modifier) and self._kind(at + 1) == last.kind:
            last.old = True
        else:
            self.items.append(Separator("colon"))

    def _copula(self, at: int) -> None:
        self.present = False
        if self.tokens[at].text == "も" and self._goes_over(at):
            return
        listed = self.tokens[at].text == "も" and self._kind(at - 1) == self._kind(at + 1) == "part"
        self.items.append(Separator("and" if listed else "copula"))

    def _in(self, at: int) -> None:
        self.present = False
        self.items.append(Separator("in"))

    def _det(self, at: int) -> int | None:
        if self._refers(at):
            return at
        self.one = self.tokens[at].text in ("a", "an")
        alone = at == 0 or self._kind(at - 1) != "det"
        self.doubted |= self.tokens[at].text == "one" and alone and self._kind(at + 1) in ("part", *DESCRIBES)  # "one wing red"
        self.items.append(Separator("det"))
        return None

    def _too(self, at: int) -> None:
        self.too = not self._goes_over(at)

    def _now(self, at: int) -> None:
        """ "darker than now": everything of this clause is meant from the present state on."""
        if self.tokens[at].text == "now" and (at == 0 or self._kind(at - 1) in ("break", "comma")):
            return  # "now make the wings blue"
        if self.tokens[at].text in ("now", "currently") and self._kind(at + 1) in DESCRIBES:
            self.dropping = True  # "the beak, currently yellow, should be black"
            return
        self.relative = True
        place = next((place for place in range(len(self.items), 0, -1) if self.items[place - 1].kind in ("break", "comma")), 0)
        aside = Separator("relative") in self.items[place:]  # "the legs, which are orange now, should be grey"
        for item in self.items[place:]:
            if isinstance(item, Modifier):
                item.old, item.relative = aside and not item.relative, True
        if at + 1 == len(self.tokens) or self.tokens[at + 1].kind in ("break", "comma"):
            self.relative = False

    # --- what denies ---------------------------------------------------------------------------------------------------------------

    def _not(self, at: int) -> None:
        self.negated = True

    def _not_after(self, at: int) -> None:
        """What denies behind, as Japanese does: the last modifier, or the noun where nothing was said of it."""
        if self.tokens[at].text.endswith(" go") and self._kind(at + 1) in ("degree", *DESCRIBES):
            self._copula(at)  # "the wings should go white", not "the crest has to go"
            return
        last = next((item for item in reversed(self.items) if not isinstance(item, Separator)), None)
        if isinstance(last, Modifier):
            last.negated = True
            self.items.append(Separator("te"))
        elif isinstance(last, Noun):
            last.absent = last.kind == "part"
            last.excluded = last.kind == "model"
            self.items.append(Separator("comma"))

    def _no(self, at: int) -> None:
        self.no = at + 1 < len(self.tokens) and self.tokens[at + 1].kind not in ("comma", "break")

    def _without(self, at: int) -> None:
        self.no = True
        self.items.append(Separator("with"))

    def _from_after(self, at: int) -> None:
        """Japanese "from" stands behind: the last modifier is how it is now."""
        if isinstance(self.items[-1:][0] if self.items else None, Modifier):
            self.items[-1].old = True  # type: ignore[union-attr]

    def _instead(self, at: int) -> None:
        self.dropping = True

    def _from(self, at: int) -> None:
        """ "from red to blue"."""
        clause = next((place for place in range(at, len(self.tokens)) if self.tokens[place].kind in ("break", "comma", "colon")), None)
        self.dropping = any(token.kind == "for" for token in self.tokens[at:clause])

    def _swap(self, at: int) -> None:
        """ "swap the brown wings for blue ones": what comes before "for" is how it is now; else two parts exchange their colours."""
        self.keep = self.excepted = False  # "leave the beak, change the legs"
        for token in self.tokens[at + 1 :]:
            if token.kind == "break":
                break
            if token.kind == "for" or token.kind == "with":
                self.swapping = True
                return
        self.exchanging = self.tokens[at].text in EXCHANGE

    def _for(self, at: int) -> None:
        last = self.items[-1] if self.items else None
        if not (self.swapping or self.dropping) and isinstance(last, Modifier) and last.kind == "color":
            self.items.append(Separator("on"))  # "blue for the head"
        self.swapping = self.dropping = False

    def _with(self, at: int) -> None:
        if self.swapping:
            self.swapping = False
            return
        self.present = True
        self.items.append(Separator("with"))

    def _keep(self, at: int) -> None:
        """ "leave the beak alone", "the beak as it is"."""
        passed = (item for item in reversed(self.items) if not (isinstance(item, Separator) and item.kind == "copula"))
        noun = next(passed, None)
        if isinstance(noun, Noun) and noun.kind in ("part", "whole", "all", "rest"):
            noun.keep = True
        else:
            self.keep, self.keeping = True, False

    def _except(self, at: int) -> None:
        token = self.tokens[at]
        last = self.items[-1] if self.items else None
        if token.text.endswith(("以外は", "以外", "除いて")) and isinstance(last, Noun):
            last.excepted = True
            self.items.append(Noun("rest", "rest", token.text))
            self.items.append(Separator("copula"))
            return
        self.excepted = True
        self.items.append(Separator("except"))

    # --- separators that end what was begun ------------------------------------------------------------------------------------------

    def _break(self, at: int) -> None:
        self._reset()
        self.keep = self.swapping = self.dropping = self.exchanging = self.no = self.excepted = self.present = self.alike = False
        self.items.append(Separator("break"))

    def _comma(self, at: int) -> None:
        self.negated = self.dropping = self.alike = False
        between = at > 0 and self._kind(at - 1) == self._kind(at + 1) == "color"
        self.items.append(Separator("and" if self.tokens[at].text == "/" and between else "comma"))

    def _but(self, at: int) -> int | None:
        last = self.items[-1] if self.items else None
        if self.tokens[at].text == "but" and isinstance(last, Noun) and last.kind == "all":
            return self._except(at)  # "everything but the head"
        denied = isinstance(last, Modifier) and last.negated and self._kind(at + 1) in DESCRIBES  # "not yellow but black"
        self._reset()
        self.keep = self.excepted = self.dropping = self.no = self.present = self.alike = False
        self.items.append(Separator("and" if denied else "but"))
        return None

    # --- what names ----------------------------------------------------------------------------------------------------------------

    def _names(self, token: Token, at: int) -> None:
        last = self.items[-1] if self.items else None
        if token.kind == "model" and at + 1 < len(self.tokens) and self.tokens[at + 1].glued and self._kind(at + 1) == "color":
            return  # "swan-white"
        if token.kind == "pronoun" and isinstance(last, Separator) and last.kind == "of":
            self.items.pop()  # "the rest of it"
            return
        if token.kind == "part" and token.feature == "ed" and isinstance(last, Modifier):
            self.items.pop()
            self.items.append(Noun("part", token.meaning.value, f"{last.text}-{token.text}", token.certainty, alone=True, said=[last]))
            self._reset()
            return
        described = isinstance(last, Modifier) or self._acted_on()
        if token.kind == "whole" and self._stands_last("on") and (before := self._last_modifier()):
            before.partial = True  # "white on its feathers"
        kind = token.kind
        if isinstance(last, Noun) and last.kind == "part" and token.kind == "whole" and self._kind(at - 1) == "part":
            return  # "the wing feathers"
        if token.kind == "all" and self._kind(at + 1) in ("unknown", "scene"):
            self.items.append(Separator("det"))  # "the whole picture"
            return
        if token.kind == "pronoun" and token.text in ("one", "ones") and not any(isinstance(item, Noun) for item in self.items):
            kind = "whole"  # "the one with the long legs"
        noun = Noun(kind, token.meaning.value or "thing", token.text, token.certainty, excepted=self.excepted)
        noun.keep = self.keep and not self.excepted and not (self.keeping and not self._coordinated())
        self.keeping = self.keep
        if self._stands_last("than") or (token.feature == "'s" and kind == "model" and self._kind(at + 1) in ENDS):
            noun.compared = True
        if kind == "model" and token.feature == "'s" and self.tokens[at - 1].text in ("a", "an") and self._another_before(token):
            noun.compared = True  # "a duck with a heron's legs"
        noun.exchanged = self.exchanging and kind == "part"
        noun.also = self.alike and kind == "part" and not described
        ahead = not token.text.isascii() and self.exact is None and self._told(at + 1)  # "もっと首を長く" is "longer"
        more = self.relative, self.flip, self.factor
        counted = not (described or ahead) and (self.exact is not None or self.relative) and self._kind(at + 1) != "dimension"
        if kind == "part" and counted:
            sign = -1 if self.flip else 1  # "more slats", "fewer slats", "8 slats"
            axis = "number" if self.exact is not None or token.text.endswith("s") or not token.text.isascii() else "size"  # "more tail"
            noun.said = [Modifier("axis", (axis, sign), token.text, self.factor, self.relative, exact=self.exact)]
        refused = self.negated and not described and kind == "part" and self._told(at + 1)
        refused = refused and (self._stands_last("make") or self._neither(at))
        noun.excluded = self.negated and not described and kind in ("part", "model") and not refused
        noun.absent = self.no and not described
        noun.present = self.present or self.one
        if isinstance(last, Noun) and kind == "part" and last.kind in ("model", "whole") and not last.said:
            last.alone = True
        if kind in ("model", "whole"):
            self._possessor(noun)
        else:
            self.items.append(noun)
        if self.doubted and kind in ("part", "pronoun"):
            noun.certainty *= DOUBTED
        self._reset()
        if ahead:
            self.relative, self.flip, self.factor = more
        self.negated = refused  # "don't make the wings red"
        self.no = self.dropping = self.one = self.doubted = False

    def _stands_last(self, kind: str) -> bool:
        """Whether a word such as "than", or "than the", stands last."""
        return Separator(kind) in [item for item in self.items[-2:] if item != Separator("det")][-1:]

    def _coordinated(self) -> bool:
        """Whether but for "and" and the like a noun stands last."""
        last = next((item for item in reversed(self.items) if item not in map(Separator, ("and", "comma", "det"))), None)
        return isinstance(last, Noun)

    def _told(self, at: int) -> bool:
        """Whether something is said from `at` on in this clause."""
        return any(self._kind(place) in DESCRIBES for place in range(at, clause_end(self.tokens, at)))

    def _acted_on(self) -> bool:
        """ "don't open the wings" does not mean: not the wings."""
        acting = [item for item in self.items[-2:] if not (isinstance(item, Separator) and item.kind == "det")][-1:]
        return any(isinstance(item, Modifier) and item.verb for item in acting)

    def _possessor(self, noun: Noun) -> None:
        """ "the wings of the duck": the duck comes first, so that what follows is said of the wings."""
        tail = [item.kind for item in self.items[-3:]]
        of = -1 if tail[-1:] == ["of"] else -2 if tail[-2:] == ["of", "det"] else 0
        if not of or not isinstance(self.items[of - 1 :][0], Noun) or tail[of - 1 :][0] != "part":
            self.items.append(noun)
            return
        noun.alone = True
        del self.items[of:]
        begin = max((place + 1 for place, item in enumerate(self.items) if isinstance(item, Separator) and item.kind == "break"), default=0)
        self.items.insert(begin, noun)
