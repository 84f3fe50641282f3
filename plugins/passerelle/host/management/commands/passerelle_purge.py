"""`passerelle_purge`: erase what was kept long enough. To be run daily."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.host.operations import retention


class Command(BaseCommand):
    help = "Erase what has been kept as long as PASSERELLE_RETENTION_DAYS and people's consents allow."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and erase nothing")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        done, failed = retention.purge(dry_run=dry_run)
        for purged in done:
            self.stdout.write(f"{purged.what}: {purged.rows} {'to erase' if dry_run else 'erased'}")
        if failed:
            raise CommandError(f"Not all of it worked; the rest is done. Failed: {', '.join(failed)}")
