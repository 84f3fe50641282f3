"""Validation: facilitators confirm what a person can do, in four phases. Private: everyone else asks `api.py`.

Cedefop's European guidelines for validating non-formal and informal learning (2023): *identification* of what somebody
can do, *documentation* of it, *assessment* against a standard (here the competence's levels), *certification*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, facilitated_courses, host, tell
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid

from .catalogue import named
from .claims import checked_level, checked_uri, record
from .data import Basis, Phase, Step, StepView, ValidationCard, ValidationView
from .evidence import TEXT_LIMIT, evidence_of
from .models import Evidence, Validation, ValidationStep
from .permissions import require
from .receipts import is_new
from .teaching import my_courses

VALIDATED, WITHDRAWN = "validated", "withdrawn"
"""How a validation can end."""

MOST = 100
"""Validations that a queue shows; the longest waiting come first."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """Who may take a step, in which phases, and what it needs."""

    learner: bool
    facilitator: bool
    phases: frozenset[Phase]
    text: bool = False
    level: bool = False


_ALL = frozenset(Phase)
_RULES: dict[Step, _Rule] = {
    Step.TAKE: _Rule(False, True, frozenset({Phase.IDENTIFICATION})),
    Step.SEND: _Rule(True, False, frozenset({Phase.DOCUMENTATION})),
    Step.ASSESS: _Rule(False, True, frozenset({Phase.ASSESSMENT}), level=True),
    Step.ASK_MORE: _Rule(False, True, frozenset({Phase.ASSESSMENT, Phase.CERTIFICATION}), text=True),
    Step.SECOND_OPINION: _Rule(True, True, frozenset({Phase.CERTIFICATION})),
    Step.CERTIFY: _Rule(False, True, frozenset({Phase.CERTIFICATION})),
    Step.COMMENT: _Rule(True, True, _ALL, text=True),
    Step.WITHDRAW: _Rule(True, False, _ALL),
}


# --- Asking, and seeing


@transaction.atomic
def ask_validation(*, actor: Actor, uri: str, level: int, key: str, text: str = "") -> str:
    """Ask the facilitators of the actor's course run to confirm a level. Returns the validation's id.

    Everything that she keeps as evidence for this competence can be read by them until the validation is over.
    """
    if actor.course_key is None:
        raise NotAllowedError
    require("ask_validation", actor)
    checked_uri(uri)
    checked_level(level)
    get_user_model().objects.select_for_update().get(pk=actor.pk)  # two taps at once: one waits here for the other
    mine = Validation.objects.filter(user_id=actor.pk, course_key=actor.course_key, uri=uri, closed_at=None)
    if not is_new(actor, key, "ask_validation") or mine.exists():
        # Asked already: the request that is open is the answer.
        found = mine.first()
        if found is None:
            raise NotNowError
        return str(found.pk)
    found = Validation.objects.create(
        user_id=actor.pk, course_key=actor.course_key, uri=uri, level=level, phase=Phase.IDENTIFICATION
    )
    _note(found, actor, Step.ASK, text, level)
    return str(found.pk)


def courses_to_ask(*, actor: Actor) -> dict[str, str]:
    """Names of the course runs whose facilitators the actor can ask, by key: where she answered and takes part."""
    names = host().course_names(course_keys=my_courses(actor=actor))
    return {str(key): name for key, name in names.items()}


def validation_queue(*, actor: Actor, language: str) -> list[ValidationCard]:
    """Open requests in the course runs that the actor facilitates, the longest waiting first; never her own."""
    courses = facilitated_courses(user_id=actor.pk)
    if actor.course_key is not None:
        require("validate", actor)
        courses &= {actor.course_key}
    if not courses or actor.masquerading:
        raise NotAllowedError
    rows = Validation.objects.filter(course_key__in=courses, closed_at=None).exclude(user_id=actor.pk)
    return _cards(list(rows.order_by("opened_at", "pk")[:MOST]), actor, language)


def my_validations(*, actor: Actor, language: str, uri: str | None = None) -> list[ValidationCard]:
    """What the actor asked to have confirmed, for one competence or all, the newest first."""
    require("own", actor)
    rows = Validation.objects.filter(user_id=actor.pk)
    if uri is not None:
        rows = rows.filter(uri=uri)
    return _cards(list(rows.order_by("-opened_at", "pk")[:MOST]), actor, language)


def validation_course(*, validation_id: str) -> CourseKey:
    """The course run in which the validation was asked for. Raises NotFoundError."""
    found = Validation.objects.filter(pk=as_uuid(validation_id)).values_list("course_key", flat=True).first()
    if found is None:
        raise NotFoundError
    return found


def validation(*, actor: Actor, validation_id: str, language: str) -> ValidationView:
    """One validation, for the person who asked and for the facilitators of the course run."""
    return _view(_find(actor, validation_id), actor, language)


def _find(actor: Actor, validation_id: str, *, lock: bool = False) -> Validation:
    require("own", actor)
    rows = Validation.objects.select_for_update() if lock else Validation.objects.all()
    found = rows.filter(pk=as_uuid(validation_id)).first()
    if found is None:
        raise NotFoundError
    if found.user_id != actor.user_id:
        if found.course_key not in facilitated_courses(user_id=actor.pk):
            raise NotFoundError
        if found.closed_at is not None and found.outcome == WITHDRAWN:
            raise NotFoundError  # her words are hers again
    return found


def _cards(rows: list[Validation], actor: Actor, language: str) -> list[ValidationCard]:
    names = host().display_names(user_ids={row.user_id for row in rows})
    courses = host().course_names(course_keys={row.course_key for row in rows})
    words = named(uris={row.uri for row in rows}, language=language)
    return [
        ValidationCard(
            id=str(row.pk),
            person=names.get(row.user_id, ""),
            mine=row.user_id == actor.user_id,
            course_name=courses[row.course_key],
            uri=row.uri,
            name=words[row.uri].name,
            level=row.level,
            phase=row.phase,
            outcome=row.outcome,
            second_wanted=row.second_wanted,
            opened_at=row.opened_at.isoformat(),
        )
        for row in rows
    ]


def _view(found: Validation, actor: Actor, language: str) -> ValidationView:
    steps = list(found.steps.order_by("at", "pk"))
    names = host().display_names(user_ids={step.by_id for step in steps if step.by_id})
    open_or_mine = found.closed_at is None or found.user_id == actor.user_id
    return ValidationView(
        card=_cards([found], actor, language)[0],
        situations=named(uris=[found.uri], language=language)[found.uri].levels,
        evidence=tuple(evidence_of(user_id=found.user_id, uri=found.uri)) if open_or_mine else (),
        history=tuple(
            StepView(
                by=names.get(step.by_id or 0, ""),
                step=step.step,
                text=step.text,
                level=step.level,
                at=step.at.isoformat(),
            )
            for step in steps
        ),
        assessed_level=found.assessed_level,
        second_until=until.isoformat() if (until := second_until(found)) else None,
        steps=tuple(step for step in _RULES if _refusal(found, actor, step) is None),
    )


# --- Going on


@transaction.atomic
def step_validation(
    *, actor: Actor, validation_id: str, step: str, key: str, language: str, text: str = "", level: int | None = None
) -> ValidationView:
    """Take a step in a validation; which are open to the actor, its view says. `level` is for `Step.ASSESS`."""
    found = _find(actor, validation_id, lock=True)
    if step not in list(Step) or step == Step.ASK:
        raise InvalidError(field="step")
    if is_new(actor, key, f"validation {step}"):
        if refusal := _refusal(found, actor, Step(step)):
            raise refusal
        rule = _RULES[Step(step)]
        if rule.text and not text.strip():
            raise InvalidError(_("Write a few words first, so that the other person knows what to do."), field="text")
        if rule.level:
            level = checked_level(level)
            if level != found.level and not text.strip():
                raise InvalidError(_("You saw something else. Write in a few words what you saw."), field="text")
        _note(found, actor, Step(step), text, level if rule.level else None)
        _APPLY[Step(step)](found, actor, level)
        found.save()
        _tell(found, actor, Step(step))
    return _view(found, actor, language)


def _tell(found: Validation, actor: Actor, step: Step) -> None:
    """What a facilitator wants of the learner, or found, does not wait until she happens to look."""
    sentences = {
        Step.ASK_MORE: lambda: _("A facilitator asks you to show a little more of what you can do."),
        Step.COMMENT: lambda: _("A facilitator wrote to you about what you can do."),
        Step.CERTIFY: lambda: _("A facilitator confirmed something that you can do."),
    }
    if actor.user_id != found.user_id and step in sentences:
        path = reverse("passerelle_competences:validation", args=[found.pk])
        tell(user_id=found.user_id, course_key=found.course_key, sentence=sentences[step], path=path)


def _refusal(found: Validation, actor: Actor, step: Step) -> Exception | None:
    """Why the actor may not take this step now; None where she may."""
    rule = _RULES[step]
    learner = found.user_id == actor.user_id
    # `_find` lets in nobody but the person herself and facilitators; a facilitator never validates herself.
    if not (rule.learner if learner else rule.facilitator):
        return NotAllowedError()
    if found.closed_at is not None or found.phase not in rule.phases:
        return NotNowError()
    if step == Step.SECOND_OPINION and found.second_wanted:
        return NotNowError()
    if step == Step.CERTIFY and found.second_wanted:
        return NotNowError(_("Somebody asked for a second opinion. Another facilitator gives it first."))
    mine = found.second_wanted and found.assessor_id == actor.user_id
    if step == Step.ASSESS and mine and (until := second_until(found)) and timezone.now() < until:
        day = date_format(timezone.localtime(until), "DATE_FORMAT")
        return NotNowError(
            _("You said what you saw. Until %s it is another facilitator's turn. If nobody comes, look again.") % day
        )
    return None


def second_until(found: Validation) -> datetime | None:
    """Until when a second opinion is left to others; after that the first facilitator looks again. None: not wanted.

    A course run may have one facilitator alone, and nobody shall wait for good.
    """
    if not found.second_wanted:
        return None
    asked = found.steps.filter(step=Step.SECOND_OPINION).order_by("-at").values_list("at", flat=True).first()
    return (asked or found.opened_at) + timedelta(days=settings.PASSERELLE_SECOND_OPINION_DAYS)


def _note(found: Validation, actor: Actor, step: Step, text: str, level: int | None) -> None:
    if len(text) > TEXT_LIMIT:
        raise InvalidError(_("This is too long. Nothing is lost: shorten it to %d signs.") % TEXT_LIMIT, field="text")
    ValidationStep.objects.create(validation=found, by_id=actor.user_id, step=step, text=text.strip(), level=level)


def _take(found: Validation, _actor: Actor, _level: int | None) -> None:
    there = Evidence.objects.filter(user_id=found.user_id, uri=found.uri).exclude(kind="file", path="").exists()
    found.phase = Phase.ASSESSMENT if there else Phase.DOCUMENTATION


def _send(found: Validation, _actor: Actor, _level: int | None) -> None:
    if not evidence_of(user_id=found.user_id, uri=found.uri):
        raise InvalidError(_("Add something first that shows what you can do: a few words are enough."))
    found.phase = Phase.ASSESSMENT


def _assess(found: Validation, actor: Actor, level: int | None) -> None:
    found.assessed_level, found.assessor_id = level, actor.user_id
    found.second_wanted = False
    found.phase = Phase.CERTIFICATION


def _ask_more(found: Validation, _actor: Actor, _level: int | None) -> None:
    found.phase = Phase.DOCUMENTATION


def _second_opinion(found: Validation, _actor: Actor, _level: int | None) -> None:
    found.second_wanted = True
    found.phase = Phase.ASSESSMENT


def _certify(found: Validation, _actor: Actor, _level: int | None) -> None:
    _close(found, VALIDATED, timezone.now())
    record(
        user_id=found.user_id,
        uri=found.uri,
        level=checked_level(found.assessed_level),
        basis=Basis.VALIDATED,
        source=f"validation:{found.pk}",
    )


def _withdraw(found: Validation, _actor: Actor, _level: int | None) -> None:
    _close(found, WITHDRAWN, timezone.now())


def _close(found: Validation, outcome: str, now: datetime) -> None:
    found.outcome, found.closed_at = outcome, now


def _nothing(_found: Validation, _actor: Actor, _level: int | None) -> None:
    """A comment changes nothing."""


_APPLY: dict[Step, Callable[[Validation, Actor, int | None], None]] = {
    Step.TAKE: _take,
    Step.SEND: _send,
    Step.ASSESS: _assess,
    Step.ASK_MORE: _ask_more,
    Step.SECOND_OPINION: _second_opinion,
    Step.CERTIFY: _certify,
    Step.COMMENT: _nothing,
    Step.WITHDRAW: _withdraw,
}


# --- Retirement


def forget_facilitator(*, user_id: int) -> None:
    """Words of a facilitator whose account closes lose her name; what she confirmed stays confirmed."""
    ValidationStep.objects.filter(by_id=user_id).update(by=None)
    Validation.objects.filter(Q(assessor_id=user_id)).update(assessor=None)
