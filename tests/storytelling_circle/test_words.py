"""The block's words and weight: every catalogue says all of it, no value gets lost, a slow line can bear it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import polib
import pytest
from storytelling_circle import strings as words

PACKAGE = Path(words.__file__).parent
APPS = PACKAGE.parents[1] / "plugins" / "passerelle"
CATALOGUES = [
    *sorted(PACKAGE.parent.glob("*/conf/locale/*/LC_MESSAGES/text.po")),
    *sorted(APPS.glob("*/locale/*/LC_MESSAGES/django.po")),
]
LIMIT = 20 * 1024


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}|%\(\w+\)[sd]|%[sd]", text))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "-".join(path.parts[-5:-2]))
def test_catalogues_keep_every_value(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    assert len(catalogue) > 1
    assert path.parts[-3] == "en" or not catalogue.untranslated_entries()
    for entry in catalogue:
        if entry.msgid_plural:
            # "one" and "two" may well be words; the form for many always names the number.
            assert placeholders(entry.msgstr_plural[max(entry.msgstr_plural)]) == placeholders(entry.msgid_plural)
        else:
            assert placeholders(entry.msgstr or entry.msgid) == placeholders(entry.msgid), entry.msgid
    compiled = polib.mofile(str(path.with_suffix(".mo")))
    said = [entry for entry in catalogue if entry.msgstr or entry.msgid_plural]
    assert {entry.msgid: entry.msgstr for entry in compiled} == {entry.msgid: entry.msgstr for entry in said}


@pytest.mark.parametrize("language", ["en", "fr", "ar", "pt", "tr", "uk"])
def test_every_word_is_there_in_each_language(language: str) -> None:
    catalogue = polib.pofile(str(words.LOCALES / language / "LC_MESSAGES" / "text.po"))
    assert {entry.msgid for entry in catalogue} == set(words.STRINGS.values())
    spoken = words.strings(language)
    assert set(spoken) == set(words.STRINGS)
    if language != "en":
        assert sum(spoken[key] == text for key, text in words.STRINGS.items()) == 0


def test_an_unknown_language_speaks_english() -> None:
    assert words.strings("tlh") == words.STRINGS


def test_what_nobody_has_read_yet_says_so() -> None:
    for path in CATALOGUES:
        if path.parts[-3] not in ("en", "fr"):
            assert "unreviewed" in path.read_text(encoding="utf-8").splitlines()[0].lower()


@pytest.mark.parametrize("script", ["storytelling_circle.js", "recorder.js", "studio.js"])
def test_scripts_say_only_words_that_exist(script: str) -> None:
    source = (PACKAGE / "public" / script).read_text(encoding="utf-8")
    said = set(re.findall(r'say\("([a-z_]+)"', source))
    assert said
    assert said <= set(words.STRINGS)


def test_script_and_style_are_light() -> None:
    public = PACKAGE / "public"
    weight = sum(len(gzip.compress((public / f"storytelling_circle.{kind}").read_bytes(), 9)) for kind in ("js", "css"))
    assert weight <= LIMIT
    # Together with what is loaded once somebody wants to record.
    assert weight + len(gzip.compress((public / "recorder.js").read_bytes(), 9)) <= 25 * 1024
