"""A learner, staff and a stranger in one course run, and ways to let them act at a block."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from opaque_keys.edx.keys import CourseKey, UsageKey

COURSE = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@competence_self_assessment+block@before")
TEAM = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
TIME = "http://data.europa.eu/esco/skill/d9013e0e-e937-43d5-ab71-0e917ee882b8"
E = "http://data.europa.eu/esco/"
COOK, FRY, GRILL = f"{E}occupation/1", f"{E}skill/1", f"{E}skill/2"
ASKED = ("work_in_teams", "manage_time", "find_online")


class Scene:
    """The actors by name, and short ways to let them act."""

    def __init__(self) -> None:
        from django.contrib.auth.models import User
        from passerelle.circles.models import Facilitator
        from passerelledemo.models import CourseStaff, Enrolment

        self.users = {
            name: User.objects.create_user(name, f"{name}@example.org")
            for name in ("amal", "elif", "jonas", "stranger", "nadia", "omar")
        }
        for name in ("amal", "elif"):
            Enrolment.objects.create(user=self.users[name], course_key=COURSE)
        CourseStaff.objects.create(user=self.users["jonas"], course_key=COURSE)
        for name in ("nadia", "omar"):
            Facilitator.objects.create(user=self.users[name], course_key=COURSE)

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

    def ask(self, name: str, level: int = 3, **changes: Any) -> str:
        """Ask to have a level confirmed; the validation's id."""
        from passerelle.competences import api

        return api.ask_validation(actor=self.actor(name), uri=TEAM, level=level, key=new_key(), **changes)

    def step(self, name: str, validation_id: str, step: str, **values: Any) -> Any:
        from passerelle.competences import api

        values = {"key": new_key(), "language": "fr", **values}
        return api.step_validation(actor=self.actor(name), validation_id=validation_id, step=step, **values)

    def show(self, name: str, text: str = "Nous avons préparé la fête du quartier.", **changes: Any) -> str:
        """Add evidence; its id."""
        from passerelle.competences import api

        values: dict[str, Any] = {"uri": TEAM, "kind": "text", "level": 3, "text": text, "key": new_key(), **changes}
        return api.add_evidence(actor=self.actor(name), **values)


def new_key() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()


@pytest.fixture
def esco(db: None) -> Any:
    """An occupation, two skills of its own and one of ours."""
    from passerelle.competences.esco.models import Concept, ConceptTie, ConceptWords, Edition, Kind

    edition = Edition.objects.create(version="1.2.0", languages="en fr")
    concepts = {
        uri: Concept.objects.create(uri=uri, kind=kind, edition=edition, code=code)
        for uri, kind, code in (
            (COOK, Kind.OCCUPATION, "5120.1"),
            (FRY, Kind.SKILL, ""),
            (GRILL, Kind.SKILL, ""),
            (TEAM, Kind.SKILL, ""),
        )
    }
    for uri, language, label, others in (
        (COOK, "en", "cook", "kitchen cook"),
        (COOK, "fr", "cuisinier/cuisinière", ""),
        (FRY, "en", "fry food", "use a deep fryer\nfrying"),
        (FRY, "fr", "faire frire", ""),
        (GRILL, "en", "grill food", ""),
        (TEAM, "fr", "travail collectif", ""),
    ):
        ConceptWords.objects.create(concept=concepts[uri], language=language, label=label, other_labels=others)
    for uri, tie in ((GRILL, "optional"), (FRY, "essential"), (TEAM, "essential")):
        ConceptTie.objects.create(source=concepts[COOK], target=concepts[uri], tie=tie)
    return edition
