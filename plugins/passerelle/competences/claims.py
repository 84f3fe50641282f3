"""Claims: that a person can do something, and what this rests on. Private: everyone else asks `api.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError

from .catalogue import named
from .data import JUDGED, LEVELS, OWN_WORD, SHARES, Basis, Claimed, ClaimView
from .models import Claim
from .permissions import require
from .receipts import is_new
from .signals import claim_changed

ONCE = ["user", "uri", "basis", "source"]
"""What makes two claims the same."""
STATED_HERE = "profile"
"""The source of what a person states on her profile page."""


def claims_of(*, user_id: int) -> tuple[Claimed, ...]:
    """All that is known of what this person can do, the newest first, for other apps. One query."""
    return claims_of_all(user_ids=[user_id]).get(user_id, ())


def claims_of_all(*, user_ids: Iterable[int]) -> dict[int, tuple[Claimed, ...]]:
    """The same of several people; those without claims left out. One query."""
    found: dict[int, list[Claimed]] = {}
    for row in Claim.objects.filter(user_id__in=set(user_ids)).order_by("-at", "-pk"):
        claim = Claimed(uri=row.uri, level=row.level, basis=Basis(row.basis), source=row.source, at=row.at)
        found.setdefault(row.user_id, []).append(claim)
    return {user_id: tuple(claims) for user_id, claims in found.items()}


def people_with_claims(*, after: int, limit: int) -> list[int]:
    """User ids above `after`, in their order, for other apps that go through everybody. One query."""
    rows = Claim.objects.filter(user_id__gt=after, user__is_active=True).order_by("user_id")
    return list(rows.values_list("user_id", flat=True).distinct()[:limit])


def supported(claims: Iterable[Claimed]) -> dict[str, tuple[Claimed, ...]]:
    """For each URI, what each basis supports, the firmest basis first. Newest first in.

    Of a person's own words the newest counts; of what others or works show, the highest level, since none of it is
    taken back by a lower one from elsewhere.
    """
    found: dict[str, dict[Basis, Claimed]] = {}
    for claim in claims:
        mine = found.setdefault(claim.uri, {})
        held = mine.get(claim.basis)
        if held is None or (claim.basis not in OWN_WORD and claim.level > held.level):
            mine[claim.basis] = claim
    return {uri: tuple(mine[basis] for basis in sorted(mine, reverse=True)) for uri, mine in found.items()}


def strongest(claims: Iterable[Claimed]) -> dict[str, Claimed]:
    """For each URI the claim that counts: level times firmness (`SHARES`) is the greatest. Newest first in.

    Where somebody else judged the level, her own words don't outbid it: of what was judged one counts.
    """
    return {uri: _heaviest(mine) for uri, mine in supported(claims).items()}


def _heaviest(mine: tuple[Claimed, ...]) -> Claimed:
    judged = [claim for claim in mine if claim.basis in JUDGED]
    return max(judged or mine, key=lambda claim: (claim.level * SHARES[claim.basis], claim.basis))


def my_claims(*, actor: Actor, language: str) -> list[ClaimView]:
    """What the actor can do as far as is known here, in every course run; the newest first. One query."""
    require("own", actor)
    held = claims_of(user_id=actor.pk)
    words = named(uris=[claim.uri for claim in held], language=language)
    return [
        ClaimView(
            uri=claim.uri,
            name=words[claim.uri].name,
            area=words[claim.uri].area,
            level=claim.level,
            basis=claim.basis.name.lower(),
            source=claim.source,
            at=claim.at.isoformat(),
        )
        for claim in held
    ]


@transaction.atomic
def state_competence(*, actor: Actor, uri: str, level: int, key: str) -> None:
    """The actor says that she can do this, at a level from 1 to 4. A later word takes the place of an earlier one."""
    require("own", actor)
    checked_uri(uri)
    checked_level(level)
    if is_new(actor, key, "state"):
        record(user_id=actor.pk, uri=uri, level=level, basis=Basis.STATED, source=STATED_HERE)


@transaction.atomic
def unstate_competence(*, actor: Actor, uri: str, key: str) -> None:
    """Take back what the actor stated. What rests on more than her word stays."""
    require("own", actor)
    if is_new(actor, key, "unstate"):
        forget(user_id=actor.pk, uri=uri, basis=Basis.STATED)


def back_with_badge(*, user_id: int, uri: str, level: int, badge: str) -> None:
    """A badge that was awarded backs this from now on. `badge` names the award for good; may run twice."""
    checked_uri(uri)
    checked_level(level)
    record(user_id=user_id, uri=uri, level=level, basis=Basis.BADGE_BACKED, source=badge)


def withdraw_badge(*, user_id: int, badge: str) -> None:
    """The award was revoked or has expired: it backs nothing any more. May run twice."""
    for uri in Claim.objects.filter(user_id=user_id, basis=Basis.BADGE_BACKED, source=badge).values_list(
        "uri", flat=True
    ):
        forget(user_id=user_id, uri=uri, basis=Basis.BADGE_BACKED, source=badge)


def record(*, user_id: int, uri: str, level: int, basis: Basis, source: str, at: datetime | None = None) -> None:
    """Keep a claim in the place of an earlier one from the same source, and tell whoever listens."""
    claim = Claimed(uri=uri, level=level, basis=basis, source=source, at=at or timezone.now())
    record_all(user_id=user_id, claims=[claim])


def record_all(*, user_id: int, claims: Sequence[Claimed]) -> None:
    """The same for several claims of one person, no two the same; whoever listens is told once. One query."""
    if not claims:
        return
    rows = [
        Claim(user_id=user_id, uri=one.uri, level=one.level, basis=one.basis, source=one.source, at=one.at)
        for one in claims
    ]
    # MariaDB takes any unique key as the reason, and refuses to have one named.
    target = ONCE if connection.features.supports_update_conflicts_with_target else None
    Claim.objects.bulk_create(rows, update_conflicts=True, update_fields=["level", "at"], unique_fields=target)
    _tell(user_id, {one.uri for one in claims})


def forget(*, user_id: int, uri: str, basis: Basis, source: str | None = None) -> None:
    """Drop the person's claims on this basis, from one source or from all."""
    found = Claim.objects.filter(user_id=user_id, uri=uri, basis=basis)
    if source is not None:
        found = found.filter(source=source)
    if found.delete()[0]:
        _tell(user_id, {uri})


def _tell(user_id: int, uris: set[str]) -> None:
    told = tuple(sorted(uris))
    transaction.on_commit(partial(claim_changed.send_robust, sender=Claim, user_id=user_id, uris=told))


def checked_level(level: object) -> int:
    """The level, if it is one. Raises InvalidError."""
    if not isinstance(level, int) or isinstance(level, bool) or not 1 <= level <= LEVELS:
        raise InvalidError(_("Choose one of the sentences first."), field="level")
    return level


def checked_uri(uri: object) -> str:
    """The URI, if a framework here knows it. Raises InvalidError."""
    if not isinstance(uri, str) or not named(uris=[uri], language="en")[uri].known:
        raise InvalidError(_("This is not in the list. Choose something from the list."), field="uri")
    return uri
