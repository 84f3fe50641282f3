"""Circles over days: deadlines, turns in any order, going on by itself; hands, and another name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passerelle.circles import api, codec, engine, protocols
from passerelle.circles.data import Outcome, PhaseKind, Tempo
from passerelle.circles.models import Event, Member
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError

from .conftest import Scene

START = datetime(2026, 11, 1, 10, tzinfo=UTC)
DAY = 24 * 60 * 60
MOVES = ["wait", "done", "pass", "next", "pause", "resume", "extend", "join", "leave", "hand", "close"]


def over_days(name: str, *, ordered: bool = False) -> Any:
    protocol = protocols.load(name)
    phases = tuple(replace(phase, ordered=ordered and phase.kind is PhaseKind.ROUND) for phase in protocol.phases)
    return replace(protocol, tempo=Tempo.DAYS, phases=phases)


def play(protocol: Any, state: engine.State, move: str, seat: int, now: datetime) -> engine.State:
    state = engine.tick(protocol, state, now)
    moves = {
        "wait": lambda: state,
        "done": lambda: engine.end_turn(protocol, state, seat, Outcome.DONE, now),
        "pass": lambda: engine.end_turn(protocol, state, seat, Outcome.PASSED, now),
        "next": lambda: engine.next_move(protocol, state, (1, 2, 3), now),
        "pause": lambda: engine.pause(state, now),
        "resume": lambda: engine.resume(protocol, state, now),
        "extend": lambda: engine.lengthen(protocol, state, now),
        "join": lambda: engine.seat_joins(protocol, state, seat, now),
        "leave": lambda: engine.seat_leaves(protocol, state, seat, now),
        "hand": lambda: engine.raise_hand(state, seat),
        "close": lambda: engine.close(state),
    }
    try:
        return moves[move]()
    except engine.OutOfTurnError:
        return state


@pytest.mark.parametrize("name", protocols.names())
@pytest.mark.parametrize("ordered", [False, True])
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 4), st.integers(0, 4 * DAY)), max_size=40))
def test_over_days_no_sequence_of_moves_leaves_the_protocol(
    name: str, ordered: bool, moves: list[tuple[str, int, int]]
) -> None:
    protocol = over_days(name, ordered=ordered)
    state, now = engine.enter_phase(protocol, engine.State(), 1, (1, 2, 3), START), START
    for move, seat, seconds in moves:
        before, now = state, now + timedelta(seconds=seconds)
        if state.closed:
            break
        ticked = engine.tick(protocol, state, now)
        assert ticked.phase >= before.phase
        state = play(protocol, state, move, seat, now)
        assert state.closed or state.phase in (ticked.phase, ticked.phase + 1)
        assert state.holder is None
        assert state.closed or (state.ends_at is None) != (state.left is None)
        assert state.ends_at is None or state.ends_at > now
        assert len({turn.seat for turn in state.turns}) == len(state.turns)
        on_turn = [other for other in (1, 2, 3, 4) if engine.on_turn(protocol, state, other)]
        assert len(on_turn) <= 1 or not protocol.phases[state.phase].ordered
        for other in (1, 2, 3, 4):
            if engine.may_tell(protocol, state, other):
                assert protocol.phases[state.phase].kind is PhaseKind.ROUND
                assert state.outcome_of(other) not in (None, Outcome.LEFT)
        assert codec.state_from_json(codec.state_to_json(state)) == state


@given(st.integers(0, 40 * DAY), st.integers(1, 3 * DAY))
def test_over_days_too_reading_twice_is_reading_once(seconds: int, step: int) -> None:
    protocol = over_days("goal_circle")
    begun = engine.enter_phase(protocol, engine.State(), 1, (1, 2), START)
    late = START + timedelta(seconds=seconds)
    stepwise = begun
    for passed in range(0, seconds, max(step, seconds // 50 + 1)):
        stepwise = engine.tick(protocol, stepwise, START + timedelta(seconds=passed))
    assert engine.tick(protocol, stepwise, late) == engine.tick(protocol, begun, late)


def test_everyone_in_any_order_and_the_circle_goes_on_by_itself(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS)
    seen = scene.see("elif", circle_id)
    assert (seen.phase.id, seen.floor, seen.tempo) == ("acquaint", None, Tempo.DAYS)
    assert {"done", "pass", "tell"} <= set(seen.can)
    assert not {"extend", "pause", "skip"} & set(seen.can)
    scene.act("elif", circle_id, "tell", text="Moi d’abord")
    seen = scene.act("amal", circle_id, "tell", text="Et moi")
    assert seen.phase.id == "share"
    scene.act("amal", circle_id, "tell", text="Un récit")
    scene.act("elif", circle_id, "pass")
    story = scene.see("elif", circle_id).contributions[-1]
    assert scene.see("elif", circle_id).phase.id == "flashbacks"
    scene.act("amal", circle_id, "done")
    seen = scene.act("elif", circle_id, "reply", to=story.id, text="Je te vois")
    assert seen.phase.id not in ("flashbacks", "share")  # who has answered everyone is done


def test_at_the_deadline_it_goes_on_without_those_who_did_not_come(scene: Scene, at: Callable[[float], None]) -> None:
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS, days={"acquaint": 2})
    scene.act("amal", circle_id, "done")
    at(2 * DAY - 60)
    assert scene.see("elif", circle_id).phase.id == "acquaint"
    at(2 * DAY + 60)
    assert scene.see("elif", circle_id).phase.id == "share"
    assert not Event.objects.filter(what="expired").exists()  # looking writes nothing
    scene.act("elif", circle_id, "tell", text="Me voilà")
    missed = Event.objects.filter(circle_id=circle_id, what="expired").values_list("seat", "phase")
    assert list(missed) == [(2, "acquaint")]


def test_the_facilitator_gives_days_and_stops_the_clock(scene: Scene, at: Callable[[float], None]) -> None:
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS, days={"acquaint": 2})
    with pytest.raises(NotNowError):
        scene.act("amal", circle_id, "extend")
    before = scene.see("nadia", circle_id).deadline.ends_at
    after = scene.act("nadia", circle_id, "extend").deadline.ends_at
    assert after - before == DAY * 1000
    scene.act("nadia", circle_id, "pause")
    at(30 * DAY)
    assert scene.see("amal", circle_id).phase.id == "acquaint"
    assert scene.see("amal", circle_id).deadline.ends_at is None
    for name in ("amal", "elif"):
        assert scene.act(name, circle_id, "done").phase.id == "acquaint"  # paused is paused
    assert scene.act("nadia", circle_id, "resume").phase.id == "share"


def test_the_deadline_is_in_the_reader_s_own_time_zone(scene: Scene) -> None:
    from passerelledemo.models import Profile

    Profile.objects.create(user=scene.users["amal"], time_zone="Asia/Damascus")
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS)
    assert scene.see("amal", circle_id).deadline.time_zone == "Asia/Damascus"
    assert scene.see("elif", circle_id).deadline.time_zone == ""


def test_who_says_nothing_at_all_does_not_keep_a_circle_open_for_ever(
    scene: Scene, at: Callable[[float], None]
) -> None:
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS)
    at(365 * DAY)
    assert scene.see("amal", circle_id).closed
    with pytest.raises(NotNowError):
        scene.act("amal", circle_id, "tell", text="Trop tard")


def test_an_account_that_is_closed_holds_nobody_up(scene: Scene) -> None:
    from passerelle.circles.models import Circle
    from passerelle.host.api import user_retired

    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS)
    while scene.see("nadia", circle_id).phase.id != "closing":
        scene.act("nadia", circle_id, "next")
    scene.act("amal", circle_id, "done")
    user_retired.send(sender=None, user_id=scene.users["elif"].pk)
    assert scene.see("amal", circle_id).closed
    assert Circle.objects.get(pk=circle_id).closed_at is not None


def test_a_late_arrival_has_a_turn_too(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS)
    scene.act("mariana", circle_id, "join")
    scene.act("amal", circle_id, "done")
    assert scene.act("elif", circle_id, "done").phase.id == "acquaint"
    assert scene.act("mariana", circle_id, "done").phase.id == "share"


def test_the_register_of_a_circle_over_days_knows_both_meetings(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", tempo=Tempo.DAYS, protocol="goal_circle")
    while scene.see("nadia", circle_id).phase.id != "again":
        scene.act("nadia", circle_id, "next")
    scene.act("amal", circle_id, "done")
    scene.act("elif", circle_id, "done")
    assert scene.see("nadia", circle_id).phase.id == "follow_up"
    rows = api.register(actor=scene.actor("nadia"), circle_id=circle_id)
    assert [row.sessions for row in rows] == [(True, True), (True, True)]


# --- Hands


def test_hands_go_up_and_down(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", "mariana")
    scene.act("mariana", circle_id, "raise_hand")
    seen = scene.act("elif", circle_id, "raise_hand")
    assert {person.name: person.hand for person in seen.people} == {"Amal": 0, "Elif": 2, "Mariana": 1}
    with pytest.raises(NotNowError):
        scene.act("elif", circle_id, "raise_hand")
    with pytest.raises(NotNowError):
        scene.act("amal", circle_id, "lower_hand", seat=2)  # not hers
    seat = next(person.seat for person in seen.people if person.name == "Mariana")
    seen = scene.act("nadia", circle_id, "lower_hand", seat=seat)
    assert [person.hand for person in seen.people] == [0, 1, 0]
    scene.act("amal", circle_id, "done")  # the floor is Elif's now
    assert [person.hand for person in scene.see("amal", circle_id).people] == [0, 0, 0]


def test_who_speaks_may_be_told_that_she_was_heard(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", "mariana")
    assert scene.see("elif", circle_id).hearable == (1,)
    assert scene.see("amal", circle_id).hearable == ()
    for _twice in range(2):
        scene.act("elif", circle_id, "say_heard", seat=1)
    assert "say_heard" not in scene.see("elif", circle_id).can
    assert (scene.see("elif", circle_id).heard, scene.see("mariana", circle_id).heard) == ((1,), ())
    scene.act("amal", circle_id, "done")  # the floor is Elif's; who was late still says so
    assert scene.act("mariana", circle_id, "say_heard", seat=1).hearable == (2,)
    assert [scene.see(name, circle_id).heard_by for name in ("amal", "elif", "mariana")] == [(2, 3), (), ()]
    assert scene.see("nadia", circle_id).heard_by == ()


@pytest.mark.parametrize("seat", [2, 3, 9])
def test_nobody_hears_herself_or_who_did_not_speak(scene: Scene, seat: int) -> None:
    circle_id = scene.started("amal", "elif", "mariana")
    with pytest.raises(NotNowError):
        scene.act("elif", circle_id, "say_heard", seat=seat)


@pytest.mark.parametrize("seat", [None, "1", True, [1], 1.5])
def test_whom_one_heard_is_a_seat(scene: Scene, seat: object) -> None:
    circle_id = scene.started("amal", "elif")
    with pytest.raises(InvalidError):
        scene.act("elif", circle_id, "say_heard", seat=seat)


def test_what_was_heard_goes_with_the_round_and_with_the_person(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", "mariana")
    for name in ("elif", "mariana"):
        scene.act(name, circle_id, "say_heard", seat=1)
    scene.act("mariana", circle_id, "leave")
    assert scene.see("amal", circle_id).heard_by == (2,)
    for _each in range(3):
        scene.act("nadia", circle_id, "next")
    assert scene.see("amal", circle_id).heard_by == ()


# --- Names


def test_another_name_until_the_first_turn(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    assert "rename" in scene.see("elif", circle_id).can
    scene.act("elif", circle_id, "rename", name="  Étoile   filante ")
    assert Member.objects.get(circle=circle_id, seat=2).name == "Étoile filante"
    assert "Étoile filante" in [person.name for person in scene.see("amal", circle_id).people]
    assert "rename" not in scene.see("amal", circle_id).can
    with pytest.raises(NotNowError):
        scene.act("amal", circle_id, "rename", name="Lune")  # she has the floor
    scene.act("amal", circle_id, "done")
    scene.act("elif", circle_id, "tell", text="Bonjour")
    with pytest.raises(NotNowError):
        scene.act("elif", circle_id, "rename", name="Lune")
    register = api.register(actor=scene.actor("nadia"), circle_id=circle_id)
    assert [row.name for row in register] == ["Amal", "Étoile filante"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "AMAL"])
def test_a_name_that_cannot_be(scene: Scene, name: str) -> None:
    circle_id = scene.started("amal", "elif")
    with pytest.raises(InvalidError):
        scene.act("elif", circle_id, "rename", name=name)
    assert Member.objects.get(circle=circle_id, seat=2).name == "Elif"


def test_nobody_renames_somebody_else(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    with pytest.raises((NotFoundError, Exception)):
        scene.act("mariana", circle_id, "rename", name="Lune")
    assert set(Member.objects.values_list("name", flat=True)) == {"Amal", "Elif"}
