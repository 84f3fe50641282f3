"""A badge for what happened in the LMS itself: a certificate, a passed course, a completed unit; and at retirement."""

import json
from datetime import UTC, datetime
from typing import Any

from circle_case import CircleCase
from completion.models import BlockCompletion
from django.test import Client
from lms.djangoapps.certificates.tests.factories import GeneratedCertificateFactory
from lms.djangoapps.grades.events import course_grade_now_passed
from lms.djangoapps.grades.models import PersistentCourseGrade
from opaque_keys.edx.keys import CourseKey
from openedx_events.learning.signals import BADGE_AWARDED
from passerelle.badges import api, credentials, keys
from passerelle.badges.models import Award
from passerelle.competences.api import claims_of
from passerelle.host.api import Actor, host
from xmodule.modulestore.tests.factories import BlockFactory

TEAMWORK = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"


class BadgesTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        keys.make()
        self.told: list[Any] = []
        BADGE_AWARDED.connect(self.listen)
        self.addCleanup(BADGE_AWARDED.disconnect, self.listen)

    def listen(self, badge: Any, **_event: Any) -> None:
        self.told.append(badge)

    def publish(self, criteria: dict[str, Any]) -> None:
        """Defined by course staff through their desk."""
        words = {"en": "Passed the course", "fr": "A réussi le cours"}
        definition = {
            "slug": "passed", "name": words, "description": words, "how": words,
            "alignment": [{"uri": TEAMWORK, "level": 2}], "criteria": criteria,
        }  # fmt: skip
        desk = f"/passerelle/badges/desk/courses/{self.course.id}"
        answer = self.post("staff", f"{desk}/define", {"definition": json.dumps(definition)})
        assert answer.status_code == 200, answer.content
        publish = f"/passerelle/badges/achievements/{answer.json()['id']}/publish"
        assert self.post("ana", publish, {}).status_code == 403
        assert self.post("staff", publish, {}).status_code == 200
        assert self.clients["staff"].get(f"{desk}/").status_code == 200

    def holders(self) -> list[str]:
        return list(Award.objects.values_list("user__username", flat=True))

    def test_a_certificate(self) -> None:
        self.publish({"course": str(self.course.id)})
        with self.captureOnCommitCallbacks(execute=True):
            for name, status in (("ana", "downloadable"), ("ben", "notpassing")):
                GeneratedCertificateFactory(
                    user=self.users[name], course_id=self.course.id, status=status, mode="honor"
                )
        assert self.holders() == ["ana"]
        (badge,) = self.told
        assert badge.user.id == self.users["ana"].pk
        assert badge.template.origin == "openedx-passerelle"
        assert [claim.source for claim in claims_of(user_id=self.users["ana"].pk)] == [f"badge:{badge.uuid}"]

    def test_a_passed_course(self) -> None:
        self.publish({"course": str(self.course.id)})
        when = datetime.now(UTC)
        PersistentCourseGrade.update_or_create(
            user_id=self.users["ana"].pk, course_id=self.course.id, course_version="1",
            course_edited_timestamp=when, percent_grade=0.9, letter_grade="Pass", passed=True,
        )  # fmt: skip
        course_grade_now_passed(self.users["ana"], self.course.id)
        assert self.holders() == ["ana"]
        award = Award.objects.get()
        assert credentials.check(award.token, keys.public_key(award.key.public))["id"] == f"urn:uuid:{award.pk}"

    def test_a_completed_unit(self) -> None:
        problem = BlockFactory.create(parent=self.unit, category="problem")
        html = BlockFactory.create(parent=self.unit, category="html")
        self.publish({"unit": str(self.unit.location)})
        ana = Actor(user_id=self.users["ana"].pk)
        blocks = [self.block, self.elsewhere, problem, html]
        for block in blocks:
            assert api.check(actor=ana, language="fr") == 0, block
            BlockCompletion.objects.submit_completion(user=self.users["ana"], block_key=block.location, completion=1.0)
        assert api.check(actor=ana, language="fr") == 1

    def test_nobody_passed(self) -> None:
        gone = CourseKey.from_string("course-v1:No+Such+course")
        assert host().passed(user_id=self.users["ana"].pk, course_keys=[self.course.id, gone]) == set()
        assert host().completed(user_id=self.users["ana"].pk, usage_keys=[self.unit.location]) == set()

    def test_the_pages(self) -> None:
        self.publish({"course": str(self.course.id)})
        GeneratedCertificateFactory(
            user=self.users["ana"], course_id=self.course.id, status="downloadable", mode="honor"
        )
        page = self.clients["ana"].get("/passerelle/badges/").content.decode()
        assert "passerelle-page" in page
        assert "</html>" in page
        award = Award.objects.get()
        answer = self.post("ana", f"/passerelle/badges/awards/{award.pk}/share", {"show_name": True})
        shared = "/passerelle" + answer.json()["url"].partition("/passerelle")[2]
        page = Client().get(shared).content.decode()
        assert "Ana" in page
        assert "pp-verdict-valid" in page
        for address in ("did.json", "jwks.json", "status/1"):
            assert Client().get(f"/passerelle/badges/{address}").status_code == 200, address
        assert Client().get("/passerelle/badges/").status_code == 302

    def test_retirement(self) -> None:
        self.publish({"course": str(self.course.id)})
        GeneratedCertificateFactory(
            user=self.users["ana"], course_id=self.course.id, status="downloadable", mode="honor"
        )
        assert self.holders() == ["ana"]
        self.retire("ana")
        assert self.holders() == []
