"""How well the right occupation is found when part of its competences is hidden, beside common ways to rank.

    PYTHONPATH=plugins python tests/bench/bench_matching_quality.py [--seeds 3] [--queries 3007]

Of an occupation 30, 50 or 70 % of its competences are hidden; by the others all of ESCO's occupations are ranked. There
is one right answer, so nDCG@10 is 1 / log2(1 + rank), average precision 1 / rank, recall@10 whether it is among ten.
Of equal scores the first occupation stands first, for everybody. Everything is at level 2, held with a full basis.

`ours` is the index. What is hidden is blind to what is essential, and the other ways know no weights: so all
requirements weigh the same first. `essential 100, optional 40` weighs them as opportunities do. The ablation: `covered
share alone` is the score without the use, `rare ones weigh more` weighs a requirement by its rarity among occupations,
and with `related count` what ESCO relates to a competence held covers RELATED of a requirement. Intervals: 95 % by
bootstrap over the queries of all seeds; for the difference from the best of plain overlap, TF-IDF cosine and BM25, of
the paired difference. `worse`: below 0 with all of the interval.
ESCO is read from `../shared/data/esco` beside the checkout.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse
from passerelle.matching.api import Index
from passerelle.matching.data import Held, Opportunity, Profile, Requirement
from passerelle.matching.explain import USE

ESCO = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
HIDDEN = (0.3, 0.5, 0.7)
ESSENTIAL, OPTIONAL = 100, 40
RELATED = 0.3
TOP = 10
DEEP = 100
"""Ranks beyond this count as not found: nobody reads so far."""
RIVALS = ("overlap", "TF-IDF cosine", "BM25")
MEASURES = ("nDCG@10", "MAP", "recall@10")

Floats = npt.NDArray[np.float64]
Asked = tuple[int, list[int]]


class Occupations:
    """Each occupation's competences, and ways to rank occupations by some of them."""

    def __init__(self) -> None:
        found: dict[int, dict[int, int]] = {}
        for row in csv.DictReader((ESCO / "occupation_skill.csv").open(encoding="utf-8")):
            own = found.setdefault(int(row["occ_row"]), {})
            skill = int(row["skill_row"])
            own[skill] = max(own.get(skill, 0), ESSENTIAL if row["essential"] == "1" else OPTIONAL)
        self.weights = [found[number] for number in sorted(found)]
        self.related = [
            (int(row["from_row"]), int(row["to_row"]))
            for row in csv.DictReader((ESCO / "skill_skill.csv").open(encoding="utf-8"))
        ]
        self.size = 1 + max(*(max(own) for own in self.weights), *(max(pair) for pair in self.related))
        rows = np.repeat(np.arange(len(self.weights)), [len(own) for own in self.weights])
        columns = np.array([skill for own in self.weights for skill in own])
        shape = (len(self.weights), self.size)
        self.present = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)

    def index(self, *, alike: bool) -> Index:
        """Ours: all requirements alike, or by what is essential."""
        return Index(
            Opportunity(
                id=f"{number:06}",
                requirements=tuple(
                    Requirement(uri=str(skill), level=2, weight=ESSENTIAL if alike else weight)
                    for skill, weight in own.items()
                ),
            )
            for number, own in enumerate(self.weights)
        )

    def rivals(self) -> dict[str, scipy.sparse.csr_array]:
        """By name: what each competence held adds to each occupation."""
        present = self.present
        spread = np.asarray(present.sum(axis=0)).ravel()
        lengths = np.asarray(present.sum(axis=1)).ravel()
        idf = np.log((1 + len(self.weights)) / (1 + spread))
        tfidf = present.multiply(idf[None, :]).tocsr()
        norms = np.sqrt(np.asarray(tfidf.multiply(tfidf).sum(axis=1)).ravel())
        k1, b = 1.2, 0.75
        bm_idf = np.log(1 + (len(self.weights) - spread + 0.5) / (spread + 0.5))
        saturated = (k1 + 1) / (1 + k1 * (1 - b + b * lengths / lengths.mean()))
        return {
            "overlap": present.T.tocsr(),
            "TF-IDF cosine": tfidf.multiply(1 / norms[:, None]).multiply(idf[None, :]).tocsr().T.tocsr(),
            "BM25": present.multiply(bm_idf[None, :]).multiply(saturated[:, None]).tocsr().T.tocsr(),
        }

    def variants(self, held: scipy.sparse.csr_array) -> dict[str, Floats]:
        """Our score for these profiles, without the use and with related competences."""
        lengths = np.asarray(self.present.sum(axis=1)).ravel()
        shares = self.present.multiply(1 / lengths[:, None]).tocsr().T.tocsr()
        pairs = np.array([*self.related, *((other, one) for one, other in self.related)])
        near = scipy.sparse.csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(self.size, self.size))
        close = ((held @ near) > 0).astype(float)
        close = close - close.multiply(held)
        covered = (held @ shares).toarray()
        use = (held @ self.present.T).toarray() / np.asarray(held.sum(axis=1)).reshape(-1, 1)
        spread = np.asarray(self.present.sum(axis=0)).ravel()
        rare = self.present.multiply(np.log(1 + len(lengths) / np.maximum(spread, 1))[None, :]).tocsr()
        rare = rare.multiply(1 / np.asarray(rare.sum(axis=1)).reshape(-1, 1)).tocsr().T.tocsr()
        return {
            "covered share alone": covered,
            "rare ones weigh more": (held @ rare).toarray() + USE * use,
            "related count": covered + RELATED * (close @ shares).toarray() + USE * use,
        }

    def queries(self, share: float, seeds: int, count: int) -> list[Asked]:
        """Occupations, each with the competences that are left of it."""
        asked = []
        for seed in range(1, seeds + 1):
            rng = np.random.default_rng(seed)
            for row in rng.choice(len(self.weights), size=min(count, len(self.weights)), replace=False):
                skills = np.array(list(self.weights[row]))
                asked.append((int(row), rng.permutation(skills)[: max(1, round(len(skills) * (1 - share)))].tolist()))
        return asked


