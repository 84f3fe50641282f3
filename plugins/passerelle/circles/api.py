"""Circles, public: what blocks, pages and commands may ask and do.

Every function takes the acting person (`passerelle.host.data.Actor`, which is always the real one), asks the permission
table and raises a `PasserelleError` whose text tells her what to do. Every write takes a `key` that the caller makes up
for the request: the same key sent again does nothing and gives the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import ANONYMOUS, Actor, circles_ended, host
from passerelle.host.api import OwnStory as HostStory
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid, checked_key, direction

from . import codec, consents, engine, practicum, protocols, safety, tempo, uploads
from .actions import ACTIONS, Move, open_to_cohort, open_to_cohorts, readable
from .consents import consent_copy, give_consent, withdraw_consent
from .copies import story_copy
from .data import (
    Audience,
    BlockPage,
    CircleCard,
    CircleSettings,
    CircleView,
    ContributionView,
    DeadlineView,
    FloorView,
    Overview,
    OwnStory,
    PersonView,
    Phase,
    PhaseKind,
    PhaseView,
    Problem,
    Protocol,
    Purpose,
    Tempo,
)
from .desk import desk_circles, desk_roles, step_back, take_over
from .drafts import begin_forming, confirm, draft, drafts, move, place_late, propose
from .media import open_story_file
from .messages import messages, my_messages, send_message, take_back_message
from .models import (
    Circle,
    Consent,
    Contribution,
    Event,
    Facilitator,
    Forming,
    Member,
    Message,
    NoReminders,
    Place,
    Receipt,
    Reminder,
    StoryConsent,
    Wish,
)
from .permissions import PERMISSIONS, Relation, allowed, is_facilitator, relations, require, require_in, seated
from .practicum import attended, attended_circles
from .receipts import find_circle as _find
from .receipts import receipt_for as _receipt
from .records import course_report, register, register_csv, transcript, transcript_csv
from .reminders import choose_reminders, reminders_wanted
from .safety import (
    add_note,
    break_glass,
    close_report,
    delete_note,
    escalate,
    help_lines_for,
    hide,
    notes,
    quick_exit_url,
    read_report,
    readings,
    release,
    report,
    reports,
)
from .showcase import showcase, training_archive, training_csv, training_export
from .signals import story_withdrawn
from .uploads import add_part, drop_upload, limits, start_upload
from .wishes import forget_wish, my_wish, say_wish

__all__ = [
    "ACTIONS",
    "PERMISSIONS",
    "Answer",
    "act",
    "add_note",
    "add_part",
    "announce_end",
    "appoint_facilitator",
    "attended",
    "begin_forming",
    "block_of",
    "block_page",
    "break_glass",
    "choose_reminders",
    "circle",
    "circles_at",
    "circles_attended",
    "circles_held_at",
    "close_report",
    "confirm",
    "consent_copy",
    "course_of",
    "course_report",
    "delete_note",
    "desk_circles",
    "desk_roles",
    "dismiss_facilitator",
    "draft",
    "drafts",
    "drop_upload",
    "escalate",
    "etag",
    "facilitated_courses",
    "facilitators",
    "forget_wish",
    "give_consent",
    "help_lines_for",
    "hide",
    "is_facilitator",
    "limits",
    "messages",
    "move",
    "my_circles",
    "my_messages",
    "my_stories",
    "my_wish",
    "notes",
    "open_circle",
    "open_story_file",
    "outline",
    "overview",
    "own_stories",
    "place_late",
    "preview",
    "problems",
    "propose",
    "protocol_names",
    "quick_exit_url",
    "read_report",
    "readings",
    "register",
    "register_csv",
    "release",
    "reminders_wanted",
    "report",
    "reports",
    "retire_user",
    "say_wish",
    "send_message",
    "shared_stories",
    "showcase",
    "start_upload",
    "step_back",
    "story_copy",
    "take_back_message",
    "take_over",
    "training_archive",
    "training_csv",
    "training_export",
    "transcript",
    "transcript_csv",
    "withdraw",
    "withdraw_consent",
]

EVERY = slice(None)
TELLING = ("tell", "reply", "answer")
NEWEST = slice(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an action comes to: the circle as the actor sees it now (None where she no longer does), and whether she
    has done here what completes the block: ended a turn of the last round."""

    circle: CircleView | None
    completed: bool


# --- Authors


