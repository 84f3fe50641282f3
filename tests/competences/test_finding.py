"""Finding on the core framework alone and with ESCO imported; ready lists; the addresses."""

from __future__ import annotations

import csv
from typing import Any

import esco_download
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from passerelle.competences import api, experiences
from passerelle.competences.esco.models import Concept, Edition, Kind
from passerelle.host.errors import InvalidError, NotFoundError

from .conftest import COOK, FRY, GRILL, TEAM, E, Scene


def find(scene: Scene, text: str, language: str = "fr") -> list[Any]:
    return list(api.find_competences(actor=scene.actor("amal"), text=text, language=language))


def test_the_core_framework_alone_is_found_by_its_own_words(scene: Scene) -> None:
    first = find(scene, "travailer en equip")[0]
    assert (first.id, first.uri, first.name) == ("work_in_teams", TEAM, "Travailler en équipe")
    assert find(scene, "team", "ar")[0].language == "ar"
    assert api.find_occupations(actor=scene.actor("amal"), title="cook", language="fr") == ()


def test_imported_skills_are_found_by_every_name(scene: Scene, esco: Edition) -> None:
    first = find(scene, "deep fry")[0]
    assert (first.uri, first.id, first.name, first.matched) == (FRY, "", "faire frire", "use a deep fryer")
    ours = find(scene, "travail collectif")[0]
    assert (ours.uri, ours.name) == (TEAM, "Travailler en équipe")


def test_one_query_and_a_new_index_only_after_a_change(scene: Scene, esco: Edition) -> None:
    find(scene, "fry")
    with CaptureQueriesContext(connection) as queries:
        find(scene, "fry")
    assert len(queries) == 1
    Concept.objects.filter(uri=FRY).update(hidden=True, changed_at=timezone.now())
    assert FRY not in {one.uri for one in find(scene, "fry")}
    own = Concept.objects.create(uri="https://example.org/skills/yodel", kind=Kind.SKILL)
    assert find(scene, "yodel") == []
    own.words.create(language="en", label="yodel")
    assert find(scene, "yodel") == []  # words without their concept's date: what admin and import both set
    own.save()
    assert find(scene, "yodel")[0].uri == own.uri


def test_what_is_hidden_or_obsolete_is_not_found(scene: Scene, esco: Edition) -> None:
    Concept.objects.filter(uri=GRILL).update(obsolete=True, changed_at=timezone.now())
    Concept.objects.filter(uri=TEAM).update(hidden=True, changed_at=timezone.now())
    assert GRILL not in {one.uri for one in find(scene, "grill food")}
    assert TEAM not in {one.uri for one in find(scene, "travailler en équipe")}


def test_from_a_title_to_an_occupation_to_its_skills(scene: Scene, esco: Edition) -> None:
    actor = scene.actor("amal")
    (cook,) = api.find_occupations(actor=actor, title="Cuisinières (h/f)", language="fr")
    assert (cook.uri, cook.code, cook.name) == (COOK, "5120.1", "cuisinier/cuisinière")
    (english,) = api.find_occupations(actor=actor, title="kitchen cook", language="uk")
    assert (english.uri, english.matched) == (COOK, "kitchen cook")
    offers = api.skills_of_experience(actor=actor, experience=COOK, language="fr")
    assert [(one.uri, one.essential, one.name) for one in offers] == [
        (TEAM, True, "Travailler en équipe"),
        (FRY, True, "faire frire"),
        (GRILL, False, "grill food"),
    ]
    Concept.objects.filter(uri=FRY).update(hidden=True)
    assert len(api.skills_of_experience(actor=actor, experience=COOK, language="fr")) == 2
    with pytest.raises(NotFoundError):
        api.skills_of_experience(actor=actor, experience=f"{E}occupation/9", language="fr")


def test_a_skill_of_an_occupation_can_be_confirmed(scene: Scene, esco: Edition) -> None:
    actor = scene.actor("amal")
    api.state_competence(actor=actor, uri=FRY, level=2, key="confirm-it-1")
    assert [claim.name for claim in api.my_claims(actor=actor, language="fr")] == ["faire frire"]


def test_ready_lists_need_no_esco_and_speak_every_language(scene: Scene) -> None:
    actor = scene.actor("amal")
    for language in ("fr", "en", "ar", "pt", "tr", "uk"):
        lists = api.unpaid_experiences(actor=actor, language=language)
        assert len(lists) >= 12
        for one in lists:
            offers = api.skills_of_experience(actor=actor, experience=one.id, language=language)
            assert len(offers) >= 5
            assert not [offer for offer in offers if offer.name.startswith("http")]
    assert api.unpaid_experiences(actor=actor, language="fr")[0].name == "M’occuper d’enfants"
    assert find(scene, "harvest")[0].name == "Récolter"


def test_ready_lists_point_at_real_skills() -> None:
    if not esco_download.DATA.is_dir():
        pytest.skip(f"no ESCO tables at {esco_download.DATA}")
    with (esco_download.DATA / "skills.csv").open(encoding="utf-8", newline="") as file:
        labels = {row["uri"]: row["label_en"] for row in csv.DictReader(file)}
    lists = experiences.load()
    assert {uri: labels.get(uri) for uri in lists.skills} == {
        uri: skill.esco_label for uri, skill in lists.skills.items()
    }
    assert all(uri in labels for one in lists.experiences for uri in one.uris)


def test_a_limit_below_one_is_refused(scene: Scene) -> None:
    with pytest.raises(InvalidError):
        api.find_competences(actor=scene.actor("amal"), text="x", language="fr", limit=0)


def test_the_addresses(scene: Scene, esco: Edition, client: Client) -> None:
    def post(path: str, **payload: Any) -> Any:
        return client.post(f"/passerelle/competences/{path}", payload, content_type="application/json")

    assert post("find", text="fry").status_code == 403
    client.force_login(scene.users["amal"])
    assert post("find", text="deep fry").json()["competences"][0]["uri"] == FRY
    assert post("occupations", title="cook").json()["occupations"][0]["uri"] == COOK
    assert len(post("skills", experience=COOK, limit=2).json()["skills"]) == 2
    assert client.get("/passerelle/competences/experiences").json()["experiences"][0]["id"] == "children"
    for path, payload in (("find", {}), ("find", {"text": 5}), ("find", {"text": "x", "limit": "many"})):
        assert post(path, **payload).status_code == 400
    assert post("skills", experience="nothing").status_code == 404
    assert client.get("/passerelle/competences/find?text=fry").status_code == 405
