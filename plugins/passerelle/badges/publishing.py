"""What anyone may read: the issuer's document and keys, status lists, achievements and their pictures. Private.

And what the operator does with the keys.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from passerelle.host.api import Actor
from passerelle.host.errors import NotFoundError
from passerelle.host.values import as_uuid

from . import credentials, drawing, keys
from .achievements import as_json, definition_of
from .data import KeyView
from .models import Achievement, Award, AwardEvent, IssuerKey, Status
from .permissions import require

LIST_KEPT = 60 * 60
"""Seconds that a signed status list may be served before it is signed anew."""


def did_document() -> dict[str, Any]:
    """The issuer's DID document. One query."""
    return credentials.did_document(keys.published())


def jwks() -> dict[str, Any]:
    """The issuer's keys as a JSON Web Key Set. One query."""
    return credentials.jwks(keys.published())


def status_list(*, number: int, as_token: bool) -> dict[str, Any] | str:
    """The signed status list with this number, as JSON with a proof or as a token. A revocation shows at once.

    Raises NotFoundError for a list that no badge is in.
    """
    found = Status.objects.filter(list_number=number)
    stamp = found.aggregate(places=Count("pk"), revoked=Count("revoked_at"), last=Max("revoked_at"))
    if not stamp["places"]:
        raise NotFoundError
    row, key = keys.current()
    last = stamp["last"].timestamp() if stamp["last"] else 0
    name = f"passerelle_badges:{number}:{as_token}:{row.kid}:{stamp['revoked']}:{last}"
    kept: dict[str, Any] | str | None = cache.get(name)
    if kept is None:
        revoked = found.filter(revoked_at__isnull=False).values_list("index", flat=True)
        made = credentials.status_list(number, revoked, timezone.now())
        kept = credentials.sign(made, key) if as_token else credentials.prove(made, key)
        cache.set(name, kept, LIST_KEPT)
    return kept


def achievement_json(*, achievement_id: str, language: str) -> dict[str, Any]:
    """The achievement as Open Badges writes it."""
    return {"@context": credentials.CONTEXTS, **as_json(_public(achievement_id), language)}


def picture(*, achievement_id: str, form: str) -> bytes:
    """The achievement's picture, without a credential in it. `form`: png or svg."""
    wanted = definition_of(_public(achievement_id)).picture
    return drawing.svg(wanted) if form == "svg" else drawing.png(wanted)


def _public(achievement_id: str) -> Achievement:
    found = Achievement.objects.filter(pk=as_uuid(achievement_id)).first()
    if found is None:
        raise NotFoundError
    return found


def issuer_keys(*, actor: Actor) -> tuple[KeyView, ...]:
    """The issuer's keys, the newest first. One query."""
    require("issuer_keys", actor)
    rows = IssuerKey.objects.annotate(signed=Count("awards")).order_by("-pk")
    return tuple(
        KeyView(kid=row.kid, state=keys.state(row), created_at=row.created_at.isoformat(), signed=row.signed)
        for row in rows
    )


def new_key(*, actor: Actor, instead_of: str) -> str:
    """Make a key that signs from now on; returns its id. `instead_of` is the one that signs now, "" for none.

    Where another one signs by now, nothing is made: the button was pressed twice.
    """
    require("new_key", actor)
    with transaction.atomic():
        signing = IssuerKey.objects.select_for_update().filter(retired_at=None, withdrawn_at=None).order_by("-pk")
        now = signing.first()
        if now is not None and now.kid != instead_of:
            return now.kid
        return keys.make().kid


def take_key(*, actor: Actor, kid: str) -> int:
    """Withdraw a key that fell into other hands, as `withdraw_key` does."""
    require("take_key", actor)
    return withdraw_key(kid=kid)


@transaction.atomic
def withdraw_key(*, kid: str) -> int:
    """Take a key that fell into other hands out of the issuer's document, and sign anew what it had signed.

    Returns how many badges were signed anew. Copies that people downloaded are void: they download them again.
    Where no other key is there to sign with, one is made. Raises NotFoundError for an unknown key.
    """
    row = IssuerKey.objects.select_for_update().filter(kid=kid).first()
    if row is None:
        raise NotFoundError
    if not IssuerKey.objects.filter(retired_at=None, withdrawn_at=None).exclude(pk=row.pk).exists():
        keys.make()
        row.refresh_from_db()
    if row.withdrawn_at is None:
        now = timezone.now()
        row.withdrawn_at, row.retired_at, row.sealed = now, row.retired_at or now, ""
        row.save()
    from .awarding import sign  # the other way round it would be a circle

    key_row, key = keys.current()
    done = 0
    for award in Award.objects.filter(key=row).select_for_update():
        sign(award, key)
        award.key = key_row
        award.save(update_fields=["token", "proof", "key"])
        AwardEvent.objects.create(award=award, what="signed anew")
        done += 1
    return done
