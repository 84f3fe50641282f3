"""A facilitator's drafts of circles: proposed by `forming`, put right by hand, confirmed; and who comes late.

Public through `api.py`. A draft is its maker's. People decide themselves: a confirmed draft keeps a seat for each in a
circle of hers, and she takes it, or not, with the same consent as anybody.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import UsageKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid, name_here

from . import codec, engine, forming, hours, protocols, reminders, wishes
from .data import CircleSettings, DraftCard, DraftGroup, DraftPerson, DraftView
from .forming import Candidate, Group, Wanted
from .models import Circle, Facilitator, Forming, FormingGroup, Member, Place, Wish
from .permissions import relations, require
from .receipts import receipt_for

PAGE = 20
WAITING = 50
A_FEW = 500
"""So many people are looked up by their ids; for more, the whole course run is read."""

TOLD_AT_ONCE = 5
"""So many circles' people are told when seats are given; the others by the next `reminders.tick`."""


def drafts(*, actor: Actor, language: str) -> list[DraftCard]:
    """The actor's drafts in her course run, the newest first. One query and the permission's."""
    require("form", relations(actor))
    rows = Forming.objects.filter(course_key=actor.course_key, facilitator_id=actor.pk)
    counted = rows.annotate(
        people=Count("places", filter=Q(places__group__isnull=False)),
        waiting=Count("places", filter=Q(places__group__isnull=True)),
    )
    return [
        DraftCard(
            id=str(row.pk),
            title=protocols.say(row.protocol["title"], language),
            begun_at=row.begun_at.isoformat(),
            confirmed=row.confirmed_at is not None,
            people=row.people,
            waiting=row.waiting,
        )
        for row in counted.order_by("-begun_at")[:PAGE]
    ]


@transaction.atomic
def begin_forming(*, actor: Actor, usage_key: UsageKey, settings: CircleSettings, key: str) -> str:
    """Begin a draft of circles at a block with its author's settings; returns the draft's id. Raises InvalidError."""
    if actor.course_key != usage_key.course_key:
        raise NotAllowedError
    require("form", relations(actor))
    if found := protocols.problems(settings):
        raise InvalidError(found[0].message, field=found[0].field)
    receipt, _is_new = receipt_for(actor, key, "begin_forming")
    row, _created = Forming.objects.get_or_create(
        pk=uuid.uuid5(uuid.NAMESPACE_OID, f"{actor.pk} {key}"),  # the same key, the same draft
        defaults={
            "course_key": usage_key.course_key,
            "usage_key": usage_key,
            "facilitator_id": receipt.user_id,
            "protocol": codec.protocol_to_json(protocols.applied(settings)),
            "wanted": {
                "languages": list(settings.languages),
                "min_size": settings.min_size,
                "max_size": settings.max_size,
                "mix": settings.protocol == "mixed_circle",
                "common_time": settings.tempo == "live",
                "everyone": False,
            },
        },
    )
    return str(row.pk)


@transaction.atomic
def propose(*, actor: Actor, forming_id: str, mix: bool, common_time: bool, everyone: bool, key: str) -> None:
    """Propose circles anew, over what was there: with a mix or not, at a common time or not, of those who said when
    they can come or of everyone in the course run."""
    row = _find(actor, forming_id)
    _receipt, is_new = receipt_for(actor, key, "propose")
    if not is_new:
        return
    if row.confirmed_at:
        raise NotNowError(_("These circles are confirmed. People can still be moved by hand."))
    row.wanted = {**row.wanted, "mix": mix, "common_time": common_time, "everyone": everyone}
    row.save(update_fields=["wanted"])
    ids = _free(row)
    said = _said(row, ids)
    among = _windows(row, said) if common_time else ()
    people = _known(row, _to_seat(row, ids, said), said, among)
    found = forming.propose(list(people.values()), _wanted(row, among))
    row.places.all().delete()
    row.groups.all().delete()
    groups = FormingGroup.objects.bulk_create(
        FormingGroup(id=None, forming=row, number=number, language=group.language, time=group.time)
        for number, group in enumerate(found.groups, start=1)
    )
    numbered = dict(zip(range(1, len(groups) + 1), row.groups.order_by("number"), strict=True))
    seated = [
        Place(forming=row, user_id=user_id, group=numbered[number])
        for number, group in enumerate(found.groups, start=1)
        for user_id in group.people
    ]
    waiting = [Place(forming=row, user_id=user_id, why=why) for user_id, why in found.waiting.items()]
    Place.objects.bulk_create([*seated, *waiting], batch_size=2000)


