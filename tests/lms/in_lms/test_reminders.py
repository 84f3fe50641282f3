"""Reminders of circles over days, through the platform's own notifications and e-mail."""

import datetime
from typing import Any

import crum
from circle_case import CircleCase, new_key
from django.core import mail
from django.core.management import call_command
from django.test import RequestFactory
from django.test.utils import override_settings
from edx_toggles.toggles.testutils import override_waffle_flag
from openedx.core.djangoapps.notifications.config.waffle import ENABLE_NOTIFICATIONS
from openedx.core.djangoapps.notifications.models import CourseNotificationPreference, Notification
from openedx.core.djangoapps.user_api.preferences.api import set_user_preference
from passerelle.circles import reminders
from passerelle.circles.models import Circle, Reminder
from passerelle.host.edx import EdxHost
from xmodule.modulestore.tests.factories import BlockFactory

MARKER = "The fig tree of my grandmother"


@override_settings(PASSERELLE_QUIET_HOURS=(0, 0))
class RemindersTest(CircleCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.over_days = BlockFactory.create(
            parent=cls.unit, category="storytelling_circle", min_size=2, languages=["fr"], tempo="days"
        )

    def begun(self) -> str:
        """A circle over days of Ana and Ben, who is done with its first part. Ana reads Arabic, in Damascus."""
        set_user_preference(self.users["ana"], "pref-lang", "ar", username="ana")
        set_user_preference(self.users["ana"], "time_zone", "Asia/Damascus", username="ana")
        url = self.handler_url("open", block=self.over_days)
        circle = self.post("fay", url, {"language": "fr", "key": new_key()}).json()["circle"]["id"]
        for name in ("ana", "ben"):
            self.play(name, circle, "join", agreed=True)
        self.play("fay", circle, "start")
        self.play("ben", circle, "tell", text=MARKER)
        return circle

    def play(self, who: str, circle: str, action: str, **payload: Any) -> dict[str, Any]:
        body = {"circle": circle, "action": action, "key": new_key(), **payload}
        answer = self.post(who, self.handler_url("act", block=self.over_days), body)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def tick(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            call_command("passerelle_circles_tick")

    def test_the_deadline_is_in_the_platform_s_time_zone_of_the_reader(self) -> None:
        circle = self.begun()
        seen = self.state("ana", circle).json()
        assert seen["deadline"]["time_zone"] == "Asia/Damascus"
        assert self.state("ben", circle).json()["deadline"]["time_zone"] == ""

    def test_the_bell_rings_once_in_her_language(self) -> None:
        # A row from before our kind of notification was known.
        CourseNotificationPreference.objects.filter(user=self.users["ana"]).delete()
        CourseNotificationPreference.objects.create(
            user=self.users["ana"], course_id=self.course.id, notification_preference_config={"updates": {}}
        )
        self.begun()
        with override_waffle_flag(ENABLE_NOTIFICATIONS, active=True):
            self.tick()
            self.tick()
        (row,) = Notification.objects.filter(user=self.users["ana"])
        assert row.app_name == "passerelle"
        assert row.web
        assert "حلقة" in row.content
        assert row.content_url.startswith("http")
        assert not Notification.objects.filter(user=self.users["ben"]).exists()
        assert "fig tree" not in str(list(Notification.objects.values()))
        assert not any("Ana" in str(note.content_context) for note in Notification.objects.all())

    def test_where_there_are_no_notifications_an_e_mail_comes(self) -> None:
        self.begun()
        mail.outbox.clear()
        self.tick()
        self.tick()
        (message,) = mail.outbox
        assert message.to == [self.users["ana"].email]
        assert "حلقة" in message.subject
        assert "fig tree" not in message.subject + message.body

    def test_an_e_mail_takes_nobody_s_place(self) -> None:
        request = RequestFactory().get("/")
        request.user = self.users["fay"]
        crum.set_current_request(request)
        self.addCleanup(crum.set_current_request, None)
        path = "/passerelle/"
        EdxHost().notify(user_id=self.users["ana"].pk, course_key=self.course.id, sentence="Bonjour", path=path)
        assert len(mail.outbox) == 1
        assert crum.get_current_request() is request
        assert request.user == self.users["fay"]

    def test_the_facilitator_hears_of_silence(self) -> None:
        circle = self.begun()
        row = Circle.objects.get(pk=circle)
        row.state["ends_at"] = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(1)).isoformat()
        row.save()
        with override_waffle_flag(ENABLE_NOTIFICATIONS, active=True):
            self.tick()
        (note,) = Notification.objects.filter(user=self.users["fay"])
        assert note.content_url.endswith(f"/passerelle/circles/{circle}/desk/")
        assert "Ana" not in note.content
        assert Reminder.objects.filter(kind=reminders.Kind.SILENT).count() == 1
