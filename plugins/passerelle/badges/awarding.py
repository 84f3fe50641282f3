"""Who has earned what: evaluated, awarded, revoked, expired. Private: ask `api.py`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.competences import api as competences
from passerelle.host.api import Actor, circles_attended, host
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.values import as_uuid, say

from . import credentials, criteria, keys
from .achievements import as_json, competence_names, definition_of, find, views
from .criteria import Facts, Names
from .data import Criterion, Definition, Kind, NotYet, Stage, Step
from .definitions import course_runs, practica, targets
from .models import STATUS_LIST_SIZE, Achievement, Award, AwardEvent, Confirmation, Status
from .notices import tell_awarded, tell_revoked
from .permissions import require

FULL = STATUS_LIST_SIZE * 3 // 4
"""Badges in one status list before the next begins: places are drawn at random, and free ones must be found soon."""

Read = tuple[Achievement, Definition]


# --- Evaluation


def check(*, actor: Actor, language: str) -> int:
    """Award the actor what she has earned by now; returns how many badges are new. Run twice, it adds nothing."""
    require("check", actor)
    return evaluate(user_id=actor.pk, language=language)


def evaluate(*, user_id: int, language: str = "") -> int:
    """Award this person what she has earned by now, for listeners; returns how many badges are new."""
    person = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    if person is None:
        return 0
    language = language or get_language() or settings.LANGUAGE_CODE
    with override(language):
        open_to_her = _open_to(user_id)
        steps = _steps(user_id, open_to_her, language)
        earned = [read for read, step in zip(open_to_her, steps, strict=True) if step.met]
        return sum(_award(person, read, language) for read in earned)


def not_yet(*, user_id: int, language: str) -> tuple[NotYet, ...]:
    """What the person could still earn, each with what is missing. A constant number of queries."""
    open_to_her = _open_to(user_id)
    steps = _steps(user_id, open_to_her, language)
    shown = views([row for row, _definition in open_to_her], language)
    return tuple(NotYet(achievement=view, step=step) for view, step in zip(shown, steps, strict=True))


def _open_to(user_id: int) -> list[Read]:
    """What is published and neither held nor at its end for her.

    What earned a badge is still there once it has expired or was taken back, so that it would come back by itself: it
    can be earned again only after its definition has changed.
    """
    now = timezone.now()
    kept: dict[Any, float] = {}
    rows = Award.objects.filter(user_id=user_id).values_list(
        "achievement", "achievement_version", "living", "expires_at"
    )
    for pk, version, living, expires_at in rows:
        holds = living and (expires_at is None or expires_at > now)
        kept[pk] = max(kept.get(pk, 0), math.inf if holds else version)
    published = Achievement.objects.filter(stage=Stage.PUBLISHED).order_by("slug")
    found = [row for row in published if kept.get(row.pk, 0) < row.version]
    return [(row, definition_of(row)) for row in found]


def _steps(user_id: int, read: list[Read], language: str) -> list[Step]:
    wanted = [definition.criteria for _row, definition in read]
    facts = _facts(user_id, wanted)
    names = _names(wanted, language)
    return [
        criteria.evaluate(definition.criteria, facts, achievement_id=str(row.pk), names=names)
        for row, definition in read
    ]


def _facts(user_id: int, wanted: Iterable[Criterion]) -> Facts:
    """What is known of the person, as far as these criteria ask."""
    wanted = list(wanted)

    def asked(kind: Kind) -> set[str]:
        return set().union(*(targets(criterion, kind) for criterion in wanted))

    claims: dict[str, list[Any]] = {}
    if asked(Kind.CLAIM):
        for claim in competences.claims_of(user_id=user_id):
            claims.setdefault(claim.uri, []).append((claim.level, claim.basis))
    # Of an older definition, one that is no unit of a course run comes as "": nobody completes it.
    units = [UsageKey.from_string(key) for key in asked(Kind.UNIT) if key]
    courses = [CourseKey.from_string(key) for key in asked(Kind.COURSE)]
    confirmed = Confirmation.objects.filter(user_id=user_id) if asked(Kind.PRACTICUM) else Confirmation.objects.none()
    circles = circles_attended(user_id=user_id) if asked(Kind.CIRCLE) else ()
    return Facts(
        claims={uri: tuple(held) for uri, held in claims.items()},
        circles=tuple((str(course_key), str(usage_key)) for course_key, usage_key in circles),
        units=frozenset(map(str, host().completed(user_id=user_id, usage_keys=units))) if units else frozenset(),
        courses=frozenset(map(str, host().passed(user_id=user_id, course_keys=courses))) if courses else frozenset(),
        practica=frozenset((str(pk), part) for pk, part in confirmed.values_list("achievement_id", "part")),
    )


def _names(wanted: Iterable[Criterion], language: str) -> Names:
    uris = set().union(*(targets(criterion, Kind.CLAIM) for criterion in wanted))
    known = competence_names(uris, language)
    keys = [CourseKey.from_string(key) for key in set().union(*map(course_runs, wanted))]
    names = {str(key): name for key, name in host().course_names(course_keys=keys).items()}
    return Names(language=language, competence=known.__getitem__, course=names.__getitem__)


# --- Awarding


def _award(person: Any, read: Read, language: str) -> bool:
    """Give the badge; False where another request was quicker."""
    try:
        with transaction.atomic():
            give(person, read, language)
    except IntegrityError:
        return False
    return True


def give(person: Any, read: Read, language: str) -> Award:
    """Make the credential and keep it. In a transaction of the caller's."""
    achievement, definition = read
    now = timezone.now().replace(microsecond=0)
    Award.objects.filter(user_id=person.pk, achievement=achievement, living=True, expires_at__lte=now).update(
        living=None
    )
    key_row, key = keys.current()
    award = Award(
        user_id=person.pk,
        achievement=achievement,
        achievement_version=achievement.version,
        language=language,
        status=_new_status(),
        key=key_row,
        rests_on=_rests_on(person.pk, definition, str(achievement.pk)),
        awarded_at=now,
        expires_at=now + timedelta(days=definition.valid_days) if definition.valid_days else None,
    )
    award.document = credentials.document(
        credential_id=f"urn:uuid:{award.pk}",
        achievement=as_json(achievement, language),
        name=say(definition.name, language),
        email=person.email,
        status=(award.status.list_number, award.status.index),
        awarded_at=award.awarded_at,
        expires_at=award.expires_at,
    )
    sign(award, key)
    award.save(force_insert=True)
    AwardEvent.objects.create(award=award, what="awarded")
    _back(award, definition)
    transaction.on_commit(lambda: tell_awarded(award.pk), robust=True)
    return award


