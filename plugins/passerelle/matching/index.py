"""The inverted index: exact top k of many opportunities.

For each competence it keeps the rows of the opportunities that ask for it, and for each level that it can be held at,
what it then covers of each, in 16 bits, rounded down. A person is some of these columns. A first pass adds them up and
keeps every row that could be among the best, whatever rounding took away; a second pass adds up those few in whole
numbers. Rows lie sorted by their rarest competence, so that similar work is close together in memory.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .data import BASIS_STEP, LEVELS, WHOLE, Facts, Held, Opportunity, Profile, Wishes
from .explain import FULL, STEPS, USE, worth

try:  # the loop beneath scipy's sparse product; private, so a slower one stands beside it
    from scipy.sparse._sparsetools import csc_matvec
except ImportError:  # pragma: no cover - tested by putting None here
    csc_matvec = None

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.uint16]
Ranked = list[tuple[str, float]]

BLOCK = 2048
"""Rows whose best one is looked at first."""

FIRMEST = WHOLE // BASIS_STEP
UNIT = np.iinfo(np.uint16).max // ((1 + USE) * FIRMEST)
"""In the first pass a covered share of 1 counts UNIT * FIRMEST and the use as much as USE of them: 16 bits hold all."""

FACTORS = [np.array([factor], dtype=np.uint16) for factor in range(FIRMEST + 1)]
WORTHS = np.array(
    [
        [
            [worth(Held(level=held, basis=basis), level) for level in range(1, LEVELS + 1)]
            for held in range(1, LEVELS + 1)
        ]
        for basis in range(BASIS_STEP, WHOLE + 1, BASIS_STEP)
    ],
    dtype=np.int64,
)
"""By steps of the basis less 1 and by level held less 1: what that is worth at each level required."""

MOST_WISHES = 16
ENDLESS = np.iinfo(np.int32).max


class Index:
    """Opportunities to search in. Building raises ValueError for an id that occurs twice; then it never changes.

    Memory: 17 bytes a requirement and some 70 an opportunity. Several threads may search at once.
    """

    FORMAT = 1
    """Of `arrays`. Another number for whatever changes their meaning, so that nobody reads them wrongly."""

    _by_id: Ints | None = None

    def __init__(self, opportunities: Iterable[Opportunity] = ()) -> None:
        self._read(_arrays(sorted(opportunities, key=lambda opportunity: opportunity.id)))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Index:
        """The index that these `arrays` came from. Raises KeyError or ValueError where they came from none."""
        if int(arrays["format"]) != cls.FORMAT:
            raise ValueError("These arrays come from another version.")
        index = cls.__new__(cls)
        index._read(arrays)
        return index

    def arrays(self) -> dict[str, Array]:
        """All that the index is made from, by name, to keep in a file: no Python objects."""
        return dict(self._arrays)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def bytes_per_posting(self) -> float:
        """Bytes of the postings and of what the exact pass reads, for each requirement."""
        arrays: list[Array] = [self._rows, *self._covers, self._columns, self._weights]
        return float(sum(array.nbytes for array in arrays) / max(1, len(self._columns)))

    def top(self, profile: Profile, *, k: int, wishes: Wishes | None = None, without: Ints | None = None) -> Ranked:
        """The k opportunities with the highest scores above 0, as `explain` has them; of equals the smaller id first.

        `without`: rows to leave out (`rows_of`).
        """
        number = self._numbers.get
        held = [(number(uri, -1), each.level - 1, each.basis // BASIS_STEP) for uri, each in profile.held.items()]
        columns = [column for column in held if column[0] >= 0]
        if k < 1 or not columns:
            return []
        totals = self._add_up(columns, len(profile.held))
        if wishes is not None:
            totals[self._barred(wishes)] = 0
        if without is not None:
            totals[without] = 0
        # Each term lost less than its factor in `covers`, and again in the use; a row has so many terms at most.
        lost = 2 * sum(sorted([factor for _, _, factor in columns], reverse=True)[: self._longest])
        rows = _candidates(totals, k, lost)
        scores = self._exact(rows, np.array(columns), len(profile.held))
        best = sorted(zip((-scores).tolist(), self._ids[rows].tolist(), strict=True))[:k]
        return [(key.decode(), -score) for score, key in best]

    def rows_of(self, ids: Collection[str]) -> Ints:
        """The rows of those of these opportunities that are here."""
        if self._by_id is None:
            self._by_id = np.argsort(self._ids)
        wanted = np.array([each.encode() for each in ids], dtype=bytes)
        places = np.searchsorted(self._ids, wanted, sorter=self._by_id)
        rows = self._by_id[places[places < len(self)]]
        return np.asarray(rows[np.isin(self._ids[rows], wanted)])

    # --- Building

    def _read(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = {name: arrays[name] for name in NAMES}
        self._ids, self._columns, self._weights = arrays["ids"], arrays["columns"], arrays["weights"]
        self._codes, self._opens, self._closes = arrays["codes"], arrays["opens"], arrays["closes"]
        self._numbers = {uri.decode(): number for number, uri in enumerate(arrays["uris"].tolist())}
        self._combinations = [
            Facts(languages=tuple((code, level) for code, level in languages), place=place, kind=kind)
            for languages, place, kind in json.loads(arrays["combinations"].tobytes())
        ]
        self._lengths: Ints = arrays["lengths"].astype(np.int64)
        if not len(self._ids) == len(self._lengths) == len(self._codes) == len(self._opens) == len(self._closes):
            raise ValueError("These arrays do not belong together.")
        self._starts: Ints = np.cumsum(self._lengths) - self._lengths
        self._longest = int(self._lengths.max(initial=0))
        self._build_postings()
        self._local = threading.local()
        self._kept_barred: dict[object, Ints] = {}

    def _build_postings(self) -> None:
        count = len(self)
        rows = np.repeat(np.arange(count, dtype=np.int32), self._lengths)
        weights = self._weights.astype(np.int64)
        self._asked: Ints = np.bincount(rows, weights=weights, minlength=count).astype(np.int64)
        skills, levels = np.divmod(self._columns, LEVELS)
        by_skill = _order(skills, len(self._numbers))
        self._rows = rows[by_skill]
        self._bounds: list[int] = [0, *np.cumsum(np.bincount(skills, minlength=len(self._numbers))).tolist()]
        share = (weights * UNIT)[by_skill]
        of = (self._asked * STEPS)[self._rows]
        level = levels[by_skill] + 1
        self._covers: list[Small] = [
            (share * np.minimum(held * STEPS // level, STEPS) // of).astype(np.uint16) for held in range(1, LEVELS + 1)
        ]

    # --- Searching

    def _add_up(self, columns: list[tuple[int, int, int]], held: int) -> Small:
        """Scores of all rows, rounded down, padded to whole blocks. The array is the thread's own and used again."""
        totals, terms, ends = self._scratch()
        totals.fill(0)
        # Arrays without dimensions: numpy is quicker with them than with its scalars.
        uses = {factor: np.array(USE * UNIT * FIRMEST // held // factor, np.uint16) for _, _, factor in columns}
        all_rows, all_covers, bounds, size = self._rows, self._covers, self._bounds, len(totals)
        for number, level, factor in columns:
            start, end = bounds[number], bounds[number + 1]
            rows, part = all_rows[start:end], terms[: end - start]
            np.add(all_covers[level][start:end], uses[factor], part)
            if csc_matvec is None:
                totals[rows] += part * FACTORS[factor]  # within a column no row occurs twice, so that this adds right
            else:
                ends[1] = end - start
                csc_matvec(size, 1, ends, rows, part, FACTORS[factor], totals)
        return totals

    def _scratch(self) -> tuple[Small, Small, npt.NDArray[np.int32]]:
        found: tuple[Small, Small, npt.NDArray[np.int32]] | None = getattr(self._local, "scratch", None)
        if found is None:
            totals = np.zeros(-(-len(self) // BLOCK) * BLOCK, dtype=np.uint16)
            terms = np.zeros(max((end - start for start, end in pairwise(self._bounds)), default=0), dtype=np.uint16)
            found = self._local.scratch = (totals, terms, np.zeros(2, dtype=np.int32))
        return found

    def _barred(self, wishes: Wishes) -> Ints:
        """The rows that these wishes rule out. They are kept for some wishes: most people ask for today alone."""
        spoken = None if wishes.languages is None else frozenset(wishes.languages.items())
        key = (spoken, wishes.places, wishes.kinds, wishes.on, wishes.by)
        found = self._kept_barred.get(key)
        if found is None:
            if len(self._kept_barred) >= MOST_WISHES:
                self._kept_barred = {}
            found = self._kept_barred[key] = np.flatnonzero(~self._admitted(wishes))
        return found

    def _admitted(self, wishes: Wishes) -> npt.NDArray[np.bool_]:
        """Languages, places and kinds: each combination is judged once. Dates are compared as numbers."""
        good = np.array([wishes.admit(facts) for facts in self._combinations], dtype=np.bool_)
        admitted: npt.NDArray[np.bool_] = good[self._codes]
        if wishes.on is not None:
            admitted &= self._closes >= wishes.on.toordinal()
        if wishes.by is not None:
            admitted &= self._opens <= wishes.by.toordinal()
        return admitted

    def _exact(self, rows: Ints, held: Ints, count: int) -> npt.NDArray[np.float64]:
        """Scores of these rows as `explain` has them: one fraction of whole numbers. `held`: columns of `_add_up`."""
        if not len(rows):
            return np.zeros(0)
        table: Ints | None = getattr(self._local, "worths", None)
        if table is None:
            table = self._local.worths = np.zeros((len(self._numbers), LEVELS), dtype=np.int64)
        numbers, levels, factors = held.T
        lengths = self._lengths[rows]
        starts = lengths.cumsum() - lengths
        flat = _ranges(self._starts[rows], lengths)
        table[numbers] = WORTHS[factors - 1, levels]
        found = table.ravel().take(self._columns.take(flat))
        table[numbers] = 0
        terms = np.array((found * self._weights.take(flat), found > 0))
        reached, used = np.add.reduceat(terms, starts, axis=1)
        asked = self._asked.take(rows) * FULL
        return np.asarray((reached * count + USE * used * asked) / ((1 + USE) * asked * count))


@dataclass(frozen=True, slots=True)
class Patched:
    """An index, and beside it what changed since it was built: `changed` anew, `gone` no longer (rows of `base`)."""

    base: Index
    changed: Index
    gone: Ints

    def top(self, profile: Profile, *, k: int, wishes: Wishes | None = None) -> Ranked:
        """As `Index.top`."""
        found = self.base.top(profile, k=k, wishes=wishes, without=self.gone)
        found += self.changed.top(profile, k=k, wishes=wishes)
        return sorted(found, key=lambda each: (-each[1], each[0]))[:k]


NAMES = ("format", "ids", "uris", "lengths", "columns", "weights", "combinations", "codes", "opens", "closes")


def _arrays(given: list[Opportunity]) -> dict[str, Array]:
    """Opportunities, sorted by id, as arrays; text as UTF-8."""
    for one, next_one in pairwise(given):
        if one.id == next_one.id:
            raise ValueError(f"two opportunities have the id {one.id}")
    every = list(chain.from_iterable(opportunity.requirements for opportunity in given))
    numbers: dict[str, int] = {}
    lengths = np.array([len(opportunity.requirements) for opportunity in given], dtype=np.int64)
    skills = np.array([numbers.setdefault(each.uri, len(numbers)) for each in every], dtype=np.int64)
    columns = (skills * LEVELS + np.array([each.level - 1 for each in every], dtype=np.int64)).astype(np.int32)
    weights = np.array([each.weight for each in every], dtype=np.uint8)
    order = _by_rarest(lengths, skills, len(numbers))
    flat = _ranges((np.cumsum(lengths) - lengths)[order], lengths[order])
    facts = [given[row].facts for row in order]
    codes: dict[tuple[Any, ...], int] = {}
    return {
        "format": np.array(Index.FORMAT),
        "ids": np.array([given[row].id.encode() for row in order], dtype=bytes),
        "uris": np.array([uri.encode() for uri in numbers], dtype=bytes),
        "lengths": lengths[order].astype(np.int32),
        "columns": columns[flat],
        "weights": weights[flat],
        "codes": np.array(
            [codes.setdefault((each.languages, each.place, each.kind), len(codes)) for each in facts], dtype=np.int32
        ),
        "combinations": np.frombuffer(json.dumps(list(codes)).encode(), dtype=np.uint8),
        "opens": np.array([_day(each.starts, 0) for each in facts], dtype=np.int32),
        "closes": np.array([_day(each.ends, ENDLESS) for each in facts], dtype=np.int32),
    }


def _by_rarest(lengths: Ints, skills: Ints, count: int) -> Ints:
    """The order of opportunities that puts those with the same rarest competence beside each other."""
    if not len(lengths):
        return np.zeros(0, dtype=np.int64)
    commonness = np.bincount(skills, minlength=count)
    keys = commonness[skills] * count + skills
    return np.asarray(np.argsort(np.minimum.reduceat(keys, np.cumsum(lengths) - lengths), kind="stable"))


def _order(numbers: Array, count: int) -> Ints:
    """What sorts these numbers below `count`; 16 bits are sorted faster."""
    short = numbers.astype(np.uint16) if count <= np.iinfo(np.uint16).max else numbers
    return np.asarray(np.argsort(short, kind="stable"))


def _candidates(totals: Small, k: int, lost: int) -> Ints:
    """Every row that may be among the k best, where rounding may have taken up to `lost` from any.

    The k-th best block has k rows at least as good before it.
    """
    blocks = totals.reshape(-1, BLOCK)
    maxima = np.maximum.reduce(blocks, axis=1)
    bar = int(np.partition(maxima, len(maxima) - k)[len(maxima) - k]) if k < len(maxima) else 0
    hopeful = np.flatnonzero(maxima >= max(bar - lost, 1))
    inside = blocks[hopeful].ravel()
    found = np.flatnonzero(inside >= max(bar - lost, 1))
    if len(found) > k:  # the k-th best of these rows is a higher bar still
        values = inside[found]
        bar = int(np.partition(values, len(values) - k)[len(values) - k])
        found = found[values >= max(bar - lost, 1)]
    return np.asarray(found + (hopeful - np.arange(len(hopeful))).take(found // BLOCK) * BLOCK)


def _ranges(starts: Ints, lengths: Ints) -> Ints:
    """The positions start, start + 1, … of each range, one after the other."""
    flat = (starts - (lengths.cumsum() - lengths)).repeat(lengths)
    flat += np.arange(len(flat))
    return flat


def _day(day: date | None, otherwise: int) -> int:
    return otherwise if day is None else day.toordinal()
