"""What travels with a block in Studio, and what stays: reruns, copies, deletions, libraries."""

import json
from typing import Any

from common.djangoapps.student.roles import CourseStaffRole
from common.djangoapps.student.tests.factories import UserFactory
from django.test import Client
from django.urls import reverse
from opaque_keys.edx.keys import CourseKey, UsageKey
from openedx.core.djangoapps.content_libraries import api as libraries
from openedx.core.djangolib.testing.utils import skip_unless_cms
from organizations.models import Organization
from passerelle.circles import api
from passerelle.circles.data import CircleSettings
from passerelle.circles.models import Circle, Contribution, Facilitator
from passerelle.host.api import Actor
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory

PASSWORD = "Password1234"
SETTINGS: dict[str, Any] = {
    "display_name": "Evening circle",
    "protocol": "story_circle",
    "min_size": 2,
    "max_size": 5,
    "languages": ["en", "fr"],
    "seconds": {"share": 240},
    "prompts": {"share": {"en": "Tell of a door.", "fr": "Racontez une porte."}},
}
ASKED = ["work_in_teams", "manage_time"]


class TravelCase(ModuleStoreTestCase):
    """A course with each block in one unit. A circle was played at the first, and a story told in it."""

    def setUp(self) -> None:
        super().setUp()
        self.course = CourseFactory.create(language="fr", org="Passerelle", number="T1", run="first")
        chapter = BlockFactory.create(parent=self.course, category="chapter")
        sequential = BlockFactory.create(parent=chapter, category="sequential")
        self.unit = BlockFactory.create(parent=sequential, category="vertical")
        self.circle = BlockFactory.create(parent=self.unit, category="storytelling_circle", **SETTINGS)
        self.asking = BlockFactory.create(parent=self.unit, category="competence_self_assessment", competences=ASKED)
        self.offers = BlockFactory.create(parent=self.unit, category="employer_badge_matching", count=3)
        self.browser = Client()
        assert self.browser.login(username=self.user.username, password=self.user_password)
        self.play()

    def play(self) -> None:
        people = {name: UserFactory(username=name, password=PASSWORD) for name in ("fay", "ana", "ben")}
        key = self.course.id
        Facilitator.objects.create(user=people["fay"], course_key=key)

        def actor(name: str) -> Actor:
            return Actor(user_id=people[name].pk, course_key=key, is_enrolled=True)

        settings = CircleSettings(min_size=2, languages=("fr",))
        opened = api.open_circle(
            actor=actor("fay"), usage_key=self.circle.location, settings=settings, language="fr", key="opening-1"
        )
        for step, (name, action, payload) in enumerate(
            (
                ("ana", "join", {"agreed": True}),
                ("ben", "join", {"agreed": True}),
                ("fay", "start", {}),
                ("ana", "tell", {"text": "The bread rose."}),
            )
        ):
            api.act(actor=actor(name), circle_id=opened.id, action=action, key=f"playing-{step}", payload=payload)

    def send(self, method: str, address: str, payload: Any = None) -> Any:
        body = {"data": json.dumps(payload), "content_type": "application/json"} if payload is not None else {}
        answer = getattr(self.browser, method)(address, headers={"Accept": "application/json"}, **body)
        assert answer.status_code in (200, 204), (address, answer.status_code, answer.content)
        return answer.json() if answer.content else None

    def blocks(self, course_key: CourseKey) -> dict[str, Any]:
        names = ("storytelling_circle", "competence_self_assessment", "employer_badge_matching")
        found = (block for name in names for block in self.store.get_items(course_key, qualifiers={"category": name}))
        return {block.category: block for block in found}

    def assert_settings_kept(self, blocks: dict[str, Any]) -> None:
        circle = blocks["storytelling_circle"]
        assert {name: getattr(circle, name) for name in SETTINGS} == SETTINGS
        assert list(blocks["competence_self_assessment"].competences) == ASKED
        assert blocks["employer_badge_matching"].count == 3

    def page(self, usage_key: UsageKey, view: str) -> str:
        keys = {"usage_key_string": str(usage_key), "view_name": view}
        return str(self.send("get", reverse("xblock_view_handler", kwargs=keys))["html"])

    def held_at(self, usage_key: UsageKey) -> int:
        return api.circles_held_at(usage_key=usage_key)

    def stories(self) -> list[str]:
        return list(Contribution.objects.values_list("text", flat=True))


class RerunTest(TravelCase):
    def test_a_rerun_starts_empty(self) -> None:
        answer = self.send(
            "post",
            reverse("course_handler"),
            {
                "source_course_key": str(self.course.id),
                "org": "Passerelle",
                "number": "T1",
                "run": "second",
                "display_name": "Again",
                "start": "2030-01-01T00:00:00Z",
            },
        )
        key = CourseKey.from_string(answer["destination_course_key"])
        blocks = self.blocks(key)
        self.assert_settings_kept(blocks)
        rerun = blocks["storytelling_circle"].location
        assert rerun.block_id == self.circle.location.block_id
        assert self.held_at(rerun) == 0
        assert self.held_at(self.circle.location) == 1
        assert not Facilitator.objects.filter(course_key=key).exists()
        assert self.stories() == ["The bread rose."]


