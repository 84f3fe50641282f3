"""Made-up people for forming circles, and an integer programme of its own for what the best circles are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from passerelle.circles import hours
from passerelle.circles.forming import Candidate, Wanted
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

LANGUAGES = ("fr", "en", "ar")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMES = tuple(f"{day}-{part}" for day in DAYS for part in ("am", "pm", "eve"))
WANTED = Wanted(languages=LANGUAGES, times=TIMES)


def people(count: int, seed: int, *, organisations: int = 0) -> list[Candidate]:
    """People who speak one or two of three languages and can come at two to six of 21 times."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(1, count + 1):
        spoken = random.choice(LANGUAGES, size=1 + (random.random() < 0.4), replace=False, p=[0.5, 0.3, 0.2])
        works = organisations and random.random() < 0.5
        found.append(
            Candidate(
                id=number,
                languages=tuple(str(language) for language in spoken),
                times=frozenset(str(time) for time in random.choice(TIMES, size=random.integers(2, 7), replace=False)),
                affiliation=str(random.choice(["", "ngo", "company", "migrant"])),
                organisation=f"org {random.integers(organisations)}" if works else "",
                leads=bool(works and random.random() < 0.3),
            )
        )
    return found


def across(people: list[Candidate], offsets: Sequence[int], seed: int) -> tuple[list[Candidate], Wanted]:
    """The same people at home in these time zones (minutes east of UTC), and the hours at which they can meet."""
    random = np.random.default_rng(seed)
    homes = {person.id: int(random.choice(offsets)) for person in people}
    said = Counter((homes[person.id], part) for person in people for part in person.times or ())
    among = hours.windows(said, least=WANTED.min_size)
    moved = [
        replace(person, times=hours.fitting(person.times or (), homes[person.id], among) or person.times)
        for person in people
    ]
    return moved, replace(WANTED, times=among)


def bound(people: list[Candidate], wanted: Wanted, *, seconds: float) -> float:
    """What HiGHS proves that no circles can be worth more than, with the points that `forming` documents.

    Written for itself, person by person, from that documentation. Where a room holds several circles it leaves the rule
    about employers out, so it can only be too high.
    """
    rooms = [(language, time) for language in wanted.languages for time in wanted.times]
    kinds = ("ngo", "company", "migrant")
    gains: list[float] = []
    seats: list[tuple[int, int]] = []
    for row, person in enumerate(people):
        for column, (language, time) in enumerate(rooms):
            if language in person.languages and time in (person.times or ()):
                seats.append((row, column))
                gains.append(10 + max(3 - person.languages.index(language), 1))
    first_room, first_kind = len(seats), len(seats) + len(rooms)
    size = first_kind + len(rooms) * len(kinds)
    table = lil_array((len(people) + len(rooms) * (2 + 2 * len(kinds)), size))
    upper = np.zeros(table.shape[0])
    upper[: len(people)] = 1
    for index, (row, column) in enumerate(seats):
        table[row, index] = 1
        line = len(people) + column * (2 + 2 * len(kinds))
        table[line, index] = -1  # at least min_size each
        table[line + 1, index] = 1  # at most max_size each
        if people[row].affiliation:
            table[line + 2 + kinds.index(people[row].affiliation), index] = -1
    for column in range(len(rooms)):
        line = len(people) + column * (2 + 2 * len(kinds))
        table[line, first_room + column] = wanted.min_size
        table[line + 1, first_room + column] = -wanted.max_size
        for kind in range(len(kinds)):
            mixed = first_kind + column * len(kinds) + kind
            table[line + 2 + kind, mixed] = 1
            table[line + 2 + len(kinds) + kind, mixed] = 1
            table[line + 2 + len(kinds) + kind, first_room + column] = -1
    cost = np.concatenate([-np.array(gains), np.full(len(rooms), 6.0), np.full(len(rooms) * len(kinds), -2.0)])
    highest = np.concatenate([np.ones(len(seats)), np.full(size - len(seats), len(people))])
    rules = _employer_rules(people, len(rooms), seats, size)
    answer: Any = milp(
        cost,
        constraints=[LinearConstraint(table.tocsr(), -np.inf, upper), LinearConstraint(rules.tocsr(), -np.inf, 0)],
        integrality=np.ones(size),
        bounds=Bounds(0, highest),
        options={"time_limit": seconds, "mip_rel_gap": 0.005},
    )
    return -float(answer.mip_dual_bound)


def _employer_rules(people: list[Candidate], rooms: int, seats: list[tuple[int, int]], size: int) -> Any:
    """A leader, one of her staff and no colleague: not in a room of one circle. A row for each pair and room."""
    where = {seat: index for index, seat in enumerate(seats)}
    pairs = [(boss, worker) for boss in people for worker in people if _over(boss, worker)]
    rules = lil_array((len(pairs) * rooms or 1, size))
    for number, (boss, worker) in enumerate(pairs):
        for column in range(rooms):
            one, other = where.get((boss.id - 1, column)), where.get((worker.id - 1, column))
            if one is None or other is None:
                continue
            line = number * rooms + column
            colleagues = [where.get((person.id - 1, column)) for person in people if _over(boss, person)]
            rules[line, [index for index in colleagues if index is not None]] = -1
            rules[line, [one, other]] = 1
            rules[line, len(seats) + column] = -1
    return rules


def _over(boss: Candidate, worker: Candidate) -> bool:
    return boss.leads and not worker.leads and worker.organisation == boss.organisation != ""
