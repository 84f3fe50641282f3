"""How fast a competence is found while somebody types, beside rapidfuzz over all names and SQL's LIKE.

    PYTHONPATH=plugins python tests/bench/bench_search.py [--queries 400] [--seed 5]

All of ESCO's skills in English, French and Spanish with their other names. A query is the beginning of a name drawn
at random, at least three letters of it; in half of them one letter is wrong, missing, or swapped with the next. One
thread, in process, the ways taking turns. Found: the concept of the name that was drawn is among the ten answers.
Memory is what Python and numpy hold after building (tracemalloc).
ESCO is read from `../shared/data/esco` beside the checkout.
"""

from __future__ import annotations

import argparse
import csv
import platform
import random
import sqlite3
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rapidfuzz
from passerelle.competences.search import Name, NameIndex
from passerelle.competences.wording import fold

ESCO = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
LANGUAGES = ("en", "fr", "es")
K = 10


def names() -> list[Name]:
    found = []
    with (ESCO / "skills.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for language in LANGUAGES:
                if row[f"label_{language}"]:
                    found.append(Name(row["uri"], language, row[f"label_{language}"], preferred=True))
                others = row.get(f"alt_{language}", "").split("|")
                found += [Name(row["uri"], language, other) for other in others if other]
    return found


def typed(name: str, draw: random.Random) -> str:
    """The beginning of a name, one in two misspelt."""
    begun = name[: draw.randrange(3, max(4, len(name) + 1))]
    if draw.random() < 0.5 and len(begun) >= 4:
        place = draw.randrange(1, len(begun) - 1)
        rest = begun[place + 1 :]
        wrong = (rest, draw.choice("aeiourst") + rest, rest[:1] + begun[place] + rest[1:])
        begun = begun[:place] + draw.choice(wrong)
    return begun


def build(every: list[Name]) -> tuple[NameIndex, float, float]:
    """The index, the seconds that building takes, and the MB that it holds."""
    start = time.perf_counter()
    index = NameIndex(every)
    seconds = time.perf_counter() - start
    del index
    tracemalloc.start()
    index = NameIndex(every)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return index, seconds, held / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    if not ESCO.is_dir():
        parser.exit(message=f"No ESCO tables at {ESCO}: nothing to measure.\n")
    every = names()
    draw = random.Random(chosen.seed)
    queries = [(typed(name.text, draw), name.concept) for name in draw.sample(every, chosen.queries)]
    index, seconds, held = build(every)
    folded = [fold(name.text) for name in every]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE name (concept TEXT, text TEXT)")
    database.executemany("INSERT INTO name VALUES (?, ?)", zip((n.concept for n in every), folded, strict=True))

    def with_rapidfuzz(scorer: Callable[..., float]) -> Callable[[str], set[str]]:
        def search(query: str) -> set[str]:
            found = rapidfuzz.process.extract(fold(query), folded, scorer=scorer, limit=K)
            return {every[place].concept for _text, _score, place in found}

        return search

    def with_like(query: str) -> set[str]:
        rows = database.execute("SELECT DISTINCT concept FROM name WHERE text LIKE ? LIMIT 10", (f"%{fold(query)}%",))
        return {concept for (concept,) in rows}

    ways: dict[str, Callable[[str], set[str]]] = {
        "ours": lambda query: {hit.concept for hit in index.search(query, language="fr", limit=K)},
        "rapidfuzz WRatio": with_rapidfuzz(rapidfuzz.fuzz.WRatio),
        "rapidfuzz partial_ratio": with_rapidfuzz(rapidfuzz.fuzz.partial_ratio),
        "SQL LIKE '%…%'": with_like,
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    found = dict.fromkeys(ways, 0)
    for number, (query, concept) in enumerate([*queries[:3], *queries]):
        for way, search in ways.items():
            start = time.perf_counter()
            answer = search(query)
            if number >= 3:  # the first ones warm up
                times[way].append((time.perf_counter() - start) * 1000)
                found[way] += concept in answer
    print(f"seed {chosen.seed}, {len(queries)} queries, {len(every)} names of {len(index.concepts)} concepts")
    print(f"Python {platform.python_version()}, numpy {np.__version__}, rapidfuzz {rapidfuzz.__version__}")
    print(f"built in {seconds:.1f} s, holds {held:.0f} MB")
    for way, each in times.items():
        median, p95, most = statistics.median(each), float(np.percentile(each, 95)), max(each)
        share = found[way] / len(queries)
        print(f"{way:24} median {median:8.2f} ms  p95 {p95:8.2f} ms  most {most:8.2f} ms  found {share:.0%}")


if __name__ == "__main__":
    main()
