"""Forming circles: the rules that hold for whoever comes, how good the circles are, and how fast."""

from __future__ import annotations

import time

import pytest
from forming_people import LANGUAGES, TIMES, WANTED, across, bound, people
from hypothesis import given, settings
from hypothesis import strategies as st
from passerelle.circles.forming import (
    Candidate,
    Group,
    Problem,
    Wanted,
    Why,
    alone_with_employer,
    place,
    problems,
    propose,
    score,
)

Drawn = tuple[list[str], frozenset[str] | None, str, str, bool]
CANDIDATES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["fr", "en", "ar", "pt"]), max_size=2, unique=True),
        st.one_of(st.none(), st.frozensets(st.sampled_from(TIMES[:4]), max_size=3)),
        st.sampled_from(["", "ngo", "company", "migrant"]),
        st.sampled_from(["", "", "one", "two"]),
        st.booleans(),
    ),
    max_size=24,
)


def candidates(drawn: list[Drawn]) -> list[Candidate]:
    return [
        Candidate(id=number, languages=tuple(spoken), times=times, affiliation=said, organisation=works, leads=leads)
        for number, (spoken, times, said, works, leads) in enumerate(drawn, start=1)
    ]


@given(CANDIDATES, st.booleans())
@settings(max_examples=40, deadline=None)
def test_whoever_comes_the_rules_hold(drawn: list[Drawn], mix: bool) -> None:
    wanted = Wanted(languages=LANGUAGES, times=TIMES[:4], mix=mix)
    everyone = candidates(drawn)
    known = {person.id: person for person in everyone}
    found = propose(everyone, wanted)
    seated = [pk for group in found.groups for pk in group.people]
    assert sorted([*seated, *found.waiting]) == sorted(known)
    for group in found.groups:
        assert problems(group, known, wanted) == []
        assert group.language in LANGUAGES
    assert propose(everyone, wanted) == found


def test_sixty_people_sit_within_two_per_cent_of_what_can_be_proved() -> None:
    everyone = people(60, 3, organisations=12)
    found = propose(everyone, WANTED)
    best = bound(everyone, WANTED, seconds=20)
    assert score(found.groups, {person.id: person for person in everyone}, WANTED) >= 0.98 * best


@pytest.mark.parametrize(("offsets", "most"), [((0,), 100), ((-480, -300, 0, 60, 120, 330, 780), 500)])
def test_ten_thousand_people_are_seated_in_seconds(offsets: tuple[int, ...], most: int) -> None:
    begun = time.perf_counter()
    everyone, wanted = across(people(10_000, 3, organisations=300), offsets, 3)
    found = propose(everyone, wanted)
    assert time.perf_counter() - begun < 10
    assert len(found.waiting) < most
    known = {person.id: person for person in everyone}
    assert not any(problems(group, known, wanted) for group in found.groups)


def four(**changes: object) -> list[Candidate]:
    return [Candidate(id=number, languages=("fr",), **changes) for number in range(1, 5)]  # type: ignore[arg-type]


ANY_TIME = Wanted(languages=("fr", "en"))


def test_why_somebody_waits() -> None:
    wanted = Wanted(languages=("fr",), times=TIMES, max_size=4)
    others = four(times=frozenset({"mon-am"}))
    waiting = [
        Candidate(id=11, languages=("uk",), times=frozenset({"mon-am"})),
        Candidate(id=12, languages=("fr",), times=frozenset()),
        Candidate(id=13, languages=("fr",), times=frozenset({"tue-am"})),
        Candidate(id=14, languages=("fr",), times=frozenset({"mon-am"})),
    ]
    found = propose([*others, *waiting], wanted)
    whys = dict(found.waiting)
    assert {whys.pop(pk) for pk in (11, 12, 13)} == {Why.LANGUAGE, Why.TIME, Why.FEW}
    assert list(whys.values()) == [Why.FULL]


def test_nobody_is_alone_with_her_employer() -> None:
    boss = Candidate(id=1, languages=("fr",), organisation="acme", leads=True)
    worker = Candidate(id=2, languages=("fr",), organisation="acme")
    colleague = Candidate(id=3, languages=("fr",), organisation="acme")
    others = [Candidate(id=number, languages=("fr",)) for number in range(10, 13)]
    assert alone_with_employer([boss, worker]) == [2]
    assert alone_with_employer([boss, worker, colleague]) == []
    found = propose([boss, worker, *others], ANY_TIME)
    assert found.waiting == {2: Why.EMPLOYER}
    assert propose([boss, worker, colleague, *others], ANY_TIME).waiting == {}
    apart = propose([boss, worker, *others, *(Candidate(id=n, languages=("fr",)) for n in range(20, 24))], ANY_TIME)
    assert apart.waiting == {}
    assert not any({1, 2} <= set(group.people) for group in apart.groups)


def test_a_mix_is_spread_over_the_circles() -> None:
    everyone = [
        Candidate(id=number, languages=("fr",), affiliation=("ngo", "company", "migrant", "")[number % 4])
        for number in range(12)
    ]
    known = {person.id: person for person in everyone}
    for group in propose(everyone, ANY_TIME).groups:
        assert {"ngo", "company", "migrant"} <= {known[pk].affiliation for pk in group.people}


def test_a_late_arrival_gets_the_best_free_seat() -> None:
    known = {person.id: person for person in four()}
    groups = [Group(language="en", time="", people=[]), Group(language="fr", time="", people=[1, 2, 3, 4])]
    late = Candidate(id=9, languages=("fr",))
    assert place(late, groups, known | {9: late}, ANY_TIME) == 1
    assert place(Candidate(id=10, languages=("tr",)), groups, known | {9: late}, ANY_TIME) is None


def test_what_is_wrong_with_a_circle_put_together_by_hand() -> None:
    known = {
        1: Candidate(id=1, languages=("fr",), times=frozenset(), organisation="acme", leads=True),
        2: Candidate(id=2, languages=("en",), organisation="acme"),
    }
    assert problems(Group(language="fr", time="mon-am", people=[1, 2]), known, WANTED) == [
        Problem.SMALL,
        Problem.LANGUAGE,
        Problem.TIME,
        Problem.EMPLOYER,
    ]
