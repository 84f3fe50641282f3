"""Type-ahead over every name of every competence, in all languages at once, forgiving of spelling.

Pure: names in, answers out. An index is built once and then only read, so that requests share it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .wording import Floats, Ints, Vocabulary, packed, words

LONGEST = 200
"""Characters of a query that are looked at."""

_MOST_WORDS = 8
_ENOUGH = 0.5  # of the query's words, by weight, that a name must have
_LOOKED_AT = 40  # names looked at for each answer wanted: a concept has many
_TOO_LONG = 0.02  # off for each word that a name has beyond the query's, up to ten
_PREFERRED = 0.03  # for a concept's first name in a language
_OWN_LANGUAGE = 0.02  # for a name in the asker's language


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a concept. `preferred` marks the name to show in this language."""

    concept: str
    language: str
    text: str
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept found: its `label` in `language`, and the name by which it was found. 1 is a good score."""

    concept: str
    label: str
    language: str
    matched: str
    matched_language: str
    score: float


class NameIndex:
    """Names by the words in them. A name's words are looked up by likeness, the query's last one also by its beginning.

    A name's score is the share of the query's words that it has, by weight (rare words weigh more) and likeness.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        concepts: dict[str, int] = {}
        languages: dict[str, int] = {}
        vocabulary: dict[str, int] = {}
        text, offsets = bytearray(), array("i", [0])
        owner, spoken, preferred, counts, found = array("i"), array("h"), array("b"), array("h"), array("i")
        for name in names:
            inside = dict.fromkeys(words(name.text))
            if not inside:
                continue
            owner.append(concepts.setdefault(name.concept, len(concepts)))
            spoken.append(languages.setdefault(name.language, len(languages)))
            preferred.append(name.preferred)
            counts.append(len(inside))
            found.extend(vocabulary.setdefault(word, len(vocabulary)) for word in inside)
            text += name.text.encode()
            offsets.append(len(text))
        self.concepts, self.languages = list(concepts), list(languages)
        self._text, self._offsets = bytes(text), np.array(offsets, dtype=np.int32)
        self._concept, self._language = np.array(owner, dtype=np.int32), np.array(spoken, dtype=np.int16)
        self._preferred = np.array(preferred, dtype=np.bool_)
        self._counts = np.array(counts, dtype=np.int16)
        self._vocabulary = Vocabulary(vocabulary)
        renumbered = np.array([self._vocabulary.number[word] for word in vocabulary], dtype=np.int64)
        numbers = renumbered[np.array(found, dtype=np.int64)] if found else np.zeros(0, dtype=np.int64)
        rows = np.repeat(np.arange(len(owner), dtype=np.int64), self._counts)
        self._bounds, self._rows = packed(numbers, rows, len(vocabulary))
        self._labels = self._first_names()

    def __len__(self) -> int:
        return len(self._concept)

    @property
    def nbytes(self) -> int:
        """Bytes held, about."""
        arrays = (self._offsets, self._concept, self._language, self._preferred, self._counts, self._bounds, self._rows)
        strings = len(self._text) + sum(len(concept) + 60 for concept in self.concepts)
        return sum(each.nbytes for each in arrays) + self._labels.nbytes + strings + self._vocabulary.nbytes

    def _first_names(self) -> Ints:
        """The row of each concept's preferred name in each language, -1 where there is none."""
        labels = np.full((len(self.concepts), len(self.languages)), -1, dtype=np.int32)
        rows = np.flatnonzero(self._preferred)[::-1]  # the first given is the last written
        labels[self._concept[rows], self._language[rows]] = rows
        return labels

    def search(self, query: str, *, language: str, limit: int = 10) -> list[Hit]:
        """The concepts whose names fit the query best, each once, best first."""
        asked = list(dict.fromkeys(words(query[:LONGEST])))[:_MOST_WORDS]
        if not asked or not len(self):
            return []
        going_on = query[-1:].isalnum()
        scores = np.zeros(len(self), dtype=np.float32)
        whole = 0.0
        for place, word in enumerate(asked):
            weight, likeness = self._names_with(word, begun=going_on and place == len(asked) - 1)
            whole += weight
            scores += np.float32(weight) * likeness
        scores /= np.float32(whole)
        return self._best(scores, len(asked), language, limit)

    def _names_with(self, word: str, *, begun: bool) -> tuple[float, Floats]:
        """A word's weight, and how much each name has something like it."""
        likeness = np.zeros(len(self), dtype=np.float32)
        numbers, values = self._vocabulary.meant(word, begun=begun)
        if not len(numbers):
            return float(np.log(1 + len(self))), likeness
        starts, ends = self._bounds[numbers], self._bounds[numbers + 1]
        rows = np.concatenate([self._rows[start:end] for start, end in zip(starts, ends, strict=True)])
        # From the least alike to the most: where a name has several such words, the last written is the most alike.
        likeness[rows] = np.repeat(values, ends - starts)
        return float(np.log(1 + len(self) / (1 + float((values * (ends - starts)).sum())))), likeness

    def _best(self, scores: Floats, asked: int, language: str, limit: int) -> list[Hit]:
        rows = np.flatnonzero(scores >= _ENOUGH)
        fine = (
            scores[rows] - _TOO_LONG * np.clip(self._counts[rows] - asked, 0, 10) + _PREFERRED * self._preferred[rows]
        )
        own = self.languages.index(language) if language in self.languages else -1
        fine = fine + _OWN_LANGUAGE * (self._language[rows] == own)
        if len(rows) > limit * _LOOKED_AT:
            kept = np.argpartition(-fine, limit * _LOOKED_AT)[: limit * _LOOKED_AT]
            rows, fine = rows[kept], fine[kept]
        hits: dict[int, Hit] = {}
        for place in np.lexsort((rows, -fine)):
            concept = int(self._concept[rows[place]])
            if concept not in hits:
                hits[concept] = self._hit(concept, int(rows[place]), language, float(fine[place]))
                if len(hits) == limit:
                    break
        return list(hits.values())

    def _hit(self, concept: int, row: int, language: str, score: float) -> Hit:
        label = self._label_row(concept, language)
        if label < 0:
            label = row
        return Hit(
            concept=self.concepts[concept],
            label=self._name(label),
            language=self.languages[self._language[label]],
            matched=self._name(row),
            matched_language=self.languages[self._language[row]],
            score=score,
        )

    def _label_row(self, concept: int, language: str) -> int:
        """The preferred name in the language, in its base language, in English, or in whichever there is."""
        rows: npt.NDArray[np.int32] = self._labels[concept]
        for candidate in (language, language.split("-", maxsplit=1)[0], "en"):
            if candidate in self.languages and rows[self.languages.index(candidate)] >= 0:
                return int(rows[self.languages.index(candidate)])
        return int(rows.max())

    def _name(self, row: int) -> str:
        return self._text[self._offsets[row] : self._offsets[row + 1]].decode()
