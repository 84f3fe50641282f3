"""What a person has done, and the skills that she confirms or strikes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from passerelle.competences import api
from passerelle.competences.done import MOST_KEPT
from passerelle.competences.esco.models import Concept
from passerelle.competences.models import Experience
from passerelle.host.errors import InvalidError, NotFoundError

from .conftest import COOK, FRY, GRILL, TEAM, Scene, new_key


def keep(scene: Scene, name: str = "1", words: str = "", **levels: Any) -> int:
    by_uri = {{"team": TEAM, "fry": FRY, "grill": GRILL}[short]: level for short, level in levels.items()}
    values: dict[str, Any] = {"name": name, "words": words, "levels": by_uri, "key": new_key()}
    return api.keep_experience(actor=scene.actor("amal"), **values)


def stated(scene: Scene) -> dict[str, int]:
    return {claim.uri: claim.level for claim in scene.claims("amal") if claim.basis == "stated"}


def sheet(scene: Scene, name: str = "1") -> Any:
    return api.experience(actor=scene.actor("amal"), name=name, language="fr")


def test_what_is_confirmed_becomes_a_claim_and_what_is_struck_does_not(scene: Scene, esco: Any) -> None:
    assert keep(scene, team=3, fry=2, grill=None) == 2
    assert stated(scene) == {TEAM: 3, FRY: 2}
    seen = sheet(scene)
    assert (seen.name, seen.kept) == ("cuisinier/cuisinière", True)
    assert [(one.name, one.essential, one.level) for one in seen.skills] == [
        ("Travailler en équipe", True, 3),
        ("faire frire", True, 2),
        ("grill food", False, None),
    ]
    keep(scene, team=None, fry=4)
    assert stated(scene) == {FRY: 4}


def test_what_rests_on_more_than_her_word_is_not_struck(scene: Scene, esco: Any) -> None:
    scene.show("amal")
    keep(scene, team=None)
    assert [claim.basis for claim in scene.claims("amal")] == ["evidenced"]


def test_the_list_of_what_she_has_done(scene: Scene, esco: Any) -> None:
    keep(scene, words="  La cantine de l’école, à Homs ", fry=3)
    keep(scene, "farm")
    keep(scene, "farm")
    mine = api.my_experiences(actor=scene.actor("amal"), language="fr")
    assert [(one.id, one.name, one.words) for one in mine] == [
        ("farm", "Travailler à la ferme ou au jardin", ""),
        ("1", "cuisinier/cuisinière", "La cantine de l’école, à Homs"),
    ]
    assert api.my_experiences(actor=scene.actor("elif"), language="fr") == ()
    api.remove_experience(actor=scene.actor("amal"), name="1", key=new_key())
    assert [one.id for one in api.my_experiences(actor=scene.actor("amal"), language="fr")] == ["farm"]
    assert stated(scene) == {FRY: 3}


def test_the_same_request_twice_counts_once(scene: Scene, esco: Any) -> None:
    values: dict[str, Any] = {"name": "1", "words": "", "key": "twice-the-same"}
    api.keep_experience(actor=scene.actor("amal"), levels={FRY: 2}, **values)
    api.state_competence(actor=scene.actor("amal"), uri=FRY, level=4, key=new_key())
    assert api.keep_experience(actor=scene.actor("amal"), levels={FRY: 2}, **values) == 1
    assert stated(scene) == {FRY: 4}


def test_what_cannot_be_is_refused_and_nothing_is_kept(scene: Scene, esco: Any) -> None:
    for changes in ({"words": "x" * 201}, {"fry": 5}, {"fry": 0}):
        with pytest.raises(InvalidError):
            keep(scene, team=3, **changes)
    with pytest.raises(InvalidError):
        keep(scene, "farm", fry=3)  # no skill of a farm's list
    for name in ("nothing", "", "%", "_"):
        with pytest.raises(NotFoundError):
            keep(scene, name)
    assert stated(scene) == {}
    assert not Experience.objects.exists()
    Experience.objects.bulk_create(
        Experience(user_id=scene.users["amal"].pk, what=f"{number}") for number in range(MOST_KEPT)
    )
    with pytest.raises(InvalidError):
        keep(scene, "farm")


def test_a_hidden_occupation_is_offered_no_more_but_can_be_removed(scene: Scene, esco: Any) -> None:
    keep(scene, fry=3)
    Concept.objects.filter(uri=COOK).update(hidden=True)
    assert not api.knows_occupations()
    with pytest.raises(NotFoundError):
        sheet(scene)
    api.remove_experience(actor=scene.actor("amal"), name="1", key=new_key())
    assert not Experience.objects.exists()


def test_the_list_travels_in_her_file_and_goes_with_her_account(scene: Scene, esco: Any) -> None:
    keep(scene, words="La cantine", fry=3)
    document = api.export_json(actor=scene.actor("amal"))
    assert document["experiences"] == [{"what": COOK, "words": "La cantine"}]
    assert api.import_json(actor=scene.actor("elif"), document=document, key=new_key()) == 2
    assert api.import_json(actor=scene.actor("elif"), document=document, key=new_key()) == 0
    (mine,) = api.my_experiences(actor=scene.actor("elif"), language="fr")
    assert mine.words == "La cantine"
    for wrong in ({"what": "nothing", "words": ""}, {"what": COOK}, "farm", {"what": COOK, "words": "x" * 201}):
        document = {**document, "experiences": [wrong]}
        with pytest.raises(InvalidError) as caught:
            api.import_json(actor=scene.actor("elif"), document=document, key=new_key())
        assert caught.value.field == "experiences[0]"
    del document["experiences"]  # as it was saved before there were any
    assert api.import_json(actor=scene.actor("elif"), document=document, key=new_key()) == 0
    api.retire_user(user_id=scene.users["elif"].pk)
    assert {row.user_id for row in Experience.objects.all()} == {scene.users["amal"].pk}


@pytest.mark.parametrize("language", ["fr", "en", "ar", "pt", "tr", "uk"])
def test_the_pages_in_every_language(scene: Scene, client: Client, language: str) -> None:
    client.force_login(scene.users["amal"])
    client.cookies["django_language"] = language
    page = client.get("/passerelle/profile/experiences/").content.decode()
    farm = next(one.name for one in api.unpaid_experiences(actor=scene.actor("amal"), language=language))
    assert farm in page
    assert "data-ask" not in page  # without ESCO there are no job titles to search
    page = client.get("/passerelle/profile/experiences/farm/").content.decode()
    assert page.count('<select id="skill-') == 8
    assert "ESCO" in page


@pytest.mark.parametrize("language", ["fr", "en", "ar", "pt", "tr", "uk"])
@pytest.mark.parametrize("count", range(4))
def test_what_was_kept_is_said_for_every_number(scene: Scene, client: Client, language: str, count: int) -> None:
    client.force_login(scene.users["amal"])
    client.cookies["django_language"] = language
    skills = [one.uri for one in sheet(scene, "farm").skills[:count]]
    payload = {"experience": "farm", "key": new_key(), **{f"level:{uri}": "2" for uri in skills}}
    at = "/passerelle/profile/experiences/keep"
    assert client.post(at, payload, content_type="application/json").json()["said"]


def test_the_pages(scene: Scene, esco: Any, client: Client) -> None:
    at = "/passerelle/profile/experiences/"
    assert client.get(at).status_code == client.get(f"{at}farm/").status_code == 302
    client.force_login(scene.users["amal"])
    assert 'data-ask="title"' in client.get(at).content.decode()
    assert client.get(f"{at}nothing/").status_code == 404
    payload = {"experience": "1", "words": "À Homs", f"level:{FRY}": "3", f"level:{TEAM}": "", "key": new_key()}
    answer = client.post(f"{at}keep", payload, content_type="application/json")
    assert answer.json() == {"said": "1 skill of it is on your profile now.", "url": at}
    assert stated(scene) == {FRY: 3}
    for wrong in ("x", "²", "9" * 5000):
        odd = {**payload, f"level:{FRY}": wrong, "key": new_key()}
        assert client.post(f"{at}keep", odd, content_type="application/json").status_code == 400
    assert "À Homs" in client.get(at).content.decode()
    answer = client.post(f"{at}remove", {"experience": "1", "key": new_key()}, content_type="application/json")
    assert answer.status_code == 200
    assert "À Homs" not in client.get(at).content.decode()


def test_queries_do_not_grow(scene: Scene, esco: Any, client: Client) -> None:
    client.force_login(scene.users["amal"])
    counts = []
    for name in ("farm", "children", "1", "club", "sewing"):
        keep(scene, name)
        with CaptureQueriesContext(connection) as queries:
            client.get("/passerelle/profile/experiences/")
        counts.append(len(queries))
    assert counts[2] == counts[3] == counts[4]
