"""A short version of `tests/bench/bench_circles_load.py`: what is told under load is there exactly once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHORT = ("--circles", "3", "--plays", "1", "--servers", "2", "--votes", "15", "--polls", "1")


@pytest.mark.skipif(not shutil.which("mariadbd"), reason="wants mariadbd")
def test_everything_told_is_there_exactly_once() -> None:
    tests = Path(__file__).parents[1]
    script = tests / "bench" / "bench_circles_load.py"
    command = ["bash", str(tests / "with_mariadb.sh"), sys.executable, str(script), *SHORT]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400, env=environment)

    assert done.returncode == 0, done.stderr
    came = json.loads(done.stdout.splitlines()[-1])
    assert came["errors"] == [], came["logs"]
    assert came["acknowledged"] == 135
    assert came["turns"] == 30
    assert came["died with the request"] > 0, "no request was under way when the server died"
    assert came["refused out of turn"] > 0, "nobody spoke before her turn: nothing was tried"
    for fault in ("lost", "twice", "unasked", "misplaced", "turns held by two"):
        assert came[fault] == [], fault
    (beside,) = came["poll"]
    assert beside["lost"] > 0, "the poll's tally held: the servers were not tried hard enough"
