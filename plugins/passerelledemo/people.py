"""The people to play, and what happens when one of them leaves."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _
from opaque_keys.edx.keys import CourseKey
from passerelle.courses.olx import course_runs
from passerelle.host.api import host, user_retired

from .models import BlockCompletion, BlockState, CohortMembership, CourseStaff, Enrolment, Grade, Notice, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to play: her role as the people page groups it, and where she starts."""

    username: str
    name: str
    language: str
    role: str
    start: str = "/courses/"
    cohort: str = ""


LEARNER, FACILITATOR, AUTHOR = _("Learner"), _("Facilitator"), _("Author")
EMPLOYER, OPERATOR = _("Employer"), _("Operator")

PEOPLE = [
    Person(username="amal", name="Amal", language="ar", role=LEARNER, cohort="Monday group"),
    Person(username="ifeoma", name="Ifeoma", language="en", role=LEARNER, cohort="Monday group"),
    Person(username="oksana", name="Oksana", language="uk", role=LEARNER, cohort="Monday group"),
    Person(username="elif", name="Elif", language="tr", role=LEARNER, cohort="Friday group"),
    Person(username="mariana", name="Mariana", language="pt", role=LEARNER, cohort="Friday group"),
    Person(username="claire", name="Claire", language="fr", role=LEARNER, cohort="Friday group"),
    Person(username="nadia", name="Nadia", language="fr", role=FACILITATOR, start="/passerelle/"),
    Person(username="jonas", name="Jonas", language="en", role=AUTHOR),
    Person(username="marta", name="Marta", language="en", role=EMPLOYER, start="/passerelle/employers/desk/"),
    Person(username="sam", name="Sam", language="en", role=OPERATOR, start="/passerelle/"),
]


def new_runs() -> list[CourseKey]:
    """The course runs in which nobody takes part yet."""
    known = set(Enrolment.objects.values_list("course_key", flat=True).distinct())
    return [key for key in course_runs() if key not in known]


@transaction.atomic
def load() -> int:
    """Make sure that all people are there, and somebody in each course run. Returns how many people were new."""
    known = {user.username: user for user in User.objects.all()}
    users = [(person, known.get(person.username) or _create(person)) for person in PEOPLE]
    for course_key in new_runs():
        for person, user in users:
            _take_part(person, user, course_key)
    return sum(person.username not in known for person in PEOPLE)


def _create(person: Person) -> User:
    is_operator = person.role == OPERATOR
    user = User(username=person.username, email=f"{person.username}@example.org", first_name=person.name)
    user.is_staff = user.is_superuser = is_operator
    user.set_unusable_password()
    user.save()
    Profile.objects.create(user=user, name=person.name, language=person.language)
    return user


def _take_part(person: Person, user: User, course_key: CourseKey) -> None:
    if person.role in (LEARNER, FACILITATOR):
        Enrolment.objects.create(user=user, course_key=course_key)
    if person.role == AUTHOR:
        CourseStaff.objects.create(user=user, course_key=course_key)
    if person.cohort:
        CohortMembership.objects.create(user=user, course_key=course_key, name=person.cohort)


@transaction.atomic
def retire(user: User) -> None:
    """Close an account for good, as the platform does: every app erases what is the person's, then the demo does."""
    user_retired.send(sender=type(host()), user_id=user.pk)
    BlockState.objects.filter(owner_id=user.pk).delete()
    for model in (BlockCompletion, CohortMembership, CourseStaff, Enrolment, Grade, Notice, Profile):
        model.objects.filter(user=user).delete()
    user.username, user.email = f"retired_user_{user.pk}", ""
    user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.save()
