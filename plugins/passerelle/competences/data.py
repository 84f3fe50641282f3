"""Public value objects of competences. All are frozen; texts by language map language codes to texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

Words = Mapping[str, str]
"""The same sentence in several languages, by language code."""

LEVELS = 4
"""Every competence has this many levels, the first being the lowest."""

ALIGNED: tuple[str, ...] = ("digcomp", "entrecomp", "cefr")
"""What a competence can be aligned to beside ESCO: DigComp 3.0 and EntreComp by code, CEFR by the name of a scale."""


class Moment(StrEnum):
    """When, in the course of a programme, people look at what they can do."""

    BEFORE = "before"
    AFTER = "after"
    LOOKING_BACK = "looking_back"  # afterwards, at how things stood before
    FREE = "free"


class Basis(IntEnum):
    """What a claim rests on, from the weakest to the strongest; bases compare as numbers do."""

    STATED = 1
    SELF_ASSESSED = 2
    EVIDENCED = 3
    DEMONSTRATED = 4  # in graded work
    VALIDATED = 5  # by a facilitator
    BADGE_BACKED = 6


class Unrated(StrEnum):
    """Answers that name no level, and are as good as any."""

    DONT_KNOW = "dont_know"
    NOT_TRIED = "not_tried"


VALUES: tuple[str, ...] = (*(str(level) for level in range(1, LEVELS + 1)), *Unrated)
"""Everything that a competence can be answered with: a level from "1" to "4", or an `Unrated`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level: its number from 1, and a situation from daily life that shows it, in the first person."""

    number: int
    situation: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence:
    """An ESCO skill with words around it. `esco_label` is ESCO's own English name of `uri`.

    `aligned` maps some of `ALIGNED` to the place there, for example `{"digcomp": "1.1"}`.
    """

    id: str
    area: str
    uri: str
    esco_label: str
    name: Words
    meaning: Words
    levels: tuple[Level, ...]
    aligned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """Competences by area. Texts in the languages in `unreviewed` have not been signed by a native speaker yet."""

    id: str
    version: int
    languages: tuple[str, ...]
    unreviewed: tuple[str, ...]
    areas: Mapping[str, Words]
    competences: tuple[Competence, ...]

    def competence(self, competence_id: str) -> Competence:
        """The competence with this id. Raises KeyError."""
        for competence in self.competences:
            if competence.id == competence_id:
                return competence
        raise KeyError(competence_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentSettings:
    """What an author asks: which competences of the core framework, in which order, and when."""

    competences: tuple[str, ...] = field(default=())
    moment: str = Moment.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with an author's entry, and what to do about it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceView:
    """A competence in one language. `levels` are the situations from the first level up."""

    id: str
    uri: str
    area: str
    name: str
    meaning: str
    levels: tuple[str, ...]
    unreviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentView:
    """What a person is asked at a block and has answered so far: one of `VALUES` by competence id.

    `submitted_at` is ISO 8601, or None while she can still change her answers.
    """

    moment: str
    competences: tuple[CompetenceView, ...]
    ratings: Mapping[str, str]
    submitted_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """That a person can do something, at a level from 1 to 4, and what it rests on. `basis` is a `Basis` in lower case.

    `source` names what the claim came from (a block's usage key); `at` is ISO 8601.
    """

    uri: str
    name: str
    area: str
    level: int
    basis: str
    source: str
    at: str
