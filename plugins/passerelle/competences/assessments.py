"""What people answer at a block, and what authors ask there. Private: everyone else asks `api.py`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import UsageKey

from passerelle.host.api import Actor, facilitated_courses, host
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError

from .catalogue import competences, framework
from .claims import record_all
from .data import (
    VALUES,
    AssessmentSettings,
    AssessmentView,
    Basis,
    Claimed,
    Moment,
    OwnAssessment,
    Problem,
    RatingSheet,
)
from .models import Assessment, FacilitatorRating, Rating
from .permissions import require
from .receipts import is_new

MOST = 20
"""More competences than this in one sitting tire everybody."""
SHEETS = 50
"""Assessments that a facilitator is shown at once; those that wait longest come first."""


def problems(*, settings: AssessmentSettings) -> list[Problem]:
    """What is wrong with an author's settings, in the active language; empty where all is well."""
    found = []
    known = {competence.id for competence in framework().competences}
    if settings.moment not in list(Moment):
        message = _("There is no such moment. Choose one of those in the list.")
        found.append(Problem(field="moment", message=message))
    if not 1 <= len(settings.competences) <= MOST:
        message = _("Choose at least one competence, and at most %d.") % MOST
        found.append(Problem(field="competences", message=message))
    for name in settings.competences:
        if name not in known:
            message = _("There is no competence called “%s”. Remove it, or choose another.") % name
            found.append(Problem(field="competences", message=message))
    if len(set(settings.competences)) < len(settings.competences):
        found.append(Problem(field="competences", message=_("A competence is there twice. Remove one of them.")))
    return found


def preview(*, settings: AssessmentSettings, language: str) -> AssessmentView:
    """What a learner will be asked, for an author to look at. Stores nothing."""
    return _view(None, settings, language)


def assessments_held_at(*, usage_key: UsageKey) -> int:
    """How many people answered at the block. Deleting it destroys none of their answers."""
    return Assessment.objects.filter(usage_key=usage_key).count()


def assessment(*, actor: Actor, usage_key: UsageKey, settings: AssessmentSettings, language: str) -> AssessmentView:
    """What the actor is asked at the block, and what she has answered there. Writes nothing."""
    _require_here("see", actor, usage_key)
    found = Assessment.objects.filter(user_id=actor.pk, usage_key=usage_key).first()
    return _view(found, settings, language)


@transaction.atomic
def save_rating(
    *,
    actor: Actor,
    usage_key: UsageKey,
    settings: AssessmentSettings,
    competence: str,
    value: str,
    language: str,
    key: str,
) -> AssessmentView:
    """Keep the actor's answer for one competence, in the place of an earlier one. `value` is one of `VALUES`."""
    _require_here("rate", actor, usage_key)
    if competence not in settings.competences:
        raise InvalidError(
            _("This competence is no longer part of this page. Reload it and go on."), field="competence"
        )
    if value not in VALUES:
        raise InvalidError(_("Choose one of the answers."), field="value")
    found = _open(actor, usage_key, settings)
    if is_new(actor, key, "rate"):
        _require_not_submitted(found)
        Rating.objects.update_or_create(assessment=found, competence=competence, defaults={"value": value})
    return _view(found, settings, language)


@transaction.atomic
def submit(
    *, actor: Actor, usage_key: UsageKey, settings: AssessmentSettings, language: str, key: str
) -> AssessmentView:
    """Close the actor's assessment at the block and make claims of its levels. Every competence must be answered.

    An assessment that looks back makes no claims: it says how things stood once.
    """
    _require_here("submit", actor, usage_key)
    found = _open(actor, usage_key, settings)
    if is_new(actor, key, "submit"):
        _require_not_submitted(found)
        _require_all_answered(found, settings)
        now = timezone.now()
        found.submitted_at = now
        found.save(update_fields=["submitted_at"])
        if found.moment != Moment.LOOKING_BACK:
            _make_claims(found, now)
    return _view(found, settings, language)


def _require_here(what: str, actor: Actor, usage_key: UsageKey) -> None:
    if actor.course_key != usage_key.course_key:
        raise NotAllowedError
    require(what, actor)


def _open(actor: Actor, usage_key: UsageKey, settings: AssessmentSettings) -> Assessment:
    """The actor's assessment at the block, locked; a new one where she has none."""
    if found := problems(settings=settings):
        raise InvalidError(found[0].message, field=found[0].field)
    opened, _created = Assessment.objects.select_for_update().get_or_create(
        user_id=actor.pk,
        usage_key=usage_key,
        defaults={
            "course_key": usage_key.course_key,
            "moment": settings.moment,
            "facilitators_rate": settings.facilitators_rate,
        },
    )
    return opened


def _require_not_submitted(found: Assessment) -> None:
    if found.submitted_at is not None:
        raise NotNowError(_("You have sent your answers. They stay as they are, so that you can see how you grow."))


def _require_all_answered(found: Assessment, settings: AssessmentSettings) -> None:
    answered = set(found.ratings.values_list("competence", flat=True))
    missing = [name for name in settings.competences if name not in answered]
    if missing:
        message = _("Some answers are still missing. “I don't know” is an answer too.")
        raise InvalidError(message, field=missing[0])


