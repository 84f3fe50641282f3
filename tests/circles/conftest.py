"""People of one course run, as the demo host knows them, and a circle with four of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from opaque_keys.edx.keys import CourseKey, UsageKey

COURSE = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
OTHER_COURSE = CourseKey.from_string("course-v1:Passerelle+TOT101+en")
USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@storytelling_circle+block@first_circle")
OTHER_USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@storytelling_circle+block@second_circle")


class Scene:
    """The actors by name, and short ways to let them act."""

    def __init__(self) -> None:
        from django.contrib.auth.models import User
        from passerelle.circles.models import Facilitator
        from passerelledemo.models import CourseStaff, Enrolment

        names = ["amal", "elif", "mariana", "oksana", "ifeoma", "nadia", "zora", "jonas", "stranger"]
        self.users = {name: User.objects.create_user(name, f"{name}@example.org") for name in names}
        for name in names[:7]:
            Enrolment.objects.create(user=self.users[name], course_key=COURSE)
        CourseStaff.objects.create(user=self.users["jonas"], course_key=COURSE)
        for name in ("nadia", "zora"):
            Facilitator.objects.create(user=self.users[name], course_key=COURSE)

    def actor(self, name: str, **changes: Any) -> Any:
        from passerelle.host.api import ANONYMOUS, Actor

        if name == "anonymous":
            return ANONYMOUS
        values: dict[str, Any] = {
            "user_id": self.users[name].pk,
            "course_key": COURSE,
            "is_enrolled": name not in ("jonas", "stranger"),
            "is_course_staff": name == "jonas",
            "language": "fr",
        }
        return Actor(**{**values, **changes})

    def open(self, **changes: Any) -> str:
        from passerelle.circles import api
        from passerelle.circles.data import CircleSettings

        settings = CircleSettings(**{"min_size": 2, "max_size": 6, "languages": ("fr", "en", "ar"), **changes})
        opened = api.open_circle(
            actor=self.actor("nadia"), usage_key=USAGE, settings=settings, language="fr", key=new_key()
        )
        return opened.id

    def act(self, name: str, /, circle_id: str, action: str, key: str = "", **payload: Any) -> Any:
        from passerelle.circles import api

        if action == "join":
            payload = {"agreed": True, "name": name.title(), **payload}
        return api.act(
            actor=self.actor(name), circle_id=circle_id, action=action, key=key or new_key(), payload=payload
        ).circle

    def see(self, name: str, circle_id: str) -> Any:
        from passerelle.circles import api

        return api.circle(actor=self.actor(name), circle_id=circle_id, language="fr")

    def started(self, *names: str, **changes: Any) -> str:
        circle_id = self.open(**changes)
        for name in names or ("amal", "elif"):
            self.act(name, circle_id, "join")
        self.act("nadia", circle_id, "start")
        return circle_id

    def in_phase(self, phase: str, *names: str) -> str:
        circle_id = self.started(*names)
        while self.see("nadia", circle_id).phase.id != phase:
            self.act("nadia", circle_id, "next")
        return circle_id


def new_key() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the server's clock stand so many seconds after now."""
    from datetime import timedelta

    from django.utils import timezone

    real = timezone.now()

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real + timedelta(seconds=seconds))

    set_clock(0)
    return set_clock


@pytest.fixture
def said(scene: Scene) -> Callable[..., None]:
    """Let somebody say her languages, times and more for the forming of circles."""
    from passerelle.circles import api

    def say(name: str, **wish: Any) -> None:
        wish = {"languages": ["fr"], "times": ["mon-eve"], **wish}
        api.say_wish(actor=scene.actor(name), course_key=COURSE, wish=wish, key=new_key())

    return say
