"""People with claims, and the sample opportunities on offer."""

from __future__ import annotations

from typing import Any

import pytest

ESCO = "http://data.europa.eu/esco/skill/"
HYGIENE = ESCO + "0ff99f51-40d9-42f1-a1ec-377b2bb5e15f"
TEAMWORK = ESCO + "60c78287-22eb-4103-9c8c-28deaa460da0"
CUTTING = ESCO + "c42d2a2a-2f55-45ac-beb1-0a8a76412457"


NAMES = ("amal", "elif", "sam", "marta", "rosa", "ed")
KITCHEN = "kitchen-assistant"


class Scene:
    """The actors by name; only Amal has claims. Marta manages La Table ronde, Rosa recruits for it, Ed edits."""

    def __init__(self) -> None:
        import yaml
        from django.contrib.auth.models import User
        from passerelle.employers import samples
        from passerelle.employers.models import Member, Organisation

        self.users = {name: User.objects.create_user(name, f"{name}@example.org") for name in NAMES}
        assert samples.load(yaml.safe_load(samples.OPPORTUNITIES.read_text(encoding="utf-8"))) == 10
        self.table = Organisation.objects.get(slug="la-table-ronde")
        for name, role in (("marta", "manager"), ("rosa", "recruiter"), ("ed", "editor")):
            Member.objects.create(organisation=self.table, user=self.users[name], role=role)
        self.claim("amal", HYGIENE, 3, "validated")
        self.claim("amal", TEAMWORK, 1, "self_assessed")

    def claim(self, name: str, uri: str, level: int, basis: str, source: str = "test") -> None:
        from django.utils import timezone
        from passerelle.competences.data import Basis
        from passerelle.competences.models import Claim

        Claim.objects.create(
            user=self.users[name], uri=uri, level=level, basis=Basis[basis.upper()], source=source, at=timezone.now()
        )

    def actor(self, name: str, **changes: Any) -> Any:
        from passerelle.host.api import ANONYMOUS, Actor

        if name == "anonymous":
            return ANONYMOUS
        values = {"user_id": self.users[name].pk, "is_operator": name == "sam", "language": "fr"}
        return Actor(**{**values, **changes})

    def found(self, name: str = "amal", **asked: Any) -> list[Any]:
        from passerelle.employers import api

        return api.opportunities_for(actor=self.actor(name), **{"language": "en", **asked})

    def card(self, title: str, name: str = "amal") -> Any:
        return next(card for card in self.found(name) if card.title == title)

    @property
    def kitchen(self) -> str:
        from passerelle.employers.models import Opportunity

        return str(Opportunity.objects.get(reference=KITCHEN).pk)

    def people(self, name: str = "rosa") -> Any:
        from passerelle.employers import api

        return api.people(actor=self.actor(name), opportunity_id=self.kitchen, language="en")


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()
