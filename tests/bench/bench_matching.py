"""How fast the best ten of many opportunities are found, beside what else one could take.

    PYTHONPATH=plugins bash tests/with_mariadb.sh python tests/bench/bench_matching.py [--opportunities 100000] \
        [--profiles 200] [--seed 5]

Without `tests/with_mariadb.sh` there is no MariaDB beside it, without `pip install tantivy` no tantivy; both are named.

Opportunities are shaped by ESCO: an occupation drawn by Zipf popularity, 8 to 16 of its competences (essential ones
first), one transversal competence with probability 0.3; weight 1.0 essential, 0.4 optional; level 1 to 4. A profile has
20 competences of two occupations, some of them transversal. One thread (none of the ways uses more), everything in one
run, medians and their ratios. Tantivy ranks an OR query by its own relevance, so that its answers are not compared.
ESCO is read from `../shared/data/esco` beside the checkout.
"""

from __future__ import annotations

import argparse
import csv
import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt
import scipy
import scipy.sparse
from passerelle.matching.api import Index
from passerelle.matching.data import LEVELS, Held, Opportunity, Profile, Requirement
from passerelle.matching.explain import FULL, worth

ESCO = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
K = 10
Answer = list[tuple[str, float]]
Search = Callable[[Profile], Answer]


class Workload:
    """Opportunities and profiles; the same for the same seed."""

    def __init__(self, opportunities: int, profiles: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        skills = list(csv.DictReader((ESCO / "skills.csv").open(encoding="utf-8")))
        self.uris = [row["uri"] for row in skills]
        self.transversal = [number for number, row in enumerate(skills) if row["transversal"] == "1"]
        self.essential: dict[int, list[int]] = {}
        self.optional: dict[int, list[int]] = {}
        for row in csv.DictReader((ESCO / "occupation_skill.csv").open(encoding="utf-8")):
            kind = self.essential if row["essential"] == "1" else self.optional
            kind.setdefault(int(row["occ_row"]), []).append(int(row["skill_row"]))
        self.occupations = self.rng.permutation(sorted(self.essential.keys() | self.optional.keys()))
        popularity = 1 / np.arange(1, len(self.occupations) + 1)
        self.popularity = popularity / popularity.sum()
        self.made: dict[tuple[int, int, bool], Requirement] = {}
        drawn = self.rng.choice(self.occupations, size=opportunities, p=self.popularity)
        self.opportunities = [self.opportunity(number, int(occupation)) for number, occupation in enumerate(drawn)]
        self.profiles = [self.profile() for _ in range(profiles)]

    def opportunity(self, number: int, occupation: int) -> Opportunity:
        wanted = int(self.rng.integers(8, 17))
        essential = self.essential.get(occupation, [])
        optional = self.optional.get(occupation, [])
        chosen = [(skill, True) for skill in self.some(essential, wanted)]
        chosen += [(skill, False) for skill in self.some(optional, wanted - len(chosen))]
        if self.rng.random() < 0.3:
            extra = self.transversal[self.rng.integers(len(self.transversal))]
            if extra not in {skill for skill, _ in chosen}:
                chosen.append((extra, False))
        levels = self.rng.integers(1, LEVELS + 1, size=len(chosen))
        required = (self.requirement(skill, int(level), of) for (skill, of), level in zip(chosen, levels, strict=True))
        return Opportunity(id=f"{number:08}", requirements=tuple(required))

    def requirement(self, skill: int, level: int, essential: bool) -> Requirement:
        key = (skill, level, essential)
        if key not in self.made:
            weight = 100 if essential else 40
            self.made[key] = Requirement(uri=self.uris[skill], level=level, weight=weight, essential=essential)
        return self.made[key]

    def profile(self) -> Profile:
        pool: set[int] = set()
        for occupation in self.rng.choice(self.occupations, size=2, replace=False, p=self.popularity):
            pool |= set(self.essential.get(int(occupation), []) + self.optional.get(int(occupation), []))
        chosen = set(self.some(self.transversal, 3)) | set(self.some(sorted(pool), 17))
        while len(chosen) < 20:
            chosen.add(int(self.rng.integers(len(self.uris))))
        return Profile(
            held={
                self.uris[skill]: Held(
                    level=int(self.rng.integers(1, 5)), basis=int(self.rng.choice([40, 60, 80, 100]))
                )
                for skill in sorted(chosen)
            }
        )

    def some(self, of: list[int], count: int) -> list[int]:
        count = max(0, min(count, len(of)))
        return [of[place] for place in self.rng.permutation(len(of))[:count]]


class Rivals:
    """Three common ways to the same answer."""

    def __init__(self, opportunities: list[Opportunity]) -> None:
        self.ids = [each.id for each in opportunities]
        self.skills: dict[str, int] = {}
        number = self.skills
        every = [(row, need) for row, each in enumerate(opportunities) for need in each.requirements]
        rows = np.array([row for row, _ in every], dtype=np.int32)
        skills = np.array([number.setdefault(need.uri, len(number)) for _, need in every])
        levels = np.array([need.level for _, need in every])
        weights = np.array([need.weight for _, need in every], dtype=np.float64)
        shares = weights / np.bincount(rows, weights=weights)[rows]
        columns = skills * LEVELS + levels - 1
        self.matrix = scipy.sparse.csr_array(
            (shares, (columns, rows)), shape=(len(number) * LEVELS, len(opportunities)), dtype=np.float64
        )
        order = np.argsort(skills, kind="stable")
        self.rows, self.levels, self.shares = rows[order], levels[order], shares[order]
        self.bounds = np.concatenate(([0], np.cumsum(np.bincount(skills))))
        self.sqlite = self.table(rows, skills, levels, shares)

    def table(self, *columns: npt.NDArray[Any]) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE need (row INTEGER, skill INTEGER, level INTEGER, share REAL)")
        database.executemany("INSERT INTO need VALUES (?, ?, ?, ?)", zip(*(c.tolist() for c in columns), strict=True))
        database.execute("CREATE INDEX need_by_skill ON need (skill, row, level, share)")
        database.execute(
            "CREATE TEMP TABLE held (skill INTEGER, level INTEGER, worth REAL, PRIMARY KEY (skill, level))"
        )
        database.execute("ANALYZE")
        return database

    def worths(self, profile: Profile) -> list[tuple[int, list[float]]]:
        return [
            (self.skills[uri], [worth(held, level) / FULL for level in range(1, LEVELS + 1)])
            for uri, held in profile.held.items()
            if uri in self.skills
        ]

    def best(self, scores: npt.NDArray[np.float64]) -> Answer:
        bar = np.partition(scores, len(scores) - K)[len(scores) - K] if len(scores) > K else 0.0
        rows = np.flatnonzero((scores >= bar - 1e-12) & (scores > 0))
        order = np.lexsort((rows, -np.round(scores[rows], 12)))[:K]
        return [(self.ids[rows[one]], float(scores[rows[one]])) for one in order]

    def with_bincount(self, profile: Profile) -> Answer:
        found, terms = [], []
        for skill, values in self.worths(profile):
            part = slice(self.bounds[skill], self.bounds[skill + 1])
            found.append(self.rows[part])
            terms.append(np.array(values)[self.levels[part] - 1] * self.shares[part])
        summed = np.bincount(np.concatenate(found), weights=np.concatenate(terms), minlength=len(self.ids))
        return self.best(summed)

    def with_scipy(self, profile: Profile) -> Answer:
        held = self.worths(profile)
        columns = [skill * LEVELS + level for skill, _ in held for level in range(LEVELS)]
        values = [value for _, each in held for value in each]
        asked = scipy.sparse.csr_array((values, columns, [0, len(columns)]), shape=(1, self.matrix.shape[0]))
        product = asked @ self.matrix
        scores = np.zeros(len(self.ids))
        scores[product.indices] = product.data
        return self.best(scores)

    def with_sqlite(self, profile: Profile) -> Answer:
        rows = [(skill, level + 1, value) for skill, each in self.worths(profile) for level, value in enumerate(each)]
        self.sqlite.execute("DELETE FROM held")
        self.sqlite.executemany("INSERT INTO held VALUES (?, ?, ?)", rows)
        query = """
            SELECT need.row, SUM(need.share * held.worth) AS score
            FROM held JOIN need ON need.skill = held.skill AND need.level = held.level
            GROUP BY need.row ORDER BY ROUND(score, 12) DESC, need.row LIMIT 10
        """
        return [(self.ids[row], score) for row, score in self.sqlite.execute(query)]


class MariaDB:
    """One table of requirements with the index that covers the query, and the profile in another."""

    def __init__(self, rivals: Rivals, url: str) -> None:
        import MySQLdb

        parts = urlsplit(url)
        self.rivals = rivals
        self.connection = MySQLdb.connect(
            host=parts.hostname or "",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=parts.path.lstrip("/"),
        )
        self.cursor = self.connection.cursor()
        self.cursor.execute("CREATE TABLE need (`row` INT, skill INT, level TINYINT, share DOUBLE) ENGINE=InnoDB")
        source = rivals.sqlite.execute("SELECT row, skill, level, share FROM need ORDER BY skill, row")
        while rows := source.fetchmany(20_000):
            self.cursor.executemany("INSERT INTO need VALUES (%s, %s, %s, %s)", rows)
        self.cursor.execute("ALTER TABLE need ADD INDEX by_skill (skill, level, `row`, share)")
        self.cursor.execute("ANALYZE TABLE need")
        self.cursor.fetchall()
        self.cursor.execute(
            "CREATE TEMPORARY TABLE held (skill INT, level TINYINT, worth DOUBLE, PRIMARY KEY (skill, level)) "
            "ENGINE=MEMORY"
        )
        self.cursor.execute("SELECT VERSION()")
        self.version = self.cursor.fetchall()[0][0]

    def search(self, profile: Profile) -> Answer:
        worths = self.rivals.worths(profile)
        rows = [(skill, level + 1, value) for skill, each in worths for level, value in enumerate(each)]
        self.cursor.execute("DELETE FROM held")
        self.cursor.executemany("INSERT INTO held VALUES (%s, %s, %s)", rows)
        self.cursor.execute(
            "SELECT need.`row`, SUM(need.share * held.worth) AS score FROM held JOIN need "
            "ON need.skill = held.skill AND need.level = held.level "
            "GROUP BY need.`row` ORDER BY ROUND(SUM(need.share * held.worth), 12) DESC, need.`row` LIMIT 10"
        )
        return [(self.rivals.ids[row], score) for row, score in self.cursor.fetchall()]


class Tantivy:
    """A full text index whose words are the numbers of competences."""

    def __init__(self, rivals: Rivals, opportunities: list[Opportunity]) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("skills", tokenizer_name="whitespace")
        builder.add_unsigned_field("row", stored=True)
        self.index = tantivy.Index(builder.build())
        self.rivals, self.tantivy = rivals, tantivy
        writer = self.index.writer(200_000_000, 1)
        for row, each in enumerate(opportunities):
            words = " ".join(f"s{rivals.skills[need.uri]}" for need in each.requirements)
            writer.add_document(tantivy.Document(skills=words, row=row))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, profile: Profile) -> Answer:
        words = " ".join(f"s{self.rivals.skills[uri]}" for uri in profile.held if uri in self.rivals.skills)
        query = self.index.parse_query(words, ["skills"])
        hits = self.searcher.search(query, K, count=False).hits
        return [(self.rivals.ids[self.searcher.doc(where)["row"][0]], score) for score, where in hits]


