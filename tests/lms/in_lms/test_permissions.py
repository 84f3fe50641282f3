"""Who is let in: every person at every address, against the permission table."""

import ddt
from circle_case import CircleCase, new_key
from django.db import transaction
from django.test import Client
from passerelle.circles.actions import ACTIONS
from passerelle.circles.models import Circle, Facilitator
from passerelle.circles.permissions import PERMISSIONS, Relation
from xmodule.modulestore.django import modulestore

R = Relation

PEOPLE = {
    "anonymous": {R.ANONYMOUS},
    "stranger": {R.STRANGER},
    "lou": {R.LEARNER},
    "ana": {R.LEARNER, R.MEMBER},
    "staff": {R.STAFF},
    "fritz": {R.LEARNER, R.COURSE_FACILITATOR},
    "fay": {R.LEARNER, R.COURSE_FACILITATOR, R.FACILITATOR},
    "masked as ana": {R.MASQUERADER},
    "masked as a learner": {R.MASQUERADER},
}
HANDLER_ADDRESSES = ("xblock_handler", "xblock_handler_noauth")


@ddt.ddt
class PermissionsTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        self.circle = self.started()
        self.version = Circle.objects.get(pk=self.circle).version

    def put_on_mask(self, who: str) -> None:
        if who.startswith("masked"):
            mask = {"role": "student", "user_name": "ana" if who.endswith("ana") else None}
            self.clients[who] = self.masked(**{name: value for name, value in mask.items() if value})

    def assert_table(self, who: str, what: str, status: int, name: str = "") -> None:
        """Refused with 403 where the table says so; else let in, though it may be the wrong moment (400, 409)."""
        allowed = bool(PERMISSIONS[what] & PEOPLE[who])
        assert status in ((200, 400, 409) if allowed else (403,)), (who, what, status, name)

    @ddt.data(*PEOPLE)
    def test_actions(self, who: str) -> None:
        self.put_on_mask(who)
        for name in HANDLER_ADDRESSES:
            for action in ACTIONS:
                point = transaction.savepoint()
                # These fit the first round, in which Ana has the floor.
                fitting = {"agreed": True, "text": "A bridge."}
                answer = self.act(who, self.circle, action, name=name, **fitting)
                self.assert_table(who, action, answer.status_code, name)
                if answer.status_code != 200:
                    assert Circle.objects.get(pk=self.circle).version == self.version
                transaction.savepoint_rollback(point)

    @ddt.data(*PEOPLE)
    def test_open(self, who: str) -> None:
        self.put_on_mask(who)
        for name in HANDLER_ADDRESSES:
            body = {"language": "fr", "key": new_key()}
            answer = self.clients[who].post(self.handler_url("open", name=name), body, content_type="application/json")
            self.assert_table(who, "open", answer.status_code, name)

    @ddt.data(*PEOPLE)
    def test_state(self, who: str) -> None:
        self.put_on_mask(who)
        self.assert_table(who, "see", self.state(who, self.circle).status_code)

    @ddt.data(*PEOPLE)
    def test_page(self, who: str) -> None:
        """The page's data: a visitor and a masquerader get an empty page, a stranger a refusal."""
        self.put_on_mask(who)
        for name in HANDLER_ADDRESSES:
            answer = self.clients[who].get(self.handler_url("page", name=name))
            if PEOPLE[who] & {R.ANONYMOUS, R.MASQUERADER}:
                page = answer.json()["page"]
                assert (page["cards"], page["circle"], page["shared"], page["can_open"]) == ([], None, [], False)
                continue
            self.assert_table(who, "list", answer.status_code, name)
            if answer.status_code == 200:
                sees = bool(PERMISSIONS["see"] & PEOPLE[who])
                assert (answer.json()["page"]["circle"] is not None) == sees, who

    @ddt.data(*PEOPLE)
    def test_view(self, who: str) -> None:
        """The LMS itself turns visitors and strangers away."""
        self.put_on_mask(who)
        answer = self.view(who)
        if who in ("anonymous", "stranger"):
            assert answer.status_code == 404
            return
        assert answer.status_code == 200
        assert "passerelle-circle" in answer.content.decode()

    @ddt.data(*PEOPLE)
    def test_appoint_and_dismiss(self, who: str) -> None:
        self.put_on_mask(who)
        root = f"/passerelle/courses/{self.course.id}/facilitators"
        for what, body in (("appoint", {"name": "lou"}), ("dismiss", {"user_id": self.users["fritz"].pk})):
            answer = self.post(who, f"{root}/{what}", body)
            self.assert_table(who, what, answer.status_code)
        appointed = set(Facilitator.objects.values_list("user__username", flat=True))
        assert appointed == ({"fay", "lou"} if who == "staff" else {"fay", "fritz"})

    def test_a_block_of_the_course_gives_no_one_author_rights(self) -> None:
        """Studio's handlers exist in the LMS too, where nobody may write settings through them."""
        for who in ("anonymous", "stranger", "ana", "fay", "staff"):
            for handler in ("studio_submit", "outline"):
                for name in HANDLER_ADDRESSES:
                    body = {"protocol": "story_circle", "min_size": 3, "max_size": 3, "languages": ["fr"]}
                    answer = self.clients[who].post(
                        self.handler_url(handler, name=name), body, content_type="application/json"
                    )
                    assert answer.status_code == 403, (who, handler, name)
        block = modulestore().get_item(self.block.location)
        assert (block.min_size, block.max_size) == (2, 3)

    def test_dismissed_facilitator_loses_her_circle(self) -> None:
        url = f"/passerelle/courses/{self.course.id}/facilitators/dismiss"
        assert self.post("staff", url, {"user_id": self.users["fay"].pk}).status_code == 200
        assert self.state("fay", self.circle).status_code == 403
        assert self.act("fay", self.circle, "close").status_code == 403

    def test_addresses_of_nothing(self) -> None:
        for who in ("anonymous", "ana", "staff"):
            assert self.state(who, "00000000-0000-4000-8000-000000000000").status_code == 404
        assert Client().get("/passerelle/circles/not-a-circle/state").status_code == 404
