"""The inverted index: exact top k of many opportunities.

A sparse matrix in columns: one column for each competence at each level, one row for each opportunity, and in it the
share of the opportunity's weight. A person is some columns with a worth each. A first pass adds them up in single
precision and keeps every row that could be among the best; a second pass adds those few up in whole numbers.
Rows lie sorted by their rarest competence, so that similar work is close together in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .data import LEVELS, WHOLE, Facts, Held, Match, Opportunity, Profile, Related, Wishes
from .explain import FULL, explain, worth

try:  # the loop beneath scipy's sparse product; private, so a slower one stands beside it
    from scipy.sparse._sparsetools import csc_matvec
except ImportError:  # pragma: no cover - tested by putting None here
    csc_matvec = None

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

BLOCK = 256
"""Rows whose best one is looked at first."""

ENDLESS = np.iinfo(np.int32).max


class Index:
    """Opportunities to search in. Building raises ValueError for an id that occurs twice; then it never changes.

    Memory: 13 bytes a requirement and some 30 an opportunity, beside the opportunities themselves. Several threads may
    search at once.
    """

    def __init__(self, opportunities: Iterable[Opportunity], related: Related | None = None) -> None:
        given = sorted(opportunities, key=lambda opportunity: opportunity.id)
        self._related: Related = related or {}
        self._skills: dict[str, int] = {}
        lengths, skills, levels, weights = self._requirements(given)
        order = _by_rarest(lengths, skills, len(self._skills))
        self._opportunities: list[Opportunity] = [given[row] for row in order]
        self._rank: Ints = order  # rows were sorted by id: a smaller rank is an earlier id
        flat = _ranges(np.concatenate(([0], np.cumsum(lengths)))[order], lengths[order])
        self._columns = (skills[flat] * LEVELS + levels[flat] - 1).astype(np.int32)
        self._weights = weights[flat].astype(np.uint8)
        self._lengths: Ints = lengths[order]
        self._starts: Ints = np.cumsum(self._lengths) - self._lengths
        self._build_postings()
        self._encode_facts()
        self._longest = int(lengths.max(initial=0))
        self._local = threading.local()

    def __len__(self) -> int:
        return len(self._opportunities)

    @property
    def bytes_per_posting(self) -> float:
        """Bytes of the postings and of what the exact pass reads, for each requirement."""
        arrays: list[npt.NDArray[Any]] = [self._rows, self._shares, self._columns, self._weights]
        return float(sum(array.nbytes for array in arrays) / max(1, len(self._columns)))

    def search(self, profile: Profile, *, k: int, wishes: Wishes | None = None) -> list[Match]:
        """The k opportunities with the highest scores above 0, explained; of equals the smaller id first."""
        return [explain(self._opportunities[row], profile, self._related) for row, _ in self._top(profile, k, wishes)]

    def top(self, profile: Profile, *, k: int, wishes: Wishes | None = None) -> list[tuple[str, float]]:
        """As `search`: id and score alone."""
        return [(self._opportunities[row].id, score) for row, score in self._top(profile, k, wishes)]

    # --- Building

    def _requirements(self, given: Sequence[Opportunity]) -> tuple[Ints, Ints, Ints, Ints]:
        for one, next_one in pairwise(given):
            if one.id == next_one.id:
                raise ValueError(f"two opportunities have the id {one.id}")
        every = list(chain.from_iterable(opportunity.requirements for opportunity in given))
        number = self._skills
        return (
            np.array([len(opportunity.requirements) for opportunity in given], dtype=np.int64),
            np.array([number.setdefault(each.uri, len(number)) for each in every], dtype=np.int64),
            np.array([each.level for each in every], dtype=np.int64),
            np.array([each.weight for each in every], dtype=np.int64),
        )

    def _build_postings(self) -> None:
        count = len(self._opportunities)
        rows = np.repeat(np.arange(count, dtype=np.int32), self._lengths)
        weights = self._weights.astype(np.int64)
        self._totals: Ints = np.bincount(rows, weights=weights, minlength=count).astype(np.int64)
        by_column = np.argsort(self._columns, kind="stable")
        self._rows = rows[by_column]
        self._shares: Floats = (weights / self._totals[rows]).astype(np.float32)[by_column]
        sizes = np.bincount(self._columns, minlength=len(self._skills) * LEVELS)
        self._bounds = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)

    def _encode_facts(self) -> None:
        """Languages, places and kinds: each combination is judged once. Dates are compared as numbers."""
        combinations: dict[Facts, int] = {}
        facts = [opportunity.facts for opportunity in self._opportunities]
        undated = (Facts(languages=each.languages, place=each.place, kind=each.kind) for each in facts)
        self._codes = np.array([combinations.setdefault(each, len(combinations)) for each in undated], dtype=np.int32)
        self._combinations = list(combinations)
        self._opens = np.array([_day(each.starts, 0) for each in facts], dtype=np.int32)
        self._closes = np.array([_day(each.ends, ENDLESS) for each in facts], dtype=np.int32)

    # --- Searching

    def _top(self, profile: Profile, k: int, wishes: Wishes | None) -> list[tuple[int, float]]:
        values = self._values(profile)
        if k < 1 or not values:
            return []
        totals = self._add_up(values)
        if wishes is not None:
            totals[: len(self)] *= self._admitted(wishes)
        rows = self._candidates(totals, k)
        scores = self._exact(rows, values)
        best = np.lexsort((self._rank[rows], -scores))[:k]
        return [(int(rows[one]), float(scores[one])) for one in best]

    def _values(self, profile: Profile) -> dict[int, list[int]]:
        """By number of a competence that counts: what the profile is worth to it, for each level required."""
        values: dict[int, list[int]] = {}
        for uri, held in profile.held.items():
            self._raise(values, uri, held, WHOLE)
            for other, part in self._related.get(uri, {}).items():
                if other != uri:
                    self._raise(values, other, held, part)
        return values

    def _raise(self, values: dict[int, list[int]], uri: str, held: Held, part: int) -> None:
        number = self._skills.get(uri)
        if number is not None:
            old = values.get(number, [0] * LEVELS)
            values[number] = [max(old[level - 1], worth(held, level, part)) for level in range(1, LEVELS + 1)]

    def _add_up(self, values: dict[int, list[int]]) -> Floats:
        """Scores in single precision, padded to whole blocks. The array is the thread's own and used again."""
        totals: Floats | None = getattr(self._local, "totals", None)
        if totals is None:
            totals = self._local.totals = np.zeros(-(-len(self) // BLOCK) * BLOCK, dtype=np.float32)
        totals.fill(0)
        for skill, value in values.items():
            factors = np.array(value, dtype=np.float32) / np.float32(FULL)
            bounds = self._bounds[skill * LEVELS : (skill + 1) * LEVELS + 1]
            if csc_matvec is not None:
                csc_matvec(len(totals), LEVELS, bounds, self._rows, self._shares, factors, totals)
            else:
                _scatter(bounds, self._rows, self._shares, factors, totals)
        return totals

    def _admitted(self, wishes: Wishes) -> npt.NDArray[np.bool_]:
        good = np.array([wishes.admit(facts) for facts in self._combinations], dtype=np.bool_)
        admitted: npt.NDArray[np.bool_] = good[self._codes]
        if wishes.on is not None:
            admitted &= self._closes >= wishes.on.toordinal()
        if wishes.by is not None:
            admitted &= self._opens <= wishes.by.toordinal()
        return admitted

    def _candidates(self, totals: Floats, k: int) -> Ints:
        """Every row that may be among the k best. The k-th best block has k rows at least as good before it; what
        rounding can take away from a sum of so many terms is granted to everyone."""
        blocks = totals.reshape(-1, BLOCK)
        maxima = blocks.max(axis=1)
        bar = np.partition(maxima, len(maxima) - k)[len(maxima) - k] if k < len(maxima) else np.float32(0)
        slack = np.float32((2 * self._longest + 8) * np.finfo(np.float32).eps)
        bar = max(bar - slack, np.float32(0))
        hopeful = np.flatnonzero(maxima >= bar)
        inside = blocks[hopeful]
        # Within those blocks the k-th best row is a higher bar still.
        if inside.size > k:
            bar = max(np.partition(inside, inside.size - k, axis=None)[inside.size - k] - slack, bar)
        at, row = np.nonzero((inside >= bar) & (inside > 0))
        return hopeful[at] * BLOCK + row

    def _exact(self, rows: Ints, values: dict[int, list[int]]) -> npt.NDArray[np.float64]:
        """Scores of these rows as `explain` has them: a sum of whole numbers, divided once."""
        if not len(rows):
            return np.zeros(0)
        worths: Ints | None = getattr(self._local, "worths", None)
        if worths is None:
            worths = self._local.worths = np.zeros(len(self._skills) * LEVELS, dtype=np.int64)
        for skill, value in values.items():
            worths[skill * LEVELS : (skill + 1) * LEVELS] = value
        lengths = self._lengths[rows]
        flat = _ranges(self._starts[rows], lengths)
        terms = worths[self._columns[flat]] * self._weights[flat]
        reached = np.add.reduceat(terms, np.cumsum(lengths) - lengths)
        for skill in values:
            worths[skill * LEVELS : (skill + 1) * LEVELS] = 0
        return np.asarray(reached / (self._totals[rows] * FULL))


def _by_rarest(lengths: Ints, skills: Ints, count: int) -> Ints:
    """The order of opportunities that puts those with the same rarest competence beside each other."""
    if not len(lengths):
        return np.zeros(0, dtype=np.int64)
    commonness = np.bincount(skills, minlength=count)
    keys = commonness[skills] * count + skills
    return np.asarray(np.argsort(np.minimum.reduceat(keys, np.cumsum(lengths) - lengths), kind="stable"))


def _ranges(starts: Ints, lengths: Ints) -> Ints:
    """The positions start, start + 1, … of each range, one after the other."""
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths))


def _scatter(bounds: Any, rows: Any, shares: Floats, factors: Floats, totals: Floats) -> None:
    """What csc_matvec does, in numpy. Within a column no row occurs twice, so plain indexing adds right."""
    for start, end, factor in zip(bounds[:-1], bounds[1:], factors, strict=True):
        totals[rows[start:end]] += shares[start:end] * factor


def _day(day: date | None, otherwise: int) -> int:
    return otherwise if day is None else day.toordinal()
