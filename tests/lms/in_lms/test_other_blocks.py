"""The competence self-assessment and the matching block in the LMS: who is let in, what is kept, and what is erased."""

from typing import Any

import ddt
import yaml
from circle_case import CircleCase, new_key
from completion.models import BlockCompletion
from lms.djangoapps.courseware.models import StudentModule
from opaque_keys.edx.keys import UsageKey
from passerelle.competences.models import Assessment, Claim, Rating
from passerelle.employers import samples
from passerelle.employers.models import Mark, Opportunity
from xmodule.modulestore import ModuleStoreEnum
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.factories import BlockFactory

ASKED = ["work_in_teams", "manage_time"]
ADDRESSES = ("xblock_handler", "xblock_handler_noauth")
PEOPLE = ("anonymous", "stranger", "ana", "staff", "masked")


class OtherBlocksCase(CircleCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.asking = BlockFactory.create(
            parent=cls.unit, category="competence_self_assessment", competences=ASKED, moment="before"
        )
        cls.offers = BlockFactory.create(parent=cls.unit, category="employer_badge_matching", count=3)

    def setUp(self) -> None:
        super().setUp()
        self.clients["masked"] = self.masked(role="student", user_name="ana")
        samples.load(yaml.safe_load(samples.OPPORTUNITIES.read_text(encoding="utf-8")))

    def call(self, who: str, block: Any, handler: str, *, name: str = "xblock_handler", **payload: Any) -> Any:
        return self.post(who, self.handler_url(handler, name=name, block=block), payload)

    def rate(self, who: str, value: str, *, name: str = "xblock_handler") -> Any:
        return self.call(who, self.asking, "rate", name=name, competence=ASKED[0], value=value, key=new_key())

    def answer_all(self, who: str) -> Any:
        for competence in ASKED:
            rated = self.call(who, self.asking, "rate", competence=competence, value="2", key=new_key())
            assert rated.status_code == 200, rated.content
        return self.call(who, self.asking, "submit", key=new_key())


@ddt.ddt
class AssessmentTest(OtherBlocksCase):
    @ddt.data(("ana", "take"), ("fay", "take"), ("staff", "preview"), ("masked", "masquerade"))
    @ddt.unpack
    def test_its_view(self, who: str, state: str) -> None:
        answer = self.view(who, self.asking)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "passerelle-csa" in page
        assert f'"state": "{state}"' in page

    @ddt.data("anonymous", "stranger")
    def test_the_lms_itself_turns_others_away(self, who: str) -> None:
        assert self.view(who, self.asking).status_code == 404

    @ddt.data(*PEOPLE)
    def test_learners_alone_answer(self, who: str) -> None:
        for name in ADDRESSES:
            expected = 200 if who == "ana" else 403
            assert self.rate(who, "1", name=name).status_code == expected, name
            sent = self.call(who, self.asking, "submit", name=name, key=new_key())
            assert sent.status_code == (400 if who == "ana" else 403), name  # one answer is missing
        assert Rating.objects.count() == (1 if who == "ana" else 0)
        assert not BlockCompletion.objects.filter(block_key=self.asking.location).exists()

    def test_to_send_the_answers_completes_it(self) -> None:
        sent = self.answer_all("ana")
        assert sent.status_code == 200
        assert sent.json()["page"]["submitted_at"]
        (done,) = BlockCompletion.objects.filter(block_key=self.asking.location, completion=1.0)
        assert done.user == self.users["ana"]
        assert Claim.objects.filter(user=self.users["ana"]).exists()
        for state in StudentModule.objects.filter(module_state_key=self.asking.location).values_list(
            "state", flat=True
        ):
            assert ASKED[0] not in state  # that she sent them may be there, what she answered not
        assert '"submitted_at": null' not in self.view("ana", self.asking).content.decode()

    def test_nobody_sees_another_one_s_answers(self) -> None:
        self.answer_all("ana")
        for who in ("ben", "fay", "staff", "masked"):
            page = self.view(who, self.asking).content.decode()
            assert f'"{ASKED[0]}": "2"' not in page, who
        assert f'"{ASKED[0]}": "2"' in self.view("ana", self.asking).content.decode()

    def test_a_form_is_refused(self) -> None:
        url = self.handler_url("rate", block=self.asking)
        assert self.clients["ana"].post(url, {"competence": ASKED[0], "value": "1"}).status_code == 415

    def test_the_lms_writes_no_settings(self) -> None:
        for who in (*PEOPLE, "fay"):
            for name in ADDRESSES:
                answer = self.call(
                    who, self.asking, "studio_submit", name=name, competences=["sell_products"], moment="after"
                )
                assert answer.status_code == 403, (who, name)
        assert list(modulestore().get_item(self.asking.location).competences) == ASKED

    def test_retirement_erases(self) -> None:
        self.answer_all("ana")
        self.answer_all("ben")
        self.retire("ana")
        for model in (Assessment, Claim):
            assert set(model.objects.values_list("user__username", flat=True)) == {"ben"}, model
        assert set(Rating.objects.values_list("assessment__user__username", flat=True)) == {"ben"}


@ddt.ddt
class MatchingTest(OtherBlocksCase):
    def opportunity(self) -> str:
        return str(Opportunity.objects.order_by("pk").first().pk)

    @ddt.data(("ana", ""), ("staff", ""), ("masked", "masquerade"))
    @ddt.unpack
    def test_its_view(self, who: str, note: str) -> None:
        answer = self.view(who, self.offers)
        assert answer.status_code == 200
        assert "passerelle-matching" in answer.content.decode()
        page = self.call(who, self.offers, "page", language="en").json()
        assert page["note"] in ((note, "none") if not note else (note,))
        assert not (note and page["cards"])

    @ddt.data("anonymous", "stranger")
    def test_the_lms_itself_turns_others_away(self, who: str) -> None:
        assert self.view(who, self.offers).status_code == 404

    def test_what_she_can_do_finds_offers(self) -> None:
        self.answer_all("ana")
        cards = self.call("ana", self.offers, "page", language="fr").json()["cards"]
        assert 1 <= len(cards) <= 3

    @ddt.data("anonymous", "masked")
    def test_nobody_else_marks_for_her(self, who: str) -> None:
        for name in ADDRESSES:
            for handler in ("keep", "hide", "unmark"):
                answer = self.call(who, self.offers, handler, name=name, opportunity=self.opportunity())
                assert answer.status_code == 403, (name, handler)
            page = self.call(who, self.offers, "page", name=name)
            # From one of the two addresses the platform itself turns a visitor away.
            assert page.status_code == 403 or page.json()["cards"] == []
        assert not Mark.objects.exists()

    @ddt.data("ana", "stranger", "staff")
    def test_a_person_s_own_list(self, who: str) -> None:
        """Opportunities are no part of the course: whoever is signed in keeps a list of her own."""
        one = self.opportunity()
        assert self.call(who, self.offers, "keep", opportunity=one).json() == {"saved": True}
        assert [mark.user for mark in Mark.objects.all()] == [self.users[who]]
        assert self.call(who, self.offers, "unmark", opportunity=one).status_code == 200
        assert not Mark.objects.exists()
        assert self.call(who, self.offers, "keep", opportunity="nothing").status_code == 404

    def test_retirement_erases(self) -> None:
        for who in ("ana", "ben"):
            self.call(who, self.offers, "keep", opportunity=self.opportunity())
        self.retire("ana")
        assert [mark.user for mark in Mark.objects.all()] == [self.users["ben"]]


class DeletedBlockTest(CircleCase):
    def test_a_deleted_block_destroys_no_story(self) -> None:
        circle = self.open_circle()
        for name in ("ana", "ben"):
            self.do(name, circle, "join", agreed=True)
        self.do("fay", circle, "start")
        self.do("ana", circle, "tell", text="The bread rose.")
        usage_key: UsageKey = self.block.location
        with self.store.bulk_operations(self.course.id):
            self.store.delete_item(usage_key, self.users["staff"].pk, revision=ModuleStoreEnum.RevisionOption.all)
        assert not self.store.has_item(usage_key)
        page = self.clients["ana"].get("/passerelle/").content.decode()
        assert "The bread rose." in page
        assert [row["text"] for row in self.state("ben", circle).json()["contributions"]] == ["The bread rose."]
        (story,) = self.state("ana", circle).json()["contributions"]
        withdrawn = self.post("ana", f"/passerelle/stories/{story['id']}/withdraw", {"key": new_key()})
        assert withdrawn.status_code == 200
        assert "The bread rose." not in self.clients["ana"].get("/passerelle/").content.decode()
