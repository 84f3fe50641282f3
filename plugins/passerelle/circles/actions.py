"""What people do in a circle. Each action gets a `Move`, changes rows and returns the engine's next state.

Private to this app. `api.act` opens the transaction, locks the circle, asks the permission table, keeps the receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid

from . import consents, engine, uploads
from .data import Audience, Outcome, Phase, PhaseKind, Protocol, Tempo
from .models import Circle, Consent, Contribution, Event, Member, Place
from .receipts import NOT_HIDDEN
from .texts import NAME_LENGTH, clean, entered

STORY_LENGTH = 20_000
REPLY_LENGTH = 280
ANSWER_LENGTH = 2_000
CONSENT_VERSION = 1
FEWEST_AGAIN = 2
"""With so many people a later session goes on: who stays away keeps the others from nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One action by one person, with the circle locked. `member` is the actor's seat, None where she has none;
    `facilitating` is whether she holds the circle now, which somebody dismissed does not."""

    actor: Actor
    circle: Circle
    protocol: Protocol
    state: engine.State
    now: datetime
    member: Member | None
    facilitating: bool
    payload: Mapping[str, Any]
    key: str
    register: list[Event] = field(default_factory=list)
    """What `note` enters; written at once when the action is done."""

    @property
    def phase(self) -> Phase:
        return engine.running_phase(self.protocol, self.state)

    @property
    def me(self) -> Member:
        """The actor's seat; the permission table has made sure that she has one."""
        if self.member is None:
            raise NotFoundError
        return self.member

    def seats(self) -> list[int]:
        """The seats of those who have not left, in the order in which they speak."""
        return engine.mixed(dict(self.circle.members.filter(left_at=None).values_list("seat", "affiliation")))

    def affiliation(self) -> str:
        """The payload's affiliation, "" for none. Raises InvalidError for one that the protocol does not know."""
        raw = self.payload.get("affiliation") or ""
        if raw and (not isinstance(raw, str) or raw not in self.protocol.affiliations):
            raise InvalidError(_("Choose one of the list, or leave it open."), field="affiliation")
        return str(raw)

    def text(self, name: str, longest: int, *, required: bool = True) -> str:
        """A text of the payload, without control characters. Raises InvalidError."""
        text = entered(self.payload.get(name), longest, field=name)
        if required and not text:
            raise InvalidError(_("Write something first, or choose to pass."), field=name)
        return text

    def audience(self) -> Audience:
        """Who may read; the circle unless the payload says otherwise. Raises InvalidError."""
        raw = self.payload.get("audience", Audience.CIRCLE)
        if raw not in list(Audience):
            raise InvalidError(_("Choose who may read this."), field="audience")
        return Audience(raw)


def note(move: Move, what: str, seat: int | None = None) -> None:
    """Enter into the register."""
    move.register.append(Event(circle=move.circle, seat=seat, phase=move.phase.id, what=what, at=move.now))


def join(move: Move) -> engine.State:
    """Take a seat: before the start, or late while the first round lasts. Needs `agreed`, takes `name`."""
    if move.payload.get("agreed") is not True:
        raise InvalidError(_("Read the ground rules and agree to them first."), field="agreed")
    if move.state.closed or move.state.phase > engine.first_round(move.protocol):
        raise NotNowError(_("This circle has gone too far to join. Ask the facilitator when the next one opens."))
    seats_kept = Place.objects.filter(group__circle=move.circle).values_list("user_id", flat=True)
    if seats_kept and move.actor.user_id not in seats_kept:
        raise NotNowError(_("The seats in this circle are kept for others. Ask the facilitator for a seat."))
    here = move.seats()
    if move.member is None and len(here) >= move.protocol.max_size:
        raise NotNowError(_("This circle is full. Ask the facilitator when the next one opens."))
    if move.member is not None and move.member.left_at is None:
        return move.state  # seated already: another tab, or the button pressed twice
    member = move.member or _new_member(move)
    if member.left_at is not None:
        member.left_at = None
        member.save(update_fields=["left_at"])
    _consent(member, move)
    note(move, "joined", member.seat)
    return engine.seat_joins(move.protocol, move.state, member.seat, move.now)


