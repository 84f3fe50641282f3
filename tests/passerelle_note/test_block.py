"""The notes in our blocks' places: they have the blocks' fields, and say one sentence in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from passerelle_note import block as notes
from tutorpasserelle.wheel import NOTE_ENTRY_POINTS
from xblock.core import XBlock
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds

STANDS_FOR = dict(line.split(" = passerelle_note.block:") for line in NOTE_ENTRY_POINTS.splitlines() if "=" in line)


def fields(block_class: type[XBlock]) -> dict[str, Any]:
    return {name: (type(field), field.scope) for name, field in block_class.fields.items()}


@pytest.mark.parametrize("name", STANDS_FOR)
def test_each_has_the_fields_of_the_block_that_it_stands_for(name: str) -> None:
    assert fields(getattr(notes, STANDS_FOR[name])) == fields(XBlock.load_class(name))


@pytest.mark.parametrize("view", ["student_view", "public_view", "author_view", "studio_view"])
@pytest.mark.parametrize("language", ["en", "fr", "ar", "pt", "tr", "uk", "uk-ua", "tlh"])
def test_it_says_so(view: str, language: str) -> None:
    block = notes.StorytellingCircleNote(None, DictFieldData({}), ScopeIds(None, None, None, None))
    with translation.override(language if language != "tlh" else "de"):
        said = getattr(block, view)().content

    spoken = language[:2] if language != "tlh" else "en"
    assert notes.words(spoken)["learner" if view in ("student_view", "public_view") else "author"] in said
    assert f'lang="{spoken}" dir="{"rtl" if spoken == "ar" else "ltr"}"' in said


def test_every_language_has_words_of_its_own() -> None:
    said = {language: tuple(notes.words(language).values()) for language in ("en", "fr", "ar", "pt", "tr", "uk")}
    assert len(set(said.values())) == len(said)
    assert said["en"] == tuple(notes.WORDS.values())