@transaction.atomic
def move(*, actor: Actor, forming_id: str, user_id: int, to: int, key: str) -> None:
    """Put somebody into circle number `to`, on the waiting list (0), or into a new circle (-1)."""
    row = _find(actor, forming_id)
    _receipt, is_new = receipt_for(actor, key, "move")
    if not is_new:
        return
    place = row.places.select_related("group__circle").filter(user_id=user_id).first()
    if place is None:
        raise NotFoundError(_("This person is not in the draft."))
    if place.group and place.group.circle_id and _has_seat(place.group.circle_id, user_id):
        raise NotNowError(_("This person has taken the seat. She can leave the circle herself."))
    if to < 0:
        place.group = _new_group(row, place)
    else:
        place.group = row.groups.filter(number=to).first()
        if to and place.group is None:
            raise InvalidError(_("There is no circle with this number."), field="to")
    if place.group:
        _require_open(place.group)
    place.by_hand, place.why = True, ""
    place.save()


def _new_group(row: Forming, place: Place) -> FormingGroup:
    """A circle of its own: the person's language and time where she is placed, else the draft's first."""
    number = (row.groups.aggregate(last=Max("number"))["last"] or 0) + 1
    said = Wish.objects.filter(user_id=place.user_id, course_key=row.course_key).first()
    common = row.wanted["common_time"]
    spoken = [language for language in (said.languages if said else []) if language in row.wanted["languages"]]
    time = hours.first_window(said.times[0], _offset(row, said)) if said and said.times and common else ""
    language = (spoken or row.wanted["languages"])[0]
    group = FormingGroup.objects.create(forming=row, number=number, language=language, time=time)
    if row.confirmed_at:
        _open_circles(row, [group])
    return group


def _has_seat(circle_id: uuid.UUID, user_id: int) -> bool:
    return Member.objects.filter(circle_id=circle_id, user_id=user_id, left_at=None).exists()


def _require_open(group: FormingGroup) -> None:
    """A circle that has gone too far takes nobody in."""
    if group.circle is None:
        return
    protocol = codec.protocol_from_json(group.circle.protocol)
    state = engine.tick(protocol, codec.state_from_json(group.circle.state), timezone.now())
    if state.closed or state.phase > engine.first_round(protocol):
        raise NotNowError(_("This circle has gone too far to join. Ask the facilitator when the next one opens."))


@transaction.atomic
def confirm(*, actor: Actor, forming_id: str, key: str) -> None:
    """Open the circles of the draft, with a seat kept for each person in them, and let people know."""
    row = _find(actor, forming_id)
    _receipt, is_new = receipt_for(actor, key, "confirm")
    if not is_new or row.confirmed_at:
        return
    groups = list(row.groups.filter(places__isnull=False).distinct().order_by("number"))
    if not groups:
        raise NotNowError(
            _("There is no circle to confirm yet. Propose circles first, or put people together yourself.")
        )
    row.groups.filter(places__isnull=True).delete()
    row.confirmed_at = timezone.now()
    row.save(update_fields=["confirmed_at"])
    circles = _open_circles(row, groups)
    for circle in circles[:TOLD_AT_ONCE]:
        tell_placed(circle)


def _open_circles(row: Forming, groups: Sequence[FormingGroup]) -> list[Circle]:
    circles = [
        Circle(
            course_key=row.course_key,
            usage_key=row.usage_key,
            language=group.language,
            protocol=row.protocol,
            facilitator_id=row.facilitator_id,
        )
        for group in groups
    ]
    Circle.objects.bulk_create(circles, batch_size=500)
    for group, circle in zip(groups, circles, strict=True):
        group.circle = circle
    FormingGroup.objects.bulk_update(groups, ["circle"], batch_size=500)
    return circles


def tell_placed(circle: Circle) -> int:
    """Let people know of the seats that a circle keeps for them; nobody twice."""
    people = Place.objects.filter(group__circle=circle).values_list("user_id", flat=True)
    wanted = [reminders.Due(user_id=user_id, kind=reminders.Kind.PLACED, phase="") for user_id in people]
    return reminders.tell(circle, wanted, now=timezone.now())


