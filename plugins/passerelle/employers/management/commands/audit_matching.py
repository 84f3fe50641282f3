"""`audit_matching`: whether matching serves people of all languages, and work of all regions, alike."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from passerelle.employers.audit import BEST, FLOOR, audit, said
from passerelle.employers.data import What

COLUMNS = (("shown", What.SHOWN), ("viewed", What.VIEWED), ("asked", What.ASKED), ("decided", What.DECIDED))


class Command(BaseCommand):
    help = f"Report exposure by language and region. Nothing is said of fewer than {FLOOR} people."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = audit()
        heads = "".join(f"{name:>9}" for name, _what in COLUMNS)
        self.stdout.write(f"{'language':10}{'people':>8}{'find':>8}{'best':>7}{heads}")
        for language, group in found.languages.items():
            cells = "".join(f"{said(group.seen[what]):>9}" for _name, what in COLUMNS)
            mean = group.best / group.people
            self.stdout.write(f"{language:10}{said(group.people):>8}{said(group.found):>8}{mean:>7.2f}{cells}")
        if found.left_out:
            self.stdout.write(f"Languages with fewer than {FLOOR} people are left out.")
        self.stdout.write("")
        self.stdout.write(f"{'region':30}{'on offer':>9}{f'in the best {BEST} of':>18}")
        for region, (count, people) in found.regions.items():
            self.stdout.write(f"{region:30}{count:>9}{said(people):>18}")
