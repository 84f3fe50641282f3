"""Words that are written alike: one notion of it for all languages, without word lists, stemmers or models.

A word is known by its short letter sequences and by how it begins, so that plurals, genders, typing errors and articles
written onto a word cost little. Rare sequences count for more than common ones (tf-idf, cosine).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

ALIKE = 0.35
"""Words less alike than this (0 to 1) have nothing to do with each other."""

_SHORT, _LONG = 2, 4  # letters in a sequence
_BEGINNING = 3  # letters that a word's beginning has at least
_ENOUGH = 64  # words alike that are looked at, the most alike of them
_PREFIX_WORTH = 0.95  # of a word begun, against the whole word
_WORTH_A_LOOK = 0.15  # likeness from which spelling errors are counted
_LETTERS_AN_ERROR = 4  # a word may have one error for so many letters


def fold(text: str) -> str:
    """Without case, accents and vowel signs."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The folded words of a text, in order. What stands in brackets is left out where anything stands outside."""
    outside = re.sub(r"\([^)]*\)", " ", text)
    return re.findall(r"\w+", fold(outside)) or re.findall(r"\w+", fold(text))


def sequences(word: str, shortest: int, longest: int) -> Iterator[str]:
    """The word's letter sequences of these lengths, its two ends counted as letters."""
    marked = f"^{word}$"
    for length in range(shortest, longest + 1):
        for start in range(max(1, len(marked) - length + 1)):
            yield marked[start : start + length]


def _features(word: str) -> set[str]:
    beginnings = {f"{word[:length]}…" for length in range(_BEGINNING, len(word) + 1)}
    return {*sequences(word, _SHORT, _LONG), *beginnings}


def packed(keys: npt.NDArray[np.int64], values: npt.NDArray[np.int64], size: int) -> tuple[Ints, Ints]:
    """`values` grouped by `keys`: (bounds, values), those of key k at bounds[k]:bounds[k + 1], in ascending order."""
    order = np.lexsort((values, keys))
    bounds = np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=size))))
    return bounds.astype(np.int32), values[order].astype(np.int32)


class Vocabulary:
    """Distinct folded words, numbered in alphabetical order, and which of them are like a given one."""

    def __init__(self, known: Iterable[str]) -> None:
        self.words = sorted(set(known))
        self.number = {word: number for number, word in enumerate(self.words)}
        self._features: dict[str, int] = {}
        rows: list[int] = []
        counts = []
        for word in self.words:
            found = [self._features.setdefault(each, len(self._features)) for each in _features(word)]
            rows += found
            counts.append(len(found))
        features = np.array(rows, dtype=np.int64)
        owners = np.repeat(np.arange(len(self.words)), counts)
        spread = np.bincount(features, minlength=len(self._features))
        self._weights = np.log(1 + len(self.words) / np.maximum(spread, 1)).astype(np.float32)
        squares = np.bincount(owners, weights=self._weights[features] ** 2, minlength=len(self.words))
        self._lengths = np.sqrt(squares).astype(np.float32)
        self._bounds, self._owners = packed(features, owners, len(self._features))

    @property
    def nbytes(self) -> int:
        """Bytes held, about: arrays, and 100 for each string and its place in a dictionary."""
        arrays = (self._weights, self._lengths, self._bounds, self._owners)
        return sum(each.nbytes for each in arrays) + 100 * (len(self.words) + len(self._features))

    def alike(self, word: str) -> tuple[Ints, Floats]:
        """Numbers of known words like this one, and how much (ALIKE to 1), the least alike first."""
        found, values = self._alike(word, ALIKE)
        order = np.argsort(values, kind="stable")
        return found[order], values[order]

    def meant(self, word: str, *, begun: bool = False) -> tuple[Ints, Floats]:
        """Numbers of known words that somebody typing this one may mean, and how well they fit, the worst first.

        `begun`: the word may go on, so that whatever begins with it, or nearly so, is meant.
        """
        first = bisect_left(self.words, word)
        last = bisect_left(self.words, f"{word}\U0010ffff") if begun else first + (word in self.number)
        if last == first:  # misspelt, it seems: count the errors
            found, values = self._alike(word, _WORTH_A_LOOK)
            spelt = _Spelling(word, begun=begun)
            values = np.maximum(
                np.where(values >= ALIKE, values, 0), [spelt.likeness(self.words[each]) for each in found]
            )
            found, values = found[values > 0], values[values > 0]
        else:
            found, values = self._alike(word, ALIKE)
        found = np.concatenate((found, np.arange(first, last, dtype=np.int32)))
        values = np.concatenate((values, np.full(last - first, _PREFIX_WORTH))).astype(np.float32)
        order = np.argsort(values, kind="stable")
        return found[order], values[order]

    def _alike(self, word: str, least: float) -> tuple[Ints, Floats]:
        features = _features(word)
        known = [self._features[each] for each in features if each in self._features]
        if not known:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        owners = np.concatenate([self._owners[self._bounds[each] : self._bounds[each + 1]] for each in known])
        sizes = [self._bounds[each + 1] - self._bounds[each] for each in known]
        squares = self._weights[known] ** 2
        summed = np.bincount(owners, weights=np.repeat(squares, sizes), minlength=len(self.words))
        # Sequences that no known word has still count in the word's length: it is less like the others for them.
        strange = len(features) - len(known)
        length = np.sqrt(squares.sum() + strange * np.log(1 + len(self.words)) ** 2)
        values = (summed / (self._lengths * length)).astype(np.float32)
        found = np.flatnonzero(values >= least)
        if len(found) > _ENOUGH:
            found = found[np.argpartition(values[found], len(found) - _ENOUGH)[len(found) - _ENOUGH :]]
        return found.astype(np.int32), values[found]


class _Spelling:
    """How many letters are wrong, missing, too many or swapped (Hyyrö 2003, bit-parallel optimal string alignment)."""

    def __init__(self, word: str, *, begun: bool) -> None:
        self.word, self.begun = word, begun
        self.places: dict[str, int] = {}
        for place, letter in enumerate(word):
            self.places[letter] = self.places.get(letter, 0) | 1 << place

    def likeness(self, other: str) -> float:
        """1 for the same word, less for each error, 0 with more errors than a person makes in such a word."""
        errors = self.errors(other)
        return 1 - errors / len(self.word) if errors <= len(self.word) // _LETTERS_AN_ERROR else 0.0

    def errors(self, other: str) -> int:
        mask, last = (1 << len(self.word)) - 1, 1 << len(self.word) - 1
        up, down, same, before = mask, 0, 0, 0  # steps of +1 and -1 between rows, zero diagonals, last letter's places
        errors = best = len(self.word)
        for letter in other:
            places = self.places.get(letter, 0)
            swapped = ((~same & places) << 1) & before
            same = ((((places & up) + up) ^ up) | places | down | swapped) & mask
            right, left = (down | ~(same | up)) & mask, same & up
            errors += bool(right & last) - bool(left & last)
            best = min(best, errors)
            right, left = (right << 1 | 1) & mask, left << 1 & mask
            up, down = (left | ~(same | right)) & mask, right & same
            before = places
        return best if self.begun else errors
