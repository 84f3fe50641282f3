"""`retire_user`: close an account as the platform would, so that everything erases what is that person's."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError

from passerelledemo import people


class Command(BaseCommand):
    help = "Close the account of one of the people, and erase what is hers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, username: str, **_options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody here is called {username}.")
        people.retire(user)
        self.stdout.write(f"{username} is gone, and with her what was hers.")
