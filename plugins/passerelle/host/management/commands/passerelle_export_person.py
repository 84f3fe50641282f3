"""`passerelle_export_person`: what the suite holds of one person, for her to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from passerelle.host.operations import person, suite


class Command(BaseCommand):
    help = "Write all that Passerelle holds of a person into a ZIP archive (GDPR article 15)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="username, e-mail address, or account number")
        parser.add_argument("--file", type=Path, help=suite.ARCHIVE_HELP)
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")

    def handle(self, *_args: Any, file: Path | None, dry_run: bool, **options: Any) -> None:
        wanted: str = options["person"]
        named = Q(username=wanted) | Q(email__iexact=wanted) | Q(pk=int(wanted) if wanted.isdecimal() else 0)
        accounts = list(get_user_model()._base_manager.filter(named)[:2])
        if len(accounts) != 1:
            problem = "Nobody" if not accounts else "More than one account"
            raise CommandError(f"{problem} here is called {wanted}. Give the username.")
        user_id, name = accounts[0].pk, accounts[0].get_username()
        if dry_run:
            for part in person.gathered(user_id=user_id):
                self.stdout.write(f"{part.model}: {len(part.rows)} rows, {len(part.files)} files")
            return
        # The storage's names are seen by more people than its files: the account's number, no name.
        with suite.archive(file, name=f"person-{user_id}", replace=True) as made:
            rows = person.write(made.target, user_id=user_id, name=name, report=self.stdout.write)
        self.stdout.write(f"{rows} rows are in {made.place}")
