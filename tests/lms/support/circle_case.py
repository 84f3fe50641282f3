"""A course with one circle block inside the LMS, the people around it, and how they open it and act."""

import itertools
import json
from typing import Any

from common.djangoapps.student.models import CourseEnrollment
from common.djangoapps.student.tests.factories import StaffFactory, UserFactory
from completion.test_utils import CompletionWaffleTestMixin
from django.test import Client
from django.urls import reverse
from openedx.core.djangoapps.content.course_overviews.models import CourseOverview
from openedx.core.djangoapps.oauth_dispatch.jwt import create_jwt_for_user
from openedx.core.djangoapps.user_api.models import RetirementState, UserRetirementStatus
from xmodule.modulestore.tests.django_utils import SharedModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory

PASSWORD = "Password1234"
KEYS = itertools.count()


def new_key() -> str:
    """The key that a browser makes up for a request."""
    return f"request-{next(KEYS):08}"


class CircleCase(CompletionWaffleTestMixin, SharedModuleStoreTestCase):
    """`clients` by role. Fay and Fritz are facilitators, Ana, Ben and Lou learners; all five are enrolled."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.course = CourseFactory.create(display_name="Cercles", language="fr")
        chapter = BlockFactory.create(parent=cls.course, category="chapter")
        sequential = BlockFactory.create(parent=chapter, category="sequential")
        cls.unit = BlockFactory.create(parent=sequential, category="vertical")
        cls.block = BlockFactory.create(
            parent=cls.unit, category="storytelling_circle", min_size=2, max_size=3, languages=["fr", "en"]
        )
        cls.elsewhere = BlockFactory.create(parent=cls.unit, category="storytelling_circle", min_size=2)

    def setUp(self) -> None:
        super().setUp()
        self.override_waffle_switch(True)
        CourseOverview.get_from_id(self.course.id)
        self.users, self.clients = {}, {"anonymous": Client()}
        for name in ("ana", "ben", "lou", "fay", "fritz", "stranger"):
            self.users[name] = UserFactory(username=name, password=PASSWORD, profile__name=name.title())
            if name != "stranger":
                CourseEnrollment.enroll(self.users[name], self.course.id)
        self.users["staff"] = StaffFactory(username="staff", password=PASSWORD, course_key=self.course.id)
        for name in self.users:
            self.clients[name] = self.logged_in(name)
        for name in ("fay", "fritz"):
            url = reverse("passerelle:appoint", kwargs={"course_key": self.course.id})
            assert self.post("staff", url, {"name": name}).status_code == 200

    def logged_in(self, name: str, **options: Any) -> Client:
        client = Client(**options)
        assert client.login(username=name, password=PASSWORD)
        return client

    def masked(self, **mask: Any) -> Client:
        """Staff's browser, after they chose in the LMS to see the course as this learner or role."""
        client = self.logged_in("staff")
        url = reverse("masquerade_update", kwargs={"course_key_string": str(self.course.id)})
        answer = client.post(url, json.dumps(mask), content_type="application/json")
        assert answer.json() == {"success": True}, answer.content
        return client

    def post(self, who: str, url: str, payload: Any) -> Any:
        return self.clients[who].post(url, json.dumps(payload), content_type="application/json")

    def handler_url(self, handler: str, *, name: str = "xblock_handler", block: Any = None) -> str:
        keys = {"course_id": str(self.course.id), "usage_id": str((block or self.block).location), "handler": handler}
        return reverse(name, kwargs=keys)

    def view(self, who: str, block: Any = None, **query: str) -> Any:
        """A block's page in the LMS, as the iframe of a unit loads it."""
        keys = {"usage_key_string": str((block or self.block).location)}
        return self.clients[who].get(reverse("render_xblock", kwargs=keys), query)

    def page(self, who: str) -> Any:
        return self.clients[who].get(self.handler_url("page"))

    def state(self, who: str, circle: str, **headers: str) -> Any:
        return self.clients[who].get(reverse("passerelle:state", kwargs={"circle_id": circle}), headers=headers)

    def open_circle(self, who: str = "fay") -> str:
        answer = self.post(who, self.handler_url("open"), {"language": "fr", "key": new_key()})
        assert answer.status_code == 200, answer.content
        return str(answer.json()["circle"]["id"])

    def act(self, who: str, circle: str, action: str, *, name: str = "xblock_handler", **payload: Any) -> Any:
        body = {"circle": circle, "action": action, "key": new_key(), **payload}
        return self.post(who, self.handler_url("act", name=name), body)

    def do(self, who: str, circle: str, action: str, **payload: Any) -> dict[str, Any]:
        """An action that has to succeed."""
        answer = self.act(who, circle, action, **payload)
        assert answer.status_code == 200, (who, action, answer.content)
        return dict(answer.json())

    def retire(self, name: str) -> None:
        """The step of the platform's retirement pipeline at which other applications erase what they hold."""
        for order, (state, required) in enumerate(
            (("PENDING", True), ("RETIRING_LMS_MISC", False), ("COMPLETE", True)), start=1
        ):
            RetirementState.objects.get_or_create(
                state_name=state,
                defaults={
                    "state_execution_order": order,
                    "is_dead_end_state": state == "COMPLETE",
                    "required": required,
                },
            )
        status = UserRetirementStatus.create_retirement(self.users[name])
        status.current_state = RetirementState.objects.get(state_name="RETIRING_LMS_MISC")
        status.save()
        worker = UserFactory(username=f"worker_for_{name}", is_superuser=True, is_staff=True)
        answer = Client().post(
            reverse("accounts_retire_misc"),
            {"username": name},
            content_type="application/json",
            headers={"Authorization": "JWT " + create_jwt_for_user(worker)},
        )
        assert answer.status_code == 204, answer.content

    def started(self) -> str:
        """A circle held by Fay with Ana and Ben, in its first round: Ana has the floor."""
        circle = self.open_circle()
        for name in ("ana", "ben"):
            self.do(name, circle, "join", agreed=True)
        self.do("fay", circle, "start")
        return circle
