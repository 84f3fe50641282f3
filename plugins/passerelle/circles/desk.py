"""The desk: how the circles of a course run stand, for those who hold them and those who look after the course."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Max, Q

from passerelle.host.api import Actor, host

from . import protocols
from .data import DeskCircle, Outcome, ReportStatus
from .models import Circle, Contribution, Event, Facilitator, Member
from .permissions import Relation, relations, require, with_safeguarding

PAGE = 200
"""At most so many circles on a desk: those under way first, then the newest."""


def desk_roles(*, actor: Actor) -> frozenset[Relation]:
    """As what the actor finds a desk in her course run: facilitator, staff, safeguarding contact; empty for nobody."""
    held = with_safeguarding(relations(actor), actor)
    return held & {Relation.COURSE_FACILITATOR, Relation.STAFF, Relation.SAFEGUARDING}


def desk_circles(*, actor: Actor, language: str) -> list[DeskCircle]:
    """The circles that the actor holds, and those that nobody holds; course staff see all. Reports first.

    Counts and names of seats alone, never what was told. Seven queries, however many circles.
    """
    held = relations(actor)
    require("desk_circles", held)
    wanted = Circle.objects.filter(course_key=actor.course_key)
    appointed = set(Facilitator.objects.filter(course_key=actor.course_key).values_list("user_id", flat=True))
    if Relation.STAFF not in held:
        wanted = wanted.filter(Q(facilitator_id=actor.user_id) | Q(facilitator=None) | ~Q(facilitator_id__in=appointed))
    rows = list(
        wanted.annotate(
            waiting=Count("reports", filter=~Q(reports__status=ReportStatus.CLOSED), distinct=True),
            last=Max("events__at"),
        ).order_by("closed_at", "-opened_at")[:PAGE]
    )
    names = host().display_names(user_ids=[row.facilitator_id for row in rows if row.facilitator_id])
    silent, people = _silent(rows)
    cards = [
        DeskCircle(
            id=str(row.pk),
            title=protocols.say(row.protocol["title"], language),
            url=host().block_url(usage_key=row.usage_key),
            facilitator=names.get(row.facilitator_id or 0, "") if row.facilitator_id in appointed else "",
            mine=row.facilitator_id == actor.user_id and row.facilitator_id in appointed,
            abandoned=row.closed_at is None and row.facilitator_id not in appointed,
            phase=protocols.say(row.protocol["phases"][row.state.get("phase", 0)]["title"], language),
            started=row.started_at is not None,
            closed=row.closed_at is not None,
            people=people.get(row.pk, 0),
            silent=tuple(silent.get(row.pk, ())) if row.started_at and row.facilitator_id == actor.user_id else (),
            reports=row.waiting,
            last=row.last.isoformat() if row.last else "",
        )
        for row in rows
    ]
    return sorted(cards, key=lambda card: (not card.reports, card.closed))


def _silent(rows: Sequence[Circle]) -> tuple[dict[object, list[str]], dict[object, int]]:
    """By circle: the names of those here who have neither spoken nor written yet, and how many are here."""
    ids = [row.pk for row in rows]
    members = Member.objects.filter(circle__in=ids, left_at=None).order_by("seat")
    wrote = set(Contribution.objects.filter(circle__in=ids).values_list("member_id", flat=True).distinct())
    spoke_events = Event.objects.filter(circle__in=ids, what=Outcome.DONE).values_list("circle_id", "seat").distinct()
    spoke = set(spoke_events)
    silent: dict[object, list[str]] = {}
    people: dict[object, int] = {}
    for member in members:
        people[member.circle_id] = people.get(member.circle_id, 0) + 1
        if member.pk not in wrote and (member.circle_id, member.seat) not in spoke:
            silent.setdefault(member.circle_id, []).append(member.name)
    return silent, people
