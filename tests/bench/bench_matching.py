"""How fast the best ten of many opportunities are found, beside what else one could take.

    PYTHONPATH=plugins bash tests/with_mariadb.sh python tests/bench/bench_matching.py [--opportunities 100000] \
        [--profiles 200] [--sql-profiles 20] [--seed 5] [--batch 0] [--beside bincount scipy tantivy sqlite mariadb]

The figures of docs/operators/matching.md: `--opportunities 1000000`, and `--opportunities 100000 --batch 10000`.
Without `tests/with_mariadb.sh` there is no MariaDB beside it, without `pip install tantivy` no tantivy.

Opportunities are shaped by ESCO: an occupation drawn by Zipf popularity, 8 to 16 of its competences (essential ones
first), one transversal competence with probability 0.3; weight 1.0 essential, 0.4 optional; level 1 to 4. A profile has
20 competences of two occupations, some of them transversal. One thread, everything in one run, one way after the other;
ratios of medians over the same profiles (SQL gets the first `--sql-profiles`). Every way must give our answer,
but for tantivy, which ranks an OR query by its own relevance. SQL is measured in two forms that compute the same:
*plain*, as one writes it first (a table of requirements with an index on competence and level, and a JOIN that the
database orders), and *tuned* (the table kept in the order of that index, with all that is asked for in it, and the
order of the join given). ESCO is read from `../shared/data/esco` beside the
checkout. A profile's time is the best of ROUNDS, and of two with SQL.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt
import scipy
import scipy.sparse
from passerelle.matching.api import Index
from passerelle.matching.data import LEVELS, Held, Opportunity, Profile, Requirement, Wishes
from passerelle.matching.explain import FULL, USE, worth

ESCO = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
K = 10
LEAST, MOST, EXTRA = 8, 16, 0.3
ESSENTIAL, OPTIONAL = 100, 40
Array = npt.NDArray[Any]
Answer = list[tuple[str, float]]
Search = Callable[[Profile], Answer]


class Workload:
    """Requirements of opportunities as arrays (row, competence, level, weight), and profiles; by the seed."""

    def __init__(self, opportunities: int, profiles: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        skills = list(csv.DictReader((ESCO / "skills.csv").open(encoding="utf-8")))
        self.uris = [row["uri"] for row in skills]
        self.transversal = np.array([number for number, row in enumerate(skills) if row["transversal"] == "1"])
        self.weights: dict[int, dict[int, int]] = {}
        for row in csv.DictReader((ESCO / "occupation_skill.csv").open(encoding="utf-8")):
            own = self.weights.setdefault(int(row["occ_row"]), {})
            skill = int(row["skill_row"])
            own[skill] = max(own.get(skill, 0), ESSENTIAL if row["essential"] == "1" else OPTIONAL)
        self.occupations = self.rng.permutation(sorted(self.weights))
        popularity = 1 / np.arange(1, len(self.occupations) + 1)
        self.popularity = popularity / popularity.sum()
        self.ids = [f"{number:08}" for number in range(opportunities)]
        drawn = self.rng.choice(self.occupations, size=opportunities, p=self.popularity)
        by_occupation = np.split(np.argsort(drawn, kind="stable"), np.flatnonzero(np.diff(np.sort(drawn))) + 1)
        parts = [part for rows in by_occupation for part in self.requirements(rows, int(drawn[rows[0]]))]
        self.rows, self.skills, self.needed = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(self.rows, kind="stable")
        self.rows, self.skills, self.needed = self.rows[order].astype(np.int32), self.skills[order], self.needed[order]
        self.levels = self.rng.integers(1, LEVELS + 1, size=len(self.rows))
        self.profiles = [self.profile() for _ in range(profiles)]

    def requirements(self, rows: Array, occupation: int) -> Iterator[tuple[Array, Array, Array]]:
        """For opportunities of one occupation: their rows, competences and weights, one each requirement."""
        own = self.weights[occupation]
        skills, weights = np.array(list(own)), np.array(list(own.values()))
        turn = self.rng.random((len(rows), len(skills))) + (weights != ESSENTIAL)
        chosen = skills[np.argsort(turn, axis=1)[:, :MOST]]
        wanted = self.rng.integers(LEAST, MOST + 1, size=len(rows))
        taken = np.arange(chosen.shape[1])[None, :] < wanted[:, None]
        yield np.repeat(rows, taken.sum(axis=1)), chosen[taken], np.array([own[skill] for skill in chosen[taken]])
        extra = self.transversal[self.rng.integers(len(self.transversal), size=len(rows))]
        new = (self.rng.random(len(rows)) < EXTRA) & ~((chosen == extra[:, None]) & taken).any(axis=1)
        yield rows[new], extra[new], np.full(new.sum(), OPTIONAL)

    def profile(self) -> Profile:
        pool: set[int] = set()
        for occupation in self.rng.choice(self.occupations, size=2, replace=False, p=self.popularity):
            pool |= set(self.weights[int(occupation)])
        chosen = {*self.some(self.transversal, 3), *self.some(np.array(sorted(pool)), 17)}
        while len(chosen) < 20:
            chosen.add(int(self.rng.integers(len(self.uris))))
        draw = self.rng
        return Profile(
            held={
                self.uris[skill]: Held(level=int(draw.integers(1, 5)), basis=int(draw.choice([40, 60, 80, 100])))
                for skill in sorted(chosen)
            }
        )

    def some(self, of: Array, count: int) -> list[int]:
        return [int(one) for one in self.rng.permutation(of)[:count]]

    def opportunities(self) -> Iterator[Opportunity]:
        """The same as the engine takes them."""
        made: dict[tuple[int, int, int], Requirement] = {}
        bounds = np.searchsorted(self.rows, np.arange(len(self.ids) + 1)).tolist()
        keys = list(zip(self.skills.tolist(), self.levels.tolist(), self.needed.tolist(), strict=True))
        for key in set(keys):
            skill, level, weight = key
            made[key] = Requirement(uri=self.uris[skill], level=level, weight=weight, essential=weight == ESSENTIAL)
        for one, (start, end) in zip(self.ids, pairwise(bounds), strict=True):
            yield Opportunity(id=one, requirements=tuple(made[key] for key in keys[start:end]))


class Rivals:
    """Common ways to the same answer."""

    def __init__(self, work: Workload) -> None:
        self.ids = work.ids
        self.numbers = {uri: number for number, uri in enumerate(work.uris)}
        shares = work.needed / np.bincount(work.rows, weights=work.needed)[work.rows]
        columns = work.skills * LEVELS + work.levels - 1
        shape = (len(work.uris) * LEVELS, len(work.ids))
        self.matrix = scipy.sparse.csr_array((shares, (columns, work.rows)), shape=shape, dtype=np.float64)
        self.pattern = self.matrix.copy()
        self.pattern.data = np.ones_like(shares)
        order = np.argsort(work.skills, kind="stable")
        self.rows, self.levels, self.shares = work.rows[order], work.levels[order], shares[order]
        self.bounds = np.concatenate(([0], np.cumsum(np.bincount(work.skills, minlength=len(work.uris)))))

    def worths(self, profile: Profile) -> list[tuple[int, list[float]]]:
        """By competence: what the profile is worth to it at each level required."""
        return [
            (self.numbers[uri], [worth(held, level) / FULL for level in range(1, LEVELS + 1)])
            for uri, held in profile.held.items()
        ]

    def held(self, profile: Profile) -> list[tuple[int, int, float]]:
        """The same as rows: competence, level, worth."""
        return [(skill, level + 1, value) for skill, each in self.worths(profile) for level, value in enumerate(each)]

    def best(self, scores: npt.NDArray[np.float64], of: Array | None = None) -> Answer:
        """The best ten of these scores; `of`: the opportunities that they are of, where not of all."""
        bar = np.partition(scores, len(scores) - K)[len(scores) - K] if len(scores) > K else 0.0
        rows = np.flatnonzero((scores >= bar - 1e-12) & (scores > 0))
        found = rows if of is None else of[rows]
        order = np.lexsort((found, -np.round(scores[rows], 12)))[:K]
        return [(self.ids[found[one]], float(scores[rows[one]])) for one in order]

    def with_bincount(self, profile: Profile) -> Answer:
        found, terms = [], []
        for skill, values in self.worths(profile):
            part = slice(self.bounds[skill], self.bounds[skill + 1])
            found.append(self.rows[part])
            terms.append(np.array(values)[self.levels[part] - 1] * self.shares[part] + USE / len(profile.held))
        summed = np.bincount(np.concatenate(found), weights=np.concatenate(terms), minlength=len(self.ids))
        return self.best(summed / (1 + USE))

    def with_scipy(self, profile: Profile) -> Answer:
        rows = self.held(profile)
        columns = [skill * LEVELS + level - 1 for skill, level, _ in rows]
        shape = (1, self.matrix.shape[0])
        asked = scipy.sparse.csr_array(([value for *_, value in rows], columns, [0, len(rows)]), shape=shape)
        use = scipy.sparse.csr_array(
            (np.full(len(rows), USE / len(profile.held)), columns, [0, len(rows)]), shape=shape
        )
        scores = np.zeros(len(self.ids))
        for product in (asked @ self.matrix, use @ self.pattern):
            scores[product.indices] += product.data
        return self.best(scores / (1 + USE))

    def requirements(self, *, by_skill: bool) -> Iterator[list[tuple[int, int, int, float]]]:
        """The rows of an SQL table (opportunity, competence, level, share), in the order of its key."""
        skills = np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))
        order = np.lexsort((self.rows, self.levels, skills) if by_skill else (skills, self.rows))
        for start in range(0, len(order), 20_000):
            part = order[start : start + 20_000]
            columns = (self.rows[part], skills[part], self.levels[part], self.shares[part])
            yield list(zip(*(column.tolist() for column in columns), strict=True))


QUERY = """
    SELECT need.opportunity, (SUM(need.share * held.worth) + {use} * COUNT(*)) / {whole}
    FROM held {join} need ON need.skill = held.skill AND need.level = held.level
    GROUP BY need.opportunity
    ORDER BY ROUND((SUM(need.share * held.worth) + {use} * COUNT(*)) / {whole}, 12) DESC, need.opportunity LIMIT 10
