"""Whoever dies in mid-request, nothing that was acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = ("mariadbd", "redis-server")


@pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason=f"wants {' and '.join(PROGRAMS)}")
def test_nothing_acknowledged_is_lost() -> None:
    tests = Path(__file__).parents[1]
    command = ["bash", str(tests / "with_mariadb.sh"), sys.executable, str(tests / "ops" / "kill_servers.py")]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400, env=environment)

    assert done.returncode == 0, done.stderr
    came = json.loads(done.stdout.splitlines()[-1])
    assert came["errors"] == [], came["logs"]
    assert came["acknowledged"] > 90
    assert came["died with the request"] > 0, "no request was under way when the servers died: kill more often"
    assert came["lost"] == []
    assert came["unasked"] == []
    assert came["purge"]["before"] == 500
    assert came["purge"]["left"] == 0
    assert came["purge"]["begun"] >= 2, "the worker was not killed in the midst of its task"
