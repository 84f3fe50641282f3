"""The same figures to three decimals from pingouin and scikit-learn."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from passerelle.competences import measurement as m

SEEDS = (1, 2, 3)


def answers(people: int, items: int, seed: int) -> m.Array:
    draw = np.random.default_rng(seed)
    raw = 2.5 + 0.8 * draw.normal(size=(people, 1)) + draw.uniform(0.4, 1.2, items) * draw.normal(size=(people, items))
    return np.clip(np.round(raw), 1, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_alpha(seed: int) -> None:
    pingouin, pandas = importlib.import_module("pingouin"), importlib.import_module("pandas")
    scores = answers(50, 6, seed)
    theirs, _interval = pingouin.cronbach_alpha(pandas.DataFrame(scores))
    assert m.alpha(scores).value == pytest.approx(theirs, abs=5e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_omega(seed: int) -> None:
    decomposition = importlib.import_module("sklearn.decomposition")
    scores = answers(120, 6, seed)
    factor = decomposition.FactorAnalysis(n_components=1, tol=1e-10, max_iter=100_000, svd_method="lapack").fit(scores)
    common = factor.components_[0].sum() ** 2
    theirs = common / (common + factor.noise_variance_.sum())
    assert m.omega(scores, replications=20).value == pytest.approx(theirs, abs=5e-4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weights", ["quadratic", "linear"])
def test_weighted_kappa(seed: int, weights: str) -> None:
    metrics = importlib.import_module("sklearn.metrics")
    one, other = answers(40, 2, seed).T
    theirs = metrics.cohen_kappa_score(one.astype(int), other.astype(int), weights=weights, labels=[1, 2, 3, 4])
    ours = m.weighted_kappa(one, other, levels=4, quadratic=weights == "quadratic")
    assert ours.value == pytest.approx(theirs, abs=5e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_mean_change(seed: int) -> None:
    pingouin = importlib.import_module("pingouin")
    before, after = answers(25, 2, seed).T
    theirs = pingouin.ttest(after, before, paired=True).iloc[0]
    low, high = next(theirs[name] for name in ("CI95%", "CI95") if name in theirs)
    ours = m.change(before, after, np.full(25, np.nan)).seen
    assert (ours.low, ours.high) == (pytest.approx(low, abs=6e-3), pytest.approx(high, abs=6e-3))