def protocol_names(*, language: str) -> dict[str, str]:
    """The protocols to choose from: title in this language by id."""
    return {name: protocols.say(protocols.load(name).title, language) for name in protocols.names()}


def problems(*, settings: CircleSettings) -> list[Problem]:
    """What is wrong with an author's settings, in the active language; empty where all is well."""
    return protocols.problems(settings)


def outline(*, settings: CircleSettings, language: str) -> tuple[PhaseView, ...]:
    """The session as these settings make it, phase by phase. Raises InvalidError for unusable settings."""
    if found := problems(settings=settings):
        raise InvalidError(found[0].message, field=found[0].field)
    protocol = protocols.applied(settings)
    return tuple(_phase_view(protocol, phase, course=language, own=language) for phase in protocol.phases)


def circles_held_at(*, usage_key: UsageKey) -> int:
    """How many circles were opened at the block. Deleting it destroys none of them."""
    return Circle.objects.filter(usage_key=usage_key).count()


# --- Facilitators


def appoint_facilitator(*, actor: Actor, course_key: CourseKey, name: str) -> int:
    """Let the person with this username or e-mail address hold circles in the course run; returns her user id."""
    require_in("appoint", actor, course_key)
    user_id = host().find_user(name=name.strip())
    if user_id is None:
        raise InvalidError(_("Nobody here has this username or e-mail address. Check the spelling."), field="name")
    Facilitator.objects.get_or_create(
        course_key=course_key, user_id=user_id, defaults={"appointed_by_id": actor.user_id}
    )
    return user_id


def dismiss_facilitator(*, actor: Actor, course_key: CourseKey, user_id: int) -> None:
    """Take the role back. Circles under way wait until another facilitator takes them over."""
    require_in("dismiss", actor, course_key)
    Facilitator.objects.filter(course_key=course_key, user_id=user_id).delete()


def facilitated_courses(user_id: int) -> frozenset[CourseKey]:
    """The course runs in which the person is a facilitator, for apps that ask the host. One query."""
    return frozenset(Facilitator.objects.filter(user_id=user_id).values_list("course_key", flat=True))


def facilitators(*, actor: Actor, course_key: CourseKey) -> dict[int, str]:
    """Display names of the course run's facilitators by user id."""
    require_in("facilitators", actor, course_key)
    ids = Facilitator.objects.filter(course_key=course_key).order_by("appointed_at").values_list("user_id", flat=True)
    names = host().display_names(user_ids=list(ids))
    return {user_id: names.get(user_id, "") for user_id in ids}


def overview(*, actor: Actor, course_key: CourseKey) -> Overview:
    """How many people hold circles in the course run, and how its circles stand. Two queries, and the permission's."""
    require_in("overview", actor, course_key)
    started, closed = Q(started_at=None), Q(closed_at=None)
    counted = Circle.objects.filter(course_key=course_key).aggregate(
        gathering=Count("pk", filter=started & closed),
        under_way=Count("pk", filter=~started & closed),
        ended=Count("pk", filter=~closed),
    )
    return Overview(facilitators=Facilitator.objects.filter(course_key=course_key).count(), **counted)


# --- Circles


@transaction.atomic
def open_circle(*, actor: Actor, usage_key: UsageKey, settings: CircleSettings, language: str, key: str) -> CircleView:
    """Open a circle at the block for people to join; the actor becomes its facilitator."""
    require_in("open", actor, usage_key.course_key)
    if found := problems(settings=settings):
        raise InvalidError(found[0].message, field=found[0].field)
    if language not in settings.languages:
        raise InvalidError(_("Choose one of the languages of this block."), field="language")
    receipt, is_new = _receipt(actor, key, "open")
    if is_new:
        opened = Circle.objects.create(
            course_key=usage_key.course_key,
            usage_key=usage_key,
            language=language,
            protocol=codec.protocol_to_json(protocols.applied(settings)),
            facilitator_id=actor.user_id,
        )
        receipt.circle = opened
        receipt.save(update_fields=["circle"])
    return circle(actor=actor, circle_id=str(receipt.circle_id), language=actor.language)


def circle(*, actor: Actor, circle_id: str, language: str) -> CircleView:
    """The circle as the actor may see it now; her own language is `language`. Writes nothing."""
    found, member = _find(actor, circle_id)
    held = relations(actor, found, member)
    require("see", held)
    return _view(found, list(found.members.all()), held, actor, language)


