"""Public value objects of badges. All are frozen; texts by language map language codes to texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Words = Mapping[str, str]
"""The same sentence in several languages, by language code."""


class Stage(StrEnum):
    """Where an achievement stands. Archived, it can no longer be earned; what was earned stays."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Standing(StrEnum):
    """What a badge is worth today."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Shape(StrEnum):
    """Outline of a badge's picture."""

    CIRCLE = "circle"
    HEXAGON = "hexagon"
    SHIELD = "shield"
    SQUARE = "square"


class Symbol(StrEnum):
    """What is drawn on a badge."""

    BRIDGE = "bridge"
    CIRCLE = "ring"
    SPEECH = "speech"
    STAR = "star"
    STEPS = "steps"
    TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How a badge looks. `colour` is `#rrggbb`."""

    shape: Shape = Shape.HEXAGON
    symbol: Symbol = Symbol.BRIDGE
    colour: str = "#00688d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """That the badge stands for a competence (an ESCO URI) at a level from 1 to 4."""

    uri: str
    level: int


class Kind(StrEnum):
    """Kinds of criteria. `ALL` and `ANY` hold others."""

    ALL = "all"
    ANY = "any"
    CLAIM = "claim"
    CIRCLE = "circle"
    UNIT = "unit"
    COURSE = "course"
    PRACTICUM = "practicum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One condition, or several under `ALL` or `ANY`.

    `target` is an ESCO URI (claim), a usage key (unit; circle, "" for any block), a course key (course) or the part's
    id (practicum). `level` and `basis` (a `Basis` in lower case) belong to claims, `times` and `course` to circles,
    `name` to practica.
    """

    kind: Kind
    parts: tuple[Criterion, ...] = ()
    target: str = ""
    level: int = 0
    basis: str = ""
    times: int = 1
    course: str = ""
    name: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An achievement as data. `valid_days`: how long a badge is good for, 0 for ever."""

    slug: str
    name: Words
    description: Words
    how: Words
    picture: Picture
    alignment: tuple[Alignment, ...]
    criteria: Criterion
    valid_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with a definition: where (a dotted path), and what to do about it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One criterion beside what the person has done. `said` is a sentence in her language; `parts` lie under it."""

    kind: Kind
    met: bool
    said: str
    parts: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementView:
    """An achievement in one language. `picture_url` is public; `aligned` are (name, URI, level)."""

    id: str
    slug: str
    course_key: str
    name: str
    description: str
    how: str
    picture_url: str
    aligned: tuple[tuple[str, str, int], ...]
    stage: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookView:
    """That somebody looked at a shared badge on a day (ISO 8601), how often; `who` is "" for a person with the link."""

    day: str
    who: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeView:
    """A badge as its holder sees it. Dates are ISO 8601, `expires_at` None where it has no end.

    `rests_on`: what she had done when it was awarded. `share_url` is "" while it is not shared.
    """

    id: str
    achievement: AchievementView
    standing: Standing
    awarded_at: str
    expires_at: str | None
    revoked_at: str | None
    reason: str
    rests_on: tuple[str, ...]
    share_url: str
    share_name: bool
    looks: tuple[LookView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderView:
    """A badge that was given, as those who gave it see it. Dates are ISO 8601."""

    award_id: str
    name: str
    standing: Standing
    awarded_at: str
    expires_at: str | None
    reason: str
    renewable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldersView:
    """A page of those who were given a badge; `count` are all of them."""

    achievement: AchievementView
    people: tuple[HolderView, ...]
    page: int
    pages: int
    count: int


class KeyState(StrEnum):
    """What an issuer's key does: sign, be read by verifiers, or nothing any more."""

    SIGNS = "signs"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """An issuer's key as the operator sees it, never its private half. `signed`: badges that bear its signature."""

    kid: str
    state: KeyState
    created_at: str
    signed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """An achievement that the person does not hold, and what is missing."""

    achievement: AchievementView
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedView:
    """A badge issued elsewhere. `recognised`: the operator knows its issuer, so that it counts here."""

    id: str
    name: str
    issuer: str
    aligned: tuple[tuple[str, str, int], ...]
    standing: Standing
    recognised: bool
    expires_at: str | None
    checked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyBadges:
    """Everything on a person's page of badges."""

    badges: tuple[BadgeView, ...]
    imported: tuple[ImportedView, ...]
    not_yet: tuple[NotYet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedView:
    """A badge as anyone with its link sees it. `holder` is "" unless she lets her name be shown."""

    id: str
    achievement: AchievementView
    standing: Standing
    signed: bool
    holder: str
    issuer: str
    awarded_at: str
    expires_at: str | None
    revoked_at: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A competence that a person's valid badge stands for: what employers may read, never whose it is."""

    badge_id: str
    achievement_id: str
    name: str
    uri: str
    level: int
