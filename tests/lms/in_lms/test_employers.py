"""Employers in the LMS: an organisation approved, an opportunity posted, found, applied to and answered."""

import uuid
from typing import Any

from circle_case import PASSWORD, CircleCase, new_key
from common.djangoapps.student.tests.factories import GlobalStaffFactory
from django.urls import reverse
from passerelle.competences.api import framework
from passerelle.employers.models import Application, Opportunity, Trace
from passerelle.host.api import user_retired

PAGES = ("opportunities", "mine", "desk")


class EmployersTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        self.users["operator"] = GlobalStaffFactory(username="operator", password=PASSWORD)
        self.clients["operator"] = self.logged_in("operator")
        self.wanted = framework().competences[0].uri

    def send(
        self, who: str, name: str, /, *, status: int = 200, payload: dict[str, Any] | None = None, **keys: Any
    ) -> Any:
        answer = self.post(who, reverse(f"passerelle_employers:{name}", kwargs=keys), payload or {})
        assert answer.status_code == status, answer.content
        return answer.json()

    def open(self, who: str, name: str, **keys: Any) -> str:
        answer = self.clients[who].get(reverse(f"passerelle_employers:{name}", kwargs=keys))
        assert answer.status_code == 200, (name, answer.status_code)
        return str(answer.content.decode())

    def published(self) -> tuple[str, str]:
        """An organisation of the stranger's and its opportunity, looked at by the operator."""
        given = {"name": "La Table ronde", "about": "Une cuisine", "website": "", "key": str(uuid.uuid4())}
        slug = self.send("stranger", "register", payload=given)["organisation"]
        made = str(uuid.uuid4())
        draft = {
            "titles": {"fr": "Aide en cuisine"}, "abouts": {"fr": "Préparer les repas."}, "kind": "job",
            "place": "Lyon", "wanted": [{"uri": self.wanted, "level": 2, "essential": True}],
        }  # fmt: skip
        self.send("stranger", "keep_draft", payload=draft, organisation=slug, opportunity_id=made)
        self.send("operator", "approve", organisation=slug)
        self.send("stranger", "submit", opportunity_id=made)
        self.send("stranger", "publish", status=403, opportunity_id=made)
        self.send("operator", "publish", opportunity_id=made)
        return slug, made

    def test_pages_open_for_those_who_are_logged_in(self) -> None:
        for name in PAGES:
            assert "passerelle-page" in self.open("ana", name)
            assert self.clients["anonymous"].get(reverse(f"passerelle_employers:{name}")).status_code == 302
        assert self.clients["ana"].get(reverse("passerelle_employers:operator_desk")).status_code == 403
        assert "passerelle-page" in self.open("operator", "operator_desk")

    def test_from_an_opportunity_to_a_contact(self) -> None:
        slug, made = self.published()
        stated = {"uri": self.wanted, "level": 2, "key": new_key()}
        assert self.post("ana", reverse("passerelle_competences:v1_claims"), stated).status_code == 200
        assert "Aide en cuisine" in self.open("ana", "opportunities")
        self.send("ana", "apply", payload={"message": "Je cuisine."}, opportunity_id=made)
        people = self.open("stranger", "people", opportunity_id=made)
        assert "Je cuisine." in people
        assert "Ana" not in people
        listed = reverse("passerelle_employers:v1_people", kwargs={"opportunity_id": made})
        (person,) = self.clients["stranger"].get(listed).json()["results"]
        where = {"opportunity_id": made, "pseudonym": person["pseudonym"]}
        self.send("stranger", "ask_contact", payload={"message": "Venez nous voir."}, **where)
        self.send("ana", "answer_contact", payload={"accept": True, "reach": "06"}, opportunity_id=made)
        assert "06" in self.open("stranger", "people", opportunity_id=made)
        mine = self.open("ana", "mine")
        assert "Venez nous voir." in mine
        self.send("ana", "take_back", organisation=slug)
        assert "Je cuisine." not in self.open("stranger", "people", opportunity_id=made)

    def test_retirement(self) -> None:
        _slug, made = self.published()
        self.send("ana", "apply", payload={"message": "Je cuisine."}, opportunity_id=made)
        assert Application.objects.filter(user=self.users["ana"]).exists()
        user_retired.send(sender=None, user_id=self.users["ana"].pk)
        assert not Application.objects.filter(user=self.users["ana"]).exists()
        assert not Trace.objects.filter(user=self.users["ana"]).exists()
        assert Opportunity.objects.filter(pk=made).exists()
