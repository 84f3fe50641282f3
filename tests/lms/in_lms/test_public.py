"""A course run open to everyone: what somebody who is not logged in sees of each block."""

from typing import Any

import ddt
from circle_case import PASSWORD, new_key
from common.djangoapps.student.tests.factories import UserFactory
from django.test import Client
from django.urls import reverse
from edx_toggles.toggles.testutils import override_waffle_flag
from openedx.features.course_experience import COURSE_ENABLE_UNENROLLED_ACCESS_FLAG
from passerelle.circles.models import Circle
from passerelle.competences.models import Assessment
from xmodule.course_block import COURSE_VISIBILITY_PUBLIC
from xmodule.modulestore.tests.django_utils import SharedModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory

# Each block's root element, and what its script is told of a visitor.
BLOCKS = {
    "storytelling_circle": ("passerelle-circle", '"signed_in": false'),
    "competence_self_assessment": ("passerelle-csa", '"state": "signed_out"'),
    "employer_badge_matching": ("passerelle-matching", '"note": "signed_out"'),
}
HANDLERS = {
    "storytelling_circle": ("open", "act"),
    "competence_self_assessment": ("rate", "submit"),
    "employer_badge_matching": ("keep", "hide"),
}


@ddt.ddt
@override_waffle_flag(COURSE_ENABLE_UNENROLLED_ACCESS_FLAG, active=True)
class PublicCourseTest(SharedModuleStoreTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.course = CourseFactory.create(course_visibility=COURSE_VISIBILITY_PUBLIC)
        chapter = BlockFactory.create(parent=cls.course, category="chapter")
        sequential = BlockFactory.create(parent=chapter, category="sequential")
        cls.unit = BlockFactory.create(parent=sequential, category="vertical")
        cls.blocks = {name: BlockFactory.create(parent=cls.unit, category=name) for name in BLOCKS}

    def page(self, client: Client, block: Any) -> str:
        url = reverse("render_xblock", kwargs={"usage_key_string": str(block.location)})
        answer = client.get(url, {"view": "public_view"})
        assert answer.status_code == 200
        return str(answer.content.decode())

    @ddt.data(*BLOCKS)
    def test_a_block(self, name: str) -> None:
        root, told = BLOCKS[name]
        page = self.page(Client(), self.blocks[name])
        assert root in page
        assert told in page

    def test_the_whole_unit(self) -> None:
        page = self.page(Client(), self.unit)
        for root, told in BLOCKS.values():
            assert root in page
            assert told in page

    @ddt.data(*BLOCKS)
    def test_one_who_is_logged_in_and_takes_no_part(self, name: str) -> None:
        UserFactory(username="stranger", password=PASSWORD)
        client = Client()
        assert client.login(username="stranger", password=PASSWORD)
        assert BLOCKS[name][0] in self.page(client, self.blocks[name])

    @ddt.data(*BLOCKS)
    def test_a_visitor_writes_nothing(self, name: str) -> None:
        for handler in HANDLERS[name]:
            for address in ("xblock_handler", "xblock_handler_noauth"):
                keys = {"course_id": str(self.course.id), "usage_id": str(self.blocks[name].location)}
                url = reverse(address, kwargs={**keys, "handler": handler})
                body = {"key": new_key(), "language": "en", "action": "join"}
                assert Client().post(url, body, content_type="application/json").status_code in (403, 404), handler
        assert not Circle.objects.exists()
        assert not Assessment.objects.exists()
