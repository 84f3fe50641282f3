"""Badges issued elsewhere, on a person's page once they were found to be right. Private: ask `api.py`."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.competences import api as competences
from passerelle.host import fetch as web
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid

from . import credentials, verification
from .achievements import competence_names
from .data import ImportedView
from .models import Imported, RecognisedIssuer
from .permissions import require
from .sharing import standing
from .verification import Refusal, RefusedError, Verified

MOST_BYTES = 256 * 1024
MOST_BADGES = 100
CHECKED_FOR = timedelta(days=1)
"""How long a status counts before it is asked for again."""


def bring(*, actor: Actor, text: str = "", file: str = "", url: str = "") -> str:
    """Bring in a badge issued elsewhere: the credential itself, a file in base64, or an https address; returns its id.

    The same badge again gives the same id. Raises RefusedError with the reason where it does not count, FetchError
    where the address cannot be read.
    """
    require("bring", actor)
    email = _email(actor)
    data = _data(text, file, url)
    if len(data) > MOST_BYTES:
        raise RefusedError(Refusal.SIZE)
    found = verification.verify(verification.text_in(data), email=email, fetch=web.fetch)
    if found.issuer == credentials.issuer_id():
        raise NotNowError(_("This badge was issued here. It is on your page already, or was taken back."))
    return _keep(actor, found)


def drop(*, actor: Actor, imported_id: str) -> None:
    """Take a badge from elsewhere off one's page. It backs nothing any more; the badge itself stays what it is."""
    require("drop", actor)
    with transaction.atomic():
        found = Imported.objects.select_for_update().filter(pk=as_uuid(imported_id), user_id=actor.pk).first()
        if found is None:
            raise NotFoundError(_("This is not one of your badges."))
        competences.withdraw_badge(user_id=actor.pk, badge=_badge_name(found))
        found.delete()


def my_imported(*, user_id: int, language: str) -> tuple[ImportedView, ...]:
    """The person's badges from elsewhere, the newest first. Three queries at most."""
    rows = list(Imported.objects.filter(user_id=user_id).order_by("-imported_at"))
    known = dict(RecognisedIssuer.objects.values_list("issuer", "level")) if rows else {}
    names = competence_names({uri for row in rows for _name, uri in row.aligned}, language)
    return tuple(
        ImportedView(
            id=str(row.pk),
            name=row.name,
            issuer=row.issuer_name or row.issuer,
            aligned=tuple((name or names[uri], uri, known.get(row.issuer, 0)) for name, uri in row.aligned),
            standing=standing(row.expires_at, row.revoked_at),
            recognised=row.issuer in known,
            expires_at=row.expires_at.isoformat() if row.expires_at else None,
            checked_at=row.checked_at.isoformat(),
        )
        for row in rows
    )


def check_again(*, limit: int = 500) -> tuple[int, int]:
    """Ask for the status of badges that were not looked at for a day; returns (looked at, taken back since).

    For a command that runs every night. What cannot be reached keeps its standing and is tried again.
    """
    due = Imported.objects.filter(revoked_at=None, checked_at__lt=timezone.now() - CHECKED_FOR)
    # In any order: many that cannot be reached keep the others from being looked at for some nights, not for ever.
    rows = list(due.select_related("user").order_by("?")[:limit])
    return len(rows), sum(_is_gone(row) for row in rows)


def _is_gone(row: Imported) -> bool:
    why: Refusal | None = None
    try:
        verification.verify(row.text, email=row.user.email, fetch=web.fetch)
    except RefusedError as error:
        why = error.why
    now = timezone.now()
    if why in (None, Refusal.REVOKED, Refusal.DATES):
        row.checked_at = now
    if why is Refusal.REVOKED:
        row.revoked_at = now
    with transaction.atomic():
        if not Imported.objects.select_for_update().filter(pk=row.pk).exists():
            return False  # dropped meanwhile
        row.save(update_fields=["checked_at", "revoked_at"])
        if why in (Refusal.REVOKED, Refusal.DATES):
            competences.withdraw_badge(user_id=row.user_id, badge=_badge_name(row))
        elif why is None:
            back(row)
    return why is Refusal.REVOKED


def back(row: Imported) -> None:
    """Have the badge back competences, where the operator recognises its issuer."""
    level = RecognisedIssuer.objects.filter(issuer=row.issuer).values_list("level", flat=True).first()
    if level is None:
        return
    for _name, uri in row.aligned:
        try:
            competences.back_with_badge(user_id=row.user_id, uri=uri, level=level, badge=_badge_name(row))
        except InvalidError:  # no framework here knows it
            continue


def _keep(actor: Actor, found: Verified) -> str:
    now = timezone.now()
    values = {
        "user_id": actor.pk,
        "issuer": found.issuer,
        "text": found.text,
        "name": found.name,
        "issuer_name": found.issuer_name,
        "aligned": [list(pair) for pair in found.aligned],
        "expires_at": found.expires_at,
        "checked_at": now,
    }
    try:
        with transaction.atomic():
            if Imported.objects.filter(user_id=actor.pk).count() >= MOST_BADGES:
                raise NotNowError(_("You have brought as many badges as there is room for. Take one off first."))
            row, is_new = Imported.objects.get_or_create(source=found.source, defaults=values)
            if row.user_id != actor.pk:
                raise RefusedError(Refusal.USED)
            if is_new:
                back(row)
    except IntegrityError:
        return _keep_again(actor, found)
    return str(row.pk)


def _keep_again(actor: Actor, found: Verified) -> str:
    """Another request brought the same badge at the same moment."""
    row = Imported.objects.get(source=found.source)
    if row.user_id != actor.pk:
        raise RefusedError(Refusal.USED)
    return str(row.pk)


def _data(text: str, file: str, url: str) -> bytes:
    if url:
        return web.fetch(url, accept="image/png, image/svg+xml, application/vc+jwt, application/json").body
    if file:
        try:
            return base64.b64decode(file, validate=True)
        except (ValueError, binascii.Error) as error:
            raise RefusedError(Refusal.FORM) from error
    return text.strip().encode()


def _email(actor: Actor) -> str:
    found = get_user_model().objects.filter(pk=actor.pk).values_list("email", "is_active").first()
    if found is None or not found[1]:
        raise RefusedError(Refusal.UNCONFIRMED)  # until she confirms it, the address can be anybody's
    return str(found[0])


def _badge_name(row: Imported) -> str:
    return f"imported:{row.pk}"
