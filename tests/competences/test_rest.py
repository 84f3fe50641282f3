"""REST, version 1: what its document says is what it does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, resolve
from jsonschema import Draft202012Validator
from passerelle.competences import api, rest
from passerelle.host.rest import Throttle

from .conftest import TEAM, Scene, new_key
from .test_views import client, url

DOCUMENT = rest.described()


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def check(value: Any, schema: dict[str, Any]) -> None:
    """The value has the shape that the document gives."""
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def shape(response: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = response["content"]["application/json"]["schema"]
    return found


def send(browser: Client, method: str, path: str, **payload: Any) -> Any:
    return browser.generic(method, path, json.dumps(payload), content_type="application/json")


def test_the_document_names_every_address_and_method() -> None:
    space = get_resolver().namespace_dict["passerelle_competences"][1]
    names = [name for name in space.reverse_dict if isinstance(name, str) and name.startswith("v1_")]
    views = {url(name): space.reverse_dict[name] for name in names}
    assert set(views) == set(DOCUMENT["paths"])
    for path, methods in DOCUMENT["paths"].items():
        view = resolve(path).func.view_class
        found = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
        assert found == (set(methods) or {"get"})  # the document says nothing of itself


@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if not path.endswith("openapi.json")])
def test_what_is_read_has_the_shape_that_the_document_gives(scene: Scene, path: str) -> None:
    scene.answer_all("amal")
    scene.show("amal")
    response = client(scene, "amal").get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    check(response.json(), shape(DOCUMENT["paths"][path]["get"]["responses"]["200"]))
    assert "fête" not in client(scene, "elif").get(path).content.decode()
    assert client(scene, "anonymous").get(path).status_code == 403


def test_stating_adding_and_taking_back(scene: Scene) -> None:
    browser, key = client(scene, "amal"), new_key()
    for _again in range(2):
        response = send(browser, "POST", url("v1_claims"), uri=TEAM, level=2, key=key)
        assert [claim["level"] for claim in response.json()["claims"]] == [2]
    added = send(browser, "POST", url("v1_evidence"), uri=TEAM, kind="text", level=2, text="x", key=new_key())
    assert added.status_code == 201
    removed = send(browser, "DELETE", url("v1_evidence"), id=added.json()["id"], key=new_key())
    assert removed.json() == {"evidence": []}
    response = send(browser, "DELETE", url("v1_claims"), uri=TEAM, key=new_key())
    assert response.json() == {"claims": []}


@pytest.mark.parametrize(
    "payload", [{}, {"uri": TEAM, "level": "2", "key": "x" * 9}, {"uri": 1, "level": 2, "key": "x" * 9},
                {"uri": TEAM, "level": True, "key": "x" * 9}, {"uri": TEAM, "level": 2, "key": "x"}],
)  # fmt: skip
def test_bad_requests_get_a_sentence(scene: Scene, payload: dict[str, Any]) -> None:
    response = send(client(scene, "amal"), "POST", url("v1_claims"), **payload)
    assert response.status_code == 400
    check(response.json(), shape(DOCUMENT["components"]["responses"]["Error"]))
    assert api.claims_of(user_id=scene.users["amal"].pk) == ()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_writes_need_the_csrf_token_and_json(scene: Scene, method: str) -> None:
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(scene.users["amal"])
    assert send(guarded, method, url("v1_claims"), uri=TEAM, level=2, key=new_key()).status_code == 403
    assert client(scene, "amal").post(url("v1_claims"), {"uri": TEAM}).status_code == 415


def test_too_many_requests_are_told_to_wait(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr(Throttle, "rate", "2/min")
    browser = client(scene, "amal")
    assert [browser.get(url("v1_claims")).status_code for _number in range(3)] == [200, 200, 429]
    assert client(scene, "elif").get(url("v1_claims")).status_code == 200


def test_staff_looking_as_somebody_else_are_refused(scene: Scene, monkeypatch: Any) -> None:
    from passerelledemo import host

    monkeypatch.setattr(host, "is_masquerading", lambda *_args: True)
    assert client(scene, "amal").get(url("v1_profile")).status_code == 403


def test_the_document_is_served(scene: Scene) -> None:
    assert client(scene, "amal").get(url("v1_schema")).json() == json.loads(json.dumps(DOCUMENT))
    assert client(scene, "anonymous").get(url("v1_schema")).status_code == 403
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
