"""The plug-in's words: every one has a translation that keeps its placeholders, and no two keys of a window are the same."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from plugins_gimp.filters import FILTERS
from plugins_gimp.install import CATALOGUES, compile_catalogues
from shared_engine import alternatives, wording

PLUG_IN = Path(__file__).parents[2] / "plugins_gimp/utsushi"
LANGUAGES = sorted(path.stem for path in CATALOGUES.glob("*.po"))

WINDOW = {
    "A_dd Reference", "Split _view", "Stren_gth (%)", "Like_ness (%)", "A_lternatives", "_Filters", "_Takes", "L_imits", "_Reset",
    "_Cancel", "A_pply", "_Mix", "_Keep What Is Shown", "Forget C_hoices",
    "_What may change", "Filters at m_ost", "Keep the filters of _earlier imitations",
}  # fmt: skip
"""What can be seen at once in the dialog, beside its one button that starts and stops."""

BUTTON = {"_Search", "_Stop", "_Search Again"}


def said():
    """Every text that the plug-in shows, singular and plural as a pair."""
    keywords = {"_": None, "mark": None, "ngettext": (1, 2)}
    found = {message for _, _, message, _, _ in extract_from_dir(str(PLUG_IN), [("**.py", "python")], keywords=keywords)}
    found |= {text for one in FILTERS for text in (one.tool.label, one.tool.help)}
    return found


def catalogue(language):
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_and_nothing_else(language):
    known = {message.id: message for message in catalogue(language) if message.id}
    assert set(known) == said()
    assert all(all(message.string) if message.pluralizable else message.string for message in known.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_its_placeholders(language):
    for message in catalogue(language):
        strings = message.string if message.pluralizable else (message.string,)
        wanted = set(re.findall(r"{[^}]*}", message.id[-1] if message.pluralizable else message.id))
        assert all(set(re.findall(r"{[^}]*}", string)) == wanted for string in strings if message.id), message.id


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_no_two_keys_of_the_window_are_the_same(language):
    words = {} if language == "en" else {message.id: message.string for message in catalogue(language)}
    assert said() >= WINDOW | BUTTON

    def keys(texts):
        return [re.search("_(.)", words.get(text, text)).group(1).lower() for text in texts]

    together = keys(WINDOW)
    assert len(set(together)) == len(together)
    assert len(set(keys(BUTTON))) == 1 and keys(BUTTON)[0] not in together


def test_the_engines_vocabulary_is_known():
    """What shared_engine says of pictures, word by word."""
    source = Path(wording.__file__).read_text()
    zones = [f"{tint} {zone}" for zone in ("shadows", "highlights") for tint in ("warm", "cool", "magenta", "green")]
    spoken = {*re.findall(r'scaled\([^"]*"([^"]+)", "([^"]+)"\)', source)}
    words = {word for pair in spoken for word in pair} | {"black and white", "warmer", "cooler", "magenta tint", "green tint", *zones}
    asked = re.findall(r'Variant\("([^"]+)", (.*)\)', Path(alternatives.__file__).read_text())
    reasons = {reason.split(":")[0] for reason, rest in asked if not rest.endswith(", True")}  # readings are named by their words alone
    assert len(words) > 15 and len(reasons) >= 4
    assert words | reasons <= said()


@pytest.mark.parametrize("language", LANGUAGES)
def test_gettext_reads_what_is_installed(language, tmp_path):
    compile_catalogues(tmp_path)
    found = gettext.translation("utsushi", tmp_path, [language])
    assert found.gettext("_Cancel") == catalogue(language).get("_Cancel").string != "_Cancel"
    assert found.ngettext("{count} filter added, {closer:.0f} % closer", "{count} filters added, {closer:.0f} % closer", 2).startswith("フ")
