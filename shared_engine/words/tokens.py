"""Text -> words with their meanings: the longest phrase first, inflected forms, Japanese without spaces, slips of the pen."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .lexicon import LONGEST, Meaning, lemmas, meanings, real_words

SLIP, PLAIN_SLIP = 0.6, 0.75
"""Certainty of a word that was read as its nearest neighbour; of a long one, or where the slip is plain (see `_plain`)."""

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々ー]")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:\.\d+)?\s?%|\d+x\b|\d+(?:\.\d+)?")
HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b")
BREAKS, COMMAS, DASHES = ".;!?\n…", ",/|()[]·", "–—"
QUOTES = '"“”「」『』'
APOSTROPHES = re.compile(r"(?<!\w)'([^']+\s[^']+)'(?!\w)")
LONGEST_JAPANESE = 12
UNINFLECTED = ("det", "pronoun", "correct", "unreal", "wish", "asks")


@dataclass(frozen=True)
class Token:
    """A word or phrase as it was understood. `meaning.kind` is "unknown" where it was not. `glued`: a hyphen joins it to the one before."""

    text: str
    meaning: Meaning
    certainty: float = 1.0
    feature: str = ""
    glued: bool = False

    @property
    def kind(self) -> str:
        return self.meaning.kind


def normalized(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("‘", "'").replace("’", "'").replace("。", ".").replace("、", ",").lower()
    return APOSTROPHES.sub(r'"\1"', plain).replace("->", "→").replace("=>", "→")


def tokens(text: str, vocabulary: Mapping[str, Meaning]) -> list[Token]:
    """Everything that `text` says, in order. `vocabulary`: the model's own words; they go before the everyday ones."""
    plain, found, at = normalized(text), [], 0
    while at < len(plain):
        sign = plain[at]
        if CJK.match(sign):
            token, at = _japanese(plain, at, vocabulary)
            found.append(token)
        elif code := HEX.match(plain, at):
            found.append(Token(code[0], Meaning("color", _long(code[0]))))
            at = code.end()
        elif WORD.match(plain, at):
            glued = at > 1 and plain[at - 1] == "-" and plain[at - 2] != " "
            token, at = _western(plain, at, vocabulary)
            found.append(replace(token, glued=glued))
        else:
            at += 1
            if sign in BREAKS + COMMAS + DASHES + QUOTES or (sign == "-" and plain[at - 2 : at + 1] == " - ") or sign in "=:→&+":
                found.append(Token(sign, Meaning(_sign(sign))))
    return found


def _long(code: str) -> str:
    """#f80 -> #ff8800."""
    return code if len(code) == 7 else "#" + "".join(2 * digit for digit in code[1:])


def _sign(sign: str) -> str:
    if sign in "=:→":
        return "colon"
    if sign in "&+":
        return "and"
    if sign in QUOTES:
        return "quote"
    return "break" if sign in BREAKS else "comma"


def _look_up(phrase: str, vocabulary: Mapping[str, Meaning]) -> Meaning | None:
    return vocabulary.get(phrase) or meanings().get(phrase)


def _japanese(text: str, at: int, vocabulary: Mapping[str, Meaning]) -> tuple[Token, int]:
    for length in range(min(LONGEST_JAPANESE, len(text) - at), 0, -1):
        phrase = text[at : at + length]
        meaning = _look_up(phrase, vocabulary)
        if meaning:
            return Token(phrase, meaning), at + length
    end = at + 1
    script = _script(text[at])
    while end < len(text) and _script(text[end]) == script != "hiragana" and not _begins(text, end, vocabulary):
        end += 1
    return Token(text[at:end], Meaning("unknown" if script != "hiragana" else "ignore")), end


def _begins(text: str, at: int, vocabulary: Mapping[str, Meaning]) -> bool:
    return any(_look_up(text[at : at + length], vocabulary) for length in range(1, LONGEST_JAPANESE))


def _script(sign: str) -> str:
    if "\u3040" <= sign <= "\u309f":
        return "hiragana"
    if "\u30a0" <= sign <= "\u30ff":
        return "katakana"
    return "kanji" if CJK.match(sign) else ""


