"""Real hours: what people say in their own time of day, as windows of the week in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passerelle.circles import hours

WINTER, SUMMER = datetime(2026, 1, 14, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)
PARIS, KYIV, DELHI, AUCKLAND, LIMA = 60, 120, 330, 780, -300


def everything(*offsets: int, people: int = 4) -> dict[hours.Said, int]:
    return {(offset, part): people for offset in offsets for part in hours.PARTS}


def test_in_one_time_zone_the_windows_are_the_parts_of_the_day() -> None:
    for offset in (0, PARIS, DELHI, AUCKLAND, LIMA):
        found = hours.windows(everything(offset), least=4)
        assert len(found) == 21
        assert sorted(len(hours.fitting([part], offset, found)) for part in hours.PARTS) == [1] * 21


def test_the_same_words_in_two_zones_are_not_the_same_hours() -> None:
    found = hours.windows({(PARIS, "mon-eve"): 2, (DELHI, "mon-eve"): 2}, least=1)
    assert found == ("mon-1230", "mon-1700")
    assert hours.fitting(["mon-eve"], PARIS, found) == {"mon-1700"}
    assert hours.fitting(["mon-eve"], DELHI, found) == {"mon-1230"}
    assert hours.windows({(PARIS, "mon-eve"): 2, (DELHI, "mon-eve"): 2}, least=4) == ()
    # What are different words, can be the same hours: a morning in Lima, an afternoon in Paris.
    (shared,) = hours.windows({(PARIS, "mon-pm"): 2, (LIMA, "mon-am"): 2}, least=4)
    assert hours.fitting(["mon-pm"], PARIS, [shared]) == hours.fitting(["mon-am"], LIMA, [shared]) == {shared}


def test_a_week_has_no_end() -> None:
    assert hours.first_window("mon-am", AUCKLAND) == "sun-1900"
    assert hours.first_window("sun-eve", LIMA) == "sun-2300"
    assert hours.fitting(["mon-am"], AUCKLAND, ["sun-1900", "sun-2100", "sun-2200", "mon-1900"]) == {
        "sun-1900",
        "sun-2100",
    }
    assert hours.begins("sun-2300", WINTER) == datetime(2026, 1, 18, 23, tzinfo=UTC)
    assert hours.begins("mon-eve", WINTER) is None
    assert hours.fitting(["mon-eve"], 0, ["mon-eve", "", "mon-99"]) == frozenset()


@given(
    st.lists(
        st.tuples(st.integers(-12 * 4, 14 * 4).map(lambda quarter: quarter * 15), st.sampled_from(hours.PARTS)),
        min_size=1,
        max_size=12,
        unique=True,
    )
)
def test_nothing_is_lost_by_choosing_windows(said: list[hours.Said]) -> None:
    """Whoever could meet at some minute of the week, can meet in a window that was kept."""
    kept = hours.windows(dict.fromkeys(said, 1), least=1)
    able = [{one for one in said if hours.fitting([one[1]], one[0], [window])} for window in kept]
    assert set().union(*able) == set(said)
    for minute in range(0, hours.WEEK, 15):
        here = {one for one in said if hours._holds(one, minute)}
        assert not here or any(here <= people for people in able)


def test_a_course_around_the_world_has_windows_enough_and_not_too_many() -> None:
    found = hours.windows(everything(*range(-660, 780, 60)), least=4)
    assert len(found) == hours.MOST


@pytest.mark.parametrize(
    ("name", "winter", "summer"),
    [("Europe/Paris", 60, 120), ("Asia/Kolkata", 330, 330), ("", 0, 0), ("Europe", 0, 0), ("../etc", 0, 0)],
)
def test_offsets_follow_the_day_and_the_platform_stands_in(settings: Any, name: str, winter: int, summer: int) -> None:
    settings.TIME_ZONE = "UTC"
    assert (hours.offset_of(name, WINTER), hours.offset_of(name, SUMMER)) == (winter, summer)
