"""A practicum: a circle that somebody must have attended to its end before the course run's certificate is hers.

Authors ask for it per course run, in Studio's advanced settings under *Other Course Settings*:
`{"passerelle": {"practicum": true}}` for any circle of the run, or a list of blocks (the last part of their keys, the
same in every language's run) for a circle at each of these. Without the entry there is no practicum.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import host

from . import codec
from .data import PhaseKind, Protocol
from .models import Circle, Contribution, Event, Member

log = logging.getLogger(__name__)

TURN_ENDED = ("done", "passed", "skipped", "expired", "next")
"""What the register says when a turn was had, used or not."""


def turns_had(circles: Iterable[UUID]) -> list[tuple[UUID, int, str]]:
    """The turns that were had in these circles: circle, seat, phase. One query.

    One that ended with a story, an answer or a reply has no row in the register: what was told is its own.
    """
    entered = Event.objects.filter(circle__in=circles, what__in=TURN_ENDED).order_by()
    told = Contribution.objects.filter(circle__in=circles, ended_turn=True)
    both = entered.values_list("circle_id", "seat", "phase").union(
        told.values_list("circle_id", "member__seat", "phase"), all=True
    )
    return [(circle, seat, phase) for circle, seat, phase in both if seat is not None]


def last_round(protocol: Protocol) -> int:
    """The index of the last round, the circle's heart."""
    return [index for index, phase in enumerate(protocol.phases) if phase.kind is PhaseKind.ROUND][-1]


def required(*, course_key: CourseKey) -> bool | frozenset[str]:
    """What the course run asks for: the ids of blocks, True for any circle, False for no practicum."""
    asked = host().course_setting(course_key=course_key, name="practicum")
    if isinstance(asked, list):
        return frozenset(str(block_id) for block_id in asked) or False
    return bool(asked)


def attended(*, user_id: int, course_key: CourseKey) -> frozenset[UsageKey]:
    """The blocks of the course run at which the person attended a circle to its end.

    She had a turn in its last round and had not left when it closed; or she held the circle, and it came that far.
    Three queries, however many circles.
    """
    here = attended_circles(user_id=user_id, among=Circle.objects.filter(course_key=course_key))
    return frozenset(circle.usage_key for circle in here)


def attended_circles(*, user_id: int, among: QuerySet[Circle]) -> list[Circle]:
    """The circles among these that the person attended to their end, in the sense of `attended`. Three queries."""
    ended = among.exclude(closed_at=None)
    held = ended.filter(facilitator_id=user_id)
    seats = Member.objects.filter(user_id=user_id, left_at=None, circle__in=ended).select_related("circle")
    circles = {circle.pk: circle for circle in [*held, *(seat.circle for seat in seats)]}
    had = set(turns_had(circles))
    heart = {pk: _last_round_id(circle) for pk, circle in circles.items()}
    sat = {seat.circle_id for seat in seats if (seat.circle_id, seat.seat, heart[seat.circle_id]) in had}
    led = {pk for pk, _seat, phase in had if circles[pk].facilitator_id == user_id and phase == heart[pk]}
    return [circles[pk] for pk in sat | led]


def _last_round_id(circle: Circle) -> str:
    protocol = codec.protocol_from_json(circle.protocol)
    return protocol.phases[last_round(protocol)].id


def is_missing(*, asked: bool | frozenset[str], user_id: int, course_key: CourseKey) -> bool:
    """Whether the person has not yet attended what `required` says."""
    if not asked:
        return False
    there = {key.block_id for key in attended(user_id=user_id, course_key=course_key)}
    return not there if asked is True else not asked <= there


def release_certificates(*, circle_id: str) -> None:
    """After a circle has ended: let the platform look again at the certificates that waited for it."""
    circle = Circle.objects.get(pk=circle_id)
    course_key = circle.course_key
    asked = required(course_key=course_key)
    if not asked:
        return
    people = Member.objects.filter(Q(left_at=None), circle=circle).exclude(user=None).values_list("user_id", flat=True)
    for user_id in {*people, *([circle.facilitator_id] if circle.facilitator_id else [])}:
        try:
            if not is_missing(asked=asked, user_id=user_id, course_key=course_key):
                host().request_certificate(user_id=user_id, course_key=course_key)
        except Exception:  # the circle is closed, and one person's certificate must not keep the next one's back
            log.exception("A certificate that waited for a circle was not requested again")
