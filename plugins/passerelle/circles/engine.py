"""The engine: a circle's state, and what each move makes of it. Pure functions, no I/O, no clock of their own.

Members are named by integer seat numbers. Times are timezone-aware datetimes of the server's clock. A round's clock
runs in the state itself: `tick` says where the circle stands at a moment, so that reading never has to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .data import Outcome, Phase, PhaseKind, Protocol

GRACE = timedelta(seconds=15)
"""After its time is up a turn may be ended in peace before the floor passes on."""

LENGTHEN_BY = timedelta(seconds=60)
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

    `present` are the seats that came to a later session; None in the first, where to have a seat is to be there.
    """

    phase: int = 0
    turns: tuple[Turn, ...] = ()
    holder: int | None = None
    ends_at: datetime | None = None
    left: float | None = None
    lengthened: int = 0
    closed: bool = False
    present: tuple[int, ...] | None = None

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
    """The state at `now`: turns whose time and grace have run out have passed the floor on."""
    while state.holder is not None and state.ends_at is not None and now >= state.ends_at + GRACE:
        passed_at = state.ends_at + GRACE
        state = _give_floor(protocol, _settle(state, state.holder, Outcome.EXPIRED), passed_at)
    return state


def enter_phase(protocol: Protocol, state: State, index: int, seats: Iterable[int], now: datetime) -> State:
    """Begin the phase at `index`, with these seats in this order; past the last phase the circle is closed."""
    if index >= len(protocol.phases):
        return replace(state, turns=(), holder=None, ends_at=None, left=None, closed=True)
    kind = protocol.phases[index].kind
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


def end_turn(protocol: Protocol, state: State, seat: int, outcome: Outcome, now: datetime) -> State:
    """The holder's turn ends so, and the next waiting seat gets the floor."""
    if state.holder != seat:
        raise OutOfTurnError
    return _give_floor(protocol, _settle(state, seat, outcome), now)


def pause(state: State, now: datetime) -> State:
    """Stop the turn's clock; what remains is kept."""
    if state.holder is None or state.ends_at is None:
        raise OutOfTurnError
    left = max((state.ends_at - now).total_seconds(), 0.0)
    return replace(state, ends_at=None, left=left)


def resume(state: State, now: datetime) -> State:
    """Let a paused turn's clock run on."""
    if state.holder is None or state.left is None:
        raise OutOfTurnError
    return replace(state, ends_at=now + timedelta(seconds=state.left), left=None)


def lengthen(state: State, now: datetime) -> State:
    """Add a minute to the turn, from now where its time is already up."""
    if state.holder is None or state.lengthened >= LENGTHEN_TIMES:
        raise OutOfTurnError
    if state.ends_at is None:
        return replace(state, left=(state.left or 0.0) + LENGTHEN_BY.total_seconds(), lengthened=state.lengthened + 1)
    return replace(state, ends_at=max(state.ends_at, now) + LENGTHEN_BY, lengthened=state.lengthened + 1)


def seat_joins(protocol: Protocol, state: State, seat: int, now: datetime) -> State:
    """A late arrival: in a round she speaks last; where everyone has spoken, she gets the floor."""
    if state.closed or running_phase(protocol, state).kind is not PhaseKind.ROUND:
        return state
    turns = (*(turn for turn in state.turns if turn.seat != seat), Turn(seat=seat))
    state = replace(state, turns=turns)
    return state if state.holder is not None else _give_floor(protocol, state, now)


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
    if state.outcome_of(seat) is not Outcome.WAITING:
        return state
    held = state.holder == seat
    state = _settle(state, seat, Outcome.LEFT)
    return _give_floor(protocol, state, now) if held else state


def close(state: State) -> State:
    """End the circle where it stands."""
    return replace(state, turns=(), holder=None, ends_at=None, left=None, closed=True)


def may_tell(protocol: Protocol, state: State, seat: int) -> bool:
    """Whether the seat may tell in the running round: with the floor, or after her turn, until the phase ends."""
    if state.closed or running_phase(protocol, state).kind is not PhaseKind.ROUND:
        return False
    return state.holder == seat or state.outcome_of(seat) not in (None, Outcome.WAITING, Outcome.LEFT)


def _settle(state: State, seat: int, outcome: Outcome) -> State:
    turns = tuple(replace(turn, outcome=outcome) if turn.seat == seat else turn for turn in state.turns)
    holder = None if state.holder == seat else state.holder
    return replace(state, turns=turns, holder=holder)


def _give_floor(protocol: Protocol, state: State, now: datetime) -> State:
    """The first waiting seat gets the floor for the phase's seconds; none where nobody waits."""
    waiting = next((turn.seat for turn in state.turns if turn.outcome is Outcome.WAITING), None)
    if waiting is None:
        return replace(state, holder=None, ends_at=None, left=None, lengthened=0)
    seconds = running_phase(protocol, state).seconds or 0
    return replace(state, holder=waiting, ends_at=now + timedelta(seconds=seconds), left=None, lengthened=0)
