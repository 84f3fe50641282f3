"""`passerelle_backup`: the suite's own rows and private files in one archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from passerelle.host.api import private_storage
from passerelle.host.operations import backup, suite


class Command(BaseCommand):
    help = (
        "Write everything that Passerelle keeps into one archive. It holds people's stories: keep it safe. "
        "The platform's own accounts and courses are not in it: back them up with the platform."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help=suite.ARCHIVE_HELP)
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")

    def handle(self, *_args: Any, file: Path | None, dry_run: bool, **_options: Any) -> None:
        if dry_run:
            for model in suite.models():
                self.stdout.write(f"{model._meta.label}: {model._base_manager.count()} rows")
            self.stdout.write(f"private files: {sum(1 for _name in suite.files(private_storage()))}")
            return
        with suite.archive(file, name="passerelle", replace=True) as made:
            summary = backup.write(made.target, report=self.stdout.write)
        self.stdout.write(f"{summary.rows} rows and {summary.files} files are in {made.place}")
        self.stdout.write(f"fingerprint {summary.fingerprint}")
