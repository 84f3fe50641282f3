"""The blocks' places when the suite is not there: a note for learners and authors. Settings stay as they are."""

from __future__ import annotations

import gettext
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from web_fragments.fragment import Fragment
from xblock.completable import XBlockCompletionMode
from xblock.core import XBlock
from xblock.fields import Boolean, Dict, Float, Integer, List, Scope, String

LOCALES = Path(__file__).parent / "conf" / "locale"

WORDS = {
    "learner": "This activity is not available at the moment. You can go on with the rest.",
    "author": "Passerelle is switched off on this platform. Its settings here are kept.",
}
RIGHT_TO_LEFT = ("ar",)


@cache
def words(language: str) -> dict[str, str]:
    """What is said in this language; in English where there is no catalogue."""
    catalogue = gettext.translation("text", LOCALES, [language], fallback=True)
    return {key: catalogue.gettext(text) for key, text in WORDS.items()}


class NoteBlock(XBlock):
    """Says in a block's place that it is not there. Nobody has to complete it.

    The subclasses have the fields of the blocks that they stand for, so that exports and copies of a course keep an
    author's settings. A test compares them.
    """

    completion_mode = XBlockCompletionMode.EXCLUDED
    has_author_view = True
    show_in_read_only_mode = True

    display_name = String(scope=Scope.settings)

    @XBlock.supports("multi_device")
    def student_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The note for learners."""
        return _fragment("learner")

    def public_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The note for visitors: the same."""
        return _fragment("learner")

    def author_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The note for authors in Studio."""
        return _fragment("author")

    def studio_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """Nothing can be set meanwhile."""
        return _fragment("author")


class StorytellingCircleNote(NoteBlock):
    """In place of a storytelling circle."""

    protocol = String(scope=Scope.settings)
    min_size = Integer(scope=Scope.settings)
    max_size = Integer(scope=Scope.settings)
    languages = List(scope=Scope.settings)
    seconds = Dict(scope=Scope.settings)
    prompts = Dict(scope=Scope.content)
    tempo = String(scope=Scope.settings)
    days = Dict(scope=Scope.settings)
    without = List(scope=Scope.settings)
    media = List(scope=Scope.settings)


class CompetenceSelfAssessmentNote(NoteBlock):
    """In place of a self-assessment."""

    competences = List(scope=Scope.settings)
    moment = String(scope=Scope.settings)
    layout = String(scope=Scope.settings)
    facilitators_rate = Boolean(scope=Scope.settings)
    ask_evidence = Boolean(scope=Scope.settings)
    points_for_answering = Boolean(scope=Scope.settings)
    weight = Float(scope=Scope.settings)


class EmployerBadgeMatchingNote(NoteBlock):
    """In place of opportunities."""

    count = Integer(scope=Scope.settings)
    matched_by = String(scope=Scope.settings)


def _fragment(audience: str) -> Fragment:
    language = (get_language() or "en").split("-", maxsplit=1)[0]
    language = language if (LOCALES / language).is_dir() else "en"
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    text = escape(words(language)[audience])
    return Fragment(f'<p class="passerelle-note" role="note" lang="{language}" dir="{direction}">{text}</p>')
