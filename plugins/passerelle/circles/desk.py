"""The desk: how the circles of a course run stand, for those who hold them and those who look after the course."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotNowError

from . import protocols
from .data import DeskCircle, Outcome, ReportStatus, SafetyWhat
from .models import Circle, Contribution, Event, Facilitator, Member, Report, SafetyStep
from .permissions import Relation, is_facilitator, relations, require, with_safeguarding
from .receipts import find_circle, receipt_for

PAGE = slice(50)


def desk_roles(*, actor: Actor) -> frozenset[Relation]:
    """As what the actor finds a desk in her course run: facilitator, staff, safeguarding contact; empty for nobody."""
    held = with_safeguarding(relations(actor), actor)
    return held & {Relation.COURSE_FACILITATOR, Relation.STAFF, Relation.SAFEGUARDING}


def desk_circles(*, actor: Actor, language: str, rows: slice = PAGE) -> list[DeskCircle]:
    """The circles that the actor holds, and those that nobody holds; course staff see all.

    Those with a report that waits first, then those that have not ended, then the newest. Counts and names of seats
    alone, never what was told. Seven queries, however many circles.
    """
    held = relations(actor)
    require("desk_circles", held)
    wanted = Circle.objects.filter(course_key=actor.course_key)
    appointed = set(Facilitator.objects.filter(course_key=actor.course_key).values_list("user_id", flat=True))
    if Relation.STAFF not in held:
        wanted = wanted.filter(Q(facilitator_id=actor.user_id) | Q(facilitator=None) | ~Q(facilitator_id__in=appointed))
    waiting = Report.objects.filter(circle=OuterRef("pk")).exclude(status=ReportStatus.CLOSED)
    last = Event.objects.filter(circle=OuterRef("pk")).order_by("-at")
    told = Contribution.objects.filter(circle=OuterRef("pk")).order_by("-told_at")
    found = list(
        wanted.annotate(
            waiting=Coalesce(Subquery(waiting.order_by().values("circle").annotate(n=Count("pk")).values("n")), 0),
            last=Subquery(last.values("at")[:1]),
            told=Subquery(told.values("told_at")[:1]),
        )
        .alias(waits=Exists(waiting))
        .order_by("-waits", F("closed_at").desc(nulls_first=True), "-opened_at", "pk")[rows]
    )
    names = host().display_names(user_ids=[row.facilitator_id for row in found if row.facilitator_id])
    silent, people = _silent(found)
    return [
        DeskCircle(
            id=str(row.pk),
            title=protocols.say(row.protocol["title"], language),
            url=host().block_url(usage_key=row.usage_key),
            facilitator=names.get(row.facilitator_id or 0, "") if row.facilitator_id in appointed else "",
            mine=row.facilitator_id == actor.user_id and row.facilitator_id in appointed,
            abandoned=(row.closed_at is None or row.waiting > 0) and row.facilitator_id not in appointed,
            phase=protocols.say(row.protocol["phases"][row.state.get("phase", 0)]["title"], language),
            started=row.started_at is not None,
            closed=row.closed_at is not None,
            people=people.get(row.pk, 0),
            silent=tuple(silent.get(row.pk, ())) if row.started_at and row.facilitator_id == actor.user_id else (),
            reports=row.waiting,
            last=max(signs).isoformat() if (signs := [at for at in (row.last, row.told) if at]) else "",
        )
        for row in found
    ]


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


@transaction.atomic
def take_over(*, actor: Actor, circle_id: str, user_id: int | None, key: str) -> None:
    """Give a circle that nobody holds to a facilitator of the course run: to the actor, or to whom course staff name.

    Nobody holds it who was dismissed, retired, or stepped back. Staff gain no story by it: they hand it to somebody.
    """
    circle, member = find_circle(actor, circle_id, lock=True)
    held = relations(actor, circle, member)
    require("take_over", held)
    _receipt, is_new = receipt_for(actor, key, "take_over", circle)
    if not is_new:
        return
    wanted = user_id if user_id is not None and Relation.STAFF in held else actor.user_id
    if wanted is None or not is_facilitator(user_id=wanted, course_key=circle.course_key):
        raise InvalidError(_("Choose one of the facilitators of this course."), field="user_id")
    if circle.closed_at is not None and not circle.reports.exclude(status=ReportStatus.CLOSED).exists():
        raise NotNowError(_("This circle has ended. Your stories are on your page."))
    if circle.facilitator_id and is_facilitator(user_id=circle.facilitator_id, course_key=circle.course_key):
        raise NotNowError(_("Somebody holds this circle. It can be taken over once they have stepped back."))
    _give(actor, circle, wanted, Relation.STAFF if wanted != actor.user_id else Relation.COURSE_FACILITATOR)


@transaction.atomic
def step_back(*, actor: Actor, circle_id: str, key: str) -> None:
    """Give a circle up that one holds, for another facilitator to take over."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("step_back", relations(actor, circle, member))
    _receipt, is_new = receipt_for(actor, key, "step_back", circle)
    if is_new:
        _give(actor, circle, None, Relation.FACILITATOR)


def _give(actor: Actor, circle: Circle, user_id: int | None, role: Relation) -> None:
    circle.facilitator_id = user_id
    circle.version += 1
    circle.save(update_fields=["facilitator", "version"])
    what = SafetyWhat.TAKEN_OVER if user_id else SafetyWhat.STEPPED_BACK
    SafetyStep.objects.create(circle=circle, by_id=actor.user_id, role=role, what=what)
