"""The competences' pages: who sees them, what they cost, and what comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from passerelle.competences import api
from passerelle.competences.claims import record
from passerelle.competences.data import Basis
from passerelle.competences.models import Claim, FacilitatorRating

from .conftest import COURSE, TEAM, Scene, new_key
from .test_claims import fill
from .test_evidence import PDF, picture

SPACE = "passerelle_competences"
NONE = "00000000-0000-0000-0000-000000000000"


def url(name: str, *args: Any) -> str:
    return reverse(f"{SPACE}:{name}", args=args)


def client(scene: Scene, name: str) -> Client:
    found = Client(headers={"accept-language": "fr"})
    if name != "anonymous":
        found.force_login(scene.users[name])
    return found


def post(scene: Scene, who: str, name: str, *args: Any, **payload: Any) -> Any:
    body = json.dumps({"key": new_key(), **payload})
    return client(scene, who).post(url(name, *args), body, content_type="application/json")


PAGES: list[tuple[str, tuple[str, ...]]] = [
    ("profile", ()),
    ("competence", ("work_in_teams",)),
    ("queue", ()),
    ("experiences", ()),
    ("experience", ("farm",)),
]
WRITES: list[tuple[str, tuple[str, ...]]] = [
    ("state", ()), ("unstate", ()), ("hide", ()), ("add_evidence", ()), ("remove_evidence", (NONE,)),
    ("ask", ()), ("step", (NONE,)), ("rate", ()), ("keep_experience", ()), ("remove_experience", ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), [*PAGES, ("validation", (NONE,)), ("find", ())])
def test_pages_send_the_anonymous_to_the_login(scene: Scene, name: str, args: tuple[str, ...]) -> None:
    response = client(scene, "anonymous").get(url(name, *args))
    assert response.status_code == 302
    assert "next=" in response["Location"]


PROPER: dict[str, dict[str, Any]] = {
    "state": {"uri": TEAM, "level": "2"},
    "unstate": {"uri": TEAM},
    "add_evidence": {"uri": TEAM, "kind": "text", "text": "x", "level": "2"},
    "ask": {"uri": TEAM, "level": "2", "course": str(COURSE)},
    "step": {"step": "comment", "text": "x"},
    "rate": {"sheet": "1", "competence:work_in_teams": "2"},
    "keep_experience": {"experience": "farm", "words": "x"},
    "remove_experience": {"experience": "farm"},
}


@pytest.mark.parametrize(("name", "args"), WRITES)
def test_writes_refuse_the_anonymous_and_what_comes_as_a_form(scene: Scene, name: str, args: tuple[str, ...]) -> None:
    assert post(scene, "anonymous", name, *args, **PROPER.get(name, {})).status_code in (403, 404)
    response = client(scene, "amal").post(url(name, *args), {"uri": TEAM})
    assert response.status_code == 415
    assert client(scene, "amal").get(url(name, *args)).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(scene.users["amal"])
    assert guarded.post(url(name, *args), "{}", content_type="application/json").status_code == 403


def test_every_address_is_tried_here() -> None:
    space = get_resolver().namespace_dict[SPACE][1]
    known = {name for name in space.reverse_dict if isinstance(name, str)}
    tried = {name for name, _args in [*PAGES, *WRITES]} | {"validation", "find", "evidence_file"}
    later = {"pdf", "export", "import"} | {"v1_claims", "v1_evidence", "v1_profile", "v1_assessments", "v1_schema"}
    found = {"find_competences", "find_occupations", "unpaid_experiences", "skills_of_experience"}  # in test_finding.py
    found |= {"report", "report_csv"}  # in test_report.py
    assert known - later - found == tried


@pytest.mark.parametrize("name", [name for name, _args in PAGES])
def test_staff_looking_as_somebody_else_see_a_note_alone(scene: Scene, name: str, monkeypatch: Any) -> None:
    from passerelledemo import host

    scene.show("amal")
    monkeypatch.setattr(host, "is_masquerading", lambda *_args: True)
    response = client(scene, "amal").get(url(name, *dict(PAGES)[name]))
    assert "fête" not in response.content.decode()
    assert "<form data-post" not in response.content.decode()


@pytest.mark.parametrize("count", [5, 500])
def test_the_profile_page_costs_the_same_however_much_there_is(
    scene: Scene, count: int, django_assert_num_queries: Any
) -> None:
    fill(scene, count)
    browser = client(scene, "amal")
    # Session, person, her profile four, requests, facilitator, ESCO's edition, the demo's head.
    with django_assert_num_queries(10):
        assert browser.get(url("profile")).status_code == 200


def test_a_profile_shows_level_basis_growth_and_what_is_near(scene: Scene) -> None:
    scene.answer_all("amal")
    page = client(scene, "amal").get(url("profile")).content.decode()
    assert "Travailler en équipe" in page
    assert page.count('class="on"') == 3 + 1


def test_a_hidden_area_is_left_out_until_it_is_shown_again(scene: Scene) -> None:
    scene.show("amal")
    for shown, there in (([], False), (["transversal"], True)):
        assert post(scene, "amal", "hide", areas=["transversal"], shown=shown).status_code == 200
        page = client(scene, "amal").get(url("profile")).content.decode()
        assert ('<h3><a href="/passerelle/profile/competences/work_in_teams/"' in page) is there


def test_the_way_through_the_pages(scene: Scene) -> None:
    scene.answer_all("amal")
    assert post(scene, "amal", "state", uri=TEAM, level="4").status_code == 200
    added = post(scene, "amal", "add_evidence", uri=TEAM, kind="file", level="3").json()
    sent = client(scene, "amal").post(added["file_url"], PDF, content_type="application/pdf")
    assert sent.json()["complete"] is True
    page = client(scene, "amal").get(url("competence", "work_in_teams")).content.decode()
    assert f'<option value="{COURSE}">' in page
    asked = post(scene, "amal", "ask", uri=TEAM, level="3", course=str(COURSE)).json()
    validation_id = asked["url"].rstrip("/").rsplit("/", 1)[-1]
    page = client(scene, "nadia").get(url("queue")).content.decode()
    assert "amal" in page
    for step in ({"step": "take"}, {"step": "assess", "level": "3"}, {"step": "certify"}):
        response = post(scene, "nadia", "step", validation_id, **step)
        assert response.status_code == 200, response.json()
    page = client(scene, "amal").get(asked["url"]).content.decode()
    assert "amal" in page
    assert api.claims_of(user_id=scene.users["amal"].pk)[0].basis.name == "VALIDATED"


def test_a_file_is_served_as_what_it_is_and_can_run_nothing(scene: Scene) -> None:
    evidence_id = scene.show("amal", kind="file", text="")
    there = url("evidence_file", evidence_id)
    client(scene, "amal").post(there, picture("PNG"), content_type="image/png")
    response = client(scene, "amal").get(there)
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
    for name in ("anonymous", "elif", "nadia", "jonas"):
        assert client(scene, name).get(there).status_code in (403, 404)
        assert client(scene, name).post(there, PDF, content_type="application/pdf").status_code in (403, 404)


def test_a_refused_file_says_what_to_do(scene: Scene) -> None:
    evidence_id = scene.show("amal", kind="file", text="")
    response = client(scene, "amal").post(url("evidence_file", evidence_id), b"<html>", content_type="image/png")
    assert response.status_code == 400
    assert response.json()["error"]["field"] == "file"


@pytest.mark.parametrize("name", ["amal", "jonas", "stranger"])
def test_the_queue_is_the_facilitators(scene: Scene, name: str) -> None:
    assert client(scene, name).get(url("queue")).status_code == 403


@pytest.mark.parametrize("name", ["nothing", "60c78287", "<script>"])
def test_an_unknown_competence_is_a_page_that_says_so(scene: Scene, name: str) -> None:
    assert client(scene, "amal").get(url("competence", name)).status_code == 404


@pytest.mark.parametrize("level", ["", "0", "9", "x", None, [], 2.5])
def test_levels_that_are_none_are_refused(scene: Scene, level: Any) -> None:
    response = post(scene, "amal", "state", uri=TEAM, level=level)
    assert (response.status_code, response.json()["error"]["field"]) == (400, "level")
    assert not Claim.objects.exists()


def test_a_facilitator_rates_through_the_page(scene: Scene) -> None:
    scene.answer_all("amal", facilitators_rate=True)
    (sheet,) = api.rating_sheets(actor=scene.actor("nadia"), language="fr")
    values = {"sheet": str(sheet.id), "competence:work_in_teams": "2", "competence:manage_time": "dont_know"}
    for _again in range(2):
        assert post(scene, "nadia", "rate", **values).status_code == 200
    (sheet,) = api.rating_sheets(actor=scene.actor("nadia"), language="fr")
    assert dict(sheet.ratings) == {"work_in_teams": "2", "manage_time": "dont_know"}


@pytest.mark.parametrize("sheet", ["²", "9" * 5000, "x", "", 1, None])
def test_a_sheet_that_is_none_changes_nothing(scene: Scene, sheet: Any) -> None:
    response = post(scene, "nadia", "rate", **{"sheet": sheet, "competence:work_in_teams": "2"})
    assert response.status_code == 200
    assert not FacilitatorRating.objects.exists()


@pytest.mark.parametrize(("level", "start"), [(4, 3), (3, None), (2, None)])
def test_growth_is_told_where_there_is_some_and_never_the_opposite(scene: Scene, level: int, start: int | None) -> None:
    scene.answer_all("amal")  # three, in working with others
    record(user_id=scene.users["amal"].pk, uri=TEAM, level=level, basis=Basis.VALIDATED, source="somebody looked")
    line = next(
        line
        for area in api.profile(actor=scene.actor("amal"), language="fr").areas
        for line in area.lines
        if line.uri == TEAM
    )
    assert (line.level, line.start, line.before) == (level, start, 3)


def test_the_page_of_one_competence_begins_where_the_profile_says(scene: Scene) -> None:
    for level, basis in ((3, Basis.EVIDENCED), (2, Basis.DEMONSTRATED)):
        record(user_id=scene.users["amal"].pk, uri=TEAM, level=level, basis=basis, source="here")
    page = client(scene, "amal").get(url("competence", "work_in_teams")).content.decode()
    assert 'value="3" checked' in page
    assert 'value="2" checked' not in page


def test_what_she_is_asked_begins_where_she_saw_herself_whatever_a_badge_says(scene: Scene) -> None:
    for level, basis in ((3, Basis.SELF_ASSESSED), (2, Basis.BADGE_BACKED)):
        record(user_id=scene.users["amal"].pk, uri=TEAM, level=level, basis=basis, source="here")
    page = client(scene, "amal").get(url("competence", "work_in_teams")).content.decode()
    assert 'value="3" checked' in page
    assert 'value="2" checked' not in page
