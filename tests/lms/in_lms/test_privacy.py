"""What was told leaves the circle by none of the platform's back doors."""

import json
import logging

import ddt
from circle_case import CircleCase, new_key
from common.djangoapps.track.tests import IN_MEMORY_BACKEND_CONFIG
from django.test.utils import override_settings
from django.urls import reverse
from eventtracking import tracker
from eventtracking.django import DjangoTracker
from passerelle.circles.models import Consent, Contribution, Facilitator, Member, Receipt, Report

MARKER = "the lighthouse keeper hummed in E flat"


@ddt.ddt
class MasqueradeTest(CircleCase):
    @ddt.data({"role": "student", "user_name": "ana"}, {"role": "student"})
    def test_no_story_and_no_act(self, mask: dict[str, str]) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text=MARKER)
        before = Contribution.objects.count(), Member.objects.count()
        self.clients["mask"] = self.masked(**mask)
        view = self.view("mask")
        assert view.status_code == 200
        assert "passerelle-circle" in view.content.decode()
        for answer in (view, self.page("mask"), self.state("mask", circle), self.clients["mask"].get("/passerelle/")):
            assert MARKER not in answer.content.decode()
            assert circle not in answer.content.decode()
        assert self.state("mask", circle).status_code == 403
        for action in ("join", "tell", "pass", "leave", "close"):
            assert self.act("mask", circle, action, agreed=True, text="x").status_code == 403
        assert (Contribution.objects.count(), Member.objects.count()) == before

    def test_staff_without_a_mask_see_no_story_either(self) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text=MARKER)
        for answer in (self.view("staff"), self.page("staff"), self.state("staff", circle)):
            assert MARKER not in answer.content.decode()

    def test_staff_who_take_the_mask_off_are_themselves(self) -> None:
        client = self.clients["mask"] = self.masked(role="student", user_name="ana")
        url = reverse("masquerade_update", kwargs={"course_key_string": str(self.course.id)})
        client.post(url, json.dumps({"role": "staff"}), content_type="application/json")
        assert not self.page("mask").json()["page"]["masquerading"]


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@override_settings(EVENT_TRACKING_BACKENDS=IN_MEMORY_BACKEND_CONFIG)
class TrackingLogTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        before, mine = tracker.get_tracker(), DjangoTracker()
        tracker.register_tracker(mine)
        self.addCleanup(tracker.register_tracker, before)
        self.events = mine.backends["mem"].events
        self.records = Records()
        for name in ("", "tracking"):
            logger = logging.getLogger(name)
            logger.addHandler(self.records)
            self.addCleanup(logger.removeHandler, self.records)

    def logged(self) -> str:
        return "\n".join([*self.records.lines, *(repr(event) for event in self.events)])

    def test_no_word_reaches_a_log(self) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text=MARKER)
        self.do("ben", circle, "tell", text="x", audience="self")
        self.do("fay", circle, "next")
        self.do("ana", circle, "tell", text=MARKER)
        assert self.act("ana", circle, "tell", text=MARKER).status_code == 409
        assert self.act("ana", circle, "tell", text=MARKER * 800).status_code == 400
        self.state("ben", circle)
        self.page("ben")
        self.view("ben")
        (story, *_rest) = Contribution.objects.filter(text=MARKER)
        body = {"reason": "hurt", "words": MARKER, "key": new_key()}
        assert self.post("ben", reverse("passerelle:report", args=[story.pk]), body).status_code == 200
        assert str(story.pk) not in self.state("ben", circle).content.decode()
        (report,) = Report.objects.all()
        body = {"outcome": "release", "words": MARKER, "key": new_key()}
        assert self.post("fay", reverse("passerelle:close_report", args=[report.pk]), body).status_code == 200
        body = {"words": MARKER, "key": new_key()}
        read = self.post("staff", reverse("passerelle:break_glass", args=[circle]), body)
        assert MARKER in read.content.decode()
        body = {"text": MARKER, "key": new_key()}
        assert self.post("fay", reverse("passerelle:add_note", args=[circle]), body).status_code == 200
        for page in ("circle_desk", "transcript_csv"):
            assert MARKER in self.clients["fay"].get(reverse(f"passerelle:{page}", args=[circle])).content.decode()
        assert MARKER in self.clients["ana"].get("/passerelle/").content.decode()
        url = reverse("passerelle:withdraw", kwargs={"contribution_id": story.pk})
        assert self.post("ana", url, {"key": new_key()}).status_code == 200
        log = self.logged()
        assert "/handler/act" in log  # the log was listened to
        assert "lighthouse" not in log

    def test_a_form_is_refused(self) -> None:
        """The platform has written a form's fields to its log before we see them: so the page never sends one."""
        circle = self.started()
        body = {"circle": circle, "action": "tell", "key": new_key(), "text": MARKER}
        for handler in ("act", "open", "studio_submit"):
            answer = self.clients["ana"].post(self.handler_url(handler), body)
            assert answer.status_code == 415
            assert answer.json()["error"]["code"] == "not_json"
        assert self.clients["ana"].post(f"/passerelle/stories/{circle}/withdraw", body).status_code == 415
        assert "lighthouse" in self.logged()
        assert not Contribution.objects.exists()

    def test_events_name_no_story(self) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text=MARKER)
        for event in self.events:
            assert MARKER not in json.dumps(event, default=str)


class RetirementTest(CircleCase):
    def test_what_is_hers_is_gone(self) -> None:
        circle = self.started()
        self.do("ana", circle, "tell", text=MARKER)
        self.do("ben", circle, "tell", text="Ben's own.")
        self.retire("ana")
        ana = self.users["ana"]
        assert not Contribution.objects.filter(text=MARKER).exists()
        assert not Member.objects.filter(user=ana).exists()
        assert not Member.objects.filter(name="Ana").exists()
        assert not Consent.objects.filter(member__user=ana).exists()
        assert not Receipt.objects.filter(user=ana).exists()
        # What is Ben's stays, and his circle goes on.
        assert [row["text"] for row in self.state("ben", circle).json()["contributions"]] == ["Ben's own."]
        self.do("fay", circle, "next")
        self.do("ben", circle, "tell", text="Another.")

    def test_a_facilitator(self) -> None:
        circle = self.started()
        self.retire("fay")
        assert not Facilitator.objects.filter(user=self.users["fay"]).exists()
        assert self.state("ana", circle).status_code == 200