@transaction.atomic
def place_late(*, actor: Actor, forming_id: str, key: str) -> int:
    """Seat those who came since, and those who wait, where a circle has room and suits them; returns how many.

    A constant number of queries, however many people and circles; letting them know costs some for each person told.
    """
    row = _find(actor, forming_id)
    _receipt, is_new = receipt_for(actor, key, "place_late")
    if not is_new:
        return 0
    places, free_now = {place.user_id: place for place in row.places.all()}, _free(row)
    rows = [group for group in row.groups.select_related("circle").order_by("number") if _is_open(group)]
    groups = {group.pk: Group(language=group.language, time=group.time) for group in rows}
    for place in places.values():
        if place.group_id in groups:
            groups[place.group_id].people.append(place.user_id)
    sitting = [pk for group in groups.values() for pk in group.people]
    said = _said(row, [*free_now, *sitting])
    coming = [pk for pk in _to_seat(row, free_now, said) if pk not in places or places[pk].group_id is None]
    known = _known(row, [*sitting, *coming], said, {group.time for group in groups.values()})
    made, changed, free = [], [], list(groups.values())
    for pk in coming:
        index = forming.place(known[pk], free, known, _wanted(row))
        found = places.get(pk)
        place = found or Place(forming=row, user_id=pk, why=forming.Why.FULL)
        if index is not None:
            place.group, place.why = rows[index], ""
        if found is None:
            made.append(place)
        elif index is not None:
            changed.append(place)
    Place.objects.bulk_create(made, batch_size=2000)
    Place.objects.bulk_update(changed, ["group", "why"], batch_size=500)
    seated = [place.group for place in (*made, *changed) if place.group is not None]
    circles = {group.circle_id: group.circle for group in seated if group.circle}
    for circle in list(circles.values())[:TOLD_AT_ONCE]:
        tell_placed(circle)
    return len(seated)


def _is_open(group: FormingGroup) -> bool:
    try:
        _require_open(group)
    except NotNowError:
        return False
    return True


def draft(*, actor: Actor, forming_id: str, language: str, page: int = 1, waiting_page: int = 1) -> DraftView:
    """The draft for its maker: a page of circles with what speaks against each, a page of who waits and why.

    Eleven queries, however many people.
    """
    row = _find(actor, forming_id, lock=False)
    counted = row.places.aggregate(
        people=Count("pk", filter=Q(group__isnull=False)), waiting=Count("pk", filter=Q(group=None))
    )
    shown = Paginator(row.groups.select_related("circle").order_by("number"), PAGE).get_page(page)
    waits = Paginator(row.places.filter(group=None).order_by("pk"), WAITING).get_page(waiting_page)
    groups, waiting = list(shown), list(waits)
    seated = list(row.places.filter(group__in=groups).order_by("pk"))
    ids = [place.user_id for place in (*seated, *waiting)]
    names = host().display_names(user_ids=ids)
    known = _known(row, ids, _said(row, ids), {group.time for group in groups})
    zone = host().time_zones_of(user_ids=[actor.pk]).get(actor.pk, "")
    titles = wishes.affiliations(language)
    joined = set(
        Member.objects.filter(
            circle__in=[group.circle_id for group in groups if group.circle_id], left_at=None
        ).values_list("circle_id", "user_id")
    )

    def person(place: Place, group: FormingGroup | None) -> DraftPerson:
        return DraftPerson(
            user_id=place.user_id,
            name=names.get(place.user_id, ""),
            affiliation=titles.get(known[place.user_id].affiliation, ""),
            languages=", ".join(name_here(code) for code in known[place.user_id].languages),
            why=_why(place.why),
            seated=group is not None and (group.circle_id, place.user_id) in joined,
        )

    views = []
    for group in groups:
        here = [place for place in seated if place.group_id == group.pk]
        made = Group(language=group.language, time=group.time, people=[place.user_id for place in here])
        views.append(
            DraftGroup(
                number=group.number,
                language=name_here(group.language),
                time=wishes.time_in_words(group.time, zone=zone, near=row.begun_at),
                hours=_hours(group.time, row.begun_at),
                people=tuple(person(place, group) for place in here),
                mix=len({known[place.user_id].affiliation for place in here} - {""}),
                problems=tuple(_problem(problem) for problem in forming.problems(made, known, _wanted(row))),
                circle_id=str(group.circle_id or ""),
            )
        )
    return DraftView(
        id=str(row.pk),
        title=protocols.say(row.protocol["title"], language),
        min_size=row.wanted["min_size"],
        max_size=row.wanted["max_size"],
        mix=row.wanted["mix"],
        common_time=row.wanted["common_time"],
        everyone=row.wanted["everyone"],
        confirmed=row.confirmed_at is not None,
        groups=tuple(views),
        count=shown.paginator.count,
        people=counted["people"],
        waiting_count=counted["waiting"],
        waiting=tuple(person(place, None) for place in waiting),
        page=shown.number,
        pages=shown.paginator.num_pages,
        waiting_page=waits.number,
        waiting_pages=waits.paginator.num_pages,
        time_zone=zone,
    )


