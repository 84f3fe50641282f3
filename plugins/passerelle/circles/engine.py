"""The engine: a circle's state, and what each move makes of it. Pure functions, no I/O, no clock of their own.

Members are named by integer seat numbers. Times are timezone-aware datetimes of the server's clock. A round's clock
runs in the state itself: `tick` says where the circle stands at a moment, so that reading never has to write.

Live, one seat after the other holds the floor of a round. Over days nobody holds it: every phase after the start has
a turn for each seat and a deadline, and the circle goes on when all turns are over, or at the deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .data import Outcome, Phase, PhaseKind, Protocol, Tempo

GRACE = timedelta(seconds=15)
"""After its time is up a turn may be ended in peace before the floor passes on."""

LENGTHEN_BY = {Tempo.LIVE: timedelta(seconds=60), Tempo.DAYS: timedelta(days=1)}
LENGTHEN_TIMES = 10
"""WCAG 2.2, success criterion 2.2.1: at least ten times."""


class OutOfTurnError(Exception):
    """The move is not possible as the circle stands now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A seat's turn in the running round."""

    seat: int
    outcome: Outcome = Outcome.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a circle stands. `holder` has the floor until `ends_at`; while paused, `left` seconds remain instead.

    Over days there is no holder, and `ends_at` is the phase's deadline. `present` are the seats that came to a later
    session; None in the first, where to have a seat is to be there, and over days. `hands` are the seats with a hand
    up, in the order in which they raised it. `heard` are pairs of seats in a running round: the first one let the
    second one know that she heard her.
    """

    phase: int = 0
    turns: tuple[Turn, ...] = ()
    holder: int | None = None
    ends_at: datetime | None = None
    left: float | None = None
    lengthened: int = 0
    closed: bool = False
    present: tuple[int, ...] | None = None
    hands: tuple[int, ...] = ()
    heard: tuple[tuple[int, int], ...] = ()

    def is_here(self, seat: int) -> bool:
        """Whether the seat takes part in the running session."""
        return self.present is None or seat in self.present

    def outcome_of(self, seat: int) -> Outcome | None:
        """How the seat's turn in this round stands; None where it has none."""
        return next((turn.outcome for turn in self.turns if turn.seat == seat), None)


def running_phase(protocol: Protocol, state: State) -> Phase:
    """The phase that the circle is in."""
    return protocol.phases[state.phase]


def tick(protocol: Protocol, state: State, now: datetime) -> State:
    """The state at `now`: where time has run out, the floor or the phase has passed on."""
    for after, _missed in steps(protocol, state, now):
        state = after
    return state


def steps(protocol: Protocol, state: State, now: datetime) -> Iterator[tuple[State, tuple[int, ...]]]:
    """The states that time alone leads to until `now`, each with the seats whose turn ran out on the way to it."""
    while (ends_at := state.ends_at) is not None and not state.closed:
        holder = state.holder
        passed_at = ends_at if holder is None else ends_at + GRACE
        if now < passed_at:
            return
        missed = waiting(state) if holder is None else (holder,)
        if holder is None:
            state = enter_phase(protocol, state, state.phase + 1, _still_here(state), passed_at)
        else:
            state = _give_floor(protocol, _settle(state, holder, Outcome.EXPIRED), passed_at)
        yield state, missed


def waiting(state: State) -> tuple[int, ...]:
    """The seats whose turn is still to come, in order."""
    return tuple(turn.seat for turn in state.turns if turn.outcome is Outcome.WAITING)


def _still_here(state: State) -> tuple[int, ...]:
    return tuple(turn.seat for turn in state.turns if turn.outcome is not Outcome.LEFT)


def enter_phase(protocol: Protocol, state: State, index: int, seats: Iterable[int], now: datetime) -> State:
    """Begin the phase at `index`, with these seats in this order; past the last phase the circle is closed."""
    if index >= len(protocol.phases):
        return close(state)
    kind = protocol.phases[index].kind
    if protocol.tempo is Tempo.DAYS:
        ends_at = now + timedelta(days=protocol.phases[index].days)
        return State(phase=index, turns=tuple(Turn(seat=seat) for seat in seats), ends_at=ends_at)
    is_round = kind is PhaseKind.ROUND
    turns = tuple(Turn(seat=seat) for seat in seats if state.is_here(seat)) if is_round else ()
    # Days have passed: who is there is asked anew.
    present = () if kind is PhaseKind.GATHERING and index > 0 else state.present
    state = State(phase=index, turns=turns, present=present)
    return _give_floor(protocol, state, now) if is_round else state