def etag(*, actor: Actor, circle_id: str, language: str) -> str:
    """A token that changes when what the actor would see changes. One query."""
    mine = Member.objects.filter(circle=OuterRef("pk"), user_id=actor.pk, left_at=None)
    holds = Facilitator.objects.filter(course_key=OuterRef("course_key"), user_id=actor.pk)
    rows = Circle.objects.filter(pk=as_uuid(circle_id)).annotate(sits=Exists(mine), may_hold=Exists(holds))
    found = rows.first()
    if found is None or actor.course_key not in (None, found.course_key):
        raise NotFoundError
    held = {Relation.MEMBER: found.sits, Relation.FACILITATOR: found.may_hold and found.facilitator_id == actor.user_id}
    if actor.user_id is None or actor.masquerading:
        held = {}
    require("see", frozenset(relation for relation, holds in held.items() if holds))
    return _etag(found, _state_now(found, timezone.now()), actor, language)


@transaction.atomic
def act(
    *,
    actor: Actor,
    circle_id: str,
    action: str,
    key: str,
    payload: Mapping[str, Any],
    language: str = "",
    usage_key: UsageKey | None = None,
) -> Answer:
    """Do one of `ACTIONS` in the circle. Raises InvalidError for an unknown one, NotFoundError for a circle that is not
    at `usage_key` (where given), NotAllowedError or NotNowError where the table or the circle says no."""
    if action not in ACTIONS:
        raise InvalidError
    found, member = _find(actor, circle_id, usage_key=usage_key, lock=True)
    in_course = relations(actor, holder=found.facilitator_id or 0)
    held = seated(in_course, actor, found, member)
    require(action, held)
    if action in TELLING and member is not None:  # what was told is its own receipt
        is_new = not member.contributions.filter(key=checked_key(key)).exists()
    else:
        _receipt_for_action, is_new = _receipt(actor, key, action, found)
    if is_new:
        _carry_out(actor, found, member, action, facilitating=Relation.FACILITATOR in held, payload=payload, key=key)
    members = list(found.members.all()) if action in TELLING else _members(found)  # who told came and went nowhere
    member = _mine(members, actor)
    held = seated(in_course, actor, found, member)
    seen = _view(found, members, held, actor, language or actor.language) if allowed("see", held) else None
    return Answer(circle=seen, completed=_has_completed(found, member))


def _carry_out(
    actor: Actor,
    found: Circle,
    member: Member | None,
    action: str,
    *,
    facilitating: bool,
    payload: Mapping[str, Any],
    key: str,
) -> None:
    now = timezone.now()
    protocol = codec.protocol_from_json(found.protocol)
    stored = codec.state_from_json(found.state)
    if stored.closed:
        raise NotNowError(_("This circle has ended. Your stories are on your page."))
    state = tempo.pass_time(found, protocol, stored, now)
    move = Move(
        actor=actor,
        circle=found,
        protocol=protocol,
        state=state,
        now=now,
        member=member,
        facilitating=facilitating,
        payload=payload,
        key=key,
    )
    if state.closed:
        raise NotNowError(_("This circle has ended. Your stories are on your page."))
    try:
        state = ACTIONS[action](move)
    except engine.OutOfTurnError as error:
        raise NotNowError(_("It is not your turn. You can do this when it is.")) from error
    if action not in TELLING:  # what was told is the register's row, too
        move.register.extend(tempo.entries(found, protocol, (move.state, state), now=now))
    Event.objects.bulk_create(move.register)
    tempo.keep(found, state, now)


def _has_completed(found: Circle, member: Member | None) -> bool:
    """Whether the member has ended a turn of the last round: then she has played the circle's heart."""
    if member is None:
        return False
    protocol = codec.protocol_from_json(found.protocol)
    heart = practicum.last_round(protocol)
    if codec.state_from_json(found.state).phase < heart:
        return False
    return (found.pk, member.seat, protocol.phases[heart].id) in practicum.turns_had([found.pk])


@transaction.atomic
def withdraw(*, actor: Actor, contribution_id: str, key: str) -> None:
    """Take one's own words back, in an open circle or a closed one: they are erased, and so are the replies to them."""
    require("withdraw", relations(actor))
    own = Contribution.objects.select_related("circle").filter(pk=as_uuid(contribution_id), member__user_id=actor.pk)
    contribution = own.first()
    if contribution is None:
        raise NotFoundError(_("This is not one of your stories."))
    locked = Circle.objects.select_for_update().get(pk=contribution.circle_id)
    _receipt_for_withdrawal, is_new = _receipt(actor, key, "withdraw", locked)
    if is_new and contribution.withdrawn_at is None:
        _take_back(contribution, locked)


