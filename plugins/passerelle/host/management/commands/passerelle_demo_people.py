"""`passerelle_demo_people`: accounts to try the suite with on a real platform. The demo host has people of its own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

ORGANISATION = "Passerelle"
"""Whose courses everybody takes part in: those that the suite ships."""

# Username, name, language as the platform spells it, whether she teaches.
PEOPLE = (
    ("demo_amal", "Amal", "ar", False),
    ("demo_ifeoma", "Ifeoma", "en", False),
    ("demo_oksana", "Oksana", "uk", False),
    ("demo_elif", "Elif", "tr-tr", False),
    ("demo_mariana", "Mariana", "pt-pt", False),
    ("demo_claire", "Claire", "fr", False),
    ("demo_nadia", "Nadia", "fr", True),
)


class Command(BaseCommand):
    help = "Create learners and a teacher, enrolled in the suite's courses. For trials; never on a public platform."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", help="the password of all of them; those who are there keep theirs")
        parser.add_argument("--dry-run", action="store_true", help="say who would be created, and change nothing")

    @transaction.atomic
    def handle(self, *_args: Any, password: str | None, dry_run: bool, **_options: Any) -> None:
        try:
            from common.djangoapps.student.models import CourseEnrollment, UserProfile
            from common.djangoapps.student.roles import CourseStaffRole
            from openedx.core.djangoapps.content.course_overviews.models import CourseOverview
            from openedx.core.djangoapps.user_api.preferences.api import set_user_preference
        except ImportError as error:
            raise CommandError("This is not edx-platform; the demo's people are there already.") from error
        users = get_user_model()
        known = set(users.objects.filter(username__in=[row[0] for row in PEOPLE]).values_list("username", flat=True))
        if not dry_run and len(known) < len(PEOPLE):
            self._require_good(password)
        courses = list(CourseOverview.objects.filter(org=ORGANISATION).values_list("id", flat=True))
        for username, name, language, teaches in PEOPLE:
            self.stdout.write(f"{username}: {'there already' if username in known else 'new'}")
            if dry_run:
                continue
            if username in known:
                user = users.objects.get(username=username)
            else:
                user = users.objects.create_user(username, f"{username}@example.org", password)
            UserProfile.objects.get_or_create(user=user, defaults={"name": name})
            set_user_preference(user, "pref-lang", language, username=username)
            for course in courses:
                CourseEnrollment.enroll(user, course)
                if teaches:
                    CourseStaffRole(course).add_users(user)
        self.stdout.write(f"{len(PEOPLE) - len(known)} new people; they take part in {len(courses)} courses.")

    @staticmethod
    def _require_good(password: str | None) -> None:
        if not password:
            raise CommandError("Give them a password with --password.")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(f"Give them another password: {' '.join(error.messages)}") from error
