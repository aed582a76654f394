"""What is said and not meant: words that are taken back, quoted, supposed, told of the past, or asked. Between tokens.py and phrases.py.

What a speaker corrects in a word or two is put in its place ("red, no wait, blue"). Everything else that asks for nothing keeps its words,
but not its certainty: it is offered, and changes nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import replace

from .items import DESCRIBES, THINGS
from .lexicon import Meaning
from .rephrase import clause, clause_end, plain
from .tokens import Token

UNMEANT = 0.5
"""Share of its certainty that a word keeps where nothing is asked for."""

PAUSES = ("break", "comma", "colon")
PAST = ("was", "were", "had been", "has been", "have been", "used to be")


def meant(found: Sequence[Token]) -> list[Token]:
    """The tokens, with less certainty where nothing is asked for."""
    return _supposed(_approved(_corrected(plain(_unquoted(found)))))


def _doubtful(token: Token) -> Token:
    return replace(token, certainty=token.certainty * UNMEANT)


def _comma(token: Token) -> Token:
    return replace(token, meaning=Meaning("comma"))


# --- quoted --------------------------------------------------------------------------------------------------------------------------


def _unquoted(found: Sequence[Token]) -> list[Token]:
    """Two words and more in quotation marks are somebody else's, unless they are all that there is."""
    made = list(found)
    marks = [place for place, token in enumerate(made) if token.kind == "quote"]
    for first, last in zip(marks[::2], marks[1::2], strict=False):
        inside = [place for place in range(first + 1, last) if made[place].kind not in (*PAUSES, "and")]
        if len(inside) > 1 and len(inside) < sum(token.kind not in (*PAUSES, "quote") for token in made):
            made[first + 1 : last] = map(_doubtful, made[first + 1 : last])
    return [_comma(token) if token.kind == "quote" else token for token in made]


# --- taken back ----------------------------------------------------------------------------------------------------------------------


def _corrected(found: Sequence[Token]) -> list[Token]:
    made = list(found)
    at = 0
    while at < len(made):
        if _takes_back(made, at):
            at = _correct(made, at)
        at += 1
    return made


def _takes_back(made: Sequence[Token], at: int) -> bool:
    """A word such as "sorry", or a "no" between two pauses."""
    around = [made[place].kind if 0 <= place < len(made) else "" for place in (at - 1, at + 1)]
    return made[at].kind == "correct" or (made[at].kind == "no" and at > 0 and all(kind in ("comma", "break") for kind in around))


def _correct(made: list[Token], at: int) -> int:
    """Settles the correction that begins at `at`, in place -> where reading goes on."""
    begin, end = at, at + 1
    while begin and made[begin - 1].kind in (*PAUSES, "ignore"):
        begin -= 1
    while end < len(made) and (made[end].kind in ("correct", "no", "and", "but", *PAUSES)):
        end += 1
    stop = clause_end(made, end)
    new, old = range(end, stop), range(clause(made, begin), begin)
    named = [place for place in new if made[place].kind in THINGS]
    says = [place for place in new if made[place].kind in DESCRIBES]
    denies = any(made[place].kind in ("not", "keep", "no", "except") for place in new)
    if says and not named and not denies:  # "red, no wait, blue"
        alike = [place for place in old if _kind(made[place]) == _kind(made[says[0]])]
        if alike:
            return _replace(made, _first_of_run(made, alike[-1]), alike[-1], range(begin, end), says[0])
    elif named and not says and not denies:  # "the tail green, I mean the wings"
        alike = [place for place in old if made[place].kind in THINGS]
        if alike:
            made[alike[-1]] = made[named[-1]]
            del made[begin:stop]
            return begin - 1
    if not denies:
        made[old.start : old.stop] = map(_doubtful, made[old.start : old.stop])
    made[at:end] = [Token(",", Meaning("comma"))] if begin else []
    return at


def _replace(made: list[Token], first: int, last: int, between: range, says: int) -> int:
    """ "blue eyes, no wait, dark green ones": what is said anew takes the place of what was said, beside the same noun -> that place."""
    start, stop = says, says
    while start > between.stop and made[start - 1].kind in ("degree", "more", "less", "number"):
        start -= 1
    while stop < len(made) and made[stop].kind in DESCRIBES:
        stop += 1
    told = made[start:stop]
    del made[between.start : stop + (stop < len(made) and made[stop].kind == "pronoun")]
    made[first : last + 1] = told
    return first


def _kind(token: Token) -> str:
    if token.kind == "axis":
        return "axis"
    return "color" if token.kind in DESCRIBES else ""


def _first_of_run(made: Sequence[Token], place: int) -> int:
    """ "dark red" is taken back as one."""
    while place and _kind(made[place - 1]) == "color" == _kind(made[place]):
        place -= 1
    return place


def _approved(found: Sequence[Token]) -> list[Token]:
    """ "The eyes are black. Good.": what is praised is how it is now. Elsewhere such a word says nothing."""
    made = list(found)
    for at, token in enumerate(made):
        if token.kind != "fine":
            continue
        around = [made[place].kind if 0 <= place < len(made) else "break" for place in (at - 1, at + 1)]
        if at and around == ["break", "break"] and len(made) > at + 2:
            begin = clause(made, at - 1)
            made[begin:at] = map(_doubtful, made[begin:at])
        made[at] = replace(token, meaning=Meaning("ignore"))
    return made


# --- supposed, past, asked -----------------------------------------------------------------------------------------------------------


def _supposed(found: Sequence[Token]) -> list[Token]:
    made: list[Token] = []
    begin = 0
    while begin < len(found):
        end = next((place for place in range(begin, len(found)) if found[place].kind == "break"), len(found) - 1)
        made += _sentence(found[begin : end + 1])
        begin = end + 1
    return made


def _sentence(found: Sequence[Token]) -> list[Token]:
    """One sentence: from a word such as "if" or "was" on, up to the end of its clause, nothing is asked for."""
    wished = any(token.kind == "wish" for token in found)
    asked = found[-1].text == "?" and found[0].kind == "asks"
    made, unreal = [], asked
    for token in found:
        if token.kind == "unreal" and not wished:
            unreal = True
        elif token.kind in (*PAUSES, "but", "make") or token.text in ("should be", "must be", "then"):
            unreal = asked
        if token.kind in ("unreal", "wish", "asks"):
            token = replace(token, meaning=Meaning("copula" if token.text in PAST else "ignore"))
        made.append(_doubtful(token) if unreal else token)
    return made
