"""How a circle is found for a person, and how a request is carried out once. Private to this app."""

from __future__ import annotations

from django.db.models import Q, prefetch_related_objects
from opaque_keys.edx.keys import UsageKey

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.values import as_uuid, checked_key

from .models import Circle, Member, Receipt

NOT_HIDDEN = Q(hidden_at=None) & (Q(reply_to=None) | Q(reply_to__hidden_at=None))
"""Contributions that nobody has hidden; a reply is hidden with the story that it answers."""


def find_circle(
    actor: Actor, circle_id: str, *, usage_key: UsageKey | None = None, lock: bool = False
) -> tuple[Circle, Member | None]:
    """The circle in the actor's course run, and her seat in it. Raises NotFoundError."""
    rows = Circle.objects.select_for_update() if lock else Circle.objects.all()
    found = rows.filter(pk=as_uuid(circle_id)).first()
    if found is None or found.course_key != actor.course_key or usage_key not in (None, found.usage_key):
        raise NotFoundError
    wanted = actor.pk
    prefetch_related_objects([found], "members")  # whoever looks at the circle sees them all: one query for both
    return found, next((member for member in found.members.all() if member.user_id == wanted), None)


def receipt_for(actor: Actor, key: str, action: str, circle: Circle | None = None) -> tuple[Receipt, bool]:
    """The receipt of the actor's request with this key, and whether the request is new. Raises InvalidError."""
    receipt, is_new = Receipt.objects.get_or_create(
        user_id=actor.pk, key=checked_key(key), defaults={"action": action, "circle": circle}
    )
    if receipt.action != action or (circle is not None and receipt.circle_id != circle.pk):
        raise InvalidError(field="key")
    return receipt, is_new