def _make_claims(found: Assessment, now: datetime) -> None:
    uris = {competence.id: competence.uri for competence in framework().competences}
    claims = [
        Claimed(
            uri=uris[rating.competence],
            level=int(rating.value),
            basis=Basis.SELF_ASSESSED,
            source=str(found.usage_key),
            at=now,
        )
        for rating in found.ratings.all()
        if rating.value.isdigit() and rating.competence in uris
    ]
    record_all(user_id=found.user_id, claims=claims)


def _view(found: Assessment | None, settings: AssessmentSettings, language: str) -> AssessmentView:
    ratings = dict(found.ratings.values_list("competence", "value")) if found else {}
    # What was asked when the answers were sent counts, even if the author has changed the block since.
    sent = found is not None and found.submitted_at is not None
    asked = settings.competences
    if sent:
        asked = tuple(name for name in asked if name in ratings) + tuple(n for n in ratings if n not in asked)
    return AssessmentView(
        moment=found.moment if found else settings.moment,
        competences=competences(language=language, ids=asked),
        ratings=ratings,
        submitted_at=found.submitted_at.isoformat() if found and found.submitted_at else None,
        earlier=_earlier(found) if sent and found else {},
    )


def _earlier(found: Assessment) -> dict[str, int]:
    """Levels by competence of the time before: as seen in looking back, else as answered then. One query."""
    if found.moment not in (Moment.AFTER, Moment.FREE):
        return {}
    before = (Moment.BEFORE, Moment.LOOKING_BACK)  # in this order: what was seen in looking back counts
    rows = Rating.objects.filter(
        assessment__user_id=found.user_id,
        assessment__course_key=found.course_key,
        assessment__submitted_at__isnull=False,
        assessment__moment__in=before,
    ).values_list("assessment__moment", "assessment__submitted_at", "competence", "value")
    ordered = sorted(rows, key=lambda row: (before.index(row[0]), row[1]))
    return {competence: int(value) for _moment, _at, competence, value in ordered if value.isdigit()}


def has_sent(*, user_id: object, usage_key: UsageKey) -> bool:
    """Whether this person sent her answers at the block; False for somebody who has no account."""
    if not isinstance(user_id, int):
        return False
    return Assessment.objects.filter(user_id=user_id, usage_key=usage_key, submitted_at__isnull=False).exists()


def my_assessments(*, actor: Actor) -> list[OwnAssessment]:
    """What the actor answered, in every course run; the newest first. Two queries."""
    require("own", actor)
    rows = Assessment.objects.filter(user_id=actor.pk).order_by("-started_at", "pk").prefetch_related("ratings")
    return [
        OwnAssessment(
            course=str(row.course_key),
            block=str(row.usage_key),
            moment=row.moment,
            submitted_at=row.submitted_at.isoformat() if row.submitted_at else None,
            ratings={rating.competence: rating.value for rating in row.ratings.all()},
        )
        for row in rows
    ]


# --- Facilitators, where the author asked for their view too


def rating_sheets(*, actor: Actor, language: str) -> list[RatingSheet]:
    """Sent assessments that wait for the actor's view, in the course runs that she facilitates; never her own.

    A sheet does not show what the person answered, so that both look for themselves.
    """
    courses = facilitated_courses(user_id=actor.pk)
    if actor.course_key is not None:
        require("rate_others", actor)
        courses &= {actor.course_key}
    if not courses or actor.masquerading:
        raise NotAllowedError
    rows = list(_to_rate(actor).filter(course_key__in=courses).order_by("submitted_at")[:SHEETS])
    names = host().display_names(user_ids={row.user_id for row in rows})
    return [_sheet(row, names.get(row.user_id, ""), actor, language) for row in rows]


def rate_other(*, actor: Actor, assessment_id: int, competence: str, value: str, key: str) -> None:
    """Keep the facilitator's answer for one competence of somebody's assessment, in the place of an earlier one."""
    found = _to_rate(actor).filter(pk=assessment_id).first()
    if found is None or found.course_key not in facilitated_courses(user_id=actor.pk) or actor.masquerading:
        raise NotFoundError
    if competence not in {rating.competence for rating in found.ratings.all()}:
        raise InvalidError(field="competence")
    if value not in VALUES:
        raise InvalidError(_("Choose one of the answers."), field="value")
    with transaction.atomic():
        if is_new(actor, key, "rate_other"):
            FacilitatorRating.objects.update_or_create(
                assessment=found, competence=competence, rater_id=actor.pk, defaults={"value": value}
            )


def _to_rate(actor: Actor) -> QuerySet[Assessment]:
    sent = Assessment.objects.filter(facilitators_rate=True).exclude(submitted_at=None).exclude(user_id=actor.pk)
    return sent.prefetch_related("ratings", "facilitator_ratings")


def _sheet(row: Assessment, person: str, actor: Actor, language: str) -> RatingSheet:
    mine = {one.competence: one.value for one in row.facilitator_ratings.all() if one.rater_id == actor.user_id}
    asked = competences(language=language, ids=tuple(rating.competence for rating in row.ratings.all()))
    return RatingSheet(id=row.pk, person=person, moment=row.moment, competences=asked, ratings=mine)