def next_move(protocol: Protocol, state: State, seats: Iterable[int], now: datetime) -> State:
    """The facilitator's *next*: the next person of a running round, else the next phase."""
    if state.holder is not None:
        return end_turn(protocol, state, state.holder, Outcome.DONE, now)
    return enter_phase(protocol, state, state.phase + 1, seats, now)


def on_turn(protocol: Protocol, state: State, seat: int) -> bool:
    """Whether it is the seat's turn now: with the floor; over days as long as she has not had it."""
    if protocol.tempo is Tempo.LIVE:
        return state.holder is not None and state.holder == seat
    still = waiting(state)
    return seat in (still[:1] if running_phase(protocol, state).ordered else still)


def end_turn(protocol: Protocol, state: State, seat: int, outcome: Outcome, now: datetime) -> State:
    """The seat's turn ends so. The next waiting seat gets the floor; over days the circle goes on after the last."""
    if not on_turn(protocol, state, seat):
        raise OutOfTurnError
    return _go_on(protocol, _settle(state, seat, outcome), now)


def _go_on(protocol: Protocol, state: State, now: datetime) -> State:
    if protocol.tempo is Tempo.LIVE:
        return _give_floor(protocol, state, now)
    here = _still_here(state)
    # Nobody there is not everybody done: then the deadline decides. A paused circle stays where it is.
    stays = waiting(state) or not here or state.left is not None
    return state if stays else enter_phase(protocol, state, state.phase + 1, here, now)


def pause(state: State, now: datetime) -> State:
    """Stop the clock of the turn, or of the phase; what remains is kept."""
    if state.ends_at is None:
        raise OutOfTurnError
    left = max((state.ends_at - now).total_seconds(), 0.0)
    return replace(state, ends_at=None, left=left)


def resume(protocol: Protocol, state: State, now: datetime) -> State:
    """Let a paused clock run on."""
    if state.left is None:
        raise OutOfTurnError
    state = replace(state, ends_at=now + timedelta(seconds=state.left), left=None)
    return _go_on(protocol, state, now) if state.holder is None else state


def lengthen(protocol: Protocol, state: State, now: datetime) -> State:
    """Add a minute to the turn, from now where its time is already up; over days, a day to the phase."""
    more, lengthened = LENGTHEN_BY[protocol.tempo], state.lengthened + 1
    if not has_clock(state) or lengthened > LENGTHEN_TIMES:
        raise OutOfTurnError
    if state.ends_at is None:
        return replace(state, left=(state.left or 0.0) + more.total_seconds(), lengthened=lengthened)
    return replace(state, ends_at=max(state.ends_at, now) + more, lengthened=lengthened)


def has_clock(state: State) -> bool:
    """Whether a turn or a phase is timed just now, running or paused."""
    return state.ends_at is not None or state.left is not None


def raise_hand(state: State, seat: int) -> State:
    """Show that one wishes to say something. Who speaks is for the facilitator to say."""
    if state.closed or seat in state.hands:
        raise OutOfTurnError
    return replace(state, hands=(*state.hands, seat))


def lower_hand(state: State, seat: int) -> State:
    """Take the hand down again."""
    if seat not in state.hands:
        raise OutOfTurnError
    return replace(state, hands=tuple(up for up in state.hands if up != seat))


def hearable(protocol: Protocol, state: State, seat: int) -> tuple[int, ...]:
    """Whom the seat may let know that she heard them: who speaks now, and who did last. Live alone."""
    if protocol.tempo is not Tempo.LIVE or running_phase(protocol, state).kind is not PhaseKind.ROUND:
        return ()
    done = [turn.seat for turn in state.turns if turn.outcome is Outcome.DONE]
    spoke = (*done[-1:], *(() if state.holder is None else (state.holder,)))
    return tuple(other for other in spoke if other != seat and (seat, other) not in state.heard)


def hear(protocol: Protocol, state: State, seat: int, other: int) -> State:
    """Let somebody know, quietly, that she was heard."""
    if other not in hearable(protocol, state, seat):
        raise OutOfTurnError
    return replace(state, heard=(*state.heard, (seat, other)))


