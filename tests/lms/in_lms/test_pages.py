"""*My Passerelle* in the LMS, and the course tab that leads there."""

from circle_case import CircleCase
from django.contrib.auth.models import AnonymousUser
from django.test.utils import override_settings
from lms.djangoapps.courseware.tabs import get_course_tab_list


class TabTest(CircleCase):
    def tabs(self, user: object) -> list[str]:
        return [tab.type for tab in get_course_tab_list(user, self.course)]

    def test_for_those_who_take_part(self) -> None:
        for name in ("ana", "fay", "staff"):
            assert "passerelle" in self.tabs(self.users[name]), name

    def test_not_for_strangers(self) -> None:
        for user in (self.users["stranger"], AnonymousUser()):
            assert "passerelle" not in self.tabs(user)

    def test_where_it_leads(self) -> None:
        (tab,) = (tab for tab in get_course_tab_list(self.users["ana"], self.course) if tab.type == "passerelle")
        assert tab.link_func(self.course, None) == f"/passerelle/courses/{self.course.id}/"


class PagesTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        self.circle = self.started()
        self.do("ana", self.circle, "tell", text="The bread rose.")
        self.addresses = ("/passerelle/", f"/passerelle/courses/{self.course.id}/")

    def test_a_learner_finds_her_circles_and_stories(self) -> None:
        for address in self.addresses:
            answer = self.clients["ana"].get(address)
            assert answer.status_code == 200
            page = answer.content.decode()
            assert "The bread rose." in page
            assert f"/jump_to/{self.block.location}" in page.replace("%40", "@").replace("%2B", "+").replace("%3A", ":")
            assert "</html>" in page

    def test_others_do_not_find_them(self) -> None:
        for who in ("ben", "lou", "fay", "staff", "stranger"):
            for address in self.addresses:
                answer = self.clients[who].get(address)
                assert answer.status_code == 200, who
                assert "The bread rose." not in answer.content.decode(), who

    def test_staff_see_the_facilitators(self) -> None:
        address = self.addresses[1]
        assert "Fritz" in self.clients["staff"].get(address).content.decode()
        assert "Fritz" not in self.clients["lou"].get(address).content.decode()

    def test_a_visitor_is_sent_to_log_in(self) -> None:
        for address in self.addresses:
            answer = self.clients["anonymous"].get(address)
            assert answer.status_code == 302
            assert "/login" in answer["Location"]

    def test_no_such_course(self) -> None:
        assert self.clients["ana"].get("/passerelle/courses/nonsense/").status_code == 404

    @override_settings(ENABLE_COMPREHENSIVE_THEMING=False)
    def test_in_the_language_of_the_reader(self) -> None:
        answer = self.clients["ana"].get("/passerelle/", headers={"Accept-Language": "fr"})
        assert answer["Content-Language"].startswith("fr")
