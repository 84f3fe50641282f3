"""Value objects of employers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is on offer."""

    JOB = "job"
    INTERNSHIP = "internship"
    VOLUNTEERING = "volunteering"
    MENTORING = "mentoring"


class Marked(StrEnum):
    """What a person did with an opportunity."""

    SAVED = "saved"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One competence that the work asks for, beside what the person brings. Levels from 1 to 4, 0 for none.

    `via` is the URI of the competence that counts for it, "" where none does. `covered`: from 0 to 1.
    """

    uri: str
    name: str
    essential: bool
    level: int
    level_held: int
    via: str
    covered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCard:
    """An opportunity as a person sees it, and why it fits. `score` and `use` from 0 to 1; `hours` a week, 0: unsaid.

    `languages`: code and CEFR level needed. `starts`, `ends`: ISO 8601. `use`: the share of her competences that the
    work would use.
    """

    id: str
    title: str
    organisation: str
    kind: Kind
    place: str
    hours: int
    languages: tuple[tuple[str, str], ...]
    starts: str | None
    ends: str | None
    score: float
    use: float
    saved: bool
    held: tuple[Need, ...]
    partly: tuple[Need, ...]
    related: tuple[Need, ...]
    missing: tuple[Need, ...]
