"""The engine's promises, for any sequence of moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from passerelle.circles import codec, engine, protocols
from passerelle.circles.data import Outcome, PhaseKind

PROTOCOL = protocols.load("story_circle")
START = datetime(2026, 11, 1, 10, tzinfo=UTC)
MOVES = ["tick", "next", "done", "pass", "skip", "pause", "resume", "extend", "join", "leave"]


def begun(seats: int = 3) -> engine.State:
    return engine.enter_phase(PROTOCOL, engine.State(), 1, range(1, seats + 1), START)


def play(state: engine.State, move: str, seat: int, now: datetime) -> engine.State:
    state = engine.tick(PROTOCOL, state, now)
    holder = state.holder or 0
    moves = {
        "tick": lambda: state,
        "next": lambda: engine.next_move(PROTOCOL, state, [1, 2, 3], now),
        "done": lambda: engine.end_turn(PROTOCOL, state, seat, Outcome.DONE, now),
        "pass": lambda: engine.end_turn(PROTOCOL, state, seat, Outcome.PASSED, now),
        "skip": lambda: engine.end_turn(PROTOCOL, state, holder, Outcome.SKIPPED, now),
        "pause": lambda: engine.pause(state, now),
        "resume": lambda: engine.resume(PROTOCOL, state, now),
        "extend": lambda: engine.lengthen(PROTOCOL, state, now),
        "join": lambda: engine.seat_joins(PROTOCOL, state, seat, now),
        "leave": lambda: engine.seat_leaves(PROTOCOL, state, seat, now),
    }
    try:
        return moves[move]()
    except engine.OutOfTurnError:
        return state


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 5), st.integers(0, 400)), max_size=60))
def test_whatever_people_do_one_person_speaks_and_phases_only_go_forward(
    moves: list[tuple[str, int, int]],
) -> None:
    state, now = begun(), START
    for move, seat, seconds in moves:
        before, now = state, now + timedelta(seconds=seconds)
        if state.closed:
            break
        state = play(state, move, seat, now)
        assert state.closed or state.phase in (before.phase, before.phase + 1)
        if state.holder is not None:
            assert PROTOCOL.phases[state.phase].kind is PhaseKind.ROUND
            assert state.outcome_of(state.holder) is Outcome.WAITING
            assert (state.ends_at is None) != (state.left is None)
        assert len({turn.seat for turn in state.turns}) == len(state.turns)
        assert codec.state_from_json(codec.state_to_json(state)) == state


@given(st.integers(0, 3000))
def test_reading_twice_is_reading_once(seconds: int) -> None:
    """`tick` at a moment does not depend on who looked in between."""
    late = START + timedelta(seconds=seconds)
    direct = engine.tick(PROTOCOL, begun(), late)
    stepwise = begun()
    for step in range(0, seconds, 7):
        stepwise = engine.tick(PROTOCOL, stepwise, START + timedelta(seconds=step))
    assert engine.tick(PROTOCOL, stepwise, late) == direct


def test_the_floor_passes_after_time_and_grace() -> None:
    state = begun()
    just_before = START + timedelta(seconds=134)
    assert engine.tick(PROTOCOL, state, just_before).holder == 1
    after = engine.tick(PROTOCOL, state, START + timedelta(seconds=135))
    assert after.holder == 2
    assert after.outcome_of(1) is Outcome.EXPIRED
    assert engine.may_tell(PROTOCOL, after, 1)
    assert not engine.may_tell(PROTOCOL, after, 3)


def test_a_paused_turn_does_not_run_out() -> None:
    paused = engine.pause(begun(), START + timedelta(seconds=20))
    assert engine.tick(PROTOCOL, paused, START + timedelta(hours=1)) == paused
    resumed = engine.resume(PROTOCOL, paused, START + timedelta(hours=1))
    assert resumed.ends_at == START + timedelta(hours=1, seconds=100)


def test_every_timer_can_be_lengthened_ten_times() -> None:
    state = begun()
    for _time in range(10):
        state = engine.lengthen(PROTOCOL, state, START)
    assert state.ends_at == START + timedelta(seconds=120 + 600)


def test_a_late_arrival_speaks_last() -> None:
    state = engine.seat_joins(PROTOCOL, begun(), 4, START)
    assert [turn.seat for turn in state.turns] == [1, 2, 3, 4]
    assert state.holder == 1