class CopyTest(TravelCase):
    def pasted(self, usage_key: UsageKey) -> UsageKey:
        self.send("post", "/api/content-staging/v1/clipboard/", {"usage_key": str(usage_key)})
        made = self.send(
            "post",
            reverse("xblock_handler"),
            {"parent_locator": str(self.unit.location), "staged_content": "clipboard"},
        )
        return UsageKey.from_string(made["locator"])

    def test_a_copy_is_a_new_circle(self) -> None:
        copy = self.pasted(self.circle.location)
        assert copy != self.circle.location
        block = self.store.get_item(copy)
        assert {name: getattr(block, name) for name in SETTINGS} == SETTINGS
        assert self.held_at(copy) == 0
        assert self.held_at(self.circle.location) == 1
        assert self.stories() == ["The bread rose."]

    def test_copies_of_the_other_blocks(self) -> None:
        assert list(self.store.get_item(self.pasted(self.asking.location)).competences) == ASKED
        assert self.store.get_item(self.pasted(self.offers.location)).count == 3

    def test_a_duplicate_is_a_new_circle_too(self) -> None:
        made = self.send(
            "post",
            reverse("xblock_handler"),
            {"duplicate_source_locator": str(self.circle.location), "parent_locator": str(self.unit.location)},
        )
        copy = UsageKey.from_string(made["locator"])
        assert self.store.get_item(copy).prompts == SETTINGS["prompts"]
        assert self.held_at(copy) == 0


class DeletionTest(TravelCase):
    def test_authors_are_told_and_no_story_goes(self) -> None:
        key = self.circle.location
        shown = self.browser.get(
            reverse("xblock_view_handler", kwargs={"usage_key_string": str(key), "view_name": "author_view"}),
            headers={"Accept": "application/json"},
        )
        assert '\\"held\\": 1' in json.dumps(shown.json())
        self.send("delete", reverse("xblock_handler", kwargs={"usage_key_string": str(key)}))
        assert "storytelling_circle" not in self.blocks(self.course.id)
        assert Circle.objects.filter(usage_key=key).count() == 1
        assert self.stories() == ["The bread rose."]

    def test_nor_with_its_unit(self) -> None:
        self.send("delete", reverse("xblock_handler", kwargs={"usage_key_string": str(self.unit.location)}))
        assert self.blocks(self.course.id) == {}
        assert self.stories() == ["The bread rose."]


@skip_unless_cms
class LibraryTest(TravelCase):
    """Libraries of the new kind, whose blocks belong to no course run."""

    def setUp(self) -> None:
        super().setUp()
        org = Organization.objects.create(name="Passerelle", short_name="Passerelle")
        self.library = libraries.create_library(org=org, slug="circles", title="Circles").key
        UserFactory(username="stranger", password=PASSWORD)
        self.reader = UserFactory(username="reader", password=PASSWORD)
        libraries.set_library_user_permissions(self.library, self.reader, libraries.AccessLevel.READ_LEVEL)
        self.author = UserFactory(username="author", password=PASSWORD)
        libraries.set_library_user_permissions(self.library, self.author, libraries.AccessLevel.AUTHOR_LEVEL)

    def made(self, block_type: str) -> UsageKey:
        return libraries.create_library_block(self.library, block_type, "one", user_id=self.user.pk).usage_key

    def as_person(self, name: str) -> None:
        self.browser = Client()
        assert self.browser.login(username=name, password=PASSWORD)

    def handler(self, usage_key: UsageKey, handler: str) -> str:
        answer = self.send("get", f"/api/xblock/v2/xblocks/{usage_key}/handler_url/{handler}/")
        return str(answer["handler_url"])

    def save(self, usage_key: UsageKey, payload: Any) -> Any:
        address = self.handler(usage_key, "studio_submit")
        return self.browser.post(address, json.dumps(payload), content_type="application/json")

    def test_author_writes_a_circle_there(self) -> None:
        key = self.made("storytelling_circle")
        self.as_person("author")
        answer = self.save(key, SETTINGS)
        assert (answer.status_code, answer.json()) == (200, {"result": "success"})
        olx = self.send("get", f"/api/libraries/v2/blocks/{key}/olx/")["olx"]
        assert 'display_name="Evening circle"' in olx
        assert 'max_size="5"' in olx

    def test_readers_do_not(self) -> None:
        key = self.made("storytelling_circle")
        self.as_person("reader")
        assert self.save(key, SETTINGS).status_code == 403
        assert "Evening circle" not in self.send("get", f"/api/libraries/v2/blocks/{key}/olx/")["olx"]

    def test_each_block_shows_itself_there(self) -> None:
        self.as_person("author")
        for name, root in (
            ("storytelling_circle", "passerelle-circle"),
            ("competence_self_assessment", "passerelle-csa"),
            ("employer_badge_matching", "passerelle-matching"),
        ):
            key = self.made(name)
            for view in ("author_view", "student_view"):
                seen = self.send("get", f"/api/xblock/v2/xblocks/{key}/view/{view}/")
                assert root in seen["content"], (name, view)

    def test_nobody_plays_in_a_library(self) -> None:
        key = self.made("storytelling_circle")
        self.as_person("author")
        before = Circle.objects.count()
        for handler, payload in (
            ("open", {"language": "en", "key": "request-00000001"}),
            ("act", {"circle": str(Circle.objects.get().pk), "action": "join", "key": "request-00000002"}),
        ):
            address = self.handler(key, handler)
            answer = self.browser.post(address, json.dumps(payload), content_type="application/json")
            assert answer.status_code in (403, 404), handler
        assert Circle.objects.count() == before

    def test_from_the_library_into_a_course(self) -> None:
        key = self.made("storytelling_circle")
        self.as_person("author")
        assert self.save(key, SETTINGS).status_code == 200
        libraries.publish_changes(self.library, self.user.pk)
        CourseStaffRole(self.course.id).add_users(self.author)
        made = self.send(
            "post",
            reverse("xblock_handler"),
            {
                "parent_locator": str(self.unit.location),
                "category": "storytelling_circle",
                "library_content_key": str(key),
            },
        )
        block = self.store.get_item(UsageKey.from_string(made["locator"]))
        assert {name: getattr(block, name) for name in SETTINGS} == SETTINGS
        assert block.upstream == str(key)
        assert self.held_at(block.location) == 0
