"""Whether a request is new: the same key sent again does nothing. Private to this app."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

from passerelle.host.api import Actor
from passerelle.host.values import checked_key

from .models import Receipt


def part_of(key: str, part: str) -> str:
    """A key for one part of a request that does several things, the same whenever the request is sent again."""
    return uuid5(NAMESPACE_OID, f"{key} {part}").hex


def is_new(actor: Actor, key: str, action: str) -> bool:
    return Receipt.objects.get_or_create(user_id=actor.pk, key=checked_key(key), defaults={"action": action})[1]
