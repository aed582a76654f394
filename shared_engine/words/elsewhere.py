"""What an instruction speaks of beside the model: unknown words, scenery, light, and what something is like."""

from abc import abstractmethod
from dataclasses import replace

from .items import DESCRIBES, NAMES, Modifier, Noun, Separator
from .lexicon import Meaning, lemmas, meanings, scenery
from .measures import Measures
from .rephrase import clause
from .tokens import Token

ENDS = ("break", "comma", "and", "but", "with", "copula", "in", "colon", "relative", "like", "on", "te")
"""Before one of these an unknown word is the name of something: "orange gizzard" says nothing of what is there."""

DOUBTED = 0.6
"""Share of its certainty that a word keeps where its neighbours say that something else is meant."""

GUESSED = 0.6
"""Certainty that an unknown word is the model itself."""


def _color_of(token: Token) -> str:
    """The colour of what one or several are called, or ""."""
    said = [token.meaning, *(meanings().get(lemma) for lemma, feature in lemmas(token.text) if feature == "s")]
    return next((one.value for one in said if one and one.kind in ("color", "scene") and one.value), "")


class Elsewhere(Measures):
    """The part of phrases.Reader that keeps apart what is not said of the model."""

    unknown: list[str]
    dropping: bool
    doubted: bool

    @abstractmethod
    def _describes(self, at: int) -> None: ...

    @abstractmethod
    def _goes_over(self, at: int) -> bool: ...

    def _colour_of(self, at: int) -> int:
        """ "the colour of a ripe tomato": the next colour within reach belongs to the noun before; "of the bumper": as that is."""
        named = next((one.kind for one in self.tokens[at + 1 :] if one.kind != "det"), "")
        before = next((item for item in reversed(self.items) if item not in map(Separator, ("det", "in", "copula"))), None)
        self.items.append(Separator("same" if named == "part" and isinstance(before, Noun) else "copula"))
        if named != "part" and (thing := self._thing(at + 1)):
            return thing
        for ahead in range(at + 1, min(at + 5, len(self.tokens))):
            if self.tokens[ahead].kind in ("color", "scene"):
                return ahead
            if self.tokens[ahead].kind in (*NAMES, "break"):
                break
        return at + 1

    def _of(self, at: int) -> int | None:
        """ "plumage of a soft lavender": what describes, and no noun behind it, belongs to the noun before."""
        begin = end = at + 2 if self._kind(at + 1) == "det" and self.tokens[at + 1].text in ("a", "an") else at + 1
        while self._kind(end) in ("degree", *DESCRIBES):
            end += 1
        alone = end > begin and self._kind(end) in ("break", "comma", "and", "but")
        described = alone and isinstance(self.items[-1] if self.items else None, Noun)
        self.items.append(Separator("in" if described else "of"))
        return begin if described else None

    def _like(self, at: int) -> int | None:
        """ "eyes like gold" are golden, but of "long like a white snake", and of a part "like a swan", nothing more is said."""
        last = self.items[-1] if self.items else None
        names = [place for place in range(at + 1, self._end(at + 1)) if self._kind(place) in NAMES]
        head = self._kind(names[0]) if names else ""
        behind = self.tokens[at].glued or not self.tokens[at].text.isascii()
        compared = behind and isinstance(last, Noun) and last.kind == "model"
        if compared and (head == "part" or self._another(self.tokens[at - 1].meaning.value) or self._of_part(at)):
            self.items.pop()  # "heron-like", and Japanese, compare with what stands before
            if self.items[-2:] == [Separator("copula"), Separator("comma")]:
                self.items.pop()
            return None
        passed = next((item for item in reversed(self.items) if item not in map(Separator, ("copula", "det"))), None)
        of_part = isinstance(passed, Noun) and passed.kind == "part" and head in ("model", "whole")
        other = head == "model" and self._another(self.tokens[names[0]].meaning.value)
        told = isinstance(last, Modifier) or (head == "part" and last == Separator("comma"))  # ", like the beak,"
        if not behind and (told or of_part or other):
            return self._end(at + 1)
        self.items.append(Separator("like"))
        return self._thing(at + 1)

    def _of_part(self, at: int) -> bool:
        """ "脚をサギみたいに長く": how a part should be, not what the whole is."""
        before = next((item for item in reversed(self.items[:-1]) if item not in map(Separator, ("copula", "comma"))), None)
        return self.tokens[at].text.endswith("に") and isinstance(before, Noun) and before.kind == "part"

    def _another(self, model: object) -> bool:
        """Whether another model is named anywhere: "a songbird with a neck like a heron" is a songbird."""
        return any(token.kind == "model" and token.meaning.value != model for token in self.tokens)

    def _another_before(self, token: Token) -> bool:
        return any(isinstance(item, Noun) and item.kind == "model" and item.value != token.meaning.value for item in self.items)

    def _neither(self, at: int) -> bool:
        """Whether "neither wings nor tail should be red" is being said."""
        return any(token.text == "neither" for token in self.tokens[clause(self.tokens, at) : at])

    def _thing(self, at: int) -> int | None:
        """ "like fresh snow", "like ripe persimmons": where the thing stands whose colour is meant; words before it say nothing here."""
        for place in range(at, self._end(at)):
            token = self.tokens[place]
            code = _color_of(token)
            if code and self._kind(place + 1) in ENDS:
                self.tokens = [*self.tokens[:place], replace(token, meaning=Meaning("color", code)), *self.tokens[place + 1 :]]
                return place - 1 if self._shades(place - 1) else place
            if token.kind in NAMES:
                break
        return None

    def _shades(self, at: int) -> bool:
        """ "dark chocolate" is darker than chocolate; "strong tea" is tea."""
        return self._kind(at) == "tone" and "lightness" in self.tokens[at].meaning.value

    def _end(self, at: int) -> int:
        """Where what begins at `at` comes to its end."""
        while self._kind(at) not in ENDS:
            at += 1
        return at

    def _near(self, at: int) -> None:
        """ "white around the eye" is no white eye."""
        last = self.items[-1] if self.items else None
        if isinstance(last, Modifier) and self._kind(at - 1) in DESCRIBES:
            last.certainty *= DOUBTED
        self.items.append(Separator("on"))

    def _ignore(self, at: int) -> int | None:
        """Passed over; "as white as snow" ends with its first colour."""
        last = self.items[-1] if self.items else None
        if self.tokens[at].text in ("くらい", "ぐらい") and isinstance(last, Noun) and last.kind == "model":
            return self._like(at)
        if self.tokens[at].text == "same" and self._goes_over(at):
            return None
        named = next((one.kind for one in self.tokens[at + 1 :] if one.kind != "det"), "")
        if self.tokens[at].text == "as" and isinstance(last, Modifier) and named in NAMES:
            self.items.append(Separator("than"))  # "the same green as the shirt"
        if self.tokens[at].text != "as" or not isinstance(last, Modifier) or last.kind not in ("color", "axis"):
            return None
        ahead = at + 1
        while self._kind(ahead) in ("det", "unknown", "color", "scene", "ignore"):
            ahead += 1
            if self._kind(ahead - 1) in ("unknown", "color", "scene") and self._kind(ahead) != "unknown":
                break
        return ahead if not last.times else None

    def _unknown(self, at: int) -> None:
        word, last = self.tokens[at].text, self.items[-1] if self.items else None
        if word == "free" and self.tokens[at].glued and isinstance(last, Modifier):
            last.negated = True  # "brass-free"
            return
        self.unknown.append(word)
        before = self.tokens[at - 1] if at else None
        compound = before is not None and before.kind == "part" and isinstance(last, Noun) and not before.text.endswith("s")
        if before is not None and before.text == "from":  # "the bird from before"
            self.dropping = False
        elif (word.endswith("ly") and len(word) > 5) or self._predicate(at):
            self.items.append(Separator("unknown"))  # an adverb, or "feathers curled and white"
        elif self._kind(at + 1) in ENDS:
            if compound and isinstance(last, Noun):
                last.certainty *= DOUBTED  # "crown jewels" are no crown
            first = not any(isinstance(item, Noun) for item in self.items)
            about = (
                first
                and (at == 0 or any(isinstance(item, Separator) and item.kind == "det" for item in self.items))
                and not word.endswith("s")
            )
            # "a plump kingfisher": what the instruction is about, although nobody here is called so.
            if about:
                self.items.append(Noun("whole", "thing", word, GUESSED))
                self._reset()
            else:
                self._nothing(word)
        elif self._kind(at + 1) == "of":
            self.doubted = True  # "the inside of the wings"
        elif self._names_nothing(at):
            self._nothing(word)
        else:
            self.items.append(Separator("unknown"))

    def _names_nothing(self, at: int) -> bool:
        """ "in the long run I want", "the claws black", "claws black"."""
        before = self._kind(at - 1) if at else "break"
        if before == "det" and self.tokens[at - 1].text in ("a", "an") and self._kind(at + 1) == "color":
            return False  # "the rest a mousy brown"
        begins = before in ("break", "comma", "and") and self._kind(at + 1) in DESCRIBES
        return (begins or before in ("det", "side", *DESCRIBES)) and not self._goes_on(at + 1)

    def _predicate(self, at: int) -> bool:
        """Whether an unknown word right behind a plural says how that is, and more of it follows."""
        before = self.tokens[at - 1] if at else None
        plural = before is not None and before.kind == "part" and before.text.endswith("s")
        return plural and self._kind(at + 1) == "and" and self._kind(at + 2) in DESCRIBES

    def _goes_on(self, at: int) -> bool:
        """Whether a noun may still follow that the words before belong to: "red webbed feet", but not "the grey clouds were"."""
        while self._kind(at) in ("unknown", "degree", *DESCRIBES):
            if self._kind(at) == "unknown":
                return True
            at += 1
        return self._kind(at) in NAMES or (at < len(self.tokens) and self.tokens[at].text.startswith(("colo", "look")))

    def _scene(self, at: int) -> int | None:
        """ "the sky", "a dark forest": something around, which has no words here; as a color ("white as snow") it is one."""
        token = self.tokens[at]
        if token.meaning.value and self._is_color(at):
            self.tokens = [*self.tokens[:at], replace(token, meaning=Meaning("color", token.meaning.value)), *self.tokens[at + 1 :]]
            self._describes(at)
        else:
            self._surroundings(token)
        return None

    def _is_scenery(self, at: int) -> bool:
        """ "in a dark forest": a color's name that ends with a thing, and is that thing."""
        last = self.tokens[at].text.rpartition(" ")[2]
        return " " in self.tokens[at].text and last in scenery() and at > 0 and self._kind(at - 1) == "det" and not self._is_color(at)

    def _surroundings(self, token: Token) -> None:
        self._nothing(token.text)

    def _nothing(self, word: str) -> None:
        """Something that is not here, with what is said just before of it: "green grass"."""
        begin = len(self.items)
        while begin and isinstance(self.items[begin - 1], Modifier):
            begin -= 1
        before = self.items[begin - 1] if begin else None
        said: list[Modifier] = []
        if not isinstance(before, Noun) and before != Separator("copula"):
            said = [item for item in self.items[begin:] if isinstance(item, Modifier)]
            del self.items[begin:]
        self.items.append(Noun("nothing", word, word, said=said))
        self._reset()

    def _is_color(self, at: int) -> bool:
        """Whether a word such as "snow" is a color here: after "like" or "as", or before what it describes."""
        if self._kind(at + 1) in (*NAMES, *DESCRIBES) or self._kind(at + 1) == "ignore" and self.tokens[at + 1].text.startswith("colo"):
            return True
        before = next((one for one in reversed(self.tokens[:at]) if one.kind not in ("det", "degree", *DESCRIBES)), None)
        if before is not None and (before.kind in ("like", "colour_of", "same") or before.text == "as"):
            return True
        return at > 0 and self.tokens[at - 1].kind in ("copula", "make", "pronoun", "colon", *NAMES)

    def _is_light(self, at: int) -> bool:
        """Whether "light" is a noun: "warmer light, please", "make the light warmer"."""
        token, before = self.tokens[at], self._kind(at - 1) if at else "break"
        if token.text not in ("light", "lights") or not (before in ("det", "make", *DESCRIBES) or token.text == "lights"):
            return False
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        return after is None or after.kind in (*ENDS, "ignore", "now", "from", "degree") or after.meaning.relative

    def _side(self, at: int) -> None:
        """ "the left wing", where the model has no left and right of it."""
        self.doubted = self._kind(at + 1) in ("part", "pronoun", "unknown", *DESCRIBES)
