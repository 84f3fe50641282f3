"""How far answers can be trusted, and what changed. Pure: arrays in, figures out; numpy and scipy alone.

`scores` have a row for each person and a column for each competence, levels from 1, NaN where there is no answer; only
people who answered everything count. Every figure is silent below its least number of people: its value is None, and
its reason says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from .data import Change, Extremes, Figure, Silence

Array = npt.NDArray[np.float64]

ALPHA_PEOPLE, ALPHA_ITEMS = 20, 2
OMEGA_PEOPLE, OMEGA_ITEMS = 30, 3
AGREEMENT_PAIRS = 10
CHANGE_PEOPLE = 10
EXTREME_PEOPLE = 10
TOO_MANY = 0.15
"""More than this share of people at an end of the scale: it cannot tell them apart (Terwee and others 2007)."""

RELIABLE = 1.96
"""A reliable change index beyond this happens by chance in one case of twenty (Jacobson and Truax 1991)."""

_SEED = 20_261  # intervals are the same each time that a page is loaded
_COVERAGE = 0.95


# --- Reliability


def alpha(scores: Array, *, replications: int = 1000) -> Figure:
    """Cronbach's α (1951) with a percentile bootstrap interval over people."""
    whole = _complete(scores)
    if silent := _silent(whole, ALPHA_PEOPLE, ALPHA_ITEMS):
        return silent
    value = float(_alphas(whole[None])[0])
    if not np.isfinite(value):
        return Figure(people=len(whole), reason=Silence.NO_DIFFERENCES)
    drawn = np.random.default_rng(_SEED).integers(len(whole), size=(replications, len(whole)))
    low, high = _interval(_alphas(whole[drawn]))
    return Figure(value=value, low=low, high=high, people=len(whole))


def _alphas(samples: Array) -> Array:
    """α of each sample; samples × people × items."""
    items = samples.shape[2]
    of_items = samples.var(axis=1, ddof=1).sum(axis=1)
    of_sums = samples.sum(axis=2).var(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values: Array = items / (items - 1) * (1 - of_items / of_sums)
    return values


def omega(scores: Array, *, replications: int = 200) -> Figure:
    """McDonald's ω (1999) of one factor fitted by maximum likelihood (Jöreskog 1967), with a bootstrap interval."""
    whole = _complete(scores)
    if silent := _silent(whole, OMEGA_PEOPLE, OMEGA_ITEMS):
        return silent
    value = _omega(whole)
    if value is None:
        return Figure(people=len(whole), reason=Silence.NO_DIFFERENCES)
    draw = np.random.default_rng(_SEED)
    again = (_omega(whole[draw.integers(len(whole), size=len(whole))]) for _ in range(replications))
    low, high = _interval(np.array([each for each in again if each is not None]))
    return Figure(value=value, low=low, high=high, people=len(whole))


def _omega(whole: Array) -> float | None:
    from scipy import optimize  # slow to import, and wanted here alone

    covariance = np.cov(whole, rowvar=False)
    spread = np.sqrt(np.diag(covariance))
    if not spread.all():
        return None
    correlation = covariance / np.outer(spread, spread)
    fitted = optimize.minimize(
        _misfit, np.log(np.full(len(spread), 0.5)), args=(correlation,), jac=True, method="L-BFGS-B",
        bounds=[(np.log(0.005), 0.0)] * len(spread), options={"ftol": 1e-12, "gtol": 1e-8},
    )  # fmt: skip
    unique = np.exp(fitted.x)
    loadings = _loadings(unique, correlation) * spread
    common = loadings.sum() ** 2
    return float(common / (common + (unique * spread**2).sum()))


def _misfit(logs: Array, correlation: Array) -> tuple[float, Array]:
    """What one factor leaves unexplained, at its best loadings for these logarithms of unique variances; its slope."""
    scale = np.exp(-logs / 2)
    values, vectors = np.linalg.eigh(correlation * np.outer(scale, scale))
    rest = np.maximum(values[:-1], 1e-12)
    return float((rest - np.log(rest) - 1).sum()), vectors[:, :-1] ** 2 @ (1 - rest)


def _loadings(unique: Array, correlation: Array) -> Array:
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlation / np.outer(scale, scale))
    loadings: Array = scale * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0))
    return loadings


def standard_error(scores: Array) -> Figure:
    """Standard error of a person's mean level: SD × √(1 - α). It has no interval."""
    reliability = alpha(scores, replications=1)
    if reliability.value is None:
        return reliability
    means = _complete(scores).mean(axis=1)
    error = means.std(ddof=1) * np.sqrt(1 - min(max(reliability.value, 0.0), 1.0))
    return Figure(value=float(error), people=reliability.people)


# --- Agreement of two raters


