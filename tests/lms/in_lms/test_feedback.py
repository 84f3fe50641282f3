"""Learners' feedback below a unit, inside the LMS."""

from circle_case import CircleCase
from django.urls import reverse
from opaque_keys.edx.keys import UsageKey
from openedx.core.djangoapps.user_api.accounts.signals import USER_RETIRE_LMS_MISC
from passerelle.courses.models import Feedback
from xmodule.modulestore import ModuleStoreEnum
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.factories import BlockFactory

ASKED = 'class="passerelle-feedback"'


class FeedbackTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        self.course.other_course_settings = {"passerelle": {"feedback": True}}
        with modulestore().branch_setting(ModuleStoreEnum.Branch.draft_preferred):
            modulestore().update_item(self.course, self.users["staff"].pk)

    def unit_page(self, who: str) -> str:
        url = reverse("render_xblock", kwargs={"usage_key_string": str(self.unit.location)})
        answer = self.clients[who].get(url)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    def give(self, who: str, **changes: object) -> int:
        unit: UsageKey = self.unit.location
        url = reverse("passerelle_courses:give", kwargs={"usage_key": unit})
        return self.post(who, url, {"clear": "yes", "useful": "no", "remark": "Plus court.", **changes}).status_code

    def test_learners_are_asked(self) -> None:
        page = self.unit_page("ana")
        assert ASKED in page
        assert "passerelle_courses/feedback.js" in page
        assert ASKED not in self.unit_page("staff")

    def test_only_where_authors_want_it(self) -> None:
        self.course.other_course_settings = {}
        with modulestore().branch_setting(ModuleStoreEnum.Branch.draft_preferred):
            modulestore().update_item(self.course, self.users["staff"].pk)
        assert ASKED not in self.unit_page("ana")

    def test_what_was_said_comes_back_and_staff_read_it(self) -> None:
        assert self.give("ana") == 200
        assert "Plus court." in self.unit_page("ana")
        assert "Plus court." not in self.unit_page("ben")
        url = reverse("passerelle_courses:report", kwargs={"course_key": self.course.id})
        assert "Plus court." in self.clients["staff"].get(url).content.decode()
        assert self.clients["ana"].get(url).status_code == 403
        assert self.clients["anonymous"].get(url).status_code == 302

    def test_others_are_refused(self) -> None:
        assert [self.give(who) for who in ("anonymous", "stranger", "staff")] == [403, 403, 403]
        assert self.give("ana", clear="very") == 400
        assert not Feedback.objects.exists()

    def test_retirement(self) -> None:
        self.give("ana")
        self.give("ben", signed=True)
        USER_RETIRE_LMS_MISC.send(sender=None, user=self.users["ana"])
        assert [row.user_id for row in Feedback.objects.all()] == [self.users["ben"].pk]

    def test_handout(self) -> None:
        BlockFactory.create(parent=self.unit, category="html", data="<p>Une porte.</p>")
        url = reverse("passerelle_courses:handout", kwargs={"usage_key": self.unit.location})
        answer = self.clients["ana"].get(url)
        assert answer.status_code == 200
        assert "Une porte." in answer.content.decode()
        assert self.clients["stranger"].get(url).status_code == 403
        assert self.clients["anonymous"].get(url).status_code == 302
