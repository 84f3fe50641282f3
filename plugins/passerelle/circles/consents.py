"""Consent, story by story and purpose by purpose: what was agreed to in which words, until when; and taking it back.

Public through `api.py`. The ladder of audiences and the consents say the same: `narrow` is the one way down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid

from . import protocols
from .data import LADDER, Audience, ConsentView, Purpose
from .models import Circle, Contribution, StoryConsent
from .permissions import relations, require
from .receipts import NOT_HIDDEN, receipt_for
from .texts import NAME_LENGTH, clean

ASKED_ALONE = (Purpose.SHOWCASE, Purpose.TRAINING)
"""Purposes that no audience brings with it."""


@cache
def _versions() -> dict[int, dict[str, Any]]:
    text = (Path(__file__).parent / "consents.yaml").read_text(encoding="utf-8")
    return {entry["version"]: entry["purposes"] for entry in yaml.safe_load(text)}


def current_version() -> int:
    """The version of the words that people agree to now."""
    return max(_versions())


def words(purpose: Purpose, *, language: str, version: int | None = None) -> str:
    """What is agreed to, in the words of that version (now: the current one) and in this language, else in English."""
    texts = _versions().get(version or current_version(), _versions()[current_version()])
    return protocols.say(texts[purpose]["text"], language)


def _days(purpose: Purpose) -> int:
    """How long a consent that is given now stands: as the operator has it, else as the words' own file says."""
    own: int = _versions()[current_version()][purpose]["days"]
    return int(getattr(settings, "PASSERELLE_CONSENT_DAYS", {}).get(purpose, own))


def covers_files(grant: StoryConsent) -> bool:
    """Whether the words that were agreed to speak of voices and pictures, too."""
    return grant.text_version in _with_files(Purpose(grant.purpose))


def _with_files(purpose: Purpose) -> list[int]:
    return [version for version, purposes in _versions().items() if purposes[purpose].get("files", False)]


def purposes_of(audience: Audience) -> tuple[Purpose, ...]:
    """The purposes that an audience stands for."""
    return tuple(Purpose(step) for step in LADDER[1 : LADDER.index(audience) + 1])


def record(
    story: Contribution, purposes: Iterable[Purpose], *, language: str, now: datetime, pseudonym: str = ""
) -> None:
    """Keep that the teller agrees to these purposes of her story, in today's words."""
    StoryConsent.objects.bulk_create(
        StoryConsent(
            contribution=story,
            purpose=purpose,
            pseudonym=pseudonym,
            text_version=current_version(),
            language=language[:16],
            granted_at=now,
            expires_at=now + timedelta(days=_days(purpose)),
        )
        for purpose in purposes
    )


@transaction.atomic
def give_consent(*, actor: Actor, contribution_id: str, purpose: str, key: str, pseudonym: str = "") -> None:
    """Agree that one's own story serves one more purpose. More readers are chosen when telling, not here.

    What was agreed to in older words is agreed to in today's from then on.
    `pseudonym` is the name that stands beside it in the showcase, "" for none.
    """
    require("give_consent", relations(actor))
    story, circle = _own(actor, contribution_id)
    if purpose not in ASKED_ALONE:
        raise InvalidError(_("Choose what the story may be used for."), field="purpose")
    _receipt, is_new = receipt_for(actor, key, "give_consent", circle)
    now = timezone.now()
    outdated = Q(expires_at__lte=now) | Q(text_version__lt=current_version())
    if is_new:
        story.grants.filter(outdated, purpose=purpose, withdrawn_at=None).update(withdrawn_at=now, pseudonym="")
    if not is_new or story.grants.filter(purpose=purpose, withdrawn_at=None).exists():
        return
    if story.audience not in (Audience.CIRCLE, Audience.COHORT):
        raise NotNowError(_("Only a story that your circle may read can go further."))
    name = clean(pseudonym) if isinstance(pseudonym, str) and purpose == Purpose.SHOWCASE else ""
    if len(name) > NAME_LENGTH:
        raise InvalidError(_("A name here has at most %d characters. Shorten it.") % NAME_LENGTH, field="pseudonym")
    record(story, [Purpose(purpose)], language=actor.language, now=now, pseudonym=name)


@transaction.atomic
def withdraw_consent(*, actor: Actor, contribution_id: str, purpose: str, key: str) -> None:
    """Take the consent for one purpose back. Who may read less, may not read more: wider audiences end with it."""
    require("withdraw_consent", relations(actor))
    story, circle = _own(actor, contribution_id)
    if purpose not in list(Purpose):
        raise InvalidError(_("Choose what the story may no longer be used for."), field="purpose")
    _receipt, is_new = receipt_for(actor, key, "withdraw_consent", circle)
    if is_new:
        narrow(story, circle, Purpose(purpose), now=timezone.now())


