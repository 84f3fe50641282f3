"""Value objects of the engine.

What a person brings is a level and a basis for each competence, and nothing else: there is no field for who she is,
where she comes from or what she told. Shares are whole per cent, so that every sum is exact and equal scores are equal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

LEVELS = 4
WHOLE = 100
BASIS_STEP = 5
MOST_HELD = 2_000
CEFR = ("A1", "A2", "B1", "B2", "C1", "C2")

Related = Mapping[str, Collection[str]]
"""By the URI of a competence required: those that come close to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A competence that the work asks for, at a level from 1 to 4; `weight` in per cent (1–100)."""

    uri: str
    level: int
    weight: int = WHOLE
    essential: bool = True

    def __post_init__(self) -> None:
        _within("level", self.level, LEVELS)
        _within("weight", self.weight, WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an opportunity can be ruled out by. `languages` are code and CEFR level needed, sorted; no date: open."""

    languages: tuple[tuple[str, str], ...] = ()
    place: str = ""
    kind: str = ""
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """Work on offer. Raises ValueError where it asks for nothing, or for the same competence twice."""

    id: str
    requirements: tuple[Requirement, ...]
    facts: Facts = Facts()

    def __post_init__(self) -> None:
        if not self.requirements:
            raise ValueError(f"{self.id}: an opportunity needs at least one requirement")
        if len({requirement.uri for requirement in self.requirements}) < len(self.requirements):
            raise ValueError(f"{self.id}: a competence is required twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A competence at a level from 1 to 4; `basis` says in per cent (5, 10, … 100) how firm the ground for that is."""

    level: int
    basis: int = WHOLE

    def __post_init__(self) -> None:
        _within("level", self.level, LEVELS)
        _within("basis", self.basis, WHOLE)
        if self.basis % BASIS_STEP:
            raise ValueError(f"basis is {self.basis}, not a multiple of {BASIS_STEP}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a person can do, by competence URI; MOST_HELD at most."""

    held: Mapping[str, Held]

    def __post_init__(self) -> None:
        if len(self.held) > MOST_HELD:
            raise ValueError(f"a profile of {len(self.held)} competences; at most {MOST_HELD}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What rules an opportunity out; None asks for nothing. `languages`: CEFR level by code.

    `on`: work that ends before this day is out. `by`: work that starts after this day is out.
    """

    languages: Mapping[str, str] | None = None
    places: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    on: date | None = None
    by: date | None = None

    def admit(self, facts: Facts) -> bool:
        """Whether an opportunity with these facts stays in."""
        return (
            (self.places is None or facts.place in self.places)
            and (self.kinds is None or facts.kind in self.kinds)
            and (self.on is None or facts.ends is None or facts.ends >= self.on)
            and (self.by is None or facts.starts is None or facts.starts <= self.by)
            and all(self._speaks(language, level) for language, level in facts.languages)
        )

    def _speaks(self, language: str, level: str) -> bool:
        if self.languages is None:
            return True
        own = self.languages.get(language)
        return own is not None and CEFR.index(own) >= CEFR.index(level)


class Standing(StrEnum):
    """How a person stands to one requirement."""

    HELD = "held"
    PARTLY = "partly"  # held, at a lower level
    RELATED = "related"  # not held, but one that comes close; counts nothing
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One requirement, and what the person brings to it. `via`: her competence that it is about, "" for none.

    `covered` is the share of this requirement, from 0 to 1, that goes into the covered share.
    """

    requirement: Requirement
    standing: Standing
    via: str = ""
    held: Held | None = None
    covered: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How an opportunity and a person fit, in shares from 0 to 1, and why.

    `covered`: the share of the weighted requirements that she meets. It never falls when she holds more.
    `use`: the share of her competences that the work asks for.
    `score`: what opportunities are ranked by for one person, one third covered share and two thirds use. People for one
    opportunity are ranked by `covered`: nobody stands lower for what she can do beside it.
    """

    id: str
    covered: float
    use: float
    score: float
    reasons: tuple[Reason, ...] = field(default=())

    def standing(self, standing: Standing) -> tuple[Reason, ...]:
        """The requirements to which the person stands like this."""
        return tuple(reason for reason in self.reasons if reason.standing is standing)


def _within(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise ValueError(f"{name} is {value}, not from 1 to {most}")
