"""An installation with a database of its own, driven through its command line in processes of its own.

On SQLite a file in its folder; where `PASSERELLE_DB_URL` names a MariaDB server, a new database there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(REPOSITORY / name) for name in ("plugins", "xblocks", "tests/support"))


@dataclass(frozen=True)
class Installation:
    """Where it keeps what it stores, and its database ("" for SQLite)."""

    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        own = {"PASSERELLE_VAR": str(self.folder), "DJANGO_SETTINGS_MODULE": "passerelledemo.settings"}
        return (
            os.environ | own | {"PASSERELLE_DB_URL": self.database, "PYTHONPATH": SOURCES, "PYTHONWARNINGS": "ignore"}
        )

    def manage(self, *arguments: str | Path, fails: bool = False) -> str:
        """Run a management command; return what it printed, errors included."""
        command = [sys.executable, "-m", "passerelledemo", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == fails, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def ask(self, code: str) -> Any:
        """Run code with Django set up; it puts its answer, plain data, into `answer`."""
        code = f"import django, json; django.setup()\n{code}\nprint(json.dumps(answer))"
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def new(folder: Path) -> Installation:
    """An installation without any table."""
    folder.mkdir(parents=True, exist_ok=True)
    url = os.environ.get("PASSERELLE_DB_URL", "")
    if url:
        import MySQLdb

        parts = urlsplit(url)
        name = f"passerelle_{uuid.uuid4().hex[:12]}"
        connection = MySQLdb.connect(
            host=parts.hostname, port=parts.port or 3306, user=parts.username, passwd=parts.password
        )
        connection.cursor().execute(f"CREATE DATABASE {name}")
        connection.close()
        url = url.rpartition("/")[0] + f"/{name}"
    return Installation(folder, url)