def weighted_kappa(one: Sequence[float], other: Sequence[float], *, levels: int, quadratic: bool = True) -> Figure:
    """Cohen's weighted κ (1968) of two raters' levels from 1 to `levels`, with a bootstrap interval over pairs."""
    pairs = _complete(np.column_stack([np.asarray(one, float), np.asarray(other, float)]))
    if len(pairs) < AGREEMENT_PAIRS:
        return Figure(people=len(pairs), reason=Silence.FEW_PEOPLE)
    away = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))).astype(float)
    weights = away**2 if quadratic else away
    value = _kappa(pairs, weights)
    if value is None:
        return Figure(people=len(pairs), reason=Silence.NO_DIFFERENCES)
    draw = np.random.default_rng(_SEED)
    again = (_kappa(pairs[draw.integers(len(pairs), size=len(pairs))], weights) for _ in range(1000))
    low, high = _interval(np.array([each for each in again if each is not None]))
    return Figure(value=value, low=low, high=high, people=len(pairs))


def _kappa(pairs: Array, weights: Array) -> float | None:
    levels = len(weights)
    places = (pairs.astype(int) - 1) @ np.array([levels, 1])
    seen = np.bincount(places, minlength=levels**2).reshape(levels, levels) / len(pairs)
    by_chance = float((weights * np.outer(seen.sum(axis=1), seen.sum(axis=0))).sum())
    return 1 - float((weights * seen).sum()) / by_chance if by_chance > 0 else None


# --- Change


def reliable_change(before: Array, after: Array, *, standard_deviation: float, reliability: float) -> Array:
    """People's reliable change index (Jacobson and Truax 1991): the change in standard errors of a difference."""
    error = standard_deviation * np.sqrt(1 - reliability)
    found: Array = (after - before) / (np.sqrt(2) * error)
    return found


def change(before: Array, after: Array, looking_back: Array) -> Change:
    """How a group changed. Each array holds a person's mean level, NaN where she did not answer then.

    Reliable changes of single people are counted by `count_reliable`.
    """
    return Change(
        seen=_mean_difference(after, before),
        corrected=_mean_difference(after, looking_back),
        shift=_mean_difference(looking_back, before),
    )


def count_reliable(before: Array, after: Array) -> tuple[int, int] | None:
    """How many people improved and declined reliably on several competences; None where reliability is not known.

    `before` and `after` are scores of the same people in the same order. Spread and reliability are those before.
    """
    complete = ~(np.isnan(before).any(axis=1) | np.isnan(after).any(axis=1))
    reliability = alpha(before[complete], replications=1).value
    if reliability is None or not 0 < reliability < 1:
        return None
    start, end = before[complete].mean(axis=1), after[complete].mean(axis=1)
    index = reliable_change(start, end, standard_deviation=float(start.std(ddof=1)), reliability=reliability)
    return int((index > RELIABLE).sum()), int((index < -RELIABLE).sum())


def _mean_difference(later: Array, earlier: Array) -> Figure:
    """The mean difference of pairs with Student's interval."""
    differences = (later - earlier)[~np.isnan(later - earlier)]
    people = len(differences)
    if people < CHANGE_PEOPLE:
        return Figure(people=people, reason=Silence.FEW_PEOPLE)
    mean = float(differences.mean())
    half = float(special.stdtrit(people - 1, 1 - (1 - _COVERAGE) / 2) * differences.std(ddof=1) / np.sqrt(people))
    return Figure(value=mean, low=mean - half, high=mean + half, people=people)


# --- Ends of the scale, and languages


def extremes(levels: Sequence[float], *, lowest: float, highest: float) -> Extremes:
    """How many people stand at either end of the scale."""
    given = np.asarray(levels, float)
    given = given[~np.isnan(given)]
    if len(given) < EXTREME_PEOPLE:
        return Extremes(people=len(given), reason=Silence.FEW_PEOPLE)
    floor, ceiling = float((given == lowest).mean()), float((given == highest).mean())
    return Extremes(
        floor=floor,
        ceiling=ceiling,
        floor_flag=floor > TOO_MANY,
        ceiling_flag=ceiling > TOO_MANY,
        people=len(given),
    )


def by_language(
    scores: Array, languages: Sequence[str], figure: Callable[[Array], Figure] = alpha
) -> Mapping[str, Figure]:
    """The figure for each language alone: that a translation measures alike has to be seen, it cannot be taken over."""
    spoken = np.asarray(languages)
    return {language: figure(scores[spoken == language]) for language in sorted(set(languages))}


def _complete(scores: Array) -> Array:
    whole: Array = np.asarray(scores, float)
    return whole[~np.isnan(whole).any(axis=1)]


def _silent(whole: Array, people: int, items: int) -> Figure | None:
    if whole.shape[1] < items:
        return Figure(people=len(whole), reason=Silence.FEW_ITEMS)
    return Figure(people=len(whole), reason=Silence.FEW_PEOPLE) if len(whole) < people else None


def _interval(values: Array) -> tuple[float, float]:
    """The middle 95 % of what the bootstrap drew."""
    tail = 100 * (1 - _COVERAGE) / 2
    drawn = values[np.isfinite(values)]
    return float(np.percentile(drawn, tail)), float(np.percentile(drawn, 100 - tail))
