"""`passerelle_restore`: put the suite's rows and private files back into the state of a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.host.operations import backup
from passerelle.host.operations.suite import backup_storage


class Command(BaseCommand):
    help = "Restore a backup of passerelle_backup: all of it, or nothing. Run again, it comes to the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", help="a file; or the name that passerelle_backup gave it in its storage")
        parser.add_argument("--replace", action="store_true", help="throw away what is here")
        parser.add_argument("--dry-run", action="store_true", help="see whether it would fit, and change nothing")

    def handle(self, *_args: Any, replace: bool, dry_run: bool, **options: Any) -> None:
        name: str = options["backup"]
        try:
            with Path(name).open("rb") if Path(name).is_file() else backup_storage().open(name) as source:
                if dry_run:
                    summary = backup.verify(source, report=self.stdout.write)
                else:
                    summary = backup.restore(source, replace=replace, report=self.stdout.write)
        except FileNotFoundError as error:
            raise CommandError(f"There is no backup called {name}, neither as a file nor in the storage.") from error
        except backup.ArchiveError as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        done = "would be" if dry_run else "were"
        self.stdout.write(f"{summary.rows} rows and {summary.files} files {done} restored.")
        self.stdout.write(f"fingerprint {summary.fingerprint}")
