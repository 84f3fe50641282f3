"""`passerelle_read_feeds`: read the employers' feeds that are due. `passerelle_hourly` does it; this is by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from passerelle.employers import api


class Command(BaseCommand):
    help = "Read employers' feeds that are due. A broken one loses nothing and is asked again later."

    def handle(self, *_args: Any, **_options: Any) -> None:
        read = api.read_due()
        for url, changed in read.items():
            self.stdout.write(f"{url}: {changed} changed")
        self.stdout.write(f"{len(read)} feeds read.")