def _new_member(move: Move) -> Member:
    taken = move.circle.members.count()
    user_id = move.actor.pk
    name = _name(move) or host().display_names(user_ids=[user_id]).get(user_id, "")[:NAME_LENGTH]
    return Member.objects.create(
        circle=move.circle, user_id=user_id, seat=taken + 1, name=name, affiliation=move.affiliation()
    )


def _name(move: Move) -> str:
    """The name that the payload chooses, "" for none. Raises InvalidError."""
    name = " ".join(clean(str(move.payload.get("name") or "")).split())
    if len(name) > NAME_LENGTH:
        raise InvalidError(_("A name here has at most %d characters. Shorten it.") % NAME_LENGTH, field="name")
    others = move.circle.members.filter(left_at=None).exclude(user_id=move.actor.pk).values_list("name", flat=True)
    if name and name.casefold() in {other.casefold() for other in others}:
        raise InvalidError(_("Somebody here goes by this name already. Choose another one."), field="name")
    return name


def rename(move: Move) -> engine.State:
    """Go by another name, until one has had a turn or said something: afterwards others know her by it.

    Everything that a seat did stands by its number, so the name is the same everywhere.
    """
    seat = move.me.seat
    had_floor = (
        move.circle.events.filter(seat=seat, what="floor").exists()
        or move.circle.contributions.filter(floor_to=seat).exists()
    )
    said = had_floor or move.me.contributions.exists()
    if not engine.may_rename(move.protocol, move.state, seat, said=said):
        raise NotNowError(_("The others know you by this name now. It stays yours in this circle."))
    name = _name(move)
    if not name:
        raise InvalidError(_("Write the name that the others shall see."), field="name")
    move.me.name = name
    move.me.save(update_fields=["name"])
    return move.state


def raise_hand(move: Move) -> engine.State:
    """Show that one wishes to say something, where people meet at the same time."""
    if move.protocol.tempo is not Tempo.LIVE or move.me.seat == move.state.holder:
        raise NotNowError
    note(move, "raised hand", move.me.seat)
    return engine.raise_hand(move.state, move.me.seat)


def lower_hand(move: Move) -> engine.State:
    """Take one's hand down; the facilitator takes somebody's down with `seat`, once she was heard."""
    return engine.lower_hand(move.state, _seat_meant(move))


def say_heard(move: Move) -> engine.State:
    """Let the person with `seat` know that she was heard. Nobody else sees it, and it is gone with the round."""
    seat, other = move.me.seat, move.payload.get("seat")
    if type(other) is not int:
        raise InvalidError(field="seat")
    if (seat, other) in move.state.heard:
        return move.state
    return engine.hear(move.protocol, move.state, seat, other)


def _seat_meant(move: Move) -> int:
    """The facilitator's `seat`, or one's own."""
    raw = move.payload.get("seat")
    if move.facilitating and type(raw) is int:
        return raw
    if move.facilitating and move.member is None:
        raise InvalidError(field="seat")
    return move.me.seat


def affiliate(move: Move) -> engine.State:
    """Say, say anew, or erase which affiliation is one's own. It is for the order of turns alone."""
    move.me.affiliation = move.affiliation()
    move.me.save(update_fields=["affiliation"])
    return move.state


def arrive(move: Move) -> engine.State:
    """Come to a later session; the facilitator marks somebody with `seat`."""
    if move.state.present is None:
        raise NotNowError
    seat = _seat_meant(move)
    if seat not in move.seats():
        raise NotFoundError
    note(move, "arrived", seat)
    return engine.arrive(move.protocol, move.state, seat, move.now)


def _consent(member: Member, move: Move) -> Consent:
    """The member's consent to take part, recorded now where she had not given it before."""
    return member.consents.filter(purpose="take_part").first() or Consent.objects.create(
        member=member,
        purpose="take_part",
        audience=Audience.CIRCLE,
        text_version=CONSENT_VERSION,
        language=move.actor.language[:16],
    )


def leave(move: Move) -> engine.State:
    """Give the seat up. What was told stays until it is withdrawn."""
    move.me.left_at = move.now
    move.me.save(update_fields=["left_at"])
    note(move, "left", move.me.seat)
    return engine.seat_leaves(move.protocol, move.state, move.me.seat, move.now)


