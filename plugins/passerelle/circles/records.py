"""What is left of a circle for its facilitator: register, transcript, export; and a course run's circles in numbers.

Public through `api.py`. Everything is worked out when asked for, so what was withdrawn is in none of it.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError

from . import codec, practicum, protocols, uploads
from .actions import readable
from .data import (
    Audience,
    CourseReport,
    Media,
    PhaseKind,
    Protocol,
    Purpose,
    RegisterRow,
    StoryFileView,
    TranscriptLine,
)
from .models import Circle, Contribution, Member, Report
from .permissions import relations, require
from .receipts import NOT_HIDDEN, find_circle
from .texts import table

FLOOR = 5
"""Numbers of fewer people, or that leave fewer out, are not shown: they could point at somebody."""


def register(*, actor: Actor, circle_id: str) -> list[RegisterRow]:
    """Who was there and when, seat by seat. Three queries beyond finding the circle."""
    circle, member = find_circle(actor, circle_id)
    require("register", relations(actor, circle, member))
    protocol = codec.protocol_from_json(circle.protocol)
    sessions = {phase.id: phase.session for phase in protocol.phases}
    events = list(circle.events.filter(what__in=("started", "arrived")).values_list("seat", "phase", "what", "at"))
    begun = {sessions[phase]: at for _seat, phase, what, at in events if what == "started" and phase in sessions}
    arrived = {(seat, sessions[phase]) for seat, phase, what, _at in events if what == "arrived" and phase in sessions}
    turns = [seat for _circle, seat, _phase in practicum.turns_had([circle.pk])]
    return [
        RegisterRow(
            name=row.name,
            joined_at=row.joined_at.isoformat(),
            left_at=row.left_at.isoformat() if row.left_at else "",
            sessions=tuple(_was_there(row, number, at, arrived) for number, at in sorted(begun.items())),
            turns=turns.count(row.seat),
        )
        for row in circle.members.exclude(user=None).order_by("seat")
    ]


def _was_there(row: Member, session: int, began: datetime, arrived: set[tuple[int | None, int]]) -> bool:
    if session > 1:
        return (row.seat, session) in arrived
    return row.left_at is None or row.left_at > began


def transcript(*, actor: Actor, circle_id: str, language: str) -> list[TranscriptLine]:
    """What was told in the circle for the facilitator to read, with what each teller agreed to."""
    circle, member = find_circle(actor, circle_id)
    require("transcript", relations(actor, circle, member))
    told = readable(circle, seat=member.seat if member else None, facilitating=True)
    titles = _titles(codec.protocol_from_json(circle.protocol), language)
    rows = told.select_related("member", "reply_to").prefetch_related("grants", "files").order_by("told_at", "pk")
    return [_line(row, titles) for row in rows]


def _titles(protocol: Protocol, language: str) -> dict[str, str]:
    return {phase.id: protocols.say(phase.title, language) for phase in protocol.phases}


def _line(row: Contribution, titles: dict[str, str]) -> TranscriptLine:
    return TranscriptLine(
        name=row.member.name,
        phase=titles.get(row.phase, row.phase),
        kind="reply" if row.reply_to_id else "story" if row.question is None else "answer",
        text=row.text,
        told_at=row.told_at.isoformat(),
        purposes=tuple(Purpose(grant.purpose) for grant in row.grants.all() if grant.withdrawn_at is None),
        hidden=row.hidden_at is not None or (row.reply_to is not None and row.reply_to.hidden_at is not None),
        files=uploads.views(row),
        link=row.link,
    )


def transcript_csv(*, actor: Actor, circle_id: str, language: str) -> str:
    """The transcript as CSV for a spreadsheet, without what is hidden just now."""
    lines = transcript(actor=actor, circle_id=circle_id, language=language)
    header = [_("Told on"), _("Phase"), _("Name"), _("Kind"), _("Words"), _("Agreed to"), _("Voice, picture, link")]
    kinds = {"story": _("Story"), "reply": _("Reply to a story"), "answer": _("Answer to a question")}
    rows = [
        [line.told_at[:16], line.phase, line.name, kinds[line.kind], line.text, _agreed(line), _mark(line)]
        for line in lines
        if not line.hidden
    ]
    return table([header, *rows])


def _agreed(line: TranscriptLine) -> str:
    return ", ".join(purpose.label for purpose in line.purposes)


def _mark(line: TranscriptLine) -> str:
    """What a story holds besides its words: how long the voice is, and what was written beside it."""
    marks = [part for file in line.files for part in (_what(file), file.words)]
    return "\n".join(part for part in (*marks, line.link) if part)


def _what(file: StoryFileView) -> str:
    return _("A voice, %(length)s") % {"length": file.length} if file.kind is Media.AUDIO else _("A picture")


def register_csv(*, actor: Actor, circle_id: str) -> str:
    """The register as CSV for a spreadsheet."""
    rows = register(actor=actor, circle_id=circle_id)
    meetings = max((len(row.sessions) for row in rows), default=0)
    header = [_("Name"), _("Joined"), _("Left"), _("Turns"), *(f"{_('Meeting')} {n + 1}" for n in range(meetings))]
    there = {True: _("yes"), False: _("no")}
    lines = (
        [row.name, row.joined_at[:16], row.left_at[:16], str(row.turns), *(there[been] for been in row.sessions)]
        for row in rows
    )
    return table([header, *lines])


# --- The course run


def course_report(*, actor: Actor, course_key: CourseKey) -> CourseReport:
    """The course run's circles in numbers, none of which is of fewer than five people, nor leaves fewer out."""
    if actor.course_key != course_key:
        raise NotAllowedError
    require("course_report", relations(actor))
    here = Q(circle__course_key=course_key)
    people = Member.objects.filter(here).exclude(user=None).aggregate(count=Count("user", distinct=True))["count"]
    tellers = Contribution.objects.filter(here, withdrawn_at=None).exclude(audience=Audience.SELF)
    counted = tellers.aggregate(
        told=Count("member__user", distinct=True),
        shared=Count("member__user", filter=NOT_HIDDEN & Q(audience=Audience.COHORT), distinct=True),
    )
    return CourseReport(
        people=people if people >= FLOOR else None,
        to_the_end=_floored(_to_the_end(course_key), people),
        told=_floored(counted["told"], people),
        shared=_floored(counted["shared"], people),
        reporters=_floored(Report.objects.filter(here).values("reporter").distinct().count(), people),
    )


def _floored(part: int, whole: int) -> int | None:
    """The number, unless it or what it leaves out is of some people but fewer than five; or the whole is."""
    small = any(0 < number < FLOOR for number in (part, whole - part))
    return None if small or whole < FLOOR else part


def _to_the_end(course_key: CourseKey) -> int:
    """How many people had a turn in the last round of a circle that has ended, and were there to its end."""
    ended = {row.pk: row for row in Circle.objects.filter(course_key=course_key).exclude(closed_at=None)}
    heart = {
        pk: [phase["id"] for phase in row.protocol["phases"] if phase["kind"] == PhaseKind.ROUND][-1]
        for pk, row in ended.items()
    }
    had = {(pk, seat) for pk, seat, phase in practicum.turns_had(ended) if heart[pk] == phase}
    seats = Member.objects.filter(circle__in=ended, left_at=None).exclude(user=None)
    return len({user for pk, seat, user in seats.values_list("circle_id", "seat", "user_id") if (pk, seat) in had})
