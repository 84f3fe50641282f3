"""Figures by published examples, and silence where there is too little to say."""

from __future__ import annotations

import numpy as np
import pytest
from passerelle.competences import measurement as m
from passerelle.competences.measurement import Silence


def answers(people: int, items: int = 5, seed: int = 3) -> m.Array:
    """Levels from 1 to 4 that have something in common."""
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(people, 1))
    raw = 2.5 + 0.8 * common + 0.7 * draw.normal(size=(people, items)) + np.linspace(-0.5, 0.5, items)
    return np.clip(np.round(raw), 1, 4)


def test_reliable_change_as_jacobson_and_truax_worked_it_out() -> None:
    """Their couple of 1991: from 32.5 to 47.5, standard deviation 7.5, reliability 0.80: 3.16."""
    index = m.reliable_change(np.array([32.5]), np.array([47.5]), standard_deviation=7.5, reliability=0.80)
    assert index == pytest.approx([3.16], abs=0.005)


def test_alpha_of_items_that_are_the_same_is_one() -> None:
    one = answers(40)[:, :1]
    assert m.alpha(np.repeat(one, 4, axis=1)).value == pytest.approx(1)


@pytest.mark.parametrize("figure", [m.alpha, m.omega, m.standard_error])
def test_reliability_is_silent_with_few_people_few_items_or_no_differences(figure: object) -> None:
    assert callable(figure)
    assert figure(answers(19)).reason == Silence.FEW_PEOPLE
    assert figure(answers(60)[:, :1]).reason == Silence.FEW_ITEMS
    assert figure(np.full((60, 5), 3.0)).reason == Silence.NO_DIFFERENCES
    said = figure(answers(60))
    assert (said.reason, said.people) == (None, 60)
    assert said.value is not None
    gaps = answers(60)
    gaps[:45, 0] = np.nan
    assert (figure(gaps).reason, figure(gaps).people) == (Silence.FEW_PEOPLE, 15)


def test_intervals_hold_the_value_and_are_the_same_each_time() -> None:
    scores = answers(80)
    for figure in (m.alpha(scores), m.omega(scores), m.weighted_kappa(scores[:, 0], scores[:, 1], levels=4)):
        assert figure.low is not None
        assert figure.value is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high
    assert m.omega(scores) == m.omega(scores)


def test_agreement_needs_ten_pairs_and_some_difference() -> None:
    assert m.weighted_kappa([1] * 9, [2] * 9, levels=4).reason == Silence.FEW_PEOPLE
    assert m.weighted_kappa([2] * 12, [2] * 12, levels=4).reason == Silence.NO_DIFFERENCES
    assert m.weighted_kappa([1, 2, 3, 4] * 3, [1, 2, 3, 4] * 3, levels=4).value == pytest.approx(1)
    assert m.weighted_kappa([*[1, 2] * 5, np.nan], [*[1, 2] * 5, 3], levels=4).people == 10


def test_looking_back_corrects_what_people_thought_of_themselves_before() -> None:
    draw = np.random.default_rng(1)
    back = draw.normal(2, 0.3, 30)
    change = m.change(before=back + 1, after=back + 0.8 + draw.normal(0, 0.1, 30), looking_back=back)
    assert change.seen.value is not None
    assert change.seen.value < 0
    assert change.corrected.value == pytest.approx(0.8, abs=0.1)
    assert change.shift.value == pytest.approx(-1)
    few = m.change(before=back[:9], after=back[:9], looking_back=np.full(9, np.nan))
    assert (few.seen.reason, few.corrected.people) == (Silence.FEW_PEOPLE, 0)


def test_reliable_changes_are_counted() -> None:
    before = answers(60)
    after = before.copy()
    after[:3] = 4
    before[:3] = 1
    counted = m.count_reliable(before, after)
    assert counted == (3, 0)
    assert m.count_reliable(after, before) is not None
    assert m.count_reliable(before[:5], after[:5]) is None


def test_ends_of_the_scale_are_flagged_beyond_fifteen_in_a_hundred() -> None:
    seen = m.extremes([1] * 3 + [2] * 14 + [4] * 3, lowest=1, highest=4)
    assert (seen.floor, seen.floor_flag, seen.ceiling_flag) == (0.15, False, False)
    assert m.extremes([4] * 8 + [2] * 12, lowest=1, highest=4).ceiling_flag
    assert m.extremes([4] * 9, lowest=1, highest=4).reason == Silence.FEW_PEOPLE


def test_each_language_is_looked_at_alone() -> None:
    scores = answers(70)
    found = m.by_language(scores, ["fr"] * 40 + ["ar"] * 30)
    assert found["fr"] == m.alpha(scores[:40])
    assert found["ar"].people == 30
    assert m.by_language(scores, ["fr"] * 60 + ["ar"] * 10)["ar"].reason == Silence.FEW_PEOPLE
