"""REST, version 1: every method of every address, role by role, by the same table; and what its document says."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from jsonschema import Draft202012Validator
from passerelle.employers import rest
from passerelle.employers.models import Application, Opportunity
from passerelle.employers.permissions import PERMISSIONS, Relation
from passerelle.host.rest import Throttle

from .conftest import TEAMWORK, Scene
from .test_permissions import NOWHERE, TABLE

R = Relation
ROLES = {
    "anonymous": {R.ANONYMOUS},
    "amal": {R.PERSON},
    "marta": {R.PERSON, R.MANAGER},
    "rosa": {R.PERSON, R.RECRUITER},
    "ed": {R.PERSON, R.EDITOR},
    "sam": {R.PERSON, R.OPERATOR},
}
# What an operation is called in the permission table, where that is not its own name.
ASKS = {
    "opportunities": "search", "opportunity": "read", "mark": "save", "organisations": "my_organisations",
    "recognised": "recognised_by", "desk": "operator_desk", "move": "submit",
}  # fmt: skip
GIVEN: dict[str, Any] = {
    "mark": "saved", "accept": False, "text": "Cook", "name": "Us", "about": "We", "website": "", "key": NOWHERE,
    "role": "editor", "target": "nothing", "draft": {}, "url": "ftp://nowhere", "stage": "waiting",
    "message": "Hello", "decision": "chosen", "reason": "So", "answer": "So",
}  # fmt: skip
WHERE = {"organisation": TABLE, "user_id": "0", "feed_id": "0", "pseudonym": "NOBODY", "application_id": "0"}
OPERATIONS = [
    (path, method, said) for path, found in rest.described()["paths"].items() for method, said in found.items()
]  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def browser(scene: Scene, name: str, **options: Any) -> Client:
    found = Client(headers={"accept-language": "en"}, **options)
    if name != "anonymous":
        scene.users[name].is_staff = name == "sam"
        scene.users[name].save()
        found.force_login(scene.users[name])
    return found


def send(client: Client, method: str, path: str, **payload: Any) -> Any:
    address = f"/passerelle/employers/api/v1/{path}"
    return client.generic(method.upper(), address, json.dumps(payload), content_type="application/json")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, role: str) -> None:
    client = browser(scene, role)
    for path, method, said in OPERATIONS:
        with transaction.atomic():
            _walk(client, scene.kitchen, path, method, said, ROLES[role])
            transaction.set_rollback(True)


def _walk(client: Client, work: str, path: str, method: str, said: dict[str, Any], relations: set[Relation]) -> None:
    name = said["operationId"]
    where = {"opportunity_id": work, **WHERE}
    address = re.sub(r"\{(\w+)\}", lambda found: where[found[1]], path)
    asked = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    payload = {field: GIVEN[field] for field in asked.get("required", ())}
    answer = send(client, method, address.removeprefix("/passerelle/employers/api/v1/"), **payload)
    let_in = bool(PERMISSIONS[ASKS.get(name, name)] & relations)
    assert (answer.status_code != 403) == let_in, (name, answer.content)
    assert answer.status_code < 500, name
    check(answer, said)


def check(answer: Any, said: dict[str, Any]) -> None:
    """The answer has the shape that the document gives it."""
    if answer.status_code == 200:
        shape = said["responses"]["200"]["content"]["application/json"]["schema"]
    else:
        shape = {"$ref": "#/components/schemas/Error"}
    Draft202012Validator({**shape, "components": rest.described()["components"]}).validate(answer.json())


def test_every_function_of_the_table_has_an_address() -> None:
    operations = {said["operationId"] for _path, _method, said in OPERATIONS}
    moved = {"submit", "archive", "publish", "unpublish"}
    marked = {"save", "hide"}
    inside = {"preview"}  # what the form shows before it is handed in; the draft says the same
    assert {ASKS.get(name, name) for name in operations} | moved | marked | inside == set(PERMISSIONS)


def test_an_application_and_its_withdrawal(scene: Scene) -> None:
    amal = browser(scene, "amal")
    (first, *_rest) = send(amal, "get", "opportunities?limit=3").json()["results"]
    assert first["held"] or first["partly"]
    for _twice in range(2):
        assert send(amal, "post", f"opportunities/{scene.kitchen}/application", message="I cook.").json() == {}
    assert Application.objects.get().message == "I cook."
    (person,) = send(browser(scene, "rosa"), "get", f"offers/{scene.kitchen}/people").json()["results"]
    assert person["message"] == "I cook."
    assert person["name"] == ""
    send(amal, "delete", f"opportunities/{scene.kitchen}/application")
    assert send(browser(scene, "rosa"), "get", f"offers/{scene.kitchen}/people").json()["results"][0]["message"] == ""


def test_an_opportunity_is_written_handed_in_and_published(scene: Scene) -> None:
    made = str(uuid.uuid4())
    marta, sam = browser(scene, "marta"), browser(scene, "sam")
    draft = send(marta, "get", f"offers/{scene.kitchen}").json()
    for name in ("id", "organisation", "stage", "note"):
        del draft[name]
    assert draft["languages"]
    draft["wanted"] = [{"uri": TEAMWORK, "level": 2, "essential": True}]
    path = f"organisations/{TABLE}/offers/{made}"
    assert send(marta, "put", path, draft=draft).json() == {"stage": "draft"}
    assert send(marta, "put", f"offers/{made}/stage", stage="published").status_code == 403
    assert send(marta, "put", f"offers/{made}/stage", stage="waiting").json() == {}
    assert send(sam, "put", f"offers/{made}/stage", stage="published").json() == {}
    assert Opportunity.objects.get(pk=made).published_at is not None
    assert send(marta, "get", f"offers/{made}").json()["languages"] == draft["languages"]
    assert send(sam, "put", f"offers/{made}/stage", stage="sold").status_code == 400


def test_errors_have_one_form_and_requests_are_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    amal = browser(scene, "amal")
    assert send(amal, "get", "opportunities?limit=1000").json()["error"]["field"] == "limit"
    assert send(amal, "post", f"opportunities/{scene.kitchen}/mark").json()["error"]["field"] == "mark"
    forged = browser(scene, "amal", enforce_csrf_checks=True)
    assert send(forged, "post", f"opportunities/{scene.kitchen}/mark", mark="saved").status_code == 403
    monkeypatch.setattr(Throttle, "rate", "1/min")
    cache.clear()
    assert [send(amal, "get", "applications").status_code for _time in range(2)] == [200, 429]


def test_the_document(scene: Scene) -> None:
    assert send(browser(scene, "anonymous"), "get", "openapi.json").status_code == 403
    assert send(browser(scene, "amal"), "get", "openapi.json").json() == rest.described()


@pytest.mark.parametrize("page", [True, False], ids=["page", "rest"])
def test_a_body_that_is_no_small_object_changes_nothing(scene: Scene, page: bool) -> None:
    amal = browser(scene, "amal")
    path = f"work/{scene.kitchen}/apply" if page else f"api/v1/opportunities/{scene.kitchen}/application"
    wrong = ["5", "null", "true", "[]", '"message"', '{"message": "\\ud800"}', '{"message": 1e999}', "[" * 100_000, "{"]
    for body in wrong:
        answer = amal.post(f"/passerelle/employers/{path}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid"), body[:40]
    long = json.dumps({"message": "x" * 300_000})
    assert amal.post(f"/passerelle/employers/{path}", long, content_type="application/json").status_code == 413
    assert not Application.objects.exists()


def test_a_number_that_no_database_holds_is_not_found(scene: Scene) -> None:
    marta = browser(scene, "marta")
    for path in ("desk/{table}/members/{number}/remove", "api/v1/organisations/{table}/members/{number}"):
        address = "/passerelle/employers/" + path.format(table=TABLE, number="9" * 30)
        ask = marta.delete if "api" in path else marta.post
        assert ask(address, "{}", content_type="application/json").status_code == 404


def test_odd_values_in_a_form_are_said(scene: Scene) -> None:
    marta = browser(scene, "marta")
    good = {"titles": {"en": "Cook"}, "kind": "job", "place": "Lyon"}
    wrong: list[dict[str, Any]] = [{"kind": []}, {"kind": {}}, {"hours": [1]}, {"wanted": [{"uri": "a", "level": []}]}]
    for change in [*wrong, {"titles": []}, {"starts": 5}]:
        path = f"organisations/{TABLE}/offers/{uuid.uuid4()}"
        assert send(marta, "put", path, draft={**good, **change}).status_code == 400, change
    assert send(marta, "put", f"organisations/{TABLE}/offers/{uuid.uuid4()}", draft=good).status_code == 200
