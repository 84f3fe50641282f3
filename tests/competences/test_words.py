"""The block's words, in each of its languages."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import polib
import pytest
from competence_self_assessment import strings as words
from passerelle import competences

SCRIPTS = sorted((words.LOCALES.parents[1] / "public").glob("*.js"))


@pytest.mark.parametrize("language", ["fr", "en", "ar", "pt", "tr", "uk"])
def test_catalogues_are_complete_and_compiled(language: str) -> None:
    folder = words.LOCALES / language / "LC_MESSAGES"
    told = {entry.msgid: entry.msgstr for entry in polib.pofile(str(folder / "text.po"))}
    assert set(told) == set(words.STRINGS.values())
    compiled = gettext.translation("text", words.LOCALES, [language])
    for text, translated in told.items():
        assert translated
        assert compiled.gettext(text) == translated
        for name in ("{number}", "{count}", "{name}", "{before}", "{next}"):
            assert (name in text) == (name in translated)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_say_only_words_that_exist(script: Path) -> None:
    said = set(re.findall(r'say\("(\w+)"', script.read_text(encoding="utf-8")))
    assert said
    assert said <= set(words.STRINGS)


@pytest.mark.parametrize("language", ["fr", "ar", "pt", "tr", "uk"])
def test_the_pages_catalogues_are_complete_and_compiled(language: str) -> None:
    folder = Path(competences.__file__).parent / "locale" / language / "LC_MESSAGES"
    written, compiled = polib.pofile(str(folder / "django.po")), polib.mofile(str(folder / "django.mo"))
    assert written.percent_translated() == 100
    assert {(entry.msgid, entry.msgstr) for entry in written} == {(entry.msgid, entry.msgstr) for entry in compiled}