"""
COVERING = "PRIMARY KEY (skill, level, opportunity)"


class SQLite:
    """A table of requirements in memory, and the profile in another."""

    def __init__(self, rivals: Rivals, *, tuned: bool) -> None:
        self.rivals, self.join = rivals, "CROSS JOIN" if tuned else "JOIN"  # a CROSS JOIN is done in the order written
        self.database = sqlite3.connect(":memory:")
        self.database.execute(
            "CREATE TABLE need (opportunity INTEGER, skill INTEGER, level INTEGER, share REAL, "
            + (f"{COVERING}) WITHOUT ROWID" if tuned else "id INTEGER PRIMARY KEY)")
        )
        for rows in rivals.requirements(by_skill=tuned):
            self.database.executemany("INSERT INTO need (opportunity, skill, level, share) VALUES (?, ?, ?, ?)", rows)
        if not tuned:
            self.database.execute("CREATE INDEX need_skill ON need (skill, level)")
        self.database.execute(
            "CREATE TABLE held (skill INTEGER, level INTEGER, worth REAL, PRIMARY KEY (skill, level))"
        )
        # As many rows as a profile has, or the planner takes the profile for the longer table.
        self.database.executemany("INSERT INTO held VALUES (?, 1, 1)", [(number,) for number in range(80)])
        self.database.execute("ANALYZE")

    def search(self, profile: Profile) -> Answer:
        self.database.execute("DELETE FROM held")
        self.database.executemany("INSERT INTO held VALUES (?, ?, ?)", self.rivals.held(profile))
        query = QUERY.format(use=USE / len(profile.held), whole=1 + USE, join=self.join)
        return [(self.rivals.ids[row], score) for row, score in self.database.execute(query)]


class MariaDB:
    """The same in InnoDB, in memory as a whole."""

    def __init__(self, rivals: Rivals, url: str, *, tuned: bool) -> None:
        import MySQLdb

        parts = urlsplit(url)
        self.rivals, self.join = rivals, "STRAIGHT_JOIN" if tuned else "JOIN"
        self.connection = MySQLdb.connect(
            host=parts.hostname or "",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=parts.path.lstrip("/"),
            local_infile=1,
            autocommit=True,
        )
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET GLOBAL innodb_buffer_pool_size = 3221225472")
        self.cursor.execute("DROP TABLE IF EXISTS need")
        self.cursor.execute(
            "CREATE TABLE need (opportunity INT, skill INT, level TINYINT, share DOUBLE, "
            + (COVERING if tuned else "id INT AUTO_INCREMENT PRIMARY KEY")
            + ") ENGINE=InnoDB"
        )
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            for rows in rivals.requirements(by_skill=tuned):
                file.writelines(f"{row}\t{skill}\t{level}\t{share!r}\n" for row, skill, level, share in rows)
            file.flush()
            load = "LOAD DATA LOCAL INFILE %s INTO TABLE need (opportunity, skill, level, share)"
            self.cursor.execute(load, [file.name])
        if not tuned:
            self.cursor.execute("CREATE INDEX need_skill ON need (skill, level)")
        self.cursor.execute("ANALYZE TABLE need")
        self.cursor.fetchall()
        self.cursor.execute(
            "CREATE TEMPORARY TABLE held (skill INT, level TINYINT, worth DOUBLE, PRIMARY KEY (skill, level)) "
            "ENGINE=MEMORY"
        )
        self.cursor.execute("SELECT VERSION()")
        self.version = self.cursor.fetchall()[0][0]

    def search(self, profile: Profile) -> Answer:
        self.cursor.execute("DELETE FROM held")
        self.cursor.executemany("INSERT INTO held VALUES (%s, %s, %s)", self.rivals.held(profile))
        self.cursor.execute(QUERY.format(use=USE / len(profile.held), whole=1 + USE, join=self.join))
        return [(self.rivals.ids[row], score) for row, score in self.cursor.fetchall()]


class Tantivy:
    """A full text index whose words are the numbers of competences."""

    def __init__(self, rivals: Rivals, work: Workload) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("skills", tokenizer_name="whitespace")
        builder.add_unsigned_field("row", stored=True)
        self.index = tantivy.Index(builder.build())
        self.rivals = rivals
        writer = self.index.writer(400_000_000, 1)
        words = [f"s{number}" for number in range(len(work.uris))]
        skills = work.skills.tolist()
        bounds = np.searchsorted(work.rows, np.arange(len(work.ids) + 1)).tolist()
        for row, (start, end) in enumerate(pairwise(bounds)):
            text = " ".join(words[skill] for skill in skills[start:end])
            writer.add_document(tantivy.Document(skills=text, row=row))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, profile: Profile) -> Answer:
        words = " ".join(f"s{self.rivals.numbers[uri]}" for uri in profile.held)
        query = self.index.parse_query(words, ["skills"])
        hits = self.searcher.search(query, K, count=False).hits
        return [(self.rivals.ids[self.searcher.doc(where)["row"][0]], score) for score, where in hits]


ROUNDS = 5
BESIDE = ("bincount", "scipy", "tantivy", "sqlite", "mariadb")
OURS, TANTIVY = "ours", "tantivy, its own relevance"


def measure(search: Search, profiles: list[Profile], rounds: int = ROUNDS) -> tuple[list[float], list[Answer]]:
    """Milliseconds and answer for each profile: of some rounds the fastest, so that other work here counts less."""
    times = np.full(len(profiles), np.inf)
    for _round in range(rounds):
        answers = []
        for row, profile in enumerate(profiles):
            start = time.perf_counter()
            answers.append(search(profile))
            times[row] = min(times[row], (time.perf_counter() - start) * 1000)
    return times.tolist(), answers


def require_same(name: str, answers: list[Answer], ours: list[Answer]) -> None:
    for answer, own in zip(answers, ours, strict=False):
        assert [found for found, _ in answer] == [found for found, _ in own], f"{name} found {answer}, ours {own}"
        assert np.allclose([score for _, score in answer], [score for _, score in own], rtol=0, atol=1e-9)


def in_batch(index: Index, rivals: Rivals, work: Workload, count: int) -> None:
    """Profiles a second, one after the other, beside scipy's products of 250 profiles at a time with the matrix.

    Once to the same answer, and once the product for the covered share alone, without a best ten to be found.
    """
    profiles = [work.profile() for _ in range(count)]
    start = time.perf_counter()
    ours = [index.top(profile, k=K) for profile in profiles]
    rate = count / (time.perf_counter() - start)
    entries = [(row, *each) for row, profile in enumerate(profiles) for each in rivals.held(profile)]
    places, skills, levels, values = (np.array(column) for column in zip(*entries, strict=True))
    columns = skills.astype(int) * LEVELS + levels.astype(int) - 1
    shape = (count, rivals.matrix.shape[0])
    asked = scipy.sparse.csr_array((values / (1 + USE), (places, columns)), shape=shape)
    sizes = np.array([len(profile.held) for profile in profiles])[places]
    use = scipy.sparse.csr_array((USE / (1 + USE) / sizes, (places, columns)), shape=shape)
    alone = 0.0
    answers: list[Answer] = []
    start = time.perf_counter()
    for first in range(0, count, 250):
        before = time.perf_counter()
        product = asked[first : first + 250] @ rivals.matrix
        alone += time.perf_counter() - before
        product += use[first : first + 250] @ rivals.pattern
        for row, end in pairwise(product.indptr):
            answers.append(rivals.best(product.data[row:end], product.indices[row:end]))
    whole = time.perf_counter() - start
    require_same("scipy's product", answers, ours)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory of this script at its highest: {most:.0f} MiB")
    print(f"{count} profiles: ours {rate:.0f} a second")
    print(f"scipy's sparse product {count / whole:.0f} a second: ours {rate * whole / count:.2f} times, same answers")
    print(f"the first product alone {count / alone:.0f} a second: ours {rate * alone / count:.2f} times")


def databases(rivals: Rivals, wanted: Collection[str]) -> Iterator[tuple[str, Search]]:
    """Each database in each form, one after the other: none is kept while the next one is measured."""
    for form in ("tuned", "plain"):
        if "sqlite" in wanted:
            yield f"SQLite {sqlite3.sqlite_version}, {form}", SQLite(rivals, tuned=form == "tuned").search
        if "mariadb" in wanted and (url := os.environ.get("PASSERELLE_DB_URL")):
            mariadb = MariaDB(rivals, url, tuned=form == "tuned")
            yield f"MariaDB {mariadb.version.partition('-')[0]}, {form}", mariadb.search
            mariadb.connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--opportunities", type=int, default=100_000)
    parser.add_argument("--profiles", type=int, default=200)
    parser.add_argument("--sql-profiles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--beside", nargs="*", default=BESIDE, choices=BESIDE)
    chosen = parser.parse_args()
    if not ESCO.is_dir():
        parser.exit(message=f"No ESCO tables at {ESCO}: nothing to measure.\n")
    work = Workload(chosen.opportunities, chosen.profiles, chosen.seed)
    start = time.perf_counter()
    index = Index(work.opportunities())
    built = time.perf_counter() - start
    start = time.perf_counter()
    Index.from_arrays(index.arrays())
    loaded = time.perf_counter() - start
    rivals = Rivals(work)
    print(f"seed {chosen.seed}, {chosen.opportunities} opportunities, {chosen.profiles} profiles, top {K}")
    print(f"built in {built:.1f} s, from arrays in {loaded:.1f} s, {index.bytes_per_posting:.1f} bytes a posting")
    if chosen.batch:
        in_batch(index, rivals, work, chosen.batch)
    times, ours = measure(lambda profile: index.top(profile, k=K), work.profiles)
    median, p95 = statistics.median(times), float(np.percentile(times, 95))
    print(f"numpy {np.__version__}, scipy {scipy.__version__}")
    print(f"{OURS:28} median {median:9.3f} ms  p95 {p95:9.3f} ms ({p95 / median:.2f} x)", flush=True)

    today = Wishes(on=date(2026, 1, 1))
    open_today, answers = measure(lambda profile: index.top(profile, k=K, wishes=today), work.profiles)
    assert answers == ours
    print(f"{'ours, open on a day':28} median {statistics.median(open_today):9.3f} ms")

    def beside(name: str, search: Search, profiles: list[Profile], rounds: int = ROUNDS) -> None:
        found, answers = measure(search, profiles, rounds)
        if name != TANTIVY:
            require_same(name, answers, ours)
        middle, ratio = statistics.median(found), statistics.median(found) / statistics.median(times[: len(found)])
        said = "" if name == TANTIVY else f"  same answers for {len(found)}"
        late = float(np.percentile(found, 95))
        print(f"{name:28} median {middle:9.3f} ms  p95 {late:9.3f} ms  {ratio:8.1f} x ours{said}", flush=True)

    if "bincount" in chosen.beside:
        beside("numpy bincount", rivals.with_bincount, work.profiles)
    if "scipy" in chosen.beside:
        beside("scipy sparse product", rivals.with_scipy, work.profiles)
    if "tantivy" in chosen.beside and find_spec("tantivy"):
        print(f"tantivy {version('tantivy')}")
        beside(TANTIVY, Tantivy(rivals, work).search, work.profiles)
    few = work.profiles[: chosen.sql_profiles]
    for name, search in databases(rivals, chosen.beside):
        beside(name, search, few, 2)


if __name__ == "__main__":
    main()
