"""A learner, staff and a stranger in one course run, and ways to let them act at a block."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from opaque_keys.edx.keys import CourseKey, UsageKey

COURSE = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@competence_self_assessment+block@before")
ASKED = ("work_in_teams", "manage_time", "find_online")


class Scene:
    """The actors by name, and short ways to let them act."""

    def __init__(self) -> None:
        from django.contrib.auth.models import User
        from passerelledemo.models import CourseStaff, Enrolment

        self.users = {
            name: User.objects.create_user(name, f"{name}@example.org")
            for name in ("amal", "elif", "jonas", "stranger")
        }
        for name in ("amal", "elif"):
            Enrolment.objects.create(user=self.users[name], course_key=COURSE)
        CourseStaff.objects.create(user=self.users["jonas"], course_key=COURSE)

    def actor(self, name: str, **changes: Any) -> Any:
        from passerelle.host.api import Actor

        values: dict[str, Any] = {
            "user_id": self.users[name].pk if name != "anonymous" else None,
            "course_key": COURSE,
            "is_enrolled": name in ("amal", "elif"),
            "is_course_staff": name == "jonas",
            "language": "fr",
        }
        return Actor(**{**values, **changes})

    def settings(self, **changes: Any) -> Any:
        from passerelle.competences.data import AssessmentSettings

        return AssessmentSettings(**{"competences": ASKED, "moment": "before", **changes})

    def rate(self, name: str, competence: str, value: str, key: str = "", **changes: Any) -> Any:
        from passerelle.competences import api

        return api.save_rating(
            actor=self.actor(name),
            usage_key=USAGE,
            settings=self.settings(**changes),
            competence=competence,
            value=value,
            language="fr",
            key=key or new_key(),
        )

    def submit(self, name: str, key: str = "", **changes: Any) -> Any:
        from passerelle.competences import api

        return api.submit(
            actor=self.actor(name),
            usage_key=USAGE,
            settings=self.settings(**changes),
            language="fr",
            key=key or new_key(),
        )

    def answer_all(self, name: str, **changes: Any) -> Any:
        for competence, value in zip(ASKED, ("3", "1", "not_tried"), strict=True):
            self.rate(name, competence, value, **changes)
        return self.submit(name, **changes)

    def claims(self, name: str) -> Any:
        from passerelle.competences import api

        return api.my_claims(actor=self.actor(name), language="fr")


def new_key() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()
