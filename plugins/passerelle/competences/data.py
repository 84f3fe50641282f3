"""Public value objects of competences. All are frozen; texts by language map language codes to texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated

Words = Mapping[str, str]
"""The same sentence in several languages, by language code."""

LEVELS = 4
"""Every competence has this many levels, the first being the lowest."""

ALIGNED: tuple[str, ...] = ("digcomp", "entrecomp", "cefr")
"""What a competence can be aligned to beside ESCO: DigComp 3.0 and EntreComp by code, CEFR by the name of a scale."""


FITS: tuple[str, ...] = ("close", "broad", "related")
"""How well the ESCO skill fits, as SKOS has it: the same in practice, a broader one, or one beside it."""


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


SHARES: Mapping[Basis, int] = {
    Basis.STATED: 40,
    Basis.SELF_ASSESSED: 60,
    Basis.EVIDENCED: 70,
    Basis.DEMONSTRATED: 85,
    Basis.VALIDATED: 95,
    Basis.BADGE_BACKED: 100,
}
"""How firm the ground is that a claim stands on, in per cent."""

OWN_WORD = frozenset({Basis.STATED, Basis.SELF_ASSESSED})
"""What a person says of herself: her newest word takes the place of what she said before."""

JUDGED = frozenset({Basis.VALIDATED, Basis.BADGE_BACKED})
"""Where somebody else looked at the level and said what it is."""


class Unrated(StrEnum):
    """Answers that name no level, and are as good as any."""

    DONT_KNOW = "dont_know"
    NOT_TRIED = "not_tried"


VALUES: tuple[str, ...] = (*(str(level) for level in range(1, LEVELS + 1)), *Unrated)
"""Everything that a competence can be answered with: a level from "1" to "4", or an `Unrated`."""


class EvidenceKind(StrEnum):
    """What shows that a person can do something."""

    TEXT = "text"
    LINK = "link"
    FILE = "file"
    UNIT = "unit"  # that she completed
    STORY = "story"  # that she told, and chose to show here


class Phase(StrEnum):
    """The phases of a validation, as the European guidelines for validating non-formal learning name them (Cedefop)."""

    IDENTIFICATION = "identification"
    DOCUMENTATION = "documentation"
    ASSESSMENT = "assessment"
    CERTIFICATION = "certification"


class Step(StrEnum):
    """What can be done in a validation."""

    ASK = "ask"
    COMMENT = "comment"
    TAKE = "take"
    ASK_MORE = "ask_more"
    SEND = "send"
    ASSESS = "assess"
    SECOND_OPINION = "second_opinion"
    CERTIFY = "certify"
    WITHDRAW = "withdraw"


LevelNumber = Annotated[int, ("minimum", 1), ("maximum", LEVELS)]
BasisName = Annotated[str, ("enum", tuple(basis.name.lower() for basis in Basis))]
Time = Annotated[str, ("format", "date-time")]
"""ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level: its number from 1, and a situation from daily life that shows it, in the first person."""

    number: int
    situation: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence:
    """An ESCO skill with words around it. `esco_label` is ESCO's own English name of `uri`, `fit` one of `FITS`.

    `aligned` maps some of `ALIGNED` to the place there, for example `{"digcomp": "1.1"}`.
    """

    id: str
    area: str
    uri: str
    esco_label: str
    name: Words
    meaning: Words
    levels: tuple[Level, ...]
    fit: str = "close"
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
    facilitators_rate: bool = False
    ask_evidence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with an author's entry, and what to do about it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceView:
    """A competence in one language. `levels` are the situations from the first up; `pictogram` is an address or ""."""

    id: str
    uri: str
    area: str
    name: str
    meaning: str
    levels: tuple[str, ...]
    unreviewed: bool
    pictogram: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentView:
    """What a person is asked at a block and has answered so far: one of `VALUES` by competence id.

    `submitted_at` is ISO 8601, or None while she can still change her answers. Once sent, `earlier` holds the levels
    that she gave for the time before, in the same course run.
    """

    moment: str
    competences: tuple[CompetenceView, ...]
    ratings: Mapping[str, str]
    submitted_at: str | None
    earlier: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """That a person can do something, at a level from 1 to 4, and what it rests on. `basis` is a `Basis` in lower case.

    `source` names what the claim came from (a block's usage key); `at` is ISO 8601.
    """

    uri: str
    name: str
    area: str
    level: LevelNumber
    basis: BasisName
    source: str
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim for other apps, without words. `level` is 1 to 4; `at` is aware; `source` names what it came from."""

    uri: str
    level: int
    basis: Basis
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """Something that shows what a person can do. `complete` is false while its file has not arrived.

    `text` holds the person's words, a story's included; `media_type` and `size` (bytes) describe a file.
    """

    id: str
    uri: str
    kind: Annotated[str, ("enum", tuple(EvidenceKind))]
    level: LevelNumber
    text: str
    link: str
    media_type: str
    size: int
    complete: bool
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step of a validation: who did what, with which words and level (None: none named)."""

    by: str
    step: str
    text: str
    level: int | None
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationCard:
    """A validation in a list. `person` is who asked; `outcome` is "", "validated" or "withdrawn"."""

    id: str
    person: str
    mine: bool
    course_name: str
    uri: str
    name: str
    level: int
    phase: str
    outcome: str
    second_wanted: bool
    opened_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationView:
    """A validation as one of its people sees it. `steps` may be done now by whoever looks.

    `second_until` (ISO 8601): until then a second opinion is left to other facilitators; None where none is wanted.
    """

    card: ValidationCard
    situations: tuple[str, ...]
    evidence: tuple[EvidenceView, ...]
    history: tuple[StepView, ...]
    assessed_level: int | None
    second_until: str | None
    steps: tuple[str, ...]
    phases: tuple[str, ...] = tuple(Phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAssessment:
    """What a person answered at one block: one of `VALUES` by competence id. `submitted_at` is ISO 8601 or None."""

    course: str
    block: str
    moment: Annotated[str, ("enum", tuple(Moment))]
    submitted_at: Time | None
    ratings: Mapping[str, Annotated[str, ("enum", VALUES)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSheet:
    """Somebody's sent assessment for a facilitator to fill in: what was asked, and her own answers so far."""

    id: int
    person: str
    moment: str
    competences: tuple[CompetenceView, ...]
    ratings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What one basis (a `Basis` in lower case) supports: a level from 1 to 4."""

    basis: BasisName
    level: LevelNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLine:
    """One competence on a profile. `level` 1 to 4; `basis` a `Basis` in lower case; `next` the next level's situation.

    `others`: what other bases than this one support, the firmest first.

    `before`, `looking_back` and `after` are the levels answered at these moments, None where there is none. Where it
    grew, `start` is where from: the level seen in looking back, else the one from before.
    """

    uri: str
    id: str
    name: str
    level: LevelNumber
    basis: BasisName
    situation: str
    next: str
    others: tuple[Support, ...]
    start: LevelNumber | None
    before: LevelNumber | None
    looking_back: LevelNumber | None
    after: LevelNumber | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileArea:
    """An area of a profile; `average` of its lines' levels, 0.0 for none."""

    id: str
    name: str
    hidden: bool
    average: float
    lines: tuple[ProfileLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of a course that teaches something. `reference` is its usage key; `complete`: the person finished it."""

    reference: str
    name: str
    url: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NearView:
    """A competence that the person has not named yet, beside others that she has, and units that teach it."""

    uri: str
    id: str
    name: str
    meaning: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a person can do, as she sees it. `hidden` areas are in `areas` too, marked."""

    areas: tuple[ProfileArea, ...]
    near: tuple[NearView, ...]
    unreviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCompetence:
    """A skill found by one of its names (`matched`). `id` is its short name in the core framework, or ""."""

    uri: str
    id: str
    name: str
    language: str
    matched: str
    matched_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOccupation:
    """An ESCO occupation found by one of its names (`matched`). `code` is ESCO's, which begins with the ISCO group."""

    uri: str
    code: str
    name: str
    matched: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperienceView:
    """Unpaid work that there is a ready list for."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillOffer:
    """A skill that an experience may have given, to confirm or strike."""

    uri: str
    id: str
    name: str
    essential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnExperience:
    """Something that a person has done. `id` is a ready list's or the end of an occupation's URI; `words` her own."""

    id: str
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSkill:
    """A skill that an experience may have given. `level` is the one that the person stated, None for none."""

    uri: str
    name: str
    meaning: str
    essential: bool
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperienceSheet:
    """An experience with the skills to confirm or strike. `kept`: the person said already that she has done this."""

    id: str
    name: str
    words: str
    kept: bool
    skills: tuple[OfferedSkill, ...]


class Silence(StrEnum):
    """Why there is no figure."""

    FEW_PEOPLE = "few_people"
    FEW_ITEMS = "few_items"
    NO_DIFFERENCES = "no_differences"  # everybody answered the same, so that nothing can be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95 % interval (None where it has none), from `people`; or None and why it is silent."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    people: int = 0
    reason: Silence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extremes:
    """Shares of people at the lowest and the highest level, and whether either is too large."""

    floor: float | None = None
    ceiling: float | None = None
    floor_flag: bool = False
    ceiling_flag: bool = False
    people: int = 0
    reason: Silence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Mean changes. `seen` is after minus before; `corrected` is after minus how people look back on the start.

    `shift` is how they looked back minus what they said before: below zero where they now think that they had overrated
    themselves (response shift, Howard 1980).
    """

    seen: Figure
    corrected: Figure
    shift: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceReport:
    """What people said of one competence: mean level, shares at the ends of the scale, agreement with facilitators."""

    id: str
    name: str
    people: int
    mean: float
    extremes: Extremes
    agreement: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentReport:
    """How far a mean level at one moment can be trusted. `error` is its standard error, in levels."""

    moment: str
    people: int
    alpha: Figure
    omega: Figure
    error: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentReport:
    """A course run's answers together. `people` is None, and all else empty, where they are too few to speak of.

    `reliable` counts people who improved and declined beyond chance, None for one to four of them; `languages` holds α
    by language.
    """

    course_name: str
    people: int | None
    moments: tuple[MomentReport, ...] = ()
    competences: tuple[CompetenceReport, ...] = ()
    change: Change | None = None
    reliable: tuple[int | None, int | None] | None = None
    languages: Mapping[str, Figure] = field(default_factory=dict)