OTHER_RELEVANCE = "tantivy"


def measure(ways: dict[str, Search], profiles: list[Profile]) -> dict[str, list[float]]:
    """Milliseconds of each way for each profile, the ways taking turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for profile in profiles:
        answers = {}
        for name, search in ways.items():
            start = time.perf_counter()
            answers[name] = search(profile)
            times[name].append((time.perf_counter() - start) * 1000)
        ours = answers["ours"]
        for name, answer in answers.items():
            if name == OTHER_RELEVANCE:
                continue
            same = [found for found, _ in answer] == [found for found, _ in ours]
            assert same, f"{name} found {answer}, ours {ours}"
            assert np.allclose([score for _, score in answer], [score for _, score in ours], rtol=0, atol=1e-9)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--opportunities", type=int, default=100_000)
    parser.add_argument("--profiles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    if not ESCO.is_dir():
        parser.exit(message=f"No ESCO tables at {ESCO}: nothing to measure.\n")
    work = Workload(chosen.opportunities, chosen.profiles, chosen.seed)
    start = time.perf_counter()
    index = Index(work.opportunities)
    built = time.perf_counter() - start
    rivals = Rivals(work.opportunities)
    ways: dict[str, Search] = {
        "ours": lambda profile: index.top(profile, k=K),
        "scipy sparse product": rivals.with_scipy,
        "numpy bincount": rivals.with_bincount,
        "SQLite": rivals.with_sqlite,
    }
    versions = [f"numpy {np.__version__}", f"scipy {scipy.__version__}", f"SQLite {sqlite3.sqlite_version}"]
    if url := os.environ.get("PASSERELLE_DB_URL"):
        mariadb = MariaDB(rivals, url)
        ways["MariaDB"] = mariadb.search
        versions.append(f"MariaDB {mariadb.version}")
    if find_spec("tantivy"):
        ways[OTHER_RELEVANCE] = Tantivy(rivals, work.opportunities).search
        versions.append(f"tantivy {version('tantivy')}")
    measure(ways, work.profiles[:5])  # warm up
    times = measure(ways, work.profiles)
    ours = statistics.median(times["ours"])
    print(f"seed {chosen.seed}, {chosen.opportunities} opportunities, {chosen.profiles} profiles, top {K}")
    print(f"{', '.join(versions)}; same answers throughout, but for tantivy's own relevance")
    print(f"built in {built:.1f} s, {index.bytes_per_posting:.1f} bytes a posting")
    for name, each in times.items():
        median, p95 = statistics.median(each), float(np.percentile(each, 95))
        print(
            f"{name:22} median {median:9.3f} ms  p95 {p95:9.3f} ms ({p95 / median:.2f} x)  {median / ours:8.1f} x ours"
        )


if __name__ == "__main__":
    main()
