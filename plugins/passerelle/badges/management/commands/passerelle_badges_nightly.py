"""`passerelle_badges_nightly`: what time does to badges; to be run once a day."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from passerelle.badges.api import check_again, expire


class Command(BaseCommand):
    help = "End badges whose time is over, and ask whether badges from elsewhere are still good. Run it every night."

    def handle(self, *_args: Any, **_options: Any) -> None:
        ended = expire()
        looked_at, gone = check_again()
        self.stdout.write(f"{ended} badges ended; {looked_at} from elsewhere looked at, {gone} of them taken back.")
