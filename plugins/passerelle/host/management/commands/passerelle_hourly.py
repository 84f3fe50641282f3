"""`passerelle_hourly`: the suite's background work. To be run every hour."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from passerelle.host.operations import retention, schedule


class Command(BaseCommand):
    help = (
        "Do the background work that is due: employers' feeds; and once a night, in the first run after three o'clock "
        "(UTC), what time does to badges, and the retention purge. Run it every hour; more often does no harm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say whether the night's work is due, and do nothing"
        )

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        if dry_run:
            due = schedule.night_is_due(timezone.now())
            self.stdout.write(f"The hour's work is due{', and the night’s' if due else '; the night’s was done'}.")
            for purged in retention.purge(dry_run=True)[0] if due else []:
                self.stdout.write(f"{purged.what}: {purged.rows} to erase")
            return
        failed = schedule.run(report=self.stdout.write)
        if failed:
            raise CommandError(f"Not all of it worked; the rest is done. Failed: {', '.join(failed)}")