def _take_back(contribution: Contribution, locked: Circle) -> None:
    _erase(Contribution.objects.filter(Q(pk=contribution.pk) | Q(reply_to=contribution.pk)))
    locked.version += 1
    locked.save(update_fields=["version"])
    transaction.on_commit(
        lambda: story_withdrawn.send(sender=Circle, contribution_id=str(contribution.pk)), robust=True
    )


def _erase(contributions: Any) -> None:
    now = timezone.now()
    for contribution in contributions.filter(withdrawn_at=None):
        contribution.text = contribution.link = ""
        contribution.slot = f"withdrawn:{contribution.pk.hex}"
        contribution.withdrawn_at = now
        contribution.save(update_fields=["text", "link", "slot", "withdrawn_at"])
        contribution.files.all().delete()
        contribution.grants.filter(withdrawn_at=None).update(withdrawn_at=now, pseudonym="")


# --- Lists


def circles_attended(user_id: int) -> tuple[tuple[CourseKey, UsageKey], ...]:
    """Course run and block of every circle that the person attended to its end, for apps that ask the host."""
    circles = attended_circles(user_id=user_id, among=Circle.objects.all())
    return tuple((circle.course_key, circle.usage_key) for circle in circles)


def announce_end(circle_id: str) -> None:
    """Tell the suite who was in the circle when it ended."""
    here = Member.objects.filter(circle_id=circle_id, left_at=None).values_list("user_id", flat=True)
    held = Circle.objects.filter(pk=circle_id).values_list("facilitator_id", flat=True)
    circles_ended.send_robust(sender=Circle, user_ids=sorted({pk for pk in [*here, *held] if pk}))


def circles_at(*, actor: Actor, usage_key: UsageKey, language: str, rows: slice = EVERY) -> list[CircleCard]:
    """The circles at the block that the actor may join, holds or is in; her own first, then the newest.

    A course facilitator sees all of them, closed ones too.
    """
    held = relations(actor)
    require("list", held)
    return _cards(_at(usage_key, actor, held), actor, language, rows)


def _at(usage_key: UsageKey, actor: Actor, held: frozenset[Relation]) -> Any:
    wanted = Circle.objects.filter(usage_key=usage_key)
    if Relation.COURSE_FACILITATOR not in held:
        kept = Q(formed=None) | Q(formed__places__user_id=actor.pk)
        wanted = wanted.filter((Q(closed_at=None) & kept) | Q(members__user_id=actor.pk)).distinct()
    return wanted


def block_page(*, actor: Actor, usage_key: UsageKey, language: str) -> BlockPage:
    """All that the actor sees at a block at once: its circles, the one that she is in or holds, what is shared with her
    cohort. Six queries, and the host's for her cohort where something is shared there."""
    held = relations(actor)
    require("list", held)
    rows = _card_rows(_at(usage_key, actor, held), actor)
    current = next((row for row in rows if _concerns(row, actor, held)), None)
    members = _members(current) if current else []
    at_hand = allowed("shared", held) and open_to_cohorts().filter(circle__usage_key=usage_key).exists()
    return BlockPage(
        cards=tuple(_cards_of(rows, actor, language)),
        circle=_view(current, members, seated(held, actor, current, _mine(members, actor)), actor, language)
        if current
        else None,
        shared=tuple(_shared(actor, usage_key, NEWEST)) if at_hand else (),
        can_open=Relation.COURSE_FACILITATOR in held,
    )


def _concerns(row: Any, actor: Actor, held: frozenset[Relation]) -> bool:
    holds = row.facilitator_id == actor.user_id and Relation.COURSE_FACILITATOR in held
    return row.closed_at is None and (bool(row.mine) or holds)


def my_circles(*, actor: Actor, language: str, rows: slice = EVERY) -> list[CircleCard]:
    """The circles that the actor is or was in, or holds, in every course run; hers first, then the newest."""
    require("own", relations(actor))
    mine = Q(members__user_id=actor.pk) | Q(facilitator_id=actor.user_id)
    wanted = Circle.objects.filter(mine).distinct()
    if actor.course_key is not None:
        wanted = wanted.filter(course_key=actor.course_key)
    return _cards(wanted, actor, language, rows)


