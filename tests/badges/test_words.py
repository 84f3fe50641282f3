"""The badges' catalogues: complete, compiled from what is written, the same in every language."""

from __future__ import annotations

from pathlib import Path

import passerelle.badges.apps
import polib
import pytest

LOCALE = Path(passerelle.badges.apps.__file__).parent / "locale"
CATALOGUES = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def test_every_language_has_the_same_words() -> None:
    assert {path.parts[-3] for path in CATALOGUES} >= {"ar", "fr"}
    assert len({frozenset(entry.msgid for entry in polib.pofile(str(path))) for path in CATALOGUES}) == 1


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_is_complete_and_compiled(path: Path) -> None:
    written, compiled = polib.pofile(str(path)), polib.mofile(str(path.with_suffix(".mo")))
    assert written.percent_translated() == 100
    assert {(entry.msgid, entry.msgstr) for entry in written} == {(entry.msgid, entry.msgstr) for entry in compiled}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_no_sentence_shouts(path: Path) -> None:
    for entry in polib.pofile(str(path)):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            assert "!" not in text
