"""Achievements as data: what is wrong with a definition is said in words, all at once; criteria combine."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passerelle.badges import definitions
from passerelle.badges.criteria import Facts, Names, evaluate, met_sentences
from passerelle.competences.data import Basis

from .conftest import BLOCK, COURSE, DEFINITION, TEAMWORK

NAMES = Names(language="en", competence=lambda _uri: "Teamwork", course=lambda key: key)
CLAIM = {"claim": {"uri": TEAMWORK, "level": 2, "basis": "validated"}}


def problems(**changes: Any) -> dict[str, str]:
    found, wrong = definitions.parse({**DEFINITION, **changes})
    assert (found is None) == bool(wrong)
    return {each.field: each.message for each in wrong}


def test_a_good_one_has_no_problems() -> None:
    assert problems() == {}
    assert problems(criteria={"all": [CLAIM, {"any": [{"circle": None}, {"unit": BLOCK}]}, {"course": COURSE}]}) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Team worker"}, "slug"),
        ({"slug": "x" * 65}, "slug"),
        ({"name": {}}, "name"),
        ({"name": "Team"}, "name"),
        ({"name": {"en": " ", "fr": "x"}}, "name.en"),
        ({"name": {"en": "x" * 101, "fr": "x"}}, "name.en"),
        ({"how": {"en": "Only English"}}, "how"),
        ({"description": {"english": "x"}}, "description"),
        ({"picture": {"shape": "cloud"}}, "picture.shape"),
        ({"picture": {"colour": "red"}}, "picture.colour"),
        ({"picture": {"colour": '#000000"/><script>'}}, "picture.colour"),
        ({"alignment": []}, "alignment"),
        ({"alignment": [{"uri": TEAMWORK, "level": 5}]}, "alignment.0.level"),
        ({"alignment": [{"uri": "javascript:x", "level": 2}]}, "alignment.0.uri"),
        ({"alignment": [{"uri": TEAMWORK, "level": 2}] * 2}, "alignment"),
        ({"valid_days": -1}, "valid_days"),
        ({"valid_days": True}, "valid_days"),
        ({"criteria": {}}, "criteria"),
        ({"criteria": {"all": []}}, "criteria.all"),
        ({"criteria": {"magic": 1}}, "criteria"),
        ({"criteria": {**CLAIM, "circle": None}}, "criteria"),
        ({"criteria": {"claim": {"uri": TEAMWORK, "level": 2, "basis": "badge_backed"}}}, "criteria.claim.basis"),
        ({"criteria": {"claim": {"uri": TEAMWORK, "level": "2"}}}, "criteria.claim.level"),
        ({"criteria": {"unit": "x"}}, "criteria.unit"),
        ({"criteria": {"unit": "lb:Org:Lib:vertical:x"}}, "criteria.unit"),
        ({"criteria": {"course": BLOCK}}, "criteria.course"),
        ({"criteria": {"circle": {"times": 0}}}, "criteria.circle.times"),
        ({"criteria": {"practicum": {"part": "A part", "name": {"en": "x"}}}}, "criteria.practicum.part"),
        ({"surprise": 1}, ""),
    ],
)
def test_what_is_wrong_is_said_where_it_is(changes: dict[str, Any], field: str) -> None:
    assert field in problems(**changes)


def test_nobody_can_write_more_than_anyone_reads() -> None:
    nested: dict[str, Any] = CLAIM
    for _level in range(10):
        nested = {"all": [nested]}
    assert problems(criteria=nested)
    assert problems(criteria={"all": [CLAIM] * 40})
    assert definitions.read("x" * 70_000)[1]
    assert definitions.read("a: &a [x]\nb: [*a, *a]")[1]
    right = json.dumps(DEFINITION)
    undated, half = right.replace('"team-worker"', "2026-01-01"), right.replace("Does a share", "\\ud800")
    for text in (undated, half, "{", "- 1", "null", "", "!!python/object/apply:os.system ['true']"):
        found, wrong = definitions.read(text)
        assert found is None
        assert wrong


LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nothing_makes_the_parser_fail(raw: Any) -> None:
    for given_definition in (raw, {**DEFINITION, "criteria": raw}, {**DEFINITION, "picture": raw, "name": raw}):
        found, wrong = definitions.parse(given_definition)
        assert (found is None) == bool(wrong)


def step(criteria: Any, facts: Facts) -> Any:
    found, wrong = definitions.parse({**DEFINITION, "criteria": criteria})
    assert found, wrong
    return evaluate(found.criteria, facts, achievement_id="a", names=NAMES)


@pytest.mark.parametrize(("level", "basis"), itertools.product(range(1, 5), list(Basis)))
def test_claims_count_from_their_level_and_basis_up(level: int, basis: Basis) -> None:
    found = step(CLAIM, Facts(claims={TEAMWORK: ((level, basis),)}))
    assert found.met == (level >= 2 and basis is Basis.VALIDATED)


def test_a_high_level_on_a_weak_basis_lends_nothing_to_a_low_one_on_a_strong() -> None:
    claims = {TEAMWORK: ((4, Basis.STATED), (1, Basis.VALIDATED))}
    assert not step(CLAIM, Facts(claims=claims)).met


@pytest.mark.parametrize(("circle", "unit", "course"), itertools.product([False, True], repeat=3))
def test_all_and_any(circle: bool, unit: bool, course: bool) -> None:
    facts = Facts(
        circles=((COURSE, BLOCK),) if circle else (),
        units=frozenset({BLOCK} if unit else ()),
        courses=frozenset({COURSE} if course else ()),
    )
    wanted = {"all": [{"circle": {"block": BLOCK}}, {"any": [{"unit": BLOCK}, {"course": COURSE}]}]}
    found = step(wanted, facts)
    assert found.met == (circle and (unit or course))
    if found.met:
        assert len(met_sentences(found)) == 1 + unit + course


def test_circles_are_counted() -> None:
    other = COURSE.replace("+en", "+fr")
    facts = Facts(circles=((COURSE, BLOCK), (other, BLOCK)))
    assert step({"circle": {"times": 2}}, facts).met
    assert not step({"circle": {"times": 2, "course": COURSE}}, facts).met
    assert "So far: 1" in step({"circle": {"times": 2, "course": COURSE}}, facts).said