def start(move: Move) -> engine.State:
    """End the gathering; there must be enough people. A later session goes on with two."""
    if move.phase.kind is not PhaseKind.GATHERING:
        raise NotNowError(_("This circle has already begun."))
    here = [seat for seat in move.seats() if move.state.is_here(seat)]
    needed = move.protocol.min_size if move.phase.session == 1 else FEWEST_AGAIN
    if len(here) < needed:
        numbers = {"here": len(here), "needed": needed}
        raise NotNowError(_("%(here)d of at least %(needed)d people are here. Wait for the others.") % numbers)
    move.circle.started_at = move.circle.started_at or move.now
    return engine.enter_phase(move.protocol, move.state, move.state.phase + 1, here, move.now)


def next_(move: Move) -> engine.State:
    """Go on to the next person of a running round, else to the next phase."""
    if move.phase.kind is PhaseKind.GATHERING:
        return start(move)
    note(move, "next", move.state.holder)
    return engine.next_move(move.protocol, move.state, move.seats(), move.now)


def close(move: Move) -> engine.State:
    """End the circle, wherever it is."""
    note(move, "closed")
    return engine.close(move.state)


def skip(move: Move) -> engine.State:
    """The facilitator gives the floor to the next person; the one who had it may still write."""
    holder = _holder(move)
    note(move, "skipped", holder)
    return engine.end_turn(move.protocol, move.state, holder, Outcome.SKIPPED, move.now)


def done(move: Move) -> engine.State:
    """The speaker has finished; over days, somebody with her part of this phase."""
    arriving = move.protocol.tempo is Tempo.DAYS and move.phase.kind is PhaseKind.GATHERING
    note(move, "arrived" if arriving else "done", move.me.seat)
    return engine.end_turn(move.protocol, move.state, move.me.seat, Outcome.DONE, move.now)


def pass_(move: Move) -> engine.State:
    """The speaker passes."""
    note(move, "passed", move.me.seat)
    return engine.end_turn(move.protocol, move.state, move.me.seat, Outcome.PASSED, move.now)


def pause(move: Move) -> engine.State:
    """Stop the clock of the turn, or of the phase."""
    _require_floor_or_facilitator(move)
    note(move, "paused", move.state.holder)
    return engine.pause(move.state, move.now)


def resume(move: Move) -> engine.State:
    """Let the clock run on."""
    _require_floor_or_facilitator(move)
    note(move, "resumed", move.state.holder)
    return engine.resume(move.protocol, move.state, move.now)


def extend(move: Move) -> engine.State:
    """One more minute for the turn; over days, one more day for the phase."""
    _require_floor_or_facilitator(move)
    note(move, "extended", move.state.holder)
    return engine.lengthen(move.protocol, move.state, move.now)


def _holder(move: Move) -> int:
    if move.state.holder is None:
        raise NotNowError
    return move.state.holder


def _require_floor_or_facilitator(move: Move) -> None:
    if not move.facilitating and (move.member is None or move.state.holder != move.member.seat):
        raise NotNowError(_("It is not your turn. You can do this when it is."))


def tell(move: Move) -> engine.State:
    """Tell in one's turn of a round, or afterwards while the phase lasts. Telling in one's turn ends it."""
    if not engine.may_tell(move.protocol, move.state, move.me.seat):
        raise NotNowError(_("It is not your turn to tell yet. What you wrote stays here until it is."))
    more = uploads.brought(move.payload, circle=move.circle, member=move.me)
    text, audience = move.text("text", STORY_LENGTH, required=not more), move.audience()
    after = _after_telling(move, ends=True)
    uploads.attach(_store(move, after, text=text, audience=audience, link=more.link), more)
    return after


def reply(move: Move) -> engine.State:
    """One line to a teller; read by whoever may read the story that it answers."""
    if move.phase.kind is not PhaseKind.REPLIES or move.state.closed:
        raise NotNowError(_("This is not the time for flashbacks. The page shows where the circle is."))
    stories = readable(move.circle, seat=move.me.seat, facilitating=False)
    story = stories.filter(phase=move.phase.of, id=as_uuid(move.payload.get("to"))).first()
    if story is None or story.member_id == move.me.pk:
        raise NotFoundError(_("That story is no longer here. Choose another one."))
    text = move.text("text", REPLY_LENGTH)
    others = stories.filter(phase=move.phase.of, reply_to=None, question=None).exclude(member=move.me)
    answered = move.me.contributions.filter(phase=move.phase.id, withdrawn_at=None).values("reply_to")
    unanswered = others.exclude(pk__in=answered).exclude(pk=story.pk)
    after = _after_telling(move, ends=_over_days(move) and not unanswered.exists())
    _store(move, after, text=text, audience=Audience(story.audience), slot=f"reply:{story.pk}", reply_to=story)
    return after


