"""`demo_setup`: the database and the people, ready to play. Run again, it changes nothing that is there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, call_command
from django.db import transaction
from passerelle.circles import api as circles
from passerelle.host.api import Actor

from passerelledemo import people


class Command(BaseCommand):
    help = "Prepare the demo: migrate the database, load the people to play, appoint the facilitator."

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        settings.VAR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        with transaction.atomic():
            new = people.load()
            if new:
                appoint_facilitators()
                call_command("load_opportunities", verbosity=0)
        if verbosity:
            runs = len(people.training_runs())
            self.stdout.write(f"{len(people.PEOPLE)} people to play, {new} of them new; {runs} course runs.")


def appoint_facilitators() -> None:
    """The author appoints, as course staff do."""
    author = User.objects.get(username="jonas")
    for course_key in people.training_runs():
        actor = Actor(user_id=author.pk, course_key=course_key, is_course_staff=True)
        circles.appoint_facilitator(actor=actor, course_key=course_key, name="nadia")