def my_stories(*, actor: Actor, language: str, rows: slice = EVERY) -> list[OwnStory]:
    """What the actor told, answered and replied in all her circles, the newest first; withdrawn, without its words."""
    require("own", relations(actor))
    told = Contribution.objects.select_related("circle").prefetch_related("grants", "files")
    told = told.filter(member__user_id=actor.pk)
    if actor.course_key is not None:
        told = told.filter(circle__course_key=actor.course_key)
    found = list(told.order_by("-told_at", "pk")[rows])
    names = host().course_names(course_keys={row.circle.course_key for row in found})
    return [
        OwnStory(
            id=str(row.pk),
            circle_id=str(row.circle_id),
            course_name=names[row.circle.course_key],
            phase=_title_of(row.circle.protocol, row.phase, language),
            text=row.text,
            audience=Audience(row.audience),
            told_at=row.told_at.isoformat(),
            withdrawn=row.withdrawn_at is not None,
            hidden=row.hidden_at is not None,
            consents=consents.views(_standing(row), language=language),
            offers=_offers(row, language),
            files=uploads.views(row),
            link=row.link,
        )
        for row in found
    ]


def _standing(story: Contribution) -> list[StoryConsent]:
    return [grant for grant in story.grants.all() if grant.withdrawn_at is None and story.withdrawn_at is None]


def _offers(story: Contribution, language: str) -> tuple[tuple[Purpose, str], ...]:
    """What the teller may agree to beyond the readers that she chose when telling."""
    is_told = story.reply_to_id is None and story.question is None  # no answers in the showcase or in trainings
    if not is_told or story.withdrawn_at is not None or story.audience not in (Audience.CIRCLE, Audience.COHORT):
        return ()
    has_files = bool(story.files.all())  # then she is asked anew where the words were of writing alone
    given = {grant.purpose for grant in _standing(story) if consents.covers_files(grant) or not has_files}
    wanted = [purpose for purpose in consents.ASKED_ALONE if purpose not in given]
    return tuple((purpose, consents.words(purpose, language=language)) for purpose in wanted)


def own_stories(user_id: int) -> tuple[HostStory, ...]:
    """The person's stories that are not withdrawn, the newest first, for apps that ask the host. One query."""
    told = Contribution.objects.select_related("circle").filter(
        member__user_id=user_id, reply_to=None, question=None, withdrawn_at=None
    )
    language = get_language() or "en"
    return tuple(
        HostStory(reference=str(row.pk), title=_title_of(row.circle.protocol, row.phase, language), text=row.text)
        for row in told.exclude(text="").order_by("-told_at")
    )


def _title_of(protocol: Mapping[str, Any], phase_id: str, language: str) -> str:
    titles = (phase["title"] for phase in protocol["phases"] if phase["id"] == phase_id)
    return protocols.say(next(titles, {}), language)


def shared_stories(*, actor: Actor, usage_key: UsageKey, rows: slice = NEWEST) -> list[ContributionView]:
    """Stories told at the block that their tellers opened to the cohort, which is the actor's too; the newest first."""
    require("shared", relations(actor))
    return _shared(actor, usage_key, rows)


def _shared(actor: Actor, usage_key: UsageKey, rows: slice) -> list[ContributionView]:
    cohort = host().cohort_of(user_id=actor.pk, course_key=usage_key.course_key)
    found = (
        open_to_cohort(cohort).filter(circle__usage_key=usage_key).select_related("member").prefetch_related("files")
    )
    return [_contribution_view(row, actor) for row in found.order_by("-told_at", "pk")[rows]]


def _cards(wanted: Any, actor: Actor, language: str, window: slice = EVERY) -> list[CircleCard]:
    return _cards_of(_card_rows(wanted, actor, window), actor, language)


def _card_rows(wanted: Any, actor: Actor, window: slice = EVERY) -> list[Any]:
    return list(
        # Anew: counted along with the condition, a person's own seat would be the only one.
        Circle.objects.filter(pk__in=wanted.values("pk"))
        .annotate(
            here=Count("members", filter=Q(members__left_at=None), distinct=True),
            mine=Count("members", filter=Q(members__user_id=actor.pk, members__left_at=None), distinct=True),
        )
        .order_by("-mine", "-opened_at", "pk")[window]
    )


