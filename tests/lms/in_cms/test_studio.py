"""The circle block in Studio: authors set it up, nobody else does, and nothing unusable is saved."""

import json
from typing import Any

import ddt
from common.djangoapps.student.models import CourseEnrollment
from common.djangoapps.student.roles import CourseLimitedStaffRole, CourseStaffRole
from common.djangoapps.student.tests.factories import UserFactory
from completion.models import BlockCompletion
from django.test import Client
from django.urls import NoReverseMatch, reverse
from passerelle.circles.models import Circle
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory

PASSWORD = "Password1234"
GOOD: dict[str, Any] = {
    "display_name": "Evening circle",
    "protocol": "story_circle",
    "min_size": 3,
    "max_size": 5,
    "languages": ["en", "fr"],
    "seconds": {"share": 240},
    "prompts": {"share": {"en": "Tell of a door.", "fr": "Racontez une porte."}},
}
BAD: list[dict[str, Any]] = [
    {"min_size": 0},
    {"max_size": 0},
    {"max_size": 100},
    {"min_size": 6, "max_size": 4},
    {"seconds": {"share": -1}},
    {"seconds": {"nothing": 60}},
    {"protocol": "unknown"},
    {"languages": []},
    {"languages": ["xx"]},
    {"prompts": {"share": {"en": "x" * 1001}}},
]
BROKEN: list[dict[str, Any]] = [
    {"min_size": None},
    {"min_size": "many"},
    {"languages": 7},
    {"seconds": [1]},
    {"prompts": {"share": "text"}},
]


@ddt.ddt
class StudioTest(ModuleStoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.course = CourseFactory.create(language="fr")
        chapter = BlockFactory.create(parent=self.course, category="chapter")
        sequential = BlockFactory.create(parent=chapter, category="sequential")
        self.unit = BlockFactory.create(parent=sequential, category="vertical")
        self.block = BlockFactory.create(parent=self.unit, category="storytelling_circle")
        author = UserFactory(username="author", password=PASSWORD)
        CourseStaffRole(self.course.id).add_users(author)
        limited = UserFactory(username="limited", password=PASSWORD)
        CourseLimitedStaffRole(self.course.id).add_users(limited)
        learner = UserFactory(username="learner", password=PASSWORD)
        CourseEnrollment.enroll(learner, self.course.id)
        UserFactory(username="stranger", password=PASSWORD)

    def browser(self, name: str, **options: Any) -> Client:
        client = Client(**options)
        assert client.login(username=name, password=PASSWORD)
        return client

    def url(self, handler: str, name: str = "component_handler") -> str:
        keys = {"usage_key_string": str(self.block.location), "handler": handler, "suffix": ""}
        return reverse(name, kwargs=keys)

    def submit(self, who: str, payload: Any, *, name: str = "component_handler", handler: str = "studio_submit") -> Any:
        url = self.url(handler, name)
        return self.browser(who).post(url, json.dumps(payload), content_type="application/json")

    def stored(self) -> dict[str, Any]:
        block = modulestore().get_item(self.block.location)
        return {name: getattr(block, name) for name in GOOD}

    def test_author_saves(self) -> None:
        answer = self.submit("author", GOOD)
        assert (answer.status_code, answer.json()) == (200, {"result": "success"})
        assert self.stored() == GOOD

    @ddt.data(*((who, name) for who in ("stranger", "learner", "limited") for name in ("component", "preview")))
    @ddt.unpack
    def test_others_are_refused(self, who: str, name: str) -> None:
        before = self.stored()
        for handler in ("studio_submit", "outline"):
            answer = self.submit(who, GOOD, name=f"{name}_handler", handler=handler)
            assert answer.status_code == 403, handler
        assert self.stored() == before

    def test_visitors_are_sent_to_log_in(self) -> None:
        before = self.stored()
        for name in ("component_handler", "preview_handler"):
            answer = Client().post(self.url("studio_submit", name), json.dumps(GOOD), content_type="application/json")
            assert answer.status_code == 302
        assert self.stored() == before

    def test_forgery_is_refused(self) -> None:
        before = self.stored()
        browser = self.browser("author", enforce_csrf_checks=True)
        answer = browser.post(self.url("studio_submit"), json.dumps(GOOD), content_type="application/json")
        assert answer.status_code == 403
        assert self.stored() == before

    def test_a_form_is_refused(self) -> None:
        before = self.stored()
        answer = self.browser("author").post(self.url("studio_submit"), {"protocol": "story_circle", "min_size": 3})
        assert answer.status_code == 415
        assert self.stored() == before

    @ddt.data(*BAD)
    def test_unusable_settings_are_named(self, change: dict[str, Any]) -> None:
        before = self.stored()
        for handler in ("studio_submit", "outline"):
            answer = self.submit("author", {**GOOD, **change}, handler=handler)
            assert answer.status_code == 200
            (first, *_more) = answer.json()["errors"]
            assert first["message"]
            assert first["field"].split(".")[0] in change
        assert self.stored() == before

    @ddt.data(*BROKEN)
    def test_broken_settings_are_refused(self, change: dict[str, Any]) -> None:
        before = self.stored()
        for payload in ({**GOOD, **change}, {}, [], 7):
            assert self.submit("author", payload).status_code == 400, payload
        assert self.stored() == before

    def test_outline(self) -> None:
        found = self.submit("author", GOOD, handler="outline").json()
        assert [phase["id"] for phase in found["phases"]][:3] == ["gathering", "acquaint", "share"]
        assert found["minutes"] == (120 + 240) * 5 / 60

    @ddt.data("author_view", "studio_view", "student_view")
    def test_views(self, view: str) -> None:
        keys = {"usage_key_string": str(self.block.location), "view_name": view}
        answer = self.browser("author").get(
            reverse("xblock_view_handler", kwargs=keys), headers={"Accept": "application/json"}
        )
        assert answer.status_code == 200, answer.content
        assert "passerelle-circle" in answer.json()["html"]

    def test_previews_write_nothing(self) -> None:
        keys = {"usage_key_string": str(self.unit.location), "view_name": "container_preview"}
        self.browser("author").get(reverse("xblock_view_handler", kwargs=keys), headers={"Accept": "application/json"})
        for handler in ("open", "act"):
            payload = {"language": "fr", "key": "request-00000001", "action": "join", "agreed": True}
            for name in ("component_handler", "preview_handler"):
                assert self.submit("author", payload, name=name, handler=handler).status_code in (403, 404)
        assert not Circle.objects.exists()
        assert not BlockCompletion.objects.exists()

    def test_studio_has_no_circle_pages(self) -> None:
        with self.assertRaises(NoReverseMatch):
            reverse("passerelle:home")
