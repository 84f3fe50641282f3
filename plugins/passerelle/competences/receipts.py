"""Whether a request is new: the same key sent again does nothing. Private to this app."""

from __future__ import annotations

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError

from .models import Receipt


def is_new(actor: Actor, key: str, action: str) -> bool:
    if not isinstance(key, str) or not 8 <= len(key) <= 64:  # noqa: PLR2004
        raise InvalidError(field="key")
    return Receipt.objects.get_or_create(user_id=actor.pk, key=key, defaults={"action": action})[1]
