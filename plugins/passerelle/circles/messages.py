"""What a facilitator writes to a circle that she holds: read by its people on *My Passerelle*, told without its words.

Public through `api.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError
from passerelle.host.values import as_uuid

from . import protocols, reminders
from .data import MessageView
from .models import Message
from .permissions import relations, require
from .receipts import find_circle, receipt_for
from .texts import entered

LONGEST = 2_000
NEWEST = slice(50)
STILL_TOLD = timedelta(days=2)
"""Who could not be told at once, since it was night, is told by then; later it is no news."""


def messages(*, actor: Actor, circle_id: str, language: str, rows: slice = NEWEST) -> list[MessageView]:
    """What was written to the circle, for its people and its facilitator; the newest first."""
    circle, member = find_circle(actor, circle_id)
    require("messages", relations(actor, circle, member))
    return _views(Message.objects.filter(circle=circle), actor, language, rows)


def my_messages(
    *, actor: Actor, language: str, course_key: CourseKey | None = None, rows: slice = NEWEST
) -> list[MessageView]:
    """What was written to the circles in which the actor sits, in one course run or in all; the newest first."""
    require("own", relations(actor))
    mine = Message.objects.filter(circle__members__user_id=actor.pk, circle__members__left_at=None)
    return _views(mine.filter(circle__course_key=course_key) if course_key else mine, actor, language, rows)


def _views(found: QuerySet[Message], actor: Actor, language: str, rows: slice) -> list[MessageView]:
    wanted = list(found.select_related("circle").order_by("-at", "pk")[rows])
    names = host().display_names(user_ids={row.author_id for row in wanted})
    return [
        MessageView(
            id=str(row.pk),
            circle=protocols.say(row.circle.protocol["title"], language),
            by=names.get(row.author_id, ""),
            text=row.text,
            at=row.at.isoformat(),
            mine=row.author_id == actor.user_id,
        )
        for row in wanted
    ]


@transaction.atomic
def send_message(*, actor: Actor, circle_id: str, text: str, key: str) -> None:
    """Write to the people of a circle that one holds. They are told that there is something to read, never what."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("send_message", relations(actor, circle, member))
    said = entered(text, LONGEST, field="text")
    if not said:
        raise InvalidError(_("Write something first."), field="text")
    _receipt, is_new = receipt_for(actor, key, "send_message", circle)
    if is_new:
        _tell(Message.objects.create(circle=circle, author_id=actor.pk, text=said), timezone.now())


@transaction.atomic
def take_back_message(*, actor: Actor, circle_id: str, message_id: str, key: str) -> None:
    """Erase what one wrote to a circle that one holds."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("take_back_message", relations(actor, circle, member))
    _receipt, is_new = receipt_for(actor, key, "take_back_message", circle)
    if is_new:
        Message.objects.filter(pk=as_uuid(message_id), circle=circle, author_id=actor.user_id).delete()


def tell_late(*, now: datetime) -> int:
    """Tell those for whom it was night when somebody wrote; returns how many."""
    told = 0
    for message in Message.objects.filter(at__gte=now - STILL_TOLD).select_related("circle"):
        with transaction.atomic():
            told += _tell(message, now)
    return told


def _tell(message: Message, now: datetime) -> int:
    people = message.circle.members.filter(left_at=None).exclude(user=None).exclude(user=message.author_id)
    kind = reminders.Kind.WRITTEN
    wanted = [
        reminders.Due(user_id=user_id, kind=kind, phase=str(message.pk))
        for user_id in people.values_list("user_id", flat=True)
        if user_id is not None
    ]
    return reminders.tell(message.circle, wanted, now=now)
