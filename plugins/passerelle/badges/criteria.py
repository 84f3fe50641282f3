"""Criteria beside what a person has done. Pure: facts in, steps out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from passerelle.competences.data import Basis
from passerelle.host.values import say

from .data import Criterion, Kind, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one person.

    `claims`: (level, basis) by ESCO URI. `circles`: (course key, usage key) of each circle attended. `units`: usage
    keys completed. `courses`: course keys passed. `practica`: (achievement id, part) confirmed.
    """

    claims: Mapping[str, tuple[tuple[int, Basis], ...]] = field(default_factory=dict)
    circles: tuple[tuple[str, str], ...] = ()
    units: frozenset[str] = frozenset()
    courses: frozenset[str] = frozenset()
    practica: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How to call what criteria are about, in `language`: competences by URI, courses by key, both as functions."""

    language: str
    competence: Callable[[str], str]
    course: Callable[[str], str]


BASES = {
    Basis.STATED: gettext_lazy("said by you"),
    Basis.SELF_ASSESSED: gettext_lazy("assessed by you"),
    Basis.EVIDENCED: gettext_lazy("shown with an example"),
    Basis.DEMONSTRATED: gettext_lazy("shown in graded work"),
    Basis.VALIDATED: gettext_lazy("confirmed by a facilitator"),
    Basis.BADGE_BACKED: gettext_lazy("backed by a badge"),
}


def evaluate(criterion: Criterion, facts: Facts, *, achievement_id: str, names: Names) -> Step:
    """The criterion with whether it is met, and a sentence saying what is there and what is missing."""
    if criterion.kind in (Kind.ALL, Kind.ANY):
        parts = tuple(evaluate(part, facts, achievement_id=achievement_id, names=names) for part in criterion.parts)
        every = criterion.kind is Kind.ALL
        met = all(part.met for part in parts) if every else any(part.met for part in parts)
        said = _("All of this:") if every else _("One of these:")
        return Step(kind=criterion.kind, met=met, said=said, parts=parts)
    met, said = STEPS[criterion.kind](criterion, facts, achievement_id, names)
    return Step(kind=criterion.kind, met=met, said=said)


def met_sentences(step: Step) -> tuple[str, ...]:
    """The sentences of what was fulfilled, as a badge quotes them."""
    if step.parts:
        return tuple(said for part in step.parts for said in met_sentences(part)) if step.met else ()
    return (step.said,) if step.met else ()


def _claim(criterion: Criterion, facts: Facts, _achievement_id: str, names: Names) -> tuple[bool, str]:
    needed = Basis[criterion.basis.upper()]
    # What a badge backs was proved when the badge was earned; it may not prove the next one.
    held = [claim for claim in facts.claims.get(criterion.target, ()) if claim[1] is not Basis.BADGE_BACKED]
    fitting = [level for level, basis in held if basis >= needed]
    highest = max((level for level, _basis in held), default=0)
    words = {
        "name": names.competence(criterion.target),
        "level": criterion.level,
        "basis": BASES[needed],
        "held": max(fitting, default=highest),
    }
    if max(fitting, default=0) >= criterion.level:
        return True, _("%(name)s: level %(held)d, %(basis)s.") % words
    words["held"] = highest
    if not held:
        return False, _("%(name)s: level %(level)d is needed, %(basis)s. You have not looked at it yet.") % words
    if highest >= criterion.level:
        return False, _("%(name)s: you are at level %(held)d. It still has to be %(basis)s.") % words
    return False, _("%(name)s: you are at level %(held)d. Level %(level)d is needed, %(basis)s.") % words


def _circle(criterion: Criterion, facts: Facts, _achievement_id: str, names: Names) -> tuple[bool, str]:
    attended = sum(
        criterion.target in ("", usage_key) and criterion.course in ("", course_key)
        for course_key, usage_key in facts.circles
    )
    words = {
        "times": criterion.times,
        "attended": attended,
        "course": names.course(criterion.course) if criterion.course else "",
    }
    if attended >= criterion.times:
        said = ngettext("You took part in %(attended)d circle.", "You took part in %(attended)d circles.", attended)
        return True, said % words
    said = ngettext(
        "Take part in %(times)d circle to its end. So far: %(attended)d.",
        "Take part in %(times)d circles to their end. So far: %(attended)d.",
        criterion.times,
    )
    return False, (said + " " + _("In this course: %(course)s.") if criterion.course else said) % words


def _unit(criterion: Criterion, facts: Facts, _achievement_id: str, _names: Names) -> tuple[bool, str]:
    if criterion.target in facts.units:
        return True, _("You completed the unit that belongs to this badge.")
    return False, _("Complete the unit that belongs to this badge.")


def _course(criterion: Criterion, facts: Facts, _achievement_id: str, names: Names) -> tuple[bool, str]:
    words = {"course": names.course(criterion.target)}
    if criterion.target in facts.courses:
        return True, _("You passed the course %(course)s.") % words
    return False, _("Pass the course %(course)s.") % words


def _practicum(criterion: Criterion, facts: Facts, achievement_id: str, names: Names) -> tuple[bool, str]:
    words = {"name": say(criterion.name or {}, names.language)}
    if (achievement_id, criterion.target) in facts.practica:
        return True, _("%(name)s: confirmed by your course team.") % words
    return False, _("%(name)s: your course team has not confirmed it yet.") % words


STEPS: dict[Kind, Callable[[Criterion, Facts, str, Names], tuple[bool, str]]] = {
    Kind.CLAIM: _claim,
    Kind.CIRCLE: _circle,
    Kind.UNIT: _unit,
    Kind.COURSE: _course,
    Kind.PRACTICUM: _practicum,
}
