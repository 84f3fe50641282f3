"""`demo_setup`: the database and the people, ready to play. Run again, it changes nothing that is there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, call_command
from django.db import transaction
from opaque_keys.edx.keys import CourseKey
from passerelle.circles import api as circles
from passerelle.courses.olx import course_runs
from passerelle.employers.data import Role
from passerelle.employers.models import Member, Organisation
from passerelle.host.api import Actor

from passerelledemo import people


class Command(BaseCommand):
    help = "Prepare the demo: migrate the database, load the people to play, appoint the facilitator."

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        settings.VAR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        with transaction.atomic():
            runs = people.new_runs()
            new = people.load()
            appoint_facilitators(runs)
            if new:
                call_command("load_opportunities", verbosity=0)
                employ()
                call_command("passerelle_badge_keys", "ensure", verbosity=0)
                call_command("passerelle_load_achievements", verbosity=0)
        if verbosity:
            runs_there = len(course_runs())
            self.stdout.write(f"{len(people.PEOPLE)} people to play, {new} of them new; {runs_there} course runs.")


def appoint_facilitators(runs: list[CourseKey]) -> None:
    """The author appoints, as course staff do."""
    author = User.objects.filter(username="jonas").first()
    for course_key in runs if author else []:
        actor = Actor(user_id=author.pk if author else None, course_key=course_key, is_course_staff=True)
        circles.appoint_facilitator(actor=actor, course_key=course_key, name="nadia")


def employ() -> None:
    """The employer manages one of the sample organisations, which is approved."""
    marta = User.objects.get(username="marta")
    Member.objects.get_or_create(
        organisation=Organisation.objects.get(slug="la-table-ronde"), user=marta, defaults={"role": Role.MANAGER}
    )
