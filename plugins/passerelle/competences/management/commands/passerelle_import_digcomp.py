"""Imports DigComp 3.0 from its JSON-LD: areas, competences, levels, statements, learning outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.competences.digcomp import LICENCE
from passerelle.competences.digcomp.importer import DigCompError, import_file


class Command(BaseCommand):
    help = "Import DigComp 3.0 from its JSON-LD file. Run it again whenever you like: what is in already is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *_args: Any, file: Path, dry_run: bool, **_options: Any) -> None:
        try:
            report = import_file(file, dry_run=dry_run)
        except DigCompError as error:
            raise CommandError(str(error)) from error
        for line in report.broken:
            self.stderr.write(line)
        if report.broken:
            raise CommandError(f"{len(report.broken)} entries are broken, so nothing is imported.")
        said = f"{report.read} entries read: {report.new} new, {report.changed} changed, {report.gone} gone."
        self.stdout.write(f"{'Would be: ' if dry_run else ''}{said} Licence: {LICENCE}")
