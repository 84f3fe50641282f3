"""`passerelle_badge_keys`: the keys that sign badges: list them, make a new one, withdraw a stolen one."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from passerelle.badges import keys
from passerelle.badges.api import withdraw_key
from passerelle.badges.models import IssuerKey
from passerelle.host.errors import PasserelleError


class Command(BaseCommand):
    help = (
        "Keys that sign badges. 'list' shows them; 'make' makes a new one, which signs from then on (older badges stay "
        "good); 'ensure' makes one where there is none; 'withdraw KID' takes a stolen key out, signs its badges anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["list", "make", "ensure", "withdraw"])
        parser.add_argument("kid", nargs="?", default="")

    def handle(self, *_args: Any, action: str, kid: str, verbosity: int = 1, **_options: Any) -> None:
        if action == "withdraw":
            self._withdraw(kid)
        if action == "make" or (action == "ensure" and not IssuerKey.objects.filter(retired_at=None).exists()):
            made = keys.make()
            if verbosity:
                self.stdout.write(f"Made {made.kid}. Badges are signed with it from now on.")
        if action in ("list", "ensure") and verbosity:
            self._list()

    def _withdraw(self, kid: str) -> None:
        if not IssuerKey.objects.filter(kid=kid).exists():
            raise CommandError(f"There is no key {kid!r}. 'passerelle_badge_keys list' shows those that are there.")
        try:
            count = withdraw_key(kid=kid)
        except PasserelleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Withdrew {kid}. Badges signed anew: {count}. People download their copies again.")

    def _list(self) -> None:
        for row in IssuerKey.objects.order_by("pk"):
            self.stdout.write(f"{row.kid}  {row.created_at:%Y-%m-%d}  {keys.state(row)}")
        if not IssuerKey.objects.exists():
            self.stdout.write("No key yet: 'passerelle_badge_keys make' makes one.")
