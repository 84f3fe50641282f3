"""REST, version 1: every method of every address, role by role, by the same table; and what its document says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from jsonschema import Draft202012Validator
from passerelle.badges import api, rest
from passerelle.badges.permissions import PERMISSIONS, Relation

from .conftest import COURSE, Scene, definition
from .test_permissions import NOWHERE, client_of

R = Relation
ROLES = {"anonymous": {R.ANONYMOUS}, "amal": {R.PERSON}, "sam": {R.PERSON, R.OPERATOR}}
BASE = "/passerelle/badges/api/v1/"
GIVEN = {
    "definition": definition(slug="new"), "stage": "published", "person": "x", "part": "x", "reason": "x",
    "instead_of": "x",
}  # fmt: skip
OPERATIONS = [
    (path, method, said) for path, found in rest.described()["paths"].items() for method, said in found.items()
]


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def send(client: Client, method: str, path: str, **payload: Any) -> Any:
    return client.generic(method.upper(), BASE + path, json.dumps(payload), content_type="application/json")


def check(answer: Any, said: dict[str, Any]) -> None:
    shape = {"$ref": "#/components/schemas/Error"}
    if answer.status_code == 200:
        shape = said["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**shape, "components": rest.described()["components"]}).validate(answer.json())


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, role: str) -> None:
    made = scene.publish(course=True)
    scene.claim("elif")
    api.check(actor=scene.actor("elif"), language="en")
    where = {"achievement_id": made, "imported_id": NOWHERE, "course_key": COURSE, "kid": "x"}
    where["award_id"] = scene.own("elif").badges[0].id
    client = client_of(scene, role)
    for path, method, said in OPERATIONS:
        name = said["operationId"].removeprefix("course_")
        address = re.sub(r"\{(\w+)\}", lambda found: where[found[1]], path).removeprefix(BASE)
        asked = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        with transaction.atomic():
            answer = send(client, method, address, **{field: GIVEN[field] for field in asked.get("required", ())})
            transaction.set_rollback(True)
        assert (answer.status_code != 403) == bool(PERMISSIONS[name] & ROLES[role]), (name, answer.content)
        assert answer.status_code < 500, name
        check(answer, said)


def test_what_the_table_knows_has_an_address() -> None:
    names = {said["operationId"].removeprefix("course_") for _path, _method, said in OPERATIONS}
    elsewhere = {"download", "shared"}  # files and pages
    assert names | {"archive"} | elsewhere == set(PERMISSIONS)


def test_a_badge_is_earned_shared_and_taken_back(scene: Scene) -> None:
    sam, amal = client_of(scene, "sam"), client_of(scene, "amal")
    made = send(sam, "post", "achievements", definition=definition()).json()["id"]
    assert send(sam, "put", f"achievements/{made}/stage", stage="published").json() == {}
    scene.claim("amal")
    assert send(amal, "post", "badges/check").json() == {"new": 1}
    (badge,) = send(amal, "get", "badges").json()["badges"]
    assert send(amal, "post", f"awards/{badge['id']}/link").json()["url"].startswith("http")
    assert send(sam, "get", f"achievements/{made}/holders").json()["count"] == 1
    assert send(sam, "post", f"awards/{badge['id']}/revocation", reason="A mistake.").json() == {}
    assert send(amal, "get", "badges").json()["badges"][0]["standing"] == "revoked"
    assert send(amal, "post", "imported", text="x").json()["error"]["code"] == "badge_refused"
    assert send(amal, "get", "openapi.json").json() == rest.described()