def _cards_of(rows: list[Any], actor: Actor, language: str) -> list[CircleCard]:
    names = host().display_names(user_ids=[row.facilitator_id for row in rows if row.facilitator_id])
    courses = host().course_names(course_keys={row.course_key for row in rows})
    hers = {row.pk for row in rows if row.facilitator_id is not None and row.facilitator_id == actor.user_id}
    held_in = facilitated_courses(actor.pk) if hers else frozenset()  # who was dismissed holds none
    return [
        CircleCard(
            id=str(row.pk),
            title=protocols.say(row.protocol["title"], language),
            course_name=courses[row.course_key],
            usage_key=str(row.usage_key),
            url=host().block_url(usage_key=row.usage_key),
            facilitator=names.get(row.facilitator_id or 0, ""),
            people=row.here,
            max_size=row.protocol["group"]["max"],
            phase=protocols.say(row.protocol["phases"][row.state.get("phase", 0)]["title"], language),
            started=row.started_at is not None,
            closed=row.closed_at is not None,
            mine=bool(row.mine),
            facilitated=row.pk in hers and row.course_key in held_in,
            rules=tuple(row.protocol["rules"].get(language) or row.protocol["rules"].get(row.language) or ()),
            affiliations=_affiliations(row.protocol.get("affiliations") or {}, language),
        )
        for row in rows
    ]


# --- Retirement


@transaction.atomic
def retire_user(*, user_id: int) -> None:
    """Erase what is this person's: her words and the replies to them, her names, role, requests. May run twice."""
    now = timezone.now()
    safety.forget(user_id=user_id)
    for member in Member.objects.filter(user_id=user_id).select_related("circle"):
        locked = Circle.objects.select_for_update().get(pk=member.circle_id)
        protocol = codec.protocol_from_json(locked.protocol)
        state = tempo.pass_time(locked, protocol, codec.state_from_json(locked.state), now)
        after = engine.seat_leaves(protocol, state, member.seat, now)
        Event.objects.bulk_create([*_turns_told(member), *tempo.entries(locked, protocol, (state, after), now=now)])
        tempo.keep(locked, after, now)
        Contribution.objects.filter(Q(member=member) | Q(reply_to__member=member)).delete()
        member.files.all().delete()
        Consent.objects.filter(member=member).delete()
        Member.objects.filter(pk=member.pk).update(user=None, name="", affiliation="", left_at=member.left_at or now)
    Circle.objects.filter(facilitator_id=user_id).update(facilitator=None)
    Forming.objects.filter(facilitator_id=user_id).update(facilitator=None)
    for model in (Wish, Place, Reminder, NoReminders):
        model._default_manager.filter(user_id=user_id).delete()
    Message.objects.filter(author_id=user_id).delete()
    Facilitator.objects.filter(user_id=user_id).delete()
    Facilitator.objects.filter(appointed_by_id=user_id).update(appointed_by=None)
    Receipt.objects.filter(user_id=user_id).delete()


def _turns_told(member: Member) -> list[Event]:
    """What the register says of turns that the member's stories ended, as rows that stay when these go."""
    told = member.contributions.filter(ended_turn=True)
    return [
        Event(circle_id=row.circle_id, seat=seat, phase=row.phase, what=what, at=row.told_at)
        for row in told.order_by("told_at")
        for seat, what in ((member.seat, "done"), (row.floor_to, "floor"))
        if seat is not None
    ]


# --- How a circle is found and seen


def course_of(*, circle_id: str = "", contribution_id: str = "", report_id: str = "", file_id: str = "") -> CourseKey:
    """The course run that the circle, contribution, report or file belongs to, for callers that build an Actor.

    Raises NotFoundError.
    """
    named = {"pk": circle_id, "contributions": contribution_id, "reports": report_id, "members__files": file_id}
    wanted = {name: as_uuid(value) for name, value in named.items() if value}
    key = Circle.objects.filter(**wanted).values_list("course_key", flat=True).first()
    if key is None:
        raise NotFoundError
    return key


def block_of(*, circle_id: str) -> UsageKey:
    """The block at which the circle was opened. Raises NotFoundError."""
    key = Circle.objects.filter(pk=as_uuid(circle_id)).values_list("usage_key", flat=True).first()
    if key is None:
        raise NotFoundError
    return key


def _state_now(found: Circle, now: datetime) -> engine.State:
    return engine.tick(codec.protocol_from_json(found.protocol), codec.state_from_json(found.state), now)


