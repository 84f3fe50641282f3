"""The engine: what a score means, that the index finds what brute force finds, and what cannot reach it."""

from __future__ import annotations

import ast
import random
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import passerelle.matching
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passerelle.matching import index as index_module
from passerelle.matching.api import Index, Patched, explain
from passerelle.matching.data import CEFR, MOST_HELD, Facts, Held, Opportunity, Profile, Requirement, Standing, Wishes

URIS = [f"http://example.org/skill/{letter}" for letter in "abcdefgh"]
A, B, C, D = URIS[:4]

levels = st.integers(1, 4)
weights = st.sampled_from([1, 40, 55, 99, 100])
bases = st.sampled_from([5, 40, 60, 95, 100])
days = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 6))
languages = st.dictionaries(st.sampled_from(["fr", "en", "ar"]), st.sampled_from(CEFR), max_size=2)
facts = st.builds(
    Facts,
    languages=languages.map(lambda found: tuple(sorted(found.items()))),
    place=st.sampled_from(["remote", "Lyon"]),
    kind=st.sampled_from(["job", "internship"]),
    starts=days,
    ends=days,
)
requirement_sets = st.lists(
    st.builds(Requirement, uri=st.sampled_from(URIS), level=levels, weight=weights, essential=st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=lambda requirement: requirement.uri,
)
opportunity_lists = st.lists(st.tuples(requirement_sets, facts), max_size=40).map(
    lambda drawn: [
        Opportunity(id=f"{number * 7919 % 101:03}", requirements=tuple(required), facts=fact)
        for number, (required, fact) in enumerate(drawn)
    ]
)
profiles = st.dictionaries(st.sampled_from(URIS), st.builds(Held, level=levels, basis=bases), max_size=6).map(
    lambda held: Profile(held=held)
)
wish_lists = st.none() | st.builds(
    Wishes,
    languages=st.none() | languages,
    places=st.none() | st.frozensets(st.sampled_from(["remote", "Lyon"])),
    kinds=st.none() | st.frozensets(st.sampled_from(["job", "internship"])),
    on=days,
    by=days,
)


@pytest.mark.parametrize("loop", ["scipy's loop", "numpy alone"])
@settings(max_examples=300, deadline=None)
@given(
    opportunities=opportunity_lists,
    profile=profiles,
    wishes=wish_lists,
    k=st.integers(1, 12),
    block=st.sampled_from([1, 2, 5, 256]),
    split=st.integers(0, 40),
    removed=st.integers(0, 5),
)
def test_the_index_finds_what_brute_force_finds(  # type: ignore[no-untyped-def]
    loop, opportunities, profile, wishes, k, block, split, removed
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "BLOCK", block)
        if loop == "numpy alone":
            patch.setattr(index_module, "csc_matvec", None)
        found = Index(opportunities).top(profile, k=k, wishes=wishes)
        again = Index.from_arrays(Index(reversed(opportunities)).arrays()).top(profile, k=k, wishes=wishes)
        # Some of these stand in the index as they were, and some are no more.
        old = [replace(each, requirements=(Requirement(uri=A, level=1),)) for each in opportunities[split:]]
        over = [replace(each, id="over" + each.id) for each in opportunities[:removed]]
        base = Index([*opportunities[:split], *old, *over])
        changed = Index(opportunities[split:])
        gone = base.rows_of([each.id for each in (*old, *over)] + ["none"])
        patched = Patched(base, changed, gone).top(profile, k=k, wishes=wishes)
    admitted = [each for each in opportunities if wishes is None or wishes.admit(each.facts)]
    explained = sorted((explain(each, profile) for each in admitted), key=lambda match: (-match.score, match.id))
    expected = [(match.id, match.score) for match in explained if match.score > 0][:k]
    assert found == expected
    assert again == expected
    assert patched == expected


@pytest.mark.parametrize("loop", ["scipy's loop", "numpy alone"])
def test_among_many_too_where_rounding_could_hide_the_best(monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    if loop == "numpy alone":
        monkeypatch.setattr(index_module, "csc_matvec", None)
    draw = random.Random(5)
    many = [f"http://example.org/many/{number}" for number in range(60)]
    opportunities = [
        Opportunity(
            id=f"{number:05}",
            requirements=tuple(
                Requirement(uri=uri, level=draw.randint(1, 4), weight=draw.choice([40, 97, 100]))
                for uri in draw.sample(many, draw.randint(1, 30))
            ),
        )
        for number in range(3000)
    ]
    index = Index(opportunities)
    for size in (1, 3, 20, 60):
        held = {uri: Held(level=draw.randint(1, 4), basis=draw.choice([5, 85, 100])) for uri in draw.sample(many, size)}
        profile = Profile(held={**held, **{f"else {number}": Held(level=1) for number in range(size)}})
        every = sorted((explain(each, profile) for each in opportunities), key=lambda match: (-match.score, match.id))
        assert index.top(profile, k=25) == [(match.id, match.score) for match in every if match.score > 0][:25]


@settings(max_examples=200)
@given(required=requirement_sets, profile=profiles, uri=st.sampled_from(URIS), more=st.builds(Held, level=levels))
def test_holding_more_never_lowers_the_covered_share(required, profile, uri, more) -> None:  # type: ignore[no-untyped-def]
    work = Opportunity(id="x", requirements=tuple(required))
    before = explain(work, profile)
    old = profile.held.get(uri)
    richer = Profile(held={**profile.held, uri: Held(level=max(more.level, old.level), basis=100) if old else more})
    after = explain(work, richer)
    assert after.covered >= before.covered
    if old or uri in {requirement.uri for requirement in required}:
        assert after.score >= before.score  # what the work asks for never lowers the score either


@settings(max_examples=30, deadline=None)
@given(opportunities=opportunity_lists, profile=profiles, asked=st.lists(wish_lists, min_size=1, max_size=5))
def test_one_persons_wishes_are_not_anothers(opportunities, profile, asked) -> None:  # type: ignore[no-untyped-def]
    index = Index(opportunities)
    more = [Wishes(on=date(2026, 1, day)) for day in range(1, 2 + index_module.MOST_WISHES)]
    for wishes in (*asked, *more, *asked, None):
        every = [explain(each, profile) for each in opportunities if wishes is None or wishes.admit(each.facts)]
        every.sort(key=lambda match: (-match.score, match.id))
        assert index.top(profile, k=5, wishes=wishes) == [(each.id, each.score) for each in every if each.score > 0][:5]


def test_two_threads_and_two_searches_do_not_see_each_other() -> None:
    from concurrent.futures import ThreadPoolExecutor

    opportunities = [Opportunity(id=str(n), requirements=(Requirement(uri=URIS[n % 8], level=2),)) for n in range(4000)]
    index = Index(opportunities)
    asked = [Profile(held={URIS[n % 8]: Held(level=2)}) for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda profile: index.top(profile, k=5), asked))
    assert together == [index.top(profile, k=5) for profile in asked]


def test_a_match_says_why() -> None:
    work = Opportunity(
        id="kitchen",
        requirements=(
            Requirement(uri=A, level=2),
            Requirement(uri=B, level=4),
            Requirement(uri=C, level=2, weight=40, essential=False),
            Requirement(uri=D, level=1),
        ),
    )
    profile = Profile(
        held={A: Held(level=3), B: Held(level=2), URIS[4]: Held(level=2, basis=50), URIS[5]: Held(level=1)}
    )
    match = explain(work, profile, {C: {URIS[5], URIS[4]}, A: {URIS[5]}, D: {URIS[6]}})
    assert [reason.standing for reason in match.reasons] == [
        Standing.HELD,
        Standing.PARTLY,
        Standing.RELATED,
        Standing.MISSING,
    ]
    assert [reason.covered for reason in match.reasons] == [1.0, 0.5, 0.0, 0.0]
    assert match.reasons[2].via == URIS[4]
    assert match.covered == pytest.approx((1 + 0.5) / 3.4)
    assert match.use == 2 / 4
    assert match.score == pytest.approx((match.covered + 2 * match.use) / 3)
    assert [reason.requirement.uri for reason in match.standing(Standing.MISSING)] == [D]


def test_a_weaker_basis_weighs_less_and_more_than_needed_counts_once() -> None:
    work = Opportunity(id="x", requirements=(Requirement(uri=A, level=2),))
    shares = [explain(work, Profile(held={A: Held(level=4, basis=basis)})).covered for basis in (40, 100)]
    assert shares == [0.4, 1.0]


def test_nothing_to_search_gives_nothing() -> None:
    assert Index([]).top(Profile(held={A: Held(level=1)}), k=5) == []
    assert Index([Opportunity(id="x", requirements=(Requirement(uri=A, level=1),))]).top(Profile(held={}), k=5) == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Requirement(uri=A, level=0),
        lambda: Requirement(uri=A, level=1, weight=101),
        lambda: Held(level=5),
        lambda: Held(level=1, basis=0),
        lambda: Held(level=1, basis=41),
        lambda: Profile(held={str(number): Held(level=1) for number in range(MOST_HELD + 1)}),
        lambda: Opportunity(id="x", requirements=()),
        lambda: Opportunity(id="x", requirements=(Requirement(uri=A, level=1), Requirement(uri=A, level=2))),
        lambda: Index([Opportunity(id="x", requirements=(Requirement(uri=A, level=1),))] * 2),
    ],
)
def test_what_makes_no_sense_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r".+"):
        wrong()


