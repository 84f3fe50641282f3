"""Makes the core framework a taxonomy that authors tag units with, and keeps it up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.competences.taxonomy import NAME, NoTaggingError, sync


class Command(BaseCommand):
    help = "Bring the competences' taxonomy up to date. Run it again whenever you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        try:
            done = sync(dry_run=dry_run)
        except NoTaggingError as error:
            raise CommandError(str(error)) from error
        kind = "a competency taxonomy" if done.competency else "a taxonomy"
        said = f"{done.changed} tags brought up to date" if done.changed else "nothing to change"
        self.stdout.write(f"{'Would be: ' if dry_run else ''}“{NAME}” ({kind}): {said}.")
