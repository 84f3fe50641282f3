"""Reminders of circles over days: what is due, to whom, once, at a decent hour, in her language.

They say that a circle waits, never what was told there or by whom. Private to this app, but for what `api.py` shows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from passerelle.host.api import Actor, host, tell_later

from . import codec, engine, hours, protocols, tempo, wishes
from .data import Protocol, Tempo
from .models import Circle, Event, NoReminders, Reminder
from .permissions import is_facilitator, relations, require
from .receipts import receipt_for

log = logging.getLogger(__name__)

SOON = timedelta(hours=24)


class Kind(StrEnum):
    """What somebody is told."""

    OPENED = "opened"  # a part of the circle waits for her
    SOON = "soon"  # and its time is nearly up
    SILENT = "silent"  # to the facilitator: somebody let a part go by
    PLACED = "placed"  # a circle that is being formed has a seat for her
    WRITTEN = "written"  # the facilitator wrote to her circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something to tell: to whom, about which phase of a circle ("" for the whole circle); or about which message."""

    user_id: int
    kind: Kind
    phase: str


def tick(*, now: datetime) -> tuple[int, int]:
    """Keep what time did to the circles over days, and tell who is to be told. Returns how many went on, how many told.

    May run at any time, and twice: what is kept is kept, and nobody is told twice. One circle's failure stops no other.
    """
    waiting = Circle.objects.filter(closed_at=None, started_at__isnull=False, protocol__tempo=Tempo.DAYS)
    went_on = told = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                moved, reminded = _tick_one(pk, now)
        except Exception:
            log.exception("A circle over days could not go on: %s", pk)
            continue
        went_on += moved
        told += reminded
    return went_on, told + _tell_placed() + _tell_written(now)


def _tell_written(now: datetime) -> int:
    from .messages import tell_late  # here: messages remind people, too

    return tell_late(now=now)


def _tell_placed() -> int:
    """Tell of the seats in circles that were formed and gather; `drafts` tells at once where they are few."""
    from .drafts import tell_placed  # here: drafts remind people, too

    told = 0
    for circle in Circle.objects.filter(formed__isnull=False, started_at=None, closed_at=None):
        with transaction.atomic():
            told += tell_placed(circle)
    return told


def _tick_one(pk: UUID, now: datetime) -> tuple[int, int]:
    circle = Circle.objects.select_for_update().filter(pk=pk, closed_at=None).first()
    if circle is None:
        return 0, 0
    protocol, before = codec.protocol_from_json(circle.protocol), codec.state_from_json(circle.state)
    state = tempo.pass_time(circle, protocol, before, now)
    if state != before:
        tempo.keep(circle, state, now)
    return int(state != before), tell(circle, due(circle, protocol, state, now), now=now)


def due(circle: Circle, protocol: Protocol, state: engine.State, now: datetime) -> list[Due]:
    """Who is to be told what, as the circle stands; also what was told before. Three queries at most."""
    if state.closed:
        return []
    found = []
    members = dict(circle.members.filter(left_at=None).exclude(user=None).values_list("seat", "user_id"))
    if state.ends_at is not None:
        phase = engine.running_phase(protocol, state).id
        kind = Kind.SOON if state.ends_at - now <= SOON else Kind.OPENED
        on_turn = [seat for seat in engine.waiting(state) if engine.on_turn(protocol, state, seat)]
        found += [Due(user_id=members[seat], kind=kind, phase=phase) for seat in on_turn if seat in members]
    missed = Event.objects.filter(circle=circle, what="expired", seat__in=members).order_by("-id")
    last = missed.values_list("phase", flat=True).first()
    if last and circle.facilitator_id and is_facilitator(user_id=circle.facilitator_id, course_key=circle.course_key):
        found.append(Due(user_id=circle.facilitator_id, kind=Kind.SILENT, phase=last))
    return found


