"""A whole circle, played through the LMS's addresses alone."""

from circle_case import CircleCase, new_key
from completion.models import BlockCompletion
from django.urls import reverse
from lms.djangoapps.courseware.models import StudentModule
from lms.djangoapps.grades.api import CourseGradeFactory
from passerelle.circles.models import Circle, Contribution


class PlayTest(CircleCase):
    def test_from_open_to_close(self) -> None:
        circle = self.open_circle()
        (card,) = self.page("ana").json()["page"]["cards"]
        assert (card["id"], card["started"], card["facilitator"]) == (circle, False, "Fay")
        for name in ("ana", "ben"):
            self.do(name, circle, "join", agreed=True)
        self.do("fay", circle, "start")

        self.do("ana", circle, "tell", text="The bread rose.")
        self.do("ben", circle, "done")
        self.do("fay", circle, "next")
        assert self.state("ana", circle).json()["phase"]["id"] == "share"

        told = self.do("ana", circle, "tell", text="I crossed the bridge.")
        assert told["completed"]
        assert not BlockCompletion.objects.filter(user=self.users["ben"]).exists()
        assert self.do("ben", circle, "pass")["completed"]
        self.do("fay", circle, "next")

        (story,) = (row for row in self.state("ben", circle).json()["contributions"] if row["phase"] == "share")
        self.do("ben", circle, "reply", to=story["id"], text="The bridge stays with me.")
        self.do("fay", circle, "next")
        self.do("ana", circle, "answer", question=0, text="Crossing.")
        self.do("fay", circle, "next")
        self.do("ben", circle, "answer", question=0, text="Patience.")
        self.do("fay", circle, "close")

        seen = self.state("fay", circle).json()
        assert seen["closed"]
        texts = {row["text"] for row in seen["contributions"]}
        assert texts == {
            "The bread rose.",
            "I crossed the bridge.",
            "The bridge stays with me.",
            "Crossing.",
            "Patience.",
        }
        assert Circle.objects.get(pk=circle).closed_at
        done = BlockCompletion.objects.filter(block_key=self.block.location, completion=1.0)
        assert {row.user.username for row in done} == {"ana", "ben"}

    def test_no_grade_and_no_block_state(self) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text="Once.")
        self.do("fay", circle, "close")
        assert not StudentModule.objects.filter(module_state_key=self.block.location).exists()
        assert CourseGradeFactory().read(self.users["ana"], self.course).percent == 0
        assert not self.block.has_score

    def test_nothing_new_is_304(self) -> None:
        circle = self.started()
        first = self.state("ana", circle)
        tag = f'"{first.json()["etag"]}"'
        again = self.state("ana", circle, **{"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert self.state("ben", circle, **{"If-None-Match": tag}).status_code == 200
        self.do("ana", circle, "tell", text="Once.")
        changed = self.state("ana", circle, **{"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.json()["etag"] not in tag

    def test_the_same_request_twice(self) -> None:
        circle = self.started()
        body = {"circle": circle, "action": "tell", "key": new_key(), "text": "Once."}
        answers = [self.post("ana", self.handler_url("act"), body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert Contribution.objects.filter(circle=circle).count() == 1

    def test_bad_requests_change_nothing(self) -> None:
        circle = self.started()
        before = Circle.objects.values("version", "state").get(pk=circle)
        key = new_key()
        wrong = [
            (400, {"circle": circle, "action": "shout", "key": key}),
            (400, {"circle": circle, "action": "tell", "key": key}),
            (400, {"circle": circle, "action": "tell", "key": "short", "text": "x"}),
            (400, {"circle": circle, "action": "tell", "key": key, "text": "x" * 20_001}),
            (400, {"circle": circle, "action": "tell", "key": key, "text": "x", "audience": "everyone"}),
            (413, {"circle": circle, "action": "tell", "key": key, "text": "x" * 300_000}),
            (404, {"circle": "no-such-circle", "action": "tell", "key": key, "text": "x"}),
            (400, ["no", "object"]),
        ]
        for status, body in wrong:
            answer = self.post("ana", self.handler_url("act"), body)
            assert answer.status_code == status, (status, str(body)[:80], answer.content)
            assert answer.json()["error"]["message"]
        assert self.act("ben", circle, "tell", text="Out of turn").status_code == 409
        elsewhere = self.post(
            "ana",
            self.handler_url("act", block=self.elsewhere),
            {"circle": circle, "action": "tell", "key": key, "text": "x"},
        )
        assert elsewhere.status_code == 404
        assert self.clients["ana"].get(self.handler_url("act")).status_code == 405
        assert Circle.objects.values("version", "state").get(pk=circle) == before
        assert not Contribution.objects.exists()

    def test_markup_stays_text(self) -> None:
        circle = self.started()
        markup = "<script>alert(1)</script></script><!-- & é"
        self.do("ana", circle, "tell", text=markup)
        (story,) = self.state("ben", circle).json()["contributions"]
        assert story["text"] == markup
        page = self.view("ben").content.decode()
        assert "<script>alert(1)" not in page

    def test_withdrawal(self) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text="Once.")
        (story,) = self.state("ana", circle).json()["contributions"]
        url = reverse("passerelle:withdraw", kwargs={"contribution_id": story["id"]})
        for who, status in (("ben", 404), ("fay", 404), ("staff", 404), ("ana", 200)):
            assert self.post(who, url, {"key": new_key()}).status_code == status, who
        assert not self.state("ben", circle).json()["contributions"]
        assert not Contribution.objects.exclude(text="").exists()

    def test_forgery_is_refused(self) -> None:
        """With the platform's CSRF check on, as in production: also at the address that needs no token."""
        circle = self.started()
        self.clients["ana"] = self.logged_in("ana", enforce_csrf_checks=True)
        assert self.act("ana", circle, "tell", text="Forged.").status_code == 403
        url = reverse("passerelle:appoint", kwargs={"course_key": self.course.id})
        self.clients["staff"] = self.logged_in("staff", enforce_csrf_checks=True)
        assert self.post("staff", url, {"name": "ana"}).status_code == 403
        assert not Contribution.objects.exists()