def _western(text: str, at: int, vocabulary: Mapping[str, Meaning]) -> tuple[Token, int]:
    ends: list[int] = []
    end = at
    while len(ends) < LONGEST and (match := WORD.match(text, end)):
        ends.append(match.end())
        if match.end() >= len(text) or text[match.end()] not in " -":
            break
        end = match.end() + 1
    for end in reversed(ends[1:]):
        phrase = text[at:end].replace("-", " ")
        stem, _, last = phrase.rpartition(" ")
        for form in (phrase, *(f"{stem} {lemma}" for lemma, feature in lemmas(last) if feature == "s")):
            meaning = _look_up(form, vocabulary)
            if meaning:
                return Token(phrase, meaning), end
    return _word(text[at : ends[0]], vocabulary), ends[0]


def _word(word: str, vocabulary: Mapping[str, Meaning]) -> Token:
    if percent := re.fullmatch(r"(\d+(?:\.\d+)?)\s?%", word):
        return Token(word, Meaning("number", factor=1 + float(percent[1]) / 100, relative=True))
    if times := re.fullmatch(r"(\d+)x", word):
        return Token(word, Meaning("number", factor=float(times[1])))
    stem = word.removesuffix("'s").removesuffix("s'")
    if stem != word and word not in meanings() and (meaning := _look_up(stem, vocabulary)):
        return Token(stem, meaning, feature="'s")
    if meaning := _look_up(word, vocabulary):
        return Token(word, meaning)
    for lemma, feature in lemmas(word):
        meaning = _look_up(lemma, vocabulary)
        if meaning and (inflected := _inflected(meaning, feature)):
            return Token(word, inflected, feature=feature)
    if word[0].isdigit():
        return Token(word, Meaning("value", float(word)))
    return _slip(word, vocabulary) or Token(word, Meaning("unknown"))


def _inflected(meaning: Meaning, feature: str) -> Meaning | None:
    """What the inflected form says; None where that form makes no sense ("owler")."""
    if meaning.kind in ("part", "model", "whole"):
        return meaning if feature in ("s", "ed") else None
    if meaning.kind == "color":
        return (
            replace(meaning, kind="tint", relative=feature == "er")
            if feature in ("ish", "er")
            else meaning
            if feature in ("ed", "y")
            else None
        )
    if feature == "y":  # "sandy"
        return replace(meaning, kind="color") if meaning.kind == "scene" and meaning.value else None
    if meaning.kind in ("axis", "tone"):
        if feature == "ed":
            return replace(meaning, verb=False)
        return replace(meaning, relative=True) if feature == "er" else meaning
    if meaning.kind == "dimension" and feature != "s":
        return None
    return meaning if feature in ("s", "ed", "ing") and meaning.kind not in UNINFLECTED else None


def _slip(word: str, vocabulary: Mapping[str, Meaning]) -> Token | None:
    """The one telling word that a slip of a finger makes of `word`, beginning with the same letter."""
    if len(word) < 4 or word in real_words():
        return None
    telling = {**{name: one for name, one in meanings().items() if one.kind in ("color", "axis", "tone")}, **vocabulary}
    near = {name for name in telling if name[:1] == word[0] and abs(len(name) - len(word)) <= 1 and _one_slip(word, name)}
    near = {name for name in near if len(word) > 4 or _plain(word, name)}
    distinct = {str(telling[name].value) for name in near}
    if len(distinct) != 1:
        return None
    name = min(near)
    return Token(f"{word} (read as {name})", telling[name], PLAIN_SLIP if len(word) > 6 or _plain(word, name) else SLIP)


def _plain(word: str, name: str) -> bool:
    """Whether two letters changed places, or one of a pair was left out or doubled."""
    return sorted(word) == sorted(name) or _single(word) == _single(name)


def _single(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def _one_slip(first: str, second: str) -> bool:
    """Whether one letter too many, too few, wrong, or two changed places make the one into the other."""
    if len(first) > len(second):
        first, second = second, first
    at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    if len(first) < len(second):
        return first[at:] == second[at + 1 :]
    return first[at + 1 :] == second[at + 1 :] or (first[at : at + 2] == second[at : at + 2][::-1] and first[at + 2 :] == second[at + 2 :])
