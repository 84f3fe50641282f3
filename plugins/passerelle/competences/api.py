"""Competences, public: what blocks, pages and commands may ask and do.

Every function that concerns a person takes the acting one (`passerelle.host.data.Actor`), asks the permission table and
raises a `PasserelleError` whose text tells her what to do. Every write takes a `key` that the caller makes up for the
request: the same key sent again does nothing and gives the same answer.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import UsageKey

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotAllowedError, NotNowError

from . import frameworks
from .data import (
    VALUES,
    AssessmentSettings,
    AssessmentView,
    Basis,
    ClaimView,
    Competence,
    CompetenceView,
    Framework,
    Moment,
    Problem,
)
from .models import Assessment, Claim, Rating, Receipt
from .permissions import PERMISSIONS, allowed, require

__all__ = [
    "PERMISSIONS",
    "allowed",
    "areas",
    "assessment",
    "assessments_held_at",
    "competences",
    "framework",
    "my_claims",
    "preview",
    "problems",
    "retire_user",
    "save_rating",
    "submit",
]

MOST = 20
"""More competences than this in one sitting tire everybody."""


# --- The framework, and authors


def framework() -> Framework:
    """The core framework."""
    return frameworks.load()


def areas(*, language: str) -> dict[str, str]:
    """Names of the framework's areas in this language, by id and in their order."""
    return {area: frameworks.say(words, language) for area, words in framework().areas.items()}


def competences(*, language: str, ids: tuple[str, ...] | None = None) -> tuple[CompetenceView, ...]:
    """These competences in this language, in this order, unknown ids left out; without `ids`, all."""
    core = framework()
    by_id = {competence.id: competence for competence in core.competences}
    wanted = by_id if ids is None else ids
    return tuple(_competence_view(core, by_id[name], language) for name in wanted if name in by_id)


def _competence_view(core: Framework, competence: Competence, language: str) -> CompetenceView:
    return CompetenceView(
        id=competence.id,
        uri=competence.uri,
        area=frameworks.say(core.areas[competence.area], language),
        name=frameworks.say(competence.name, language),
        meaning=frameworks.say(competence.meaning, language),
        levels=tuple(frameworks.say(level.situation, language) for level in competence.levels),
        unreviewed=language.split("-", maxsplit=1)[0] in core.unreviewed,
    )


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


# --- Learners


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
    if _is_new(actor, key, "rate"):
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
    if _is_new(actor, key, "submit"):
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
        defaults={"course_key": usage_key.course_key, "moment": settings.moment},
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
    for rating in found.ratings.all():
        if rating.value.isdigit() and rating.competence in uris:
            Claim.objects.update_or_create(
                user_id=found.user_id,
                uri=uris[rating.competence],
                basis=Basis.SELF_ASSESSED,
                source=str(found.usage_key),
                defaults={"level": int(rating.value), "at": now},
            )


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
    )


def my_claims(*, actor: Actor, language: str) -> list[ClaimView]:
    """What the actor can do as far as is known here, in every course run; the newest first. One query."""
    require("own", actor)
    core = framework()
    by_uri = {competence.uri: competence for competence in core.competences}
    views = []
    for claim in Claim.objects.filter(user_id=actor.pk).order_by("-at", "pk"):
        known = by_uri.get(claim.uri)
        views.append(
            ClaimView(
                uri=claim.uri,
                name=frameworks.say(known.name, language) if known else claim.uri,
                area=frameworks.say(core.areas[known.area], language) if known else "",
                level=claim.level,
                basis=Basis(claim.basis).name.lower(),
                source=claim.source,
                at=claim.at.isoformat(),
            )
        )
    return views


def _is_new(actor: Actor, key: str, action: str) -> bool:
    if not isinstance(key, str) or not 8 <= len(key) <= 64:  # noqa: PLR2004
        raise InvalidError(field="key")
    return Receipt.objects.get_or_create(user_id=actor.pk, key=key, defaults={"action": action})[1]


# --- Retirement


@transaction.atomic
def retire_user(*, user_id: int) -> None:
    """Erase what is this person's: her answers, claims and requests. May run twice."""
    Assessment.objects.filter(user_id=user_id).delete()
    Claim.objects.filter(user_id=user_id).delete()
    Receipt.objects.filter(user_id=user_id).delete()
