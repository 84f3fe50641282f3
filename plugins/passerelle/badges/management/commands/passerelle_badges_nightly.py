"""`passerelle_badges_nightly`: what time does to badges. `passerelle_hourly` does it every night; this is by hand."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from passerelle.badges.listeners import on_night


class Command(BaseCommand):
    help = "End badges whose time is over, and ask whether badges from elsewhere are still good."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{on_night()}.")