def test_arrays_of_another_version_are_refused() -> None:
    arrays = Index([Opportunity(id="x", requirements=(Requirement(uri=A, level=1),))]).arrays()
    for wrong in ({**arrays, "format": arrays["format"] + 1}, {**arrays, "codes": arrays["codes"][:0]}):
        with pytest.raises(ValueError, match="arrays"):
            Index.from_arrays(wrong)
    with pytest.raises(KeyError):
        Index.from_arrays({name: array for name, array in arrays.items() if name != "uris"})


def test_nothing_about_a_person_but_her_competences_can_reach_the_engine() -> None:
    assert {each.name for each in fields(Profile)} == {"held"}
    assert {each.name: each.type for each in fields(Held)} == {"level": "int", "basis": "int"}
    assert {each.name for each in fields(Wishes)} == {"languages", "places", "kinds", "on", "by"}
    with pytest.raises(TypeError):
        Profile(held={}, gender="f")  # type: ignore[call-arg]


def test_the_engine_imports_numpy_and_scipy_alone() -> None:
    allowed = {"__future__", "collections", "dataclasses", "datetime", "enum", "itertools", "json"}
    allowed |= {"threading", "typing"}
    for path in Path(passerelle.matching.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {name.name.split(".")[0] for name in node.names} <= {*allowed, "numpy"}
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] in {*allowed, "scipy"}