def narrow(story: Contribution, circle: Circle, purpose: Purpose, *, now: datetime) -> None:
    """End the purpose and, where it is an audience, all that is wider: for the story and for the replies to it."""
    if purpose in ASKED_ALONE:
        ended: set[Purpose] = {purpose}
    else:
        below = LADDER[LADDER.index(Audience(purpose)) - 1]
        ended = set(Purpose) - set(purposes_of(below)) - {Purpose.TRAINING}
        wider = LADDER[LADDER.index(below) + 1 :]
        both = Contribution.objects.filter(Q(pk=story.pk) | Q(reply_to=story.pk), audience__in=wider)
        both.update(audience=below, cohort=None)
    story.grants.filter(purpose__in=ended, withdrawn_at=None).update(withdrawn_at=now, pseudonym="")
    circle.version += 1
    circle.save(update_fields=["version"])


def end_expired(*, now: datetime, dry_run: bool) -> int:
    """End the purposes whose consent has expired; returns how many they are."""
    expired = StoryConsent.objects.filter(withdrawn_at=None, expires_at__lte=now)
    ids = list(expired.values_list("pk", "contribution__circle"))
    for pk, circle_id in () if dry_run else ids:
        with transaction.atomic():
            circle = Circle.objects.select_for_update().get(pk=circle_id)
            if consent := expired.filter(pk=pk).select_related("contribution").first():
                narrow(consent.contribution, circle, Purpose(consent.purpose), now=now)
    return len(ids)


def expired() -> Q:
    """That a consent to a contribution's readers, or to those of the story that it answers, has run out.

    Nobody else reads it then, until the nightly purge has narrowed its readers to those whose consent stands.
    """
    ended = StoryConsent.objects.filter(
        purpose__in=purposes_of(LADDER[-1]), withdrawn_at=None, expires_at__lte=timezone.now()
    )
    own, answered = (ended.filter(contribution=OuterRef(name)) for name in ("pk", "reply_to"))
    return Q(Exists(own)) | Q(Exists(answered))


def standing(purpose: Purpose) -> QuerySet[Contribution]:
    """The stories that may serve a purpose now: agreed to, not expired, not withdrawn, not hidden."""
    agreed = lasting(purpose)
    return Contribution.objects.filter(
        NOT_HIDDEN, ~expired(), withdrawn_at=None, reply_to=None, pk__in=agreed.values("contribution")
    )


def lasting(purpose: Purpose, *, with_files: bool = False) -> QuerySet[StoryConsent]:
    """The consents to a purpose that hold now; `with_files`, those that cover voices and pictures."""
    rows = StoryConsent.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()), purpose=purpose, withdrawn_at=None
    )
    return rows.filter(text_version__in=_with_files(purpose)) if with_files else rows


def views(rows: Iterable[StoryConsent], *, language: str) -> tuple[ConsentView, ...]:
    """Consents as their giver reads them, in the words that she agreed to."""
    return tuple(
        ConsentView(
            purpose=Purpose(row.purpose),
            words=words(Purpose(row.purpose), language=language, version=row.text_version),
            version=row.text_version,
            granted_at=row.granted_at.isoformat(),
            expires_at=row.expires_at.isoformat() if row.expires_at else "",
            withdrawn_at=row.withdrawn_at.isoformat() if row.withdrawn_at else "",
            pseudonym=row.pseudonym,
        )
        for row in rows
    )


def consent_copy(*, actor: Actor, language: str) -> str:
    """All that the actor ever agreed to about her stories, as a text to keep. Names stories by day, not by words."""
    require("own", relations(actor))
    rows = StoryConsent.objects.filter(contribution__member__user_id=actor.pk).select_related("contribution")
    lines = [_("What I agreed to")]
    told = None
    for row in rows.order_by("contribution__told_at", "contribution", "granted_at", "pk"):
        if row.contribution_id != told:
            told = row.contribution_id
            lines += ["", _("Something I told on %s") % row.contribution.told_at.date().isoformat()]
        (seen,) = views([row], language=language)
        lines.append(f"- {seen.words} ({_('version')} {seen.version})")
        if seen.pseudonym:
            lines.append("  " + _("Shown under the name %s") % seen.pseudonym)
        lines.append("  " + _("Agreed on %s") % seen.granted_at[:10])
        if seen.withdrawn_at:
            lines.append("  " + _("Ended on %s") % seen.withdrawn_at[:10])
        elif seen.expires_at:
            lines.append("  " + _("Stands until %s") % seen.expires_at[:10])
    return "\n".join(lines) + "\n"


def _own(actor: Actor, contribution_id: str) -> tuple[Contribution, Circle]:
    rows = Contribution.objects.filter(pk=as_uuid(contribution_id), member__user_id=actor.pk)
    circle_id = rows.values_list("circle_id", flat=True).first()
    if circle_id is None:
        raise NotFoundError(_("This is not one of your stories."))
    circle = Circle.objects.select_for_update().get(pk=circle_id)
    story = rows.filter(withdrawn_at=None).first()
    if story is None:
        raise NotNowError(_("You have withdrawn this story. Nobody can read it."))
    return story, circle
