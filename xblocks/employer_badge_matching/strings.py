"""The block's words: what its script says, by key, in each language that has a catalogue in `conf/locale`."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "conf" / "locale"

STRINGS: dict[str, str] = {
    "needs_script": "This list needs JavaScript. Switch it on in your browser, then reload the page.",
    "signed_out": "Sign in to see what fits you.",
    "masquerade": "You see this course as somebody else does. Nobody’s opportunities are shown meanwhile.",
    "author": "Here each learner sees the opportunities that fit what she or he can do, with the reasons.",
    "none": "Nothing fits yet. Say first what you can do; what you answer there leads to opportunities here.",
    "profile": "What I can do",
    "about": "This is what fits what you can do. Nobody is told that you are looking.",
    "job": "Job",
    "internship": "Internship",
    "volunteering": "Volunteering",
    "mentoring": "Mentoring",
    "remote": "At a distance",
    "hours": "Hours a week: {hours}",
    "languages": "Languages asked for: {languages}",
    "have": "You have {have} of {all}",
    "use": "Uses {share} % of what you can do",
    "held": "What you bring",
    "partly": "What you bring in part",
    "related": "What comes close",
    "missing": "What is missing",
    "levels": "level {held}; asked for: {asked}",
    "useful": "useful, not needed",
    "save": "Save",
    "saved": "Saved",
    "hide": "Hide",
    "hidden": "{title} is hidden.",
    "undo": "Bring it back",
    "learn": "learn it in: {unit}",
    "ask": "Ask for contact",
    "ask_sees": (
        "This employer will see which of the things that it asks for you can do, "
        "at which level, what is missing, and your badges for them."
    ),
    "ask_not": (
        "It will not see your name, your picture, your country or your stories. "
        "You get a made-up name; your own is shown only if it asks and you say yes. You can take this back at any time."
    ),
    "ask_yes": "Yes, show me to this employer",
    "ask_no": "Not now",
    "applied": "You asked for contact. You find the answer under My applications.",
    "studio_name": "Name of the block",
    "studio_scope": "What opportunities are matched with",
    "studio_scope_all": "Everything that the learner can do",
    "studio_scope_unit": "What this unit teaches, as it is tagged",
    "studio_count": "How many at most (1 to {most})",
    "studio_wrong": "Choose what opportunities are matched with, and a number from 1 to 50.",
    "studio_untagged": (
        "This unit is not tagged with anything that it teaches, so nothing is shown "
        "here. Tag the unit, or match with everything."
    ),
    "studio_save": "Save settings",
    "studio_cancel": "Cancel",
    "studio_not_saved": "Not saved yet",
    "lost": "The line was lost. Nothing has changed; try again.",
}


@cache
def strings(language: str) -> dict[str, str]:
    """All words in this language, by key; in English where the catalogue, or a word in it, is missing."""
    catalogue = gettext.translation("text", LOCALES, [language], fallback=True)
    return {key: catalogue.gettext(text) for key, text in STRINGS.items()}