def _rests_on(user_id: int, definition: Definition, achievement_id: str) -> dict[str, list[str]]:
    """What was fulfilled, in every language of the achievement: an event awards without knowing who will read it."""
    facts = _facts(user_id, [definition.criteria])
    said = {}
    for language in definition.name:
        with override(language):
            names = _names([definition.criteria], language)
            step = criteria.evaluate(definition.criteria, facts, achievement_id=achievement_id, names=names)
            said[language] = list(criteria.met_sentences(step))
    return said


def sign(award: Award, key: keys.SigningKey) -> None:
    """Sign the award's document in both forms."""
    award.token = credentials.sign(award.document, key)
    award.proof = credentials.prove(award.document, key)["proof"]


def _new_status() -> Status:
    """A place in a status list, drawn at random, so that neighbours say nothing about one another."""
    number = 1 + Status.objects.count() // FULL
    while True:
        index = int(get_random_string(12, "0123456789")) % STATUS_LIST_SIZE
        row, is_new = Status.objects.get_or_create(list_number=number, index=index)
        if is_new:
            return row


def _back(award: Award, definition: Definition) -> None:
    """Have the badge back the competences that it stands for."""
    for each in definition.alignment:
        try:
            competences.back_with_badge(user_id=award.user_id, uri=each.uri, level=each.level, badge=badge_name(award))
        except InvalidError:  # no framework here knows it: the credential still names it
            continue


def badge_name(award: Award) -> str:
    """How claims name an award."""
    return f"badge:{award.pk}"


# --- Taking back


@transaction.atomic
def revoke(*, actor: Actor, award_id: str, reason: str) -> None:
    """Take the badge back, for everyone who checks it. Done twice, the first reason stands."""
    award = (
        Award.objects.select_for_update().select_related("achievement", "status").filter(pk=as_uuid(award_id)).first()
    )
    if award is None:
        require("revoke", actor)
        raise NotFoundError
    require("revoke", actor, award.achievement.course_key)
    if not reason.strip():
        raise InvalidError(_("Say why. The person who holds the badge will read it."), field="reason")
    if award.revoked_at is None:
        now = timezone.now()
        award.revoked_at, award.reason, award.living = now, reason.strip()[:500], None
        award.save(update_fields=["revoked_at", "reason", "living"])
        Status.objects.filter(pk=award.status_id).update(revoked_at=now)
        AwardEvent.objects.create(award=award, what="revoked", by_id=actor.user_id)
        competences.withdraw_badge(user_id=award.user_id, badge=badge_name(award))
        transaction.on_commit(lambda: tell_revoked(award.pk), robust=True)


def expire(*, now: datetime | None = None) -> int:
    """Have badges whose time is over back nothing any more; returns how many. For a command that runs every night."""
    now = now or timezone.now()
    done = 0
    for pk in Award.objects.filter(living=True, expires_at__lte=now).values_list("pk", flat=True):
        with transaction.atomic():
            award = Award.objects.select_for_update().get(pk=pk)
            if award.living:
                award.living = None
                award.save(update_fields=["living"])
                AwardEvent.objects.create(award=award, what="expired")
                competences.withdraw_badge(user_id=award.user_id, badge=badge_name(award))
                done += 1
    return done


@transaction.atomic
def confirm(*, actor: Actor, achievement_id: str, person: str, part: str) -> None:
    """Say that this person (a username or e-mail address) has done a part of the practicum. May be said twice."""
    achievement = find(achievement_id)
    require("confirm", actor, achievement.course_key)
    user_id = host().find_user(name=person.strip())
    if user_id is None:
        raise InvalidError(_("Nobody here has this username or e-mail address. Check the spelling."), field="person")
    if user_id == actor.user_id:
        raise InvalidError(_("Somebody else of the course team has to confirm what you did yourself."), field="person")
    if part not in practica(definition_of(achievement).criteria):
        raise InvalidError(_("This badge has no such part. Choose one of those in the list."), field="part")
    Confirmation.objects.get_or_create(
        user_id=user_id, achievement=achievement, part=part, defaults={"by_id": actor.user_id}
    )
    transaction.on_commit(lambda: evaluate(user_id=user_id), robust=True)
