"""How well job titles find their ESCO occupations, beside plain tf-idf over sequences of letters.

    PYTHONPATH=plugins python tests/bench/bench_melo.py [name of a MELO data set …]

MELO (Retyk and others 2024): titles of national classifications, linked by experts to concepts of ESCO, whose corpora
hold every name of every occupation and ISCO group. Concept-level mean reciprocal rank: the rank of the best right
concept among all concepts. Of concepts with the same score the right one comes last (worst case), or in the corpus's
order; both are told for both ways. Nothing is trained and nothing drawn at random, so there is no seed.
The data are read from `../shared/data/melo` beside the checkout.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy
import scipy.sparse
from passerelle.competences.titles import TitleIndex

MELO = Path(__file__).parents[2].parent / "shared" / "data" / "melo"
GROUP = "/isco/"
GROUP_HANDICAP = 0.1
"""Off the score of an ISCO group: the suite itself searches occupations alone, but the data want some groups found."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Data:
    """Titles, names with the number of their concept, URIs of the concepts, and the right concepts of each title."""

    titles: list[str]
    names: list[tuple[int, str]]
    concepts: list[str]
    right: list[set[int]]


def load(folder: Path) -> Data:
    def table(name: str) -> list[list[str]]:
        return [line.split("\t") for line in (folder / name).read_text(encoding="utf-8").splitlines()]

    concept_of = {row[0]: row[1] for row in table("concept_mapping.tsv")}
    number: dict[str, int] = {}
    names = [
        (number.setdefault(concept_of[element], len(number)), name) for element, name in table("corpus_elements.tsv")
    ]
    queries = table("queries.tsv")
    right: dict[str, set[int]] = {query: set() for query, _title in queries}
    for query, _zero, element, _relevance in table("annotations.tsv"):
        right[query].add(number[concept_of[element]])
    return Data([title for _query, title in queries], names, list(number), [right[query] for query, _title in queries])


class Plain:
    """Cosine of tf-idf over sequences of 3 and 4 characters of the lower-case text; of a concept's names, the best."""

    def __init__(self, data: Data) -> None:
        texts = [name.lower() for _concept, name in data.names]
        self.number: dict[str, int] = {}
        counted = [Counter(self.parts(text)) for text in texts]
        for each in counted:
            for part in each:
                self.number.setdefault(part, len(self.number))
        spread = Counter(part for each in counted for part in each)
        self.rarity = np.array([np.log((1 + len(texts)) / (1 + spread[part])) + 1 for part in self.number])
        self.table = self.rows(counted).T.tocsr()
        self.order = np.argsort([concept for concept, _name in data.names], kind="stable")
        sizes = np.bincount([concept for concept, _name in data.names])
        self.starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))

    def parts(self, text: str) -> list[str]:
        return [text[start : start + size] for size in (3, 4) for start in range(len(text) - size + 1)]

    def rows(self, counted: list[Counter[str]]) -> scipy.sparse.csr_matrix:
        lines = []
        for each in counted:
            known = {self.number[part]: count for part, count in each.items() if part in self.number}
            values = np.array(list(known.values())) * self.rarity[list(known)] if known else np.zeros(0)
            lines.append((list(known), values / max(float(np.sqrt((values**2).sum())), 1e-9)))
        columns = [column for found, _values in lines for column in found]
        bounds = np.concatenate(([0], np.cumsum([len(found) for found, _values in lines])))
        values = np.concatenate([values for _found, values in lines])
        return scipy.sparse.csr_matrix((values, columns, bounds), shape=(len(counted), len(self.number)))

    def scores(self, title: str) -> Scores:
        by_name = (self.rows([Counter(self.parts(title.lower()))]) @ self.table).toarray().ravel()
        return np.maximum.reduceat(by_name[self.order], self.starts)


def ranks(scores: Scores, right: set[int]) -> tuple[int, int]:
    """The rank of the best right concept: in the worst case of equal scores, and in the corpus's order."""
    wanted = np.zeros(len(scores), dtype=bool)
    wanted[list(right)] = True
    best = scores[wanted].max()
    worst = 1 + int(((scores >= best) & ~wanted).sum())
    first = np.flatnonzero(wanted & (scores == best))[0]
    return worst, 1 + int((scores > best).sum()) + int((scores[:first] == best).sum())


def report(name: str, data: Data) -> None:
    start = time.perf_counter()
    index = TitleIndex(data.names)
    built = time.perf_counter() - start
    plain = Plain(data)
    handicap = np.array([GROUP_HANDICAP * (GROUP in concept) for concept in data.concepts])
    sizes = f"{len(data.titles)} titles, {len(data.names)} names, {len(data.concepts)} concepts"
    print(f"{name}: {sizes}; built in {built:.1f} s")
    ways = {
        "plain tf-idf": plain.scores,
        "ours": lambda title: index.scores(title)[1] - handicap,
        "ours, groups as any": lambda title: index.scores(title)[1],
    }
    for way, score in ways.items():
        times, found = [], []
        for title, right in zip(data.titles, data.right, strict=True):
            start = time.perf_counter()
            scores = score(title)
            times.append((time.perf_counter() - start) * 1000)
            found.append(ranks(scores, right))
        worst, ordered = (statistics.fmean(1 / rank for rank in each) for each in zip(*found, strict=True))
        first = statistics.fmean(rank == 1 for rank, _ in found)
        ten = statistics.fmean(rank <= 10 for rank, _ in found)
        print(
            f"  {way:20} MRR {worst:.3f} (equal scores: worst case)  {ordered:.3f} (corpus's order)  "
            f"right first {first:.1%}, among ten {ten:.1%}  median {statistics.median(times):.1f} ms",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="folders of the data; default: all")
    chosen = parser.parse_args()
    if not MELO.is_dir():
        parser.exit(message=f"No MELO data at {MELO}: nothing to measure.\n")
    print(f"numpy {np.__version__}, scipy {scipy.__version__}; no seed: nothing is random")
    for name in chosen.names or sorted(path.name for path in MELO.iterdir() if path.is_dir()):
        report(name, load(MELO / name))


if __name__ == "__main__":
    main()
