"""The block's words: what its scripts say, by key, in each language that has a catalogue in `conf/locale`."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "conf" / "locale"

STRINGS: dict[str, str] = {
    # Before anything else
    "needs_script": "This page needs JavaScript. Switch it on in your browser, then reload the page.",
    "signed_out": "Sign in and join the course to say what you can do.",
    "masquerade": "You see this course as somebody else does. Answers are closed to you meanwhile.",
    "not_ready": "This part is not ready yet. Ask the facilitator of your course.",
    "preview": "This is a preview. Try it out: nothing is stored.",
    # On the way
    "before": "Where do you stand today, before you begin? There are no wrong answers.",
    "after": "Where do you stand now? There are no wrong answers.",
    "looking_back": "Think back to the time before you began. Where did you stand then, as you see it now?",
    "free": "Where do you stand? There are no wrong answers.",
    "private": "Your answers are yours. They are saved as you go.",
    "unreviewed": "This translation has not been checked by a native speaker yet.",
    "step": "{number} of {count}",
    "choose": "Which sentence is closest to you?",
    "dont_know": "I don't know",
    "not_tried": "I have not tried yet",
    "back": "Back",
    "next": "Next",
    "to_review": "Look at my answers",
    "saved": "Saved",
    "not_saved": "Not saved yet. Your answer is kept on this device until the connection is back.",
    "try_again": "Try again",
    "language": "Language",
    "beside": "Beside it",
    "beside_none": "One language only",
    "show_all": "Show all on one page",
    "show_one": "Show one at a time",
    "read_aloud": "Read aloud",
    "stop_reading": "Stop reading",
    # At the end
    "review": "Your answers",
    "review_hint": "You can still change each of them. Once sent, they stay as they are.",
    "no_answer": "No answer yet",
    "change": "Change: {name}",
    "submit": "Send my answers",
    "done": "What you said",
    "done_hint": "Thank you. You can come back to this page at any time.",
    "my_page": "See all that you can do, on your own page",
    "grew": "You have moved on. Before: “{before}”",
    "could_be_next": "What could be next: “{next}”",
    "show_it": "Show how I know: {name}",
    # The author's form in Studio
    "studio_name": "Name of the block",
    "studio_moment": "When people answer",
    "moment_before": "Before they begin",
    "moment_after": "Afterwards",
    "moment_looking_back": "Afterwards, looking back at how things stood before",
    "moment_free": "At any time",
    "studio_layout": "How the questions are shown",
    "layout_one": "One at a time",
    "layout_all": "All on one page",
    "studio_switches": "What else",
    "ask_evidence": "Ask people afterwards to add something that shows it",
    "facilitators_rate": "Ask the facilitators for their view too",
    "points_for_answering": "One point for answering, whatever the answers are",
    "studio_competences": "What people are asked about",
    "studio_held": "People who have answered here so far: {count}. "
    "Their answers stay when you change or delete this block.",
    "studio_save": "Save",
    "studio_cancel": "Cancel",
    "studio_not_saved": "Not saved yet",
}
"""English by key. `{name}` stands for a value."""


@cache
def strings(language: str) -> dict[str, str]:
    """All words in this language, by key; in English where the catalogue, or a word in it, is missing."""
    catalogue = gettext.translation("text", LOCALES, [language], fallback=True)
    return {key: catalogue.gettext(text) for key, text in STRINGS.items()}
