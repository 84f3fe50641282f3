"""How well the right occupation is found when part of its competences is hidden, beside common ways to rank.

    PYTHONPATH=plugins python tests/bench/bench_matching_quality.py [--seeds 3] [--queries 500]

Of an occupation 30, 50 or 70 % of its competences are hidden; by the others all of ESCO's occupations are ranked. There
is one right answer, so nDCG@10 is 1 / log2(1 + rank), average precision 1 / rank, recall@10 whether it is among ten.
Needed competences weigh 100, optional ones 40, all at level 2, held at level 2 with a full basis. `with related` adds
ESCO's relations between competences at 30 %. Intervals: 95 % by bootstrap over queries of all seeds.
ESCO is read from `../shared/data/esco` beside the checkout.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse
from passerelle.matching.api import Index
from passerelle.matching.data import Held, Opportunity, Profile, Requirement

ESCO = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
HIDDEN = (0.3, 0.5, 0.7)
PART = 30
TOP = 10
DEEP = 100
"""Ranks beyond this count as not found: nobody reads so far."""

Floats = npt.NDArray[np.float64]
Rank = Callable[[list[int]], list[int]]


class Occupations:
    """Each occupation's competences with their weights, and the usual ways to rank occupations by some of them."""

    def __init__(self) -> None:
        weights: dict[int, dict[int, int]] = {}
        for row in csv.DictReader((ESCO / "occupation_skill.csv").open(encoding="utf-8")):
            own = weights.setdefault(int(row["occ_row"]), {})
            skill = int(row["skill_row"])
            own[skill] = max(own.get(skill, 0), 100 if row["essential"] == "1" else 40)
        self.weights = [weights[number] for number in sorted(weights)]
        size = 1 + max(max(own) for own in self.weights)
        rows = np.repeat(np.arange(len(self.weights)), [len(own) for own in self.weights])
        columns = np.array([skill for own in self.weights for skill in own])
        present = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(self.weights), size))
        spread = np.bincount(columns, minlength=size)
        idf = np.log((1 + len(self.weights)) / (1 + spread))
        lengths = np.array([len(own) for own in self.weights])
        self.size = size
        self.plain = present.T.tocsr()
        tfidf = present.multiply(idf[None, :]).tocsr()
        norms = np.sqrt(tfidf.multiply(tfidf).sum(axis=1))
        self.tfidf = (tfidf.multiply(1 / norms[:, None]).multiply(idf[None, :])).tocsr().T.tocsr()
        k1, b = 1.2, 0.75
        bm_idf = np.log(1 + (len(self.weights) - spread + 0.5) / (spread + 0.5))
        saturated = (k1 + 1) / (1 + k1 * (1 - b + b * lengths / lengths.mean()))
        self.bm25 = present.multiply(bm_idf[None, :]).multiply(saturated[:, None]).tocsr().T.tocsr()
        self.index = Index(self._opportunities())
        self.with_related = Index(self._opportunities(), self._related())

    def _opportunities(self) -> list[Opportunity]:
        return [
            Opportunity(
                id=f"{number:06}",
                requirements=tuple(
                    Requirement(uri=str(skill), level=2, weight=weight, essential=weight == 100)
                    for skill, weight in own.items()
                ),
            )
            for number, own in enumerate(self.weights)
        ]

    @staticmethod
    def _related() -> dict[str, dict[str, int]]:
        related: dict[str, dict[str, int]] = {}
        for row in csv.DictReader((ESCO / "skill_skill.csv").open(encoding="utf-8")):
            for one, other in ((row["from_row"], row["to_row"]), (row["to_row"], row["from_row"])):
                related.setdefault(one, {})[other] = PART
        return related

    def by(self, matrix: scipy.sparse.csr_array) -> Rank:
        def rank(skills: list[int]) -> list[int]:
            scores = np.asarray(matrix[skills].sum(axis=0)).ravel()
            return [int(row) for row in np.argsort(-scores, kind="stable")[:DEEP]]

        return rank

    @staticmethod
    def ours(index: Index) -> Rank:
        def rank(skills: list[int]) -> list[int]:
            profile = Profile(held={str(skill): Held(level=2) for skill in skills})
            return [int(found) for found, _score in index.top(profile, k=DEEP)]

        return rank


def interval(values: Floats, rng: np.random.Generator) -> tuple[float, float, float]:
    """Mean, and the 95 % interval of the mean."""
    means = rng.choice(values, size=(500, len(values))).mean(axis=1)
    return float(values.mean()), float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=500, help="occupations asked for, for each seed")
    chosen = parser.parse_args()
    if not ESCO.is_dir():
        parser.exit(message=f"No ESCO tables at {ESCO}: nothing to measure.\n")
    esco = Occupations()
    ways: dict[str, Rank] = {
        "ours": esco.ours(esco.index),
        "ours, with related": esco.ours(esco.with_related),
        "overlap": esco.by(esco.plain),
        "TF-IDF cosine": esco.by(esco.tfidf),
        "BM25": esco.by(esco.bm25),
    }
    print(f"{len(esco.weights)} occupations, seeds 1 to {chosen.seeds}, {chosen.queries} queries each")
    for share in HIDDEN:
        ranks: dict[str, list[float]] = {name: [] for name in ways}
        for seed in range(1, chosen.seeds + 1):
            rng = np.random.default_rng(seed)
            for asked in rng.choice(len(esco.weights), size=min(chosen.queries, len(esco.weights)), replace=False):
                skills = np.array(list(esco.weights[asked]))
                kept = rng.permutation(skills)[: max(1, round(len(skills) * (1 - share)))].tolist()
                for name, rank in ways.items():
                    found = rank(kept)
                    ranks[name].append(found.index(asked) + 1 if asked in found else np.inf)
        print(f"\n{share:.0%} hidden{'':16}nDCG@10{'':15}MAP{'':19}recall@10")
        for name, values in ranks.items():
            at = np.array(values)
            measures = (np.where(at <= TOP, 1 / np.log2(1 + at), 0), 1 / at, (at <= TOP).astype(float))
            cells = (interval(each, np.random.default_rng(0)) for each in measures)
            print(f"{name:22}" + "  ".join(f"{mean:.3f} ({low:.3f}–{high:.3f})" for mean, low, high in cells))


if __name__ == "__main__":
    main()
