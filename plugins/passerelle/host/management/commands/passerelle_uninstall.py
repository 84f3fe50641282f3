"""`passerelle_uninstall`: give people's data out, then take the suite's tables and files away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.host.operations import backup, removal, suite


class Command(BaseCommand):
    help = "Export what Passerelle holds of each person; with --yes, remove its tables and private files for good."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help=f"{suite.ARCHIVE_HELP}; must not be there yet")
        parser.add_argument("--yes", action="store_true", help="remove the tables and files after the export")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and do nothing")

    def handle(self, *_args: Any, file: Path | None, yes: bool, dry_run: bool, **_options: Any) -> None:
        if dry_run:
            self.stdout.write(f"{len(backup.people())} people's data would be exported, and these tables removed:")
            for model in suite.models():
                self.stdout.write(f"{model._meta.label}: {model._base_manager.count()} rows")
            return
        try:
            with suite.archive(file, name="people") as made:
                people = removal.export_people(made.target, report=self.stdout.write)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already. Give another name, so that no export is lost.") from error
        self.stdout.write(f"The data of {people} people is in {made.place}")
        if not yes:
            self.stdout.write("Nothing was removed. With --yes the tables and private files go, for good.")
            return
        removal.remove(report=self.stdout.write)
        self.stdout.write("Passerelle's data is gone. Now disable the plugin: tutor plugins disable passerelle")
