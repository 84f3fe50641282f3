"""`passerelle_circles_tick`: keep what time did to circles over days, and remind people."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from passerelle.circles.reminders import tick


class Command(BaseCommand):
    help = (
        "Let circles over days go on whose time is up, and remind people who wish it, outside the quiet hours. "
        "`passerelle_hourly` does this too; run it more often for deadlines to the minute. Twice does no harm."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        went_on, told = tick(now=timezone.now())
        self.stdout.write(f"Circles that went on: {went_on}; reminders: {told}")
