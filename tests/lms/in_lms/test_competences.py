"""The self-assessment inside the LMS: answers, completion, grade, the pages around it, and retirement."""

import json
import tempfile
from pathlib import Path
from typing import Any

from circle_case import CircleCase, new_key
from completion.models import BlockCompletion
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse
from lms.djangoapps.grades.api import CourseGradeFactory
from openedx.core.djangoapps.content_tagging import api as tagging
from openedx_tagging.core.tagging import api as packages
from passerelle.competences import api
from passerelle.competences.data import Basis
from passerelle.competences.taxonomy import EXPORT_ID
from passerelle.host.api import private_storage
from xmodule.modulestore.tests.factories import BlockFactory

ASKED = ["work_in_teams", "manage_time"]
PROBLEM = """<problem><multiplechoiceresponse><choicegroup type="MultipleChoice">
<choice correct="false">No</choice><choice correct="true">Yes</choice>
</choicegroup></multiplechoiceresponse></problem>"""
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class CompetencesTest(CircleCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        graded = BlockFactory.create(
            parent=cls.store_chapter(), category="sequential", graded=True, format="Homework", display_name="Graded"
        )
        unit = BlockFactory.create(parent=graded, category="vertical")
        cls.asking = BlockFactory.create(
            parent=unit,
            category="competence_self_assessment",
            competences=ASKED,
            moment="before",
            points_for_answering=True,
            weight=2.0,
        )
        cls.checking = BlockFactory.create(parent=graded, category="vertical", display_name="Check")
        cls.problem = BlockFactory.create(parent=cls.checking, category="problem", data=PROBLEM)
        cls.ungraded = BlockFactory.create(parent=unit, category="competence_self_assessment", competences=ASKED)

    @classmethod
    def store_chapter(cls) -> Any:
        return BlockFactory.create(parent=cls.course, category="chapter")

    def setUp(self) -> None:
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        backend = "django.core.files.storage.FileSystemStorage"
        options = {"location": folder, "base_url": None}
        self.folder = Path(folder)
        self.enterContext(override_settings(PASSERELLE_PRIVATE_STORAGE={"BACKEND": backend, "OPTIONS": options}))
        private_storage.cache_clear()
        self.addCleanup(private_storage.cache_clear)
        # Roles of a facilitator are cached nowhere: Fay holds hers from the circles' page.

    def answer(self, who: str, block: Any, value: str) -> None:
        for name in ASKED:
            payload = {"competence": name, "value": value, "key": new_key()}
            answer = self.post(who, self.handler_url("rate", block=block), payload)
            assert answer.status_code == 200, answer.content
        answer = self.post(who, self.handler_url("submit", block=block), {"key": new_key()})
        assert answer.status_code == 200, answer.content

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"passerelle_competences:{name}", args=args)

    def percent(self, who: str) -> float:
        return float(CourseGradeFactory().update(self.users[who], self.course).percent)

    def test_answering_completes_and_earns_the_point_whatever_the_answers_are(self) -> None:
        for who, value in (("ana", "4"), ("ben", "dont_know")):
            assert self.view(who, self.asking).status_code == 200
            self.answer(who, self.asking, value)
        done = BlockCompletion.objects.filter(block_key=self.asking.location, completion=1.0)
        assert {row.user.username for row in done} == {"ana", "ben"}
        assert self.percent("ana") == self.percent("ben") > 0
        assert self.percent("lou") == 0

    def test_without_the_author_s_wish_nothing_is_graded(self) -> None:
        self.answer("ana", self.ungraded, "4")
        assert BlockCompletion.objects.filter(block_key=self.ungraded.location, completion=1.0).exists()
        assert self.percent("ana") == 0

    def check(self, who: str, choice: int) -> None:
        """Answer the problem; the platform grades it, and its tasks run at once in tests."""
        url = self.handler_url("xmodule_handler", block=self.problem) + "/problem_check"
        name = f"input_{self.problem.location.block_id}_2_1"
        answer = self.clients[who].post(url, {name: f"choice_{choice}"})
        assert answer.json()["success"] == ("correct" if choice else "incorrect"), answer.content

    def demonstrated(self, who: str) -> set[tuple[str, int, str]]:
        claims = api.claims_of(user_id=self.users[who].pk)
        return {(claim.uri, claim.level, claim.source) for claim in claims if claim.basis == Basis.DEMONSTRATED}

    def test_graded_work_in_a_tagged_unit_shows_what_it_is_tagged_with(self) -> None:
        call_command("passerelle_sync_taxonomy")
        team = next(one for one in api.framework().competences if one.id == ASKED[0])
        found = packages.get_taxonomy_by_export_id(EXPORT_ID)
        for block in (self.checking, self.asking.get_parent()):
            tagging.tag_object(str(block.location), found, [team.name["en"]])
        self.answer("ana", self.asking, "4")
        assert self.demonstrated("ana") == set()  # a point for answering shows nothing
        self.check("ana", 1)
        assert self.demonstrated("ana") == {(team.uri, 2, str(self.checking.location))}
        self.check("ben", 0)
        assert self.demonstrated("ben") == set()
        self.check("ana", 0)
        assert self.demonstrated("ana") == set()  # the grade fell

    def test_evidence_confirmation_pdf_and_retirement(self) -> None:
        self.answer("ana", self.asking, "2")
        uri = api.competences(language="en", ids=(ASKED[0],))[0].uri
        page = self.clients["ana"].get(self.url("competence", ASKED[0]))
        assert page.status_code == 200
        assert str(self.course.id) in page.content.decode()
        added = self.post(
            "ana", self.url("add_evidence"), {"uri": uri, "kind": "file", "level": "3", "key": new_key()}
        ).json()
        sent = self.clients["ana"].post(added["file_url"], PDF, content_type="application/pdf")
        assert sent.status_code == 200, sent.content
        assert len([path for path in self.folder.rglob("*") if path.is_file()]) == 1
        for who in ("ben", "staff", "anonymous"):
            assert self.clients[who].get(added["file_url"]).status_code in (302, 403, 404)

        ask = {"uri": uri, "level": "3", "course": str(self.course.id), "key": new_key()}
        asked = self.post("ana", self.url("ask"), ask).json()["url"]
        for payload in ({"step": "take"}, {"step": "assess", "level": "3"}, {"step": "certify"}):
            answer = self.post("fay", f"{asked}step", {**payload, "key": new_key()})
            assert answer.status_code == 200, answer.content
        assert self.clients["fay"].get(self.url("queue")).status_code == 200
        assert self.clients["ben"].get(self.url("queue")).status_code == 403
        page = self.clients["ana"].get(self.url("profile"))
        assert page.status_code == 200

        answer = self.clients["ana"].get(self.url("pdf") + "?first=fr&second=ar")
        assert answer.content.startswith(b"%PDF-")
        claims = json.loads(self.clients["ana"].get(self.url("v1_claims")).content)["claims"]
        assert claims[0]["basis"] == "validated"

        with self.captureOnCommitCallbacks(execute=True):
            self.retire("ana")
        assert api.claims_of(user_id=self.users["ana"].pk) == ()
        assert [path for path in self.folder.rglob("*") if path.is_file()] == []

    def test_staff_looking_as_a_learner_see_and_do_nothing(self) -> None:
        self.answer("ana", self.asking, "2")
        client = self.masked(role="student", user_name="ana")
        url = self.handler_url("rate", block=self.ungraded)
        payload = {"competence": ASKED[0], "value": "1", "key": new_key()}
        answer = client.post(url, json.dumps(payload), content_type="application/json")
        assert answer.status_code == 403
