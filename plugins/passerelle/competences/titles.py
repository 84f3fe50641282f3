"""From a job title in a person's own words to occupations: one method for all languages, without network or models.

Three views of a title are added up. Words: the title's words against a name's, each with its most alike (`wording`)
and with what stands in for it (words that change places in names of the same occupation: "carpet fitter", "carpet
installer"), cosine of their weights. Letters: cosine of tf-idf over sequences of 3 to 5 letters within words, which
sees into compounds. Names together: BM25 (Robertson and Zaragoza 2009) over the same sequences of all names of an
occupation, which prefers the occupation that has much of the title to one of which a single name happens to look like
it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse

from .wording import Floats, Ints, Vocabulary, packed, sequences, words

LONGEST = 300
"""Characters of a title that are looked at."""

_LETTERS = (3, 5)
_WORDS_SHARE = 0.65  # of words against letters in a name's score
_SECOND = 0.25  # weight of an occupation's second-best name beside its best
_TOGETHER = 0.2  # weight of all names together
_STANDING_IN = 0.9  # of a word that always stands in for another, against the word itself
_SELDOM = 0.3  # how little it matters that it does so seldom (1: in proportion; 0: not at all)
_SAME_WORD = 0.6  # likeness from which what stands in for a word does so for the other
_SAME_WORDS = 3  # such words that are looked at
_SATURATION, _LENGTH = 1.2, 0.5  # BM25's k1 and b


@dataclass(frozen=True, slots=True)
class Match:
    """An occupation's number, its best name's number, and a score of which only the order means something."""

    occupation: int
    name: int
    score: float


class TitleIndex:
    """Names of occupations, in one language. Built once, then only read."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        """`names`: numbers of occupations from 0, and names of theirs. Occupations without names are never found."""
        owners, texts, places = [], [], []
        for place, (owner, name) in enumerate(names):
            for form in _forms(name):
                owners.append(owner)
                texts.append(form)
                places.append(place)
        # Each occupation's names beside one another, so that they can be summed up in one go.
        order = np.argsort(owners, kind="stable")
        texts = [texts[each] for each in order]
        self._places = np.array(places, dtype=np.int32)[order]
        self._occupations, starts = np.unique(np.array(owners, dtype=np.int32)[order], return_index=True)
        self._starts = np.concatenate((starts, [len(texts)])).astype(np.int64)
        self._build_words(texts)
        self._build_letters(texts)

    def _build_words(self, texts: list[list[str]]) -> None:
        sets = [list(dict.fromkeys(text)) for text in texts]
        self._vocabulary = Vocabulary(word for each in sets for word in each)
        numbers = np.array([self._vocabulary.number[word] for each in sets for word in each], dtype=np.int64)
        rows = np.repeat(np.arange(len(sets), dtype=np.int64), [len(each) for each in sets])
        self._bounds, self._rows = packed(numbers, rows, len(self._vocabulary.words))
        self._spread = np.diff(self._bounds)
        self._weights = np.log(1 + len(sets) / (1 + self._spread))
        squares = np.bincount(rows, weights=self._weights[numbers] ** 2, minlength=len(sets))
        self._lengths = np.sqrt(np.maximum(squares, 1e-9))
        self._stand_ins = self._found_stand_ins(texts)

    def _found_stand_ins(self, texts: list[list[str]]) -> dict[int, dict[int, float]]:
        """By a word's number, the numbers of words that stand in for it, and how often (0 to 1).

        How often: occupations where the two change places within the same words, against those that have either.
        """
        together: Counter[tuple[int, int]] = Counter()
        alone: Counter[int] = Counter()
        for start, end in pairwise(self._starts):
            places: dict[tuple[int, ...], set[int]] = {}
            mine: set[int] = set()
            for text in texts[start:end]:
                numbers = tuple(self._vocabulary.number[word] for word in text)
                mine.update(numbers)
                for place, number in enumerate(numbers if len(numbers) > 1 else ()):
                    places.setdefault((*numbers[:place], -1, *numbers[place + 1 :]), set()).add(number)
            alone.update(mine)
            together.update({pair for found in places.values() for pair in permutations(found, 2)})
        stand_ins: dict[int, dict[int, float]] = {}
        for (one, other), often in together.items():
            stand_ins.setdefault(one, {})[other] = min(1.0, often / float(np.sqrt(alone[one] * alone[other])))
        return stand_ins

    def _meant(self, numbers: Ints, values: Floats) -> tuple[Ints, Floats]:
        """Words alike, and what stands in for those that are nearly the same."""
        likeness = dict(zip(numbers.tolist(), values.tolist(), strict=True))
        for number, value in list(likeness.items())[-_SAME_WORDS:]:
            if value >= _SAME_WORD:
                for other, often in self._stand_ins.get(number, {}).items():
                    likeness[other] = max(likeness.get(other, 0.0), _STANDING_IN * value * often**_SELDOM)
        return np.array(list(likeness), dtype=np.int32), np.array(list(likeness.values()), dtype=np.float32)

    def _build_letters(self, texts: list[list[str]]) -> None:
        self._sequences: dict[str, int] = {}
        numbers: list[int] = []
        counts = []
        for text in texts:
            found = [self._sequences.setdefault(each, len(self._sequences)) for each in _letters(text)]
            numbers += found
            counts.append(len(found))
        rows = np.repeat(np.arange(len(texts)), counts)
        shape = (len(texts), len(self._sequences))
        ones = np.ones(len(numbers), dtype=np.float32)
        table = scipy.sparse.csr_matrix((ones, (rows, np.array(numbers, dtype=np.int64))), shape=shape)
        spread = np.bincount(table.indices, minlength=shape[1])
        self._rarity = (np.log((1 + shape[0]) / (1 + spread)) + 1).astype(np.float32)
        self._together = self._bm25(table)
        table.data *= self._rarity[table.indices]
        lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
        table.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(table.indptr)).astype(np.float32)
        self._by_letters = table.T.tocsr()

    def _bm25(self, table: Any) -> Any:
        """Sequences by occupations: what each says for an occupation, all its names taken together."""
        groups = np.repeat(np.arange(len(self._occupations)), np.diff(self._starts))
        joined = scipy.sparse.csr_matrix(
            (np.ones(len(groups), dtype=np.float32), (groups, np.arange(len(groups)))),
            shape=(len(self._occupations), table.shape[0]),
        )
        counts = (joined @ table).tocsr()
        size = np.asarray(counts.sum(axis=1)).ravel()
        row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        spread = np.bincount(counts.indices, minlength=counts.shape[1])
        self._telling = np.log(1 + (counts.shape[0] - spread + 0.5) / (spread + 0.5)).astype(np.float32)
        damping = _SATURATION * (1 - _LENGTH + _LENGTH * size[row] * len(size) / max(size.sum(), 1e-9))
        counts.data = counts.data * (_SATURATION + 1) / (counts.data + damping) * self._telling[counts.indices]
        return counts.T.tocsr()

    def search(self, title: str, *, limit: int = 5) -> list[Match]:
        """The occupations that fit the title best, best first; none where nothing is alike."""
        by_name, by_occupation = self.scores(title)
        found = np.flatnonzero(by_occupation > 0)
        best = found[np.lexsort((found, -by_occupation[found]))][:limit]
        matches = []
        for row in best:
            start, end = self._starts[row], self._starts[row + 1]
            name = int(self._places[start + int(np.argmax(by_name[start:end]))])
            matches.append(Match(int(self._occupations[row]), name, float(by_occupation[row])))
        return matches

    def scores(self, title: str) -> tuple[Floats, npt.NDArray[np.float64]]:
        """The scores of all names, and of all occupations that have some (ascending by number)."""
        asked = words(title[:LONGEST])
        if not asked or not len(self._occupations):
            return np.zeros(len(self._places), dtype=np.float32), np.zeros(len(self._occupations))
        letters = [self._sequences[each] for each in _letters(asked) if each in self._sequences]
        by_name = _WORDS_SHARE * self._score_words(asked) + (1 - _WORDS_SHARE) * self._score_letters(letters)
        return by_name, self._sum_up(by_name) + _TOGETHER * self._score_together(letters)

    def _score_words(self, asked: list[str]) -> Floats:
        total = np.zeros(len(self._lengths))
        squares = 0.0
        for word in dict.fromkeys(asked):
            numbers, values = self._vocabulary.alike(word)
            weight = float(np.log(1 + len(total) / (1 + float((values * self._spread[numbers]).sum()))))
            squares += weight**2
            if len(numbers):
                numbers, values = self._meant(numbers, values)
                worth = values * self._weights[numbers]
                order = np.argsort(worth, kind="stable")  # the last written is the best
                rows = [self._rows[self._bounds[each] : self._bounds[each + 1]] for each in numbers[order]]
                likeness = np.zeros(len(total))
                likeness[np.concatenate(rows)] = np.repeat(worth[order], self._spread[numbers[order]])
                total += weight * likeness
        cosines: Floats = (total / self._lengths / max(np.sqrt(squares), 1e-9)).astype(np.float32)
        return cosines

    def _score_letters(self, letters: list[int]) -> Floats:
        numbers, counts = np.unique(np.array(letters, dtype=np.int64), return_counts=True)
        values = counts * self._rarity[numbers]
        length = np.sqrt((values**2).sum())
        return _product(numbers, (values / max(length, 1e-9)).astype(np.float32), self._by_letters)

    def _score_together(self, letters: list[int]) -> Floats:
        numbers = np.unique(np.array(letters, dtype=np.int64))
        whole = float(self._telling[numbers].sum()) * (_SATURATION + 1)
        return _product(numbers, np.ones(len(numbers), dtype=np.float32), self._together) / np.float32(max(whole, 1e-9))

    def _sum_up(self, by_name: Floats) -> npt.NDArray[np.float64]:
        """Each occupation's best name, and a little of its second-best (the same again where it has but one)."""
        best = np.maximum.reduceat(by_name, self._starts[:-1])
        groups = np.repeat(np.arange(len(self._occupations)), np.diff(self._starts))
        order = np.lexsort((by_name, groups))
        second = by_name[order][np.maximum(self._starts[1:] - 2, self._starts[:-1])]
        summed: npt.NDArray[np.float64] = (best + _SECOND * second) / (1 + _SECOND)
        return summed


def _forms(name: str) -> list[list[str]]:
    """The words of a name, and of each of the forms that it names ("cook/chef")."""
    forms = [words(name)]
    if "/" in name:
        forms += [words(form) for form in name.split("/")]
    return [form for form in forms if form]


def _letters(text: list[str]) -> list[str]:
    return [each for word in text for each in sequences(word, *_LETTERS)]


def _product(columns: npt.NDArray[np.int64], values: npt.NDArray[np.float32], table: Any) -> Floats:
    """A sparse row times a sparse table, as a dense row."""
    row = scipy.sparse.csr_matrix((values, columns, [0, len(columns)]), shape=(1, table.shape[0]))
    product: Floats = (row @ table).toarray().ravel()
    return product