def ranks_by_index(index: Index, asked: list[Asked]) -> Floats:
    """At which rank each right answer comes; infinite where it does not."""
    ranks = np.full(len(asked), np.inf)
    for number, (right, skills) in enumerate(asked):
        found = index.top(Profile(held={str(skill): Held(level=2) for skill in skills}), k=DEEP)
        ids = [int(key) for key, _score in found]
        if right in ids:
            ranks[number] = ids.index(right) + 1
    return ranks


def ranks_by_scores(scores: Floats, asked: list[Asked]) -> Floats:
    """The same by a score for each query and occupation; what differs by rounding alone is equal."""
    scores = np.round(scores, 11)
    right = np.array([row for row, _ in asked])
    own = scores[np.arange(len(asked)), right][:, None]
    before = (scores == own) & (np.arange(scores.shape[1])[None, :] < right[:, None])
    ranks: Floats = 1.0 + (scores > own).sum(axis=1) + before.sum(axis=1)
    ranks[ranks > DEEP] = np.inf
    return ranks


def measures(ranks: Floats) -> list[Floats]:
    """nDCG@10, average precision and recall@10 of each query."""
    return [np.where(ranks <= TOP, 1 / np.log2(1 + ranks), 0), 1 / ranks, (ranks <= TOP).astype(float)]


def interval(values: Floats) -> tuple[float, float, float]:
    """Mean, and the 95 % interval of the mean."""
    rng = np.random.default_rng(0)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(500)]
    return float(values.mean()), float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def ranks_of_all(esco: Occupations, indexes: dict[str, Index], asked: list[Asked]) -> dict[str, Floats]:
    """By way: the rank of each right answer."""
    ranks = {name: ranks_by_index(index, asked) for name, index in indexes.items()}
    places = np.repeat(np.arange(len(asked)), [len(skills) for _, skills in asked])
    columns = np.array([skill for _, skills in asked for skill in skills])
    held = scipy.sparse.csr_array((np.ones(len(places)), (places, columns)), shape=(len(asked), esco.size))
    for name, scores in esco.variants(held).items():
        ranks[name] = ranks_by_scores(scores, asked)
    for name, matrix in esco.rivals().items():
        ranks[name] = ranks_by_scores((held @ matrix).toarray(), asked)
    return ranks


def report(found: dict[str, list[Floats]]) -> None:
    """Print every way's measures, and ours beside the best of the rivals."""
    for name, each in found.items():
        cells = (interval(values) for values in each)
        print(f"{name:34}" + "  ".join(f"{mean:.4f} ({low:.4f}–{high:.4f})" for mean, low, high in cells))
    for ours in [name for name in found if name not in RIVALS]:
        cells = []
        for number in range(len(MEASURES)):
            best = max(RIVALS, key=lambda name: found[name][number].mean())
            mean, low, high = interval(found[ours][number] - found[best][number])
            cells.append(f"{mean:+.4f} ({low:+.4f} to {high:+.4f}){' worse' if high < 0 else ''}")
        print(f"  {ours} − best rival: " + "  ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=3007, help="occupations asked for, for each seed")
    chosen = parser.parse_args()
    if not ESCO.is_dir():
        parser.exit(message=f"No ESCO tables at {ESCO}: nothing to measure.\n")
    esco = Occupations()
    indexes = {"ours": esco.index(alike=True), "ours, essential 100 optional 40": esco.index(alike=False)}
    print(f"{len(esco.weights)} occupations, seeds 1 to {chosen.seeds}, {chosen.queries} queries each")
    for share in HIDDEN:
        asked = esco.queries(share, chosen.seeds, chosen.queries)
        found: dict[str, list[Floats]] = {}
        for start in range(0, len(asked), chosen.queries):  # a seed at a time: the scores are large
            for name, ranks in ranks_of_all(esco, indexes, asked[start : start + chosen.queries]).items():
                old = found.get(name, [np.zeros(0)] * len(MEASURES))
                found[name] = [np.concatenate(pair) for pair in zip(old, measures(ranks), strict=True)]
        print(f"\n{share:.0%} hidden{'':24}" + "".join(f"{name:25}" for name in MEASURES))
        report(found)


if __name__ == "__main__":
    main()
