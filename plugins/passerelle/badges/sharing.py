"""One's own badges: seen, downloaded, shared by choice; and the shared one as others see it. Private: ask `api.py`."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from openbadgeslib import baking

from passerelle.host.api import Actor, host
from passerelle.host.errors import NotFoundError, NotNowError
from passerelle.host.values import as_uuid, say

from . import credentials, drawing, keys
from .achievements import definition_of, view, views
from .data import BadgeView, Held, LookView, SharedView, Standing
from .models import Award, AwardEvent, Look
from .permissions import require

FORMS = {"png": "image/png", "svg": "image/svg+xml", "json": "application/json", "jwt": "application/jwt"}
"""How a badge can be downloaded: baked into a picture, as JSON with a proof, as a token."""
LOOKS_SHOWN = 20


def my_badges(*, user_id: int, language: str) -> tuple[BadgeView, ...]:
    """The person's badges, the newest first. A constant number of queries."""
    rows = list(Award.objects.filter(user_id=user_id).select_related("achievement").order_by("-awarded_at", "pk"))
    looks: dict[Any, list[LookView]] = defaultdict(list)
    for look in Look.objects.filter(award__user_id=user_id).order_by("-day", "who"):
        looks[look.award_id].append(LookView(day=look.day.isoformat(), who=look.who, times=look.times))
    shown = views([row.achievement for row in rows], language)
    return tuple(
        BadgeView(
            id=str(row.pk),
            achievement=achievement,
            standing=standing(row.expires_at, row.revoked_at),
            awarded_at=row.awarded_at.isoformat(),
            expires_at=_said(row.expires_at),
            revoked_at=_said(row.revoked_at),
            reason=row.reason,
            rests_on=tuple(_in_language(row.rests_on, language)),
            share_url=share_url(row.share_token),
            share_name=row.share_name,
            looks=tuple(looks[row.pk][:LOOKS_SHOWN]),
        )
        for row, achievement in zip(rows, shown, strict=True)
    )


def _in_language(said: dict[str, list[str]], language: str) -> list[str]:
    found = (said.get(code) for code in (language, language.split("-", maxsplit=1)[0], "en"))
    return next((each for each in found if each), next(iter(said.values()), []))


def standing(expires_at: datetime | None, revoked_at: datetime | None) -> Standing:
    """What a badge with these dates is worth now."""
    if revoked_at is not None:
        return Standing.REVOKED
    return Standing.EXPIRED if expires_at is not None and expires_at <= timezone.now() else Standing.VALID


def share_url(token: str | None) -> str:
    """Where anyone finds the shared badge; "" without a token."""
    return host().site_url(path=f"/passerelle/badges/shared/{token}/") if token else ""


@transaction.atomic
def share(*, actor: Actor, award_id: str, show_name: bool) -> str:
    """Let anyone with the link see the badge, with the holder's name or without; returns the link, again the same."""
    require("share", actor)
    award = _own(actor, award_id)
    if standing(award.expires_at, award.revoked_at) is not Standing.VALID:
        raise NotNowError(_("This badge is no longer valid, so it cannot be shared."))
    if award.share_token is None:
        award.share_token = secrets.token_urlsafe(24)
        AwardEvent.objects.create(award=award, what="shared", by_id=actor.user_id)
    award.share_name = show_name is True
    award.save(update_fields=["share_token", "share_name"])
    return share_url(award.share_token)


@transaction.atomic
def unshare(*, actor: Actor, award_id: str) -> None:
    """Close the link for good. Sharing again makes another one."""
    require("unshare", actor)
    award = _own(actor, award_id)
    if award.share_token is not None:
        award.share_token, award.share_name = None, False
        award.save(update_fields=["share_token", "share_name"])
        AwardEvent.objects.create(award=award, what="unshared", by_id=actor.user_id)


