"""Imports the official ESCO download: skills, occupations, their names in every language there, and their relations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.competences.esco import files
from passerelle.competences.esco.importer import Report, import_folder

SHOWN = 20
WIDTH = 30


class Command(BaseCommand):
    help = (
        "Import ESCO's classification from the folder of its CSV download, all languages in it. "
        "Run it again whenever you like: what is in already is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where the download is unpacked")
        parser.add_argument("--release", default="", help="ESCO's version; default: from the folder's name")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--skip-broken", action="store_true", help="leave broken rows out; default: import nothing")

    def handle(self, *_args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        bar = Bar(sum(path.stat().st_size for path in folder.rglob("*.csv")))
        try:
            report = import_folder(
                folder,
                version=options["release"],
                dry_run=options["dry_run"],
                skip_broken=options["skip_broken"],
                on_bytes=bar.add,
            )
        except files.LayoutError as error:
            raise CommandError(str(error)) from error
        finally:
            bar.end()
        self.say(report, dry_run=options["dry_run"])

    def say(self, report: Report, *, dry_run: bool) -> None:
        for broken in report.broken[:SHOWN]:
            self.stderr.write(str(broken))
        if len(report.broken) > SHOWN:
            self.stderr.write(f"… and {len(report.broken) - SHOWN} more broken rows.")
        rows = sum(report.read.values())
        languages = ", ".join(report.languages)
        self.stdout.write(f"ESCO {report.version or '(no version named)'} in {languages}: {rows} rows read.")
        changes = ", ".join(f"{number} {what}" for what, number in report.changes.items()) or "nothing to change"
        if report.broken and not report.kept:
            raise CommandError(
                f"{len(report.broken)} rows are broken, so nothing is imported. Mend them, or leave them out with "
                "--skip-broken."
            )
        self.stdout.write(f"{'Would be: ' if dry_run else ''}{changes}.")


class Bar:
    """A progress bar on a terminal; silent elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.shown = max(total, 1), 0, -1

    def add(self, path: Path, count: int) -> None:
        self.done += count
        percent = min(100, 100 * self.done // self.total)
        if percent != self.shown and sys.stderr.isatty():
            self.shown = percent
            full = WIDTH * percent // 100
            sys.stderr.write(f"\r{'█' * full}{'░' * (WIDTH - full)} {percent:3} % {path.name:40.40}")
            sys.stderr.flush()

    def end(self) -> None:
        if self.shown >= 0:
            sys.stderr.write("\n")
