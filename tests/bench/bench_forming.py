"""How good circles are and how long they take to form: `python tests/bench/bench_forming.py`.

For 60 people beside what HiGHS proves that nobody can do better; for more people, how many wait.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from forming_people import WANTED, across, bound, people
from passerelle.circles.forming import problems, propose, score

ONE = (0,)
EUROPE = (0, 60, 120)
WORLD = (-480, -300, -180, 0, 60, 120, 180, 330, 480, 780)
RUNS = (
    (60, 0, ONE, 5), (60, 12, ONE, 5), (60, 4, ONE, 5), (60, 12, EUROPE, 5), (60, 12, WORLD, 5), (500, 50, EUROPE, 2),
    (10_000, 300, ONE, 3), (10_000, 300, EUROPE, 2), (10_000, 300, WORLD, 2),
)  # fmt: skip


def main() -> None:
    print("people  organisations  zones  windows  seed  seconds  points  proved   share  wait  broken")
    for count, organisations, offsets, seeds in RUNS:
        for seed in range(seeds):
            everyone, wanted = people(count, seed, organisations=organisations), WANTED
            begun = time.perf_counter()
            if offsets is not ONE:
                everyone, wanted = across(everyone, offsets, seed)
            known = {person.id: person for person in everyone}
            found = propose(everyone, wanted)
            taken = time.perf_counter() - begun
            points = score(found.groups, known, wanted)
            best = bound(everyone, wanted, seconds=60) if count == 60 else float("nan")
            broken = sum(bool(problems(group, known, wanted)) for group in found.groups)
            print(
                f"{count:6d}  {organisations:13d}  {len(offsets):5d}  {len(wanted.times):7d}  {seed:4d}  {taken:7.2f}  "
                f"{points:6.0f}  {best:6.1f}  {points / best:6.4f}  {len(found.waiting):4d}  {broken:6d}",
                flush=True,
            )


if __name__ == "__main__":
    main()
