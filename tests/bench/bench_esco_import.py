"""How long the import of all of ESCO takes, and how much memory: the first time, and again with nothing new.

    PYTHONPATH=plugins:tests/support python tests/bench/bench_esco_import.py
    PYTHONPATH=plugins:tests/support bash tests/with_mariadb.sh python tests/bench/bench_esco_import.py

Lays the joined tables of `../shared/data/esco` out as the official download, migrates an empty database (SQLite in a
temporary folder, or the MariaDB of `PASSERELLE_DB_URL`), and imports twice, each time in a process of its own, whose
peak resident memory is told beside that of a process that only starts Django.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def child(folder: Path | None) -> None:
    """Import once and print what happened, in seconds and in MB of peak resident memory."""
    import django

    django.setup()
    from django.db import connection
    from passerelle.competences.esco.importer import import_folder

    start = time.perf_counter()
    if folder is None:
        connection.ensure_connection()
        said = "Django alone"
    else:
        report = import_folder(folder)
        assert not report.broken, report.broken[:3]
        changes = ", ".join(f"{number} {what}" for what, number in report.changes.items()) or "nothing to change"
        said = f"{sum(report.read.values())} rows read: {changes}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{connection.vendor:8} {time.perf_counter() - start:6.1f} s  peak {peak:6.0f} MB  {said}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passerelledemo.settings")
    if chosen.child or chosen.alone:
        child(chosen.child)
        return
    import esco_download

    if not esco_download.DATA.is_dir():
        parser.exit(message=f"No ESCO tables at {esco_download.DATA}: nothing to measure.\n")
    with tempfile.TemporaryDirectory() as var:
        os.environ["PASSERELLE_VAR"] = var
        folder = esco_download.write(Path(var, "ESCO v1.2.0"))
        python = [sys.executable, "-W", "ignore"]
        subprocess.run([*python, "-m", "django", "migrate", "--verbosity", "0"], check=True)
        for arguments in (["--alone"], ["--child", str(folder)], ["--child", str(folder)]):
            subprocess.run([*python, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()
