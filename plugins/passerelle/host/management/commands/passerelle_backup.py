"""`passerelle_backup`: the suite's own rows and private files in one archive."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from passerelle.host.api import private_storage
from passerelle.host.operations import backup, suite
from passerelle.host.operations.suite import backup_storage


class Command(BaseCommand):
    help = (
        "Write everything that Passerelle keeps into one archive. It holds people's stories: keep it safe. "
        "The platform's own accounts and courses are not in it: back them up with the platform."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        where = "a file to write; without it, the backup goes to PASSERELLE_BACKUP_STORAGE, named by date"
        parser.add_argument("--file", type=Path, help=where)
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")

    def handle(self, *_args: Any, file: Path | None, dry_run: bool, **_options: Any) -> None:
        if dry_run:
            for model in suite.models():
                self.stdout.write(f"{model._meta.label}: {model._base_manager.count()} rows")
            self.stdout.write(f"private files: {sum(1 for _name in suite.files(private_storage()))}")
            return
        with tempfile.NamedTemporaryFile(dir=file.absolute().parent if file else None, delete=False) as target:
            try:
                summary = backup.write(target, report=self.stdout.write)
                if file:
                    os.replace(target.name, file)
                    place = str(file)
                else:
                    target.flush()
                    target.seek(0)
                    name = f"passerelle-{timezone.now():%Y%m%dT%H%M%SZ}.zip"
                    place = backup_storage().save(name, File(target, name=name))
            finally:
                Path(target.name).unlink(missing_ok=True)
        self.stdout.write(f"{summary.rows} rows and {summary.files} files are in {place}")
        self.stdout.write(f"fingerprint {summary.fingerprint}")