def tell(circle: Circle, wanted: Iterable[Due], *, now: datetime) -> int:
    """Tell, after this transaction, what was not told before; returns how much. Four queries at most, and the notes."""
    known = set(Reminder.objects.filter(circle=circle).values_list("user_id", "kind", "phase"))
    new = [one for one in wanted if (one.user_id, one.kind, one.phase) not in known]
    if not new:
        return 0
    ids = [one.user_id for one in new]
    spared = set(NoReminders.objects.filter(user_id__in=ids).values_list("user_id", flat=True))
    zones = host().time_zones_of(user_ids=ids)
    languages = host().languages_of(user_ids=ids)
    told = 0
    for one in new:
        zone = hours.zone_of(zones.get(one.user_id, ""))
        if one.user_id in spared or _is_quiet(now.astimezone(zone)):
            continue
        note = {"circle": circle, "user_id": one.user_id, "kind": one.kind, "phase": one.phase}
        if not Reminder.objects.get_or_create(**note, defaults={"at": now})[1]:
            continue
        with translation.override(languages.get(one.user_id) or circle.language):
            sentence, path = _sentence(circle, one, zone), _path(circle, one)
        tell_later(user_id=one.user_id, course_key=circle.course_key, sentence=sentence, path=path)
        told += 1
    return told


def _is_quiet(local: datetime) -> bool:
    """Whether people sleep then: `PASSERELLE_QUIET_HOURS`, from and to which hour of the day."""
    begin, end = settings.PASSERELLE_QUIET_HOURS
    if begin <= end:
        return bool(begin <= local.hour < end)
    return bool(local.hour >= begin or local.hour < end)


def _path(circle: Circle, one: Due) -> str:
    if one.kind is Kind.SILENT:
        return reverse("passerelle:circle_desk", kwargs={"circle_id": circle.pk})
    if one.kind is Kind.WRITTEN:
        return reverse("passerelle:course", kwargs={"course_key": circle.course_key})
    return host().block_url(usage_key=circle.usage_key)


def _sentence(circle: Circle, one: Due, zone: ZoneInfo) -> str:
    """In the active language; the protocol's own titles are all that it says of the circle."""
    language = translation.get_language() or "en"
    protocol, state = codec.protocol_from_json(circle.protocol), codec.state_from_json(circle.state)
    named = {"circle": protocols.say(protocol.title, language)}
    if one.kind is Kind.WRITTEN:
        return _("%(circle)s: whoever holds your circle wrote to it. You read it on My Passerelle.") % named
    if one.kind is Kind.PLACED:
        named["when"] = wishes.time_in_words(circle.formed.time, zone=zone.key, near=circle.opened_at)
        if named["when"]:
            return (
                _("There is a seat for you: %(circle)s. It could meet at this time: %(when)s. Take part if you wish.")
                % named
            )
        return _("There is a seat for you: %(circle)s. Look at it, and take part if you wish.") % named
    named["part"] = next((protocols.say(part.title, language) for part in protocol.phases if part.id == one.phase), "")
    if one.kind is Kind.SILENT:
        count = Event.objects.filter(circle=circle, what="expired", phase=one.phase, seat__isnull=False).count()
        return ngettext(
            "%(circle)s went on, and %(count)d person was not heard in this part: %(part)s. A word from you may help.",
            "%(circle)s went on, and %(count)d people were not heard in this part: %(part)s. A word from you may help.",
            count,
        ) % {**named, "count": count}
    local = state.ends_at.astimezone(zone) if state.ends_at else None
    named["until"] = f"{formats.date_format(local, 'l j F')}, {local:%H:%M} ({local.tzname()})" if local else ""
    if one.kind is Kind.SOON:
        return _("%(circle)s: the part “%(part)s” ends soon, %(until)s. You can still take part, or pass.") % named
    return _("%(circle)s: the part “%(part)s” is open until %(until)s. Come when it suits you.") % named


# --- Each person's choice


def reminders_wanted(*, actor: Actor) -> bool:
    """Whether the actor is reminded of circles."""
    require("own", relations(actor))
    return not NoReminders.objects.filter(user_id=actor.pk).exists()


@transaction.atomic
def choose_reminders(*, actor: Actor, wanted: bool, key: str) -> None:
    """Be reminded of circles, or not. The platform's own settings for notifications stand beside this."""
    require("own", relations(actor))
    _receipt, is_new = receipt_for(actor, key, "choose_reminders")
    if not is_new:
        return
    if wanted:
        NoReminders.objects.filter(user_id=actor.pk).delete()
    else:
        NoReminders.objects.get_or_create(user_id=actor.pk)
