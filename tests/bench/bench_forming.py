"""How good circles are and how long they take to form: `python tests/bench/bench_forming.py`.

For 60 people beside what HiGHS proves that nobody can do better; for more people, how many wait.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from forming_people import WANTED, bound, people
from passerelle.circles.forming import problems, propose, score


def main() -> None:
    print("people  organisations  seed  seconds  points  proved   share  wait  broken")
    for count, organisations, seeds in ((60, 0, 5), (60, 12, 5), (60, 4, 5), (500, 50, 2), (10_000, 300, 3)):
        for seed in range(seeds):
            everyone = people(count, seed, organisations=organisations)
            known = {person.id: person for person in everyone}
            begun = time.perf_counter()
            found = propose(everyone, WANTED)
            taken = time.perf_counter() - begun
            points = score(found.groups, known, WANTED)
            best = bound(everyone, WANTED, seconds=60) if count == 60 else float("nan")
            broken = sum(bool(problems(group, known, WANTED)) for group in found.groups)
            print(
                f"{count:6d}  {organisations:13d}  {seed:4d}  {taken:7.2f}  {points:6.0f}  {best:6.1f}  "
                f"{points / best:6.4f}  {len(found.waiting):4d}  {broken:6d}"
            )


if __name__ == "__main__":
    main()