def download(*, actor: Actor, award_id: str, form: str) -> bytes:
    """The badge to keep, in one of `FORMS`."""
    require("download", actor)
    award = _own(actor, award_id, lock=False)
    if form not in FORMS:
        raise NotFoundError
    if form == "jwt":
        return award.token.encode()
    if form == "json":
        return json.dumps(secured(award), ensure_ascii=False, indent=1).encode()
    return baked(award, form)


def secured(award: Award) -> dict[str, Any]:
    """The credential with its Data Integrity proof."""
    return {**award.document, "proof": award.proof}


def baked(award: Award, form: str) -> bytes:
    """The badge's picture with the credential inside, as Open Badges 3.0 bakes it (section 5.3). `form`: png or svg."""
    picture = definition_of(award.achievement).picture
    if form == "svg":
        return baking.bake_svg(
            drawing.svg(picture), award.token, element=baking.SVG_ELEMENT_OB3, namespace=baking.SVG_NS_OB3
        )
    return baking.bake_png(drawing.png(picture), award.token, keyword=baking.ITXT_KEYWORD_OB3)


def _own(actor: Actor, award_id: str, *, lock: bool = True) -> Award:
    rows = Award.objects.select_related("achievement")
    found = (rows.select_for_update() if lock else rows).filter(pk=as_uuid(award_id), user_id=actor.pk).first()
    if found is None:
        raise NotFoundError(_("This is not one of your badges."))
    return found


# --- As others see it


@transaction.atomic
def shared(*, token: str, language: str, who: str = "") -> SharedView:
    """The badge behind a link, checked now. Its holder is told that somebody looked: `who`, or "".

    Raises NotFoundError where nothing is shared under this token.
    """
    award = _shared(token)
    day = timezone.now().date()
    Look.objects.get_or_create(award=award, day=day, who=who[:100])
    Look.objects.filter(award=award, day=day, who=who[:100]).update(times=F("times") + 1)
    holder = host().display_names(user_ids=[award.user_id]).get(award.user_id, "") if award.share_name else ""
    return SharedView(
        id=f"urn:uuid:{award.pk}",
        achievement=view(award.achievement, language),
        standing=standing(award.expires_at, award.revoked_at),
        signed=_is_signed(award),
        holder=holder,
        issuer=credentials.issuer_name(),
        awarded_at=award.awarded_at.isoformat(),
        expires_at=_said(award.expires_at),
        revoked_at=_said(award.revoked_at),
        language=award.language,
    )


def shared_credential(*, token: str) -> dict[str, Any]:
    """The shared badge's credential with its proof, for programs."""
    return secured(_shared(token))


def _shared(token: str) -> Award:
    found = None
    if token:
        found = (
            Award.objects.select_related("achievement", "key").filter(share_token=token, user__is_active=True).first()
        )
    if found is None:
        raise NotFoundError(_("There is no badge under this link. Ask the person who gave it to you for a new one."))
    return found


def _is_signed(award: Award) -> bool:
    """Whether a key that is still published signed what is kept here."""
    if award.key.withdrawn_at is not None:
        return False
    try:
        claims = credentials.check(award.token, keys.public_key(award.key.public))
    except credentials.BadTokenError:
        return False
    return bool(claims["id"] == award.document["id"])


# --- For other apps


def badges_held(*, user_ids: Iterable[int], language: str) -> dict[int, tuple[Held, ...]]:
    """Valid badges of people as competences, named in `language`, for apps that checked who asks; one query."""
    now = timezone.now()
    rows = Award.objects.filter(user_id__in=set(user_ids), living=True).exclude(expires_at__lte=now)
    found: dict[int, tuple[Held, ...]] = {}
    for row in rows.select_related("achievement").order_by("awarded_at"):
        definition = definition_of(row.achievement)
        held = tuple(
            Held(
                badge_id=str(row.pk),
                achievement_id=str(row.achievement_id),
                name=say(definition.name, language),
                uri=each.uri,
                level=each.level,
            )
            for each in definition.alignment
        )
        found[row.user_id] = found.get(row.user_id, ()) + held
    return found


def _said(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