def answer(move: Move) -> engine.State:
    """Answer one of the phase's questions, numbered from 0."""
    question = move.payload.get("question")
    if move.phase.kind is not PhaseKind.QUESTIONS or move.state.closed:
        raise NotNowError
    if type(question) is not int or not 0 <= question < len(move.phase.questions):
        raise InvalidError(field="question")
    text, audience = move.text("text", ANSWER_LENGTH), move.audience()
    answered = move.me.contributions.filter(phase=move.phase.id, withdrawn_at=None).exclude(question=question)
    after = _after_telling(move, ends=_over_days(move) and answered.count() + 1 == len(move.phase.questions))
    _store(move, after, text=text, audience=audience, slot=f"question:{question}", question=question)
    return after


def _over_days(move: Move) -> bool:
    """Then who has written everything that the phase asks for has had her turn."""
    return move.protocol.tempo is Tempo.DAYS


def _after_telling(move: Move, *, ends: bool) -> engine.State:
    """The state after something was told that ends its teller's turn, where it is hers."""
    ends = ends and engine.on_turn(move.protocol, move.state, move.me.seat)
    return engine.end_turn(move.protocol, move.state, move.me.seat, Outcome.DONE, move.now) if ends else move.state


def _store(
    move: Move,
    after: engine.State,
    *,
    text: str,
    audience: Audience,
    link: str = "",
    slot: str = "",
    reply_to: Contribution | None = None,
    question: int | None = None,
) -> Contribution:
    """Keep what was told, and with it what the register says of the turn that it ended, if any."""
    cohort = None
    if audience is Audience.COHORT:
        cohort = host().cohort_of(user_id=move.actor.pk, course_key=move.circle.course_key)
    ended = after is not move.state
    try:
        with transaction.atomic():
            story = Contribution.objects.create(
                circle=move.circle,
                member=move.me,
                consent=_consent(move.me, move),
                phase=move.phase.id,
                slot=slot,
                reply_to=reply_to,
                question=question,
                text=text,
                link=link,
                audience=audience,
                cohort=cohort,
                key=move.key,
                ended_turn=ended,
                floor_to=after.holder if ended else None,
            )
    except IntegrityError as error:  # the slot is taken
        raise NotNowError(_("You have already said this. To say it differently, withdraw it first.")) from error
    consents.record(story, consents.purposes_of(audience), language=move.actor.language, now=move.now)
    return story


def readable(circle: Circle, *, seat: int | None, facilitating: bool) -> Any:
    """The contributions of the circle that this seat, or its facilitator, may read: a query set."""
    shared = [Audience.CIRCLE, Audience.COHORT]
    told = Q(audience__in=[*shared, Audience.FACILITATORS]) if facilitating else Q(audience__in=shared) & NOT_HIDDEN
    return circle.contributions.filter((told & ~consents.expired()) | Q(member__seat=seat), withdrawn_at=None)


def open_to_cohorts() -> Any:
    """The stories that their tellers opened to their cohort: a query set."""
    lasting = NOT_HIDDEN & ~consents.expired()
    return Contribution.objects.filter(lasting, audience=Audience.COHORT, withdrawn_at=None, reply_to=None)


def open_to_cohort(cohort: str | None) -> Any:
    """The stories that their tellers opened to this cohort: a query set."""
    return open_to_cohorts().filter(cohort=cohort)


ACTIONS: dict[str, Callable[[Move], engine.State]] = {
    "join": join,
    "arrive": arrive,
    "affiliate": affiliate,
    "rename": rename,
    "raise_hand": raise_hand,
    "lower_hand": lower_hand,
    "say_heard": say_heard,
    "leave": leave,
    "start": start,
    "next": next_,
    "skip": skip,
    "close": close,
    "extend": extend,
    "pause": pause,
    "resume": resume,
    "done": done,
    "pass": pass_,
    "tell": tell,
    "reply": reply,
    "answer": answer,
}