def _find(actor: Actor, forming_id: str, *, lock: bool = True) -> Forming:
    rows = Forming.objects.select_for_update() if lock else Forming.objects.all()
    row = rows.filter(pk=as_uuid(forming_id), course_key=actor.course_key).first()
    require("form", relations(actor))
    if row is None or row.facilitator_id != actor.user_id:
        raise NotFoundError
    return row


def _wanted(row: Forming, among: Sequence[str] = ()) -> Wanted:
    return Wanted(
        languages=tuple(row.wanted["languages"]),
        times=tuple(among),
        min_size=row.wanted["min_size"],
        max_size=row.wanted["max_size"],
        mix=row.wanted["mix"],
    )


def _free(row: Forming) -> list[int]:
    """The learners of the course run who are in no open circle at the block; facilitators aside. Four queries."""
    taken = Member.objects.filter(circle__usage_key=row.usage_key, circle__closed_at=None, left_at=None)
    places = Place.objects.filter(group__circle__usage_key=row.usage_key, group__circle__closed_at=None)
    aside = set(Facilitator.objects.filter(course_key=row.course_key).values_list("user_id", flat=True))
    aside |= set(taken.values_list("user_id", flat=True))
    aside |= set(places.exclude(forming=row).values_list("user_id", flat=True))
    return [pk for pk in host().learners_of(course_key=row.course_key) if pk not in aside]


def _said(row: Forming, ids: Sequence[int]) -> dict[int, Wish]:
    """What these people said for the forming of circles. One query."""
    wanted = set(ids)
    rows = Wish.objects.filter(course_key=row.course_key)
    if len(wanted) <= A_FEW:
        rows = rows.filter(user_id__in=wanted)
    return {wish.user_id: wish for wish in rows if wish.user_id in wanted}


def _to_seat(row: Forming, ids: Sequence[int], said: Mapping[int, Wish]) -> list[int]:
    return [pk for pk in ids if row.wanted["everyone"] or pk in said]


def _offset(row: Forming, wish: Wish) -> int:
    return hours.offset_of(wish.time_zone, row.begun_at)


def _windows(row: Forming, said: Mapping[int, Wish]) -> tuple[str, ...]:
    """The hours of the week at which circles of these people can meet, whatever their time zones."""
    least = 1 if row.wanted["everyone"] else row.wanted["min_size"]  # who said nothing comes at any time
    counted = Counter((_offset(row, wish), part) for wish in said.values() for part in wish.times)
    here = {(hours.offset_of("", row.begun_at), part): least for part in hours.PARTS}
    return hours.windows(counted, least=least) or hours.windows(here, least=least)


def _known(row: Forming, ids: Sequence[int], said: Mapping[int, Wish], among: Collection[str]) -> dict[int, Candidate]:
    """What is known of these people: what they said, and at which of these windows they can come by that; else the
    language that they read in, and any time."""
    languages = host().languages_of(user_ids=ids) if any(pk not in said for pk in ids) else {}
    found = {}
    for pk in ids:
        if wish := said.get(pk):
            able = hours.fitting(wish.times, _offset(row, wish), among)
            found[pk] = Candidate(
                id=pk,
                languages=tuple(wish.languages),
                times=able or frozenset(wish.times),  # what she said, though none of it is among them
                affiliation=wish.affiliation,
                organisation=wish.organisation.casefold(),
                leads=wish.leads,
            )
        else:
            base = languages.get(pk, "").split("-")[0]
            found[pk] = Candidate(id=pk, languages=(base or row.wanted["languages"][0],))
    return found


def _hours(window: str, near: datetime) -> str:
    begin = hours.begins(window, near)
    return f"{begin.isoformat()}/{(begin + timedelta(minutes=hours.MEETING)).isoformat()}" if begin else ""


def _why(why: str) -> str:
    return (
        {
            forming.Why.LANGUAGE: _("Speaks none of the languages of these circles."),
            forming.Why.TIME: _("Has said no time to come."),
            forming.Why.FEW: _("Too few others share a language and a time."),
            forming.Why.FULL: _("The circles that would suit are full."),
            forming.Why.EMPLOYER: _("Would be without a colleague beside somebody who leads where she or he works."),
        }.get(forming.Why(why), "")
        if why
        else ""
    )


def _problem(problem: forming.Problem) -> str:
    return {
        forming.Problem.SMALL: _("Fewer people than a circle needs."),
        forming.Problem.LARGE: _("More people than a circle takes."),
        forming.Problem.LANGUAGE: _("Somebody here did not say that she or he speaks this language."),
        forming.Problem.TIME: _("Somebody here did not say that she or he can come then."),
        forming.Problem.EMPLOYER: _("Somebody here would be without a colleague beside her or his employer."),
    }[problem]