def seat_joins(protocol: Protocol, state: State, seat: int, now: datetime) -> State:
    """A late arrival: in a round she speaks last; where everyone has spoken, she gets the floor."""
    over_days = protocol.tempo is Tempo.DAYS and has_clock(state)
    if state.closed or not (over_days or running_phase(protocol, state).kind is PhaseKind.ROUND):
        return state
    turns = (*(turn for turn in state.turns if turn.seat != seat), Turn(seat=seat))
    state = replace(state, turns=turns)
    return state if over_days or state.holder is not None else _give_floor(protocol, state, now)


def arrive(protocol: Protocol, state: State, seat: int, now: datetime) -> State:
    """Somebody comes to a later session: in its rounds she speaks last."""
    if state.closed or state.present is None or seat in state.present:
        raise OutOfTurnError
    return seat_joins(protocol, replace(state, present=(*state.present, seat)), seat, now)


def mixed(affiliations: Mapping[int, str]) -> list[int]:
    """The seats ordered so that neighbours differ in affiliation as far as can be; where all are alike, as they are.

    From the largest group on, each time somebody of the group with most people left that did not speak just now.
    """
    groups: dict[str, list[int]] = {}
    for seat in sorted(affiliations):
        groups.setdefault(affiliations[seat], []).append(seat)
    order: list[int] = []
    last: str | None = None
    while any(groups.values()):
        open_groups = [name for name, seats in groups.items() if seats and name != last] or [last or ""]
        last = max(open_groups, key=lambda name: (len(groups[name]), -groups[name][0]))
        order.append(groups[last].pop(0))
    return order


def seat_leaves(protocol: Protocol, state: State, seat: int, now: datetime) -> State:
    """Somebody goes: a turn that she still had is over, and the floor passes on where she held it."""
    if state.present is not None:
        state = replace(state, present=tuple(here for here in state.present if here != seat))
    hands = tuple(up for up in state.hands if up != seat)
    state = replace(state, hands=hands, heard=tuple(pair for pair in state.heard if seat not in pair))
    over_days = protocol.tempo is Tempo.DAYS
    if state.outcome_of(seat) is not Outcome.WAITING and not over_days:
        return state
    held = state.holder == seat or over_days
    state = _settle(state, seat, Outcome.LEFT)
    return _go_on(protocol, state, now) if held and not state.closed else state


def close(state: State) -> State:
    """End the circle where it stands."""
    return replace(state, turns=(), holder=None, ends_at=None, left=None, hands=(), heard=(), closed=True)


def may_tell(protocol: Protocol, state: State, seat: int) -> bool:
    """Whether the seat may tell in the running round: with the floor, or after her turn, until the phase ends."""
    if state.closed or running_phase(protocol, state).kind is not PhaseKind.ROUND:
        return False
    return on_turn(protocol, state, seat) or state.outcome_of(seat) not in (None, Outcome.WAITING, Outcome.LEFT)


def first_round(protocol: Protocol) -> int:
    """The index of the first round; until it ends, people still come to know each other."""
    return next((index for index, phase in enumerate(protocol.phases) if phase.kind is PhaseKind.ROUND), 0)


def may_rename(protocol: Protocol, state: State, seat: int, *, said: bool) -> bool:
    """Whether the seat may go by another name: until her first turn begins, or she has `said` anything."""
    if said or state.closed or state.holder == seat or state.phase > first_round(protocol):
        return False
    return state.outcome_of(seat) in (None, Outcome.WAITING)


def _settle(state: State, seat: int, outcome: Outcome) -> State:
    turns = tuple(replace(turn, outcome=outcome) if turn.seat == seat else turn for turn in state.turns)
    holder = None if state.holder == seat else state.holder
    return replace(state, turns=turns, holder=holder)


def _give_floor(protocol: Protocol, state: State, now: datetime) -> State:
    """The first waiting seat gets the floor for the phase's seconds; none where nobody waits."""
    following = next(iter(waiting(state)), None)
    if following is None:
        return replace(state, holder=None, ends_at=None, left=None, lengthened=0)
    seconds = running_phase(protocol, state).seconds or 0
    hands = tuple(up for up in state.hands if up != following)
    ends_at = now + timedelta(seconds=seconds)
    return replace(state, holder=following, ends_at=ends_at, left=None, lengthened=0, hands=hands)
