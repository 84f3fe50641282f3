"""Enters help lines from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from passerelle.circles import help_lines


class Command(BaseCommand):
    help = (
        "Enter help lines from a CSV file (country,language,name,phone,url,hours), or without a file the European "
        "emergency number. Run it again whenever you like: lines with the same country, language and name are changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", default=help_lines.SAMPLE)

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            with file.open(encoding="utf-8", newline="") as opened:
                lines = list(help_lines.read(opened))
        except (OSError, UnicodeDecodeError, help_lines.HelpLinesError) as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            count = help_lines.load(lines)
        self.stdout.write(f"{count} help lines entered.")
