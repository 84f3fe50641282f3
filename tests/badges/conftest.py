"""People, a signing key, an achievement, and an issuer elsewhere with its own web."""

from __future__ import annotations

import json
from typing import Any

import pytest

ESCO = "http://data.europa.eu/esco/skill/"
TEAMWORK = ESCO + "60c78287-22eb-4103-9c8c-28deaa460da0"
COURSE = "course-v1:Passerelle+TOT101+en"
BLOCK = "block-v1:Passerelle+TOT101+en+type@storytelling_circle+block@first_circle"

DEFINITION: dict[str, Any] = {
    "slug": "team-worker",
    "name": {"en": "Works well with others", "fr": "Travaille bien avec les autres"},
    "description": {"en": "Does a share of a job.", "fr": "Fait sa part."},
    "how": {"en": "Have it confirmed.", "fr": "Faites-le confirmer."},
    "picture": {"shape": "shield", "symbol": "star", "colour": "#0a3055"},
    "alignment": [{"uri": TEAMWORK, "level": 2}],
    "criteria": {"claim": {"uri": TEAMWORK, "level": 2, "basis": "validated"}},
}


def definition(**changes: Any) -> str:
    return json.dumps({**DEFINITION, **changes})


class Scene:
    """The actors by name, and the shortest ways to do things to them."""

    def __init__(self) -> None:
        from django.contrib.auth.models import User

        names = ("amal", "elif", "sam", "jonas")
        self.users = {name: User.objects.create_user(name, f"{name}@example.org") for name in names}

    def actor(self, name: str, **changes: Any) -> Any:
        from opaque_keys.edx.keys import CourseKey
        from passerelle.host.api import ANONYMOUS, Actor

        if name == "anonymous":
            return ANONYMOUS
        values: dict[str, Any] = {"user_id": self.users[name].pk, "is_operator": name == "sam", "language": "en"}
        if name == "jonas":
            values |= {"course_key": CourseKey.from_string(COURSE), "is_course_staff": True}
        return Actor(**{**values, **changes})

    def publish(self, course: bool = False, **changes: Any) -> str:
        """A published achievement: the operator's, or the course team's."""
        from opaque_keys.edx.keys import CourseKey
        from passerelle.badges import api

        keeper = self.actor("jonas" if course else "sam")
        made = api.define(
            actor=keeper,
            course_key=CourseKey.from_string(COURSE) if course else None,
            text=definition(**changes),
        )
        api.publish(actor=keeper, achievement_id=made)
        return made

    def claim(self, name: str, level: int = 2, basis: str = "validated", uri: str = TEAMWORK) -> None:
        from django.utils import timezone
        from passerelle.competences.data import Basis
        from passerelle.competences.models import Claim

        Claim.objects.create(
            user=self.users[name], uri=uri, level=level, basis=Basis[basis.upper()], source="test", at=timezone.now()
        )

    def award(self, name: str = "amal", **changes: Any) -> Any:
        """The award that this person gets for a validated claim."""
        from passerelle.badges import api
        from passerelle.badges.models import Award

        self.publish(**changes)
        self.claim(name)
        assert api.check(actor=self.actor(name), language="en") == 1
        return Award.objects.get(user=self.users[name], achievement__slug=changes.get("slug", DEFINITION["slug"]))

    def own(self, name: str = "amal", language: str = "en") -> Any:
        from passerelle.badges import api

        return api.own(actor=self.actor(name), language=language)


@pytest.fixture
def scene(db: None) -> Scene:
    from passerelle.badges import keys

    made = Scene()
    keys.make()
    return made