def _etag(found: Circle, state: engine.State, actor: Actor, language: str) -> str:
    seen = (found.pk, found.version, state.phase, state.holder, state.ends_at, actor.user_id, language)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def _members(found: Circle) -> list[Member]:
    return list(found.members.order_by("seat"))


def _mine(members: list[Member], actor: Actor) -> Member | None:
    return next((member for member in members if actor.user_id is not None and member.user_id == actor.user_id), None)


def _view(found: Circle, members: list[Member], held: frozenset[Relation], actor: Actor, language: str) -> CircleView:
    """`members` are all who ever had a seat."""
    member = _mine(members, actor)
    now = timezone.now()
    protocol = codec.protocol_from_json(found.protocol)
    state = engine.tick(protocol, codec.state_from_json(found.state), now)
    seat = member.seat if member else None
    facilitating = Relation.FACILITATOR in held
    phase = engine.running_phase(protocol, state)
    told = readable(found, seat=seat, facilitating=facilitating).select_related("member").prefetch_related("files")
    contributions = tuple(_contribution_view(row, actor) for row in told.order_by("told_at", "pk"))
    said = any(told.mine for told in contributions)
    renames = seat is not None and engine.may_rename(protocol, state, seat, said=said)
    rules = protocol.rules.get(language) or protocol.rules.get(found.language) or next(iter(protocol.rules.values()))
    return CircleView(
        id=str(found.pk),
        etag=_etag(found, state, actor, language),
        title=protocols.say(protocol.title, language),
        language=found.language,
        direction=direction(found.language),
        facilitating=facilitating,
        started=found.started_at is not None,
        closed=state.closed,
        min_size=protocol.min_size,
        max_size=protocol.max_size,
        rules=rules,
        phase=_phase_view(protocol, phase, course=found.language, own=language),
        people=_people(members, state, seat),
        floor=_floor(state, seat),
        contributions=contributions,
        can=_can(protocol, state, held, seat, renames=renames),
        now=int(now.timestamp() * 1000),
        affiliations=_affiliations(protocol.affiliations, language) if member else (),
        affiliation=member.affiliation if member else "",
        tempo=protocol.tempo,
        deadline=_deadline(protocol, state, actor),
        media=protocol.media,
        hearable=() if seat is None else engine.hearable(protocol, state, seat),
        heard=tuple(teller for listener, teller in state.heard if listener == seat),
        heard_by=tuple(listener for listener, teller in state.heard if teller == seat),
    )


def _affiliations(known: Mapping[str, Any], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, protocols.say(title, language)) for name, title in known.items())


def _phase_view(protocol: Protocol, phase: Phase, *, course: str, own: str) -> PhaseView:
    prompt, own_prompt = protocols.say(phase.prompt, course), protocols.say(phase.prompt, own)
    return PhaseView(
        id=phase.id,
        kind=phase.kind,
        index=protocol.phases.index(phase),
        count=len(protocol.phases),
        title=protocols.say(phase.title, own),
        prompt=prompt,
        own_prompt=own_prompt if own_prompt != prompt else "",
        seconds=phase.seconds,
        questions=tuple(protocols.say(question, course) for question in phase.questions),
        own_questions=tuple(protocols.say(question, own) for question in phase.questions),
        of=phase.of,
        session=phase.session,
        sessions=protocol.phases[-1].session,
        days=phase.days,
    )


def _people(members: list[Member], state: engine.State, seat: int | None) -> tuple[PersonView, ...]:
    return tuple(
        PersonView(
            seat=member.seat,
            name=member.name,
            me=member.seat == seat,
            holds_floor=member.seat == state.holder,
            outcome=state.outcome_of(member.seat),
            here=state.is_here(member.seat),
            hand=state.hands.index(member.seat) + 1 if member.seat in state.hands else 0,
        )
        for member in sorted(members, key=lambda member: member.seat)
        if member.left_at is None
    )


def _floor(state: engine.State, seat: int | None) -> FloorView | None:
    if state.holder is None:
        return None
    return FloorView(
        seat=state.holder,
        mine=state.holder == seat,
        ends_at=int(state.ends_at.timestamp() * 1000) if state.ends_at else None,
        left=state.left,
        lengthened=state.lengthened,
    )


def _deadline(protocol: Protocol, state: engine.State, actor: Actor) -> DeadlineView | None:
    if protocol.tempo is Tempo.LIVE or not engine.has_clock(state):
        return None
    return DeadlineView(
        ends_at=int(state.ends_at.timestamp() * 1000) if state.ends_at else None,
        left=state.left,
        time_zone=host().time_zones_of(user_ids=[actor.pk]).get(actor.pk, ""),
    )


def _contribution_view(row: Contribution, actor: Actor) -> ContributionView:
    return ContributionView(
        id=str(row.pk),
        seat=row.member.seat,
        phase=row.phase,
        text=row.text,
        audience=Audience(row.audience),
        mine=row.member.user_id == actor.user_id,
        reply_to=str(row.reply_to_id) if row.reply_to_id else None,
        question=row.question,
        hidden=row.hidden_at is not None,
        files=uploads.views(row),
        link=row.link,
    )


def _can(
    protocol: Protocol, state: engine.State, held: frozenset[Relation], seat: int | None, *, renames: bool
) -> tuple[str, ...]:
    """The actions that the table and the circle's state leave open to this person, in the order of `ACTIONS`."""
    if state.closed:
        return ()
    kind = engine.running_phase(protocol, state).kind
    live = protocol.tempo is Tempo.LIVE
    on_turn = seat is not None and engine.on_turn(protocol, state, seat)
    holds_or_guides = (live and on_turn) or Relation.FACILITATOR in held
    has_hand_up = seat in state.hands
    open_now = {
        "affiliate": bool(protocol.affiliations),
        "rename": renames,
        "raise_hand": live and seat is not None and not has_hand_up and state.holder != seat,
        "lower_hand": has_hand_up or (Relation.FACILITATOR in held and bool(state.hands)),
        "say_heard": seat is not None and bool(engine.hearable(protocol, state, seat)),
        "leave": True,
        "arrive": state.present is not None and seat is not None and not state.is_here(seat),
        "start": kind is PhaseKind.GATHERING,
        "next": kind is not PhaseKind.GATHERING,
        "skip": state.holder is not None,
        "close": True,
        "extend": holds_or_guides and engine.has_clock(state) and state.lengthened < engine.LENGTHEN_TIMES,
        "pause": holds_or_guides and state.ends_at is not None,
        "resume": holds_or_guides and state.left is not None,
        "done": on_turn,
        "pass": on_turn and kind is PhaseKind.ROUND,
        "tell": seat is not None and engine.may_tell(protocol, state, seat),
        "reply": kind is PhaseKind.REPLIES,
        "answer": kind is PhaseKind.QUESTIONS,
    }
    return tuple(name for name in ACTIONS if open_now.get(name, False) and allowed(name, held))


def preview(*, settings: CircleSettings, language: str, facilitating: bool) -> CircleView:
    """A circle with made-up people in its first round, for an author to look at; stores nothing.

    Raises InvalidError for unusable settings.
    """
    if found := problems(settings=settings):
        raise InvalidError(found[0].message, field=found[0].field)
    protocol = protocols.applied(settings)
    now = timezone.now()
    names = ("Amal", "Elif", "Mariana", "Oksana", "Ifeoma", "Claire")
    count = max(min(protocol.max_size, len(names)), 2)
    state = engine.enter_phase(protocol, engine.State(), 1, range(1, count + 1), now)
    seat = None if facilitating else 1
    held = frozenset({Relation.FACILITATOR if facilitating else Relation.MEMBER})
    phase = engine.running_phase(protocol, state)
    rules = protocol.rules.get(language) or next(iter(protocol.rules.values()))
    return CircleView(
        id="preview",
        etag="",
        title=protocols.say(protocol.title, language),
        language=language,
        direction=direction(language),
        facilitating=facilitating,
        started=True,
        closed=False,
        min_size=protocol.min_size,
        max_size=protocol.max_size,
        rules=rules,
        phase=_phase_view(protocol, phase, course=settings.languages[0], own=language),
        people=tuple(
            PersonView(
                seat=number,
                name=name,
                me=number == seat,
                holds_floor=number == state.holder,
                outcome=state.outcome_of(number),
            )
            for number, name in enumerate(names[:count], start=1)
        ),
        floor=_floor(state, seat),
        contributions=(),
        can=_can(protocol, state, held, seat, renames=False),
        tempo=protocol.tempo,
        deadline=_deadline(protocol, state, ANONYMOUS),
        now=int(now.timestamp() * 1000),
        media=protocol.media,
    )
