"""REST, version 1: what its document says is what it does, by the rules of the block."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve, reverse
from jsonschema import Draft202012Validator
from passerelle.circles import rest
from passerelle.circles.models import Circle, Contribution, Member
from passerelle.host.api import host
from passerelle.host.rest import Throttle

from .conftest import USAGE, Scene, new_key

STORY = "Le figuier de ma grand-mère"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def browser(scene: Scene, name: str, **options: Any) -> Client:
    found = Client(headers={"accept-language": "fr"}, **options)
    found.force_login(scene.users[name])
    return found


def send(client: Client, method: str, url: str, /, *, keys: dict[str, Any], **payload: Any) -> Any:
    path = reverse(f"passerelle:{url}", kwargs=keys)
    return client.generic(method, path, json.dumps({"key": new_key(), **payload}), content_type="application/json")


def act(scene: Scene, who: str, circle: str, action: str, /, **payload: Any) -> Any:
    return send(browser(scene, who), "POST", "v1_act", keys={"circle_id": circle}, action=action, **payload)


def get(scene: Scene, name: str, url: str, **keys: Any) -> Any:
    return browser(scene, name).get(reverse(f"passerelle:{url}", kwargs=keys))


def check(answer: Any) -> dict[str, Any]:
    """The answer's JSON, which has the shape that the document gives for this address, method and status."""
    request = answer.wsgi_request
    route = f"/passerelle/{resolve(request.path).route}".removeprefix("/passerelle/passerelle")
    path = route if route.startswith("/passerelle") else f"/passerelle{route}"
    for converter in ("uuid", "usage_key", "course_key"):
        path = path.replace(f"<{converter}:", "{").replace(">", "}")
    said = rest.described()["paths"][path][request.method.lower()]["responses"][str(answer.status_code)]
    said = rest.described()["components"]["responses"]["Error"] if "$ref" in said else said
    shape = {**said["content"]["application/json"]["schema"], "components": rest.described()["components"]}
    found: dict[str, Any] = answer.json()
    Draft202012Validator(shape).validate(found)
    return found


def test_a_circle_is_played_and_looked_back_at(scene: Scene) -> None:
    circle = scene.open()
    (card,) = check(get(scene, "amal", "v1_circles_at", usage_key=USAGE))["results"]
    assert (card["id"], card["started"]) == (circle, False)
    for name in ("amal", "elif"):
        assert check(act(scene, name, circle, "join", agreed=True, name=name.title()))["circle"]["id"] == circle
    act(scene, "nadia", circle, "start")
    key = new_key()
    for _time in range(2):
        check(act(scene, "amal", circle, "tell", text=STORY, audience="cohort", key=key))
    assert Contribution.objects.count() == 1
    refused = act(scene, "amal", circle, "tell", text=STORY)
    assert refused.status_code == 409
    assert check(refused)["error"]["code"] == "not_now"

    for name in ("elif", "nadia"):
        act(scene, name, circle, "done" if name == "elif" else "next")
    assert not host().is_complete(user_id=scene.users["elif"].pk, usage_key=USAGE)
    act(scene, "amal", circle, "tell", text="La place du marché")
    assert check(act(scene, "elif", circle, "pass"))["completed"]
    assert host().is_complete(user_id=scene.users["elif"].pk, usage_key=USAGE)

    seen = get(scene, "elif", "v1_circle", circle_id=circle)
    assert STORY in [row["text"] for row in check(seen)["contributions"]]
    again = browser(scene, "elif").get(seen.wsgi_request.path, headers={"If-None-Match": seen["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", seen["ETag"])

    assert len(check(get(scene, "ifeoma", "v1_shared", usage_key=USAGE))["results"]) == 1
    assert check(get(scene, "amal", "v1_circles"))["results"][0]["mine"]
    assert [row["turns"] for row in check(get(scene, "nadia", "v1_register", circle_id=circle))["results"]] == [2, 2]
    assert len(check(get(scene, "nadia", "v1_transcript", circle_id=circle))["results"]) == 2
    assert check(get(scene, "nadia", "v1_desk", course_key=USAGE.course_key))["results"][0]["mine"]
    assert check(get(scene, "amal", "v1_help_lines"))["results"]


def test_one_s_own_stories_and_consents(scene: Scene) -> None:
    circle = scene.started("amal", "elif")
    act(scene, "amal", circle, "tell", text=STORY, audience="circle")
    (mine,) = check(get(scene, "amal", "v1_stories"))["results"]
    keys = {"contribution_id": mine["id"]}
    amal = browser(scene, "amal")
    check(send(amal, "POST", "v1_give_consent", keys=keys, purpose="training"))
    check(send(amal, "POST", "v1_give_consent", keys=keys, purpose="showcase", pseudonym="Rose"))
    run = {"course_key": USAGE.course_key}
    assert [one["name"] for one in check(get(scene, "elif", "v1_showcase", **run))["results"]] == ["Rose"]
    assert [
        one["text"] for one in check(send(browser(scene, "jonas"), "POST", "v1_training_export", keys=run, words="x"))
    ]
    check(send(amal, "DELETE", "v1_give_consent", keys=keys, purpose="showcase"))
    (mine,) = check(get(scene, "amal", "v1_stories"))["results"]
    assert {one["purpose"] for one in mine["consents"]} == {"facilitators", "circle", "training"}
    check(send(amal, "DELETE", "v1_give_consent", keys=keys, purpose="training"))
    check(send(browser(scene, "elif"), "POST", "v1_report", keys=keys, reason="hurt", words=""))
    assert check(get(scene, "nadia", "v1_reports", course_key=USAGE.course_key))["results"][0]["reason"] == "hurt"
    assert check(get(scene, "elif", "v1_circle", circle_id=circle))["contributions"] == []
    nadia = browser(scene, "nadia")
    check(send(nadia, "DELETE", "v1_hide", keys=keys, words="Nous en avons parlé."))
    assert check(get(scene, "elif", "v1_circle", circle_id=circle))["contributions"]
    check(send(nadia, "POST", "v1_hide", keys=keys, words=""))
    assert send(browser(scene, "elif"), "DELETE", "v1_withdraw", keys=keys).status_code == 404
    check(send(amal, "DELETE", "v1_withdraw", keys=keys))
    assert Contribution.objects.get().text == ""


def test_lists_come_in_pages_and_cost_the_same(scene: Scene, django_assert_max_num_queries: Any) -> None:
    made = Circle.objects.get(pk=scene.open())
    for number in range(120):
        made.pk = None
        made.id = new_key()
        made.save(force_insert=True)
        Member.objects.create(circle_id=made.pk, user=scene.users["amal"], seat=1, name=f"Amal {number}")
    path, seen = reverse("passerelle:v1_circles") + "?limit=50", []
    amal = browser(scene, "amal")
    while path:
        with django_assert_max_num_queries(8):
            page = check(amal.get(path))
        seen += [card["id"] for card in page["results"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 120
    for wrong in ("limit=0", "limit=101", "limit=x", "offset=-1", "offset=9999999", "course=nothing"):
        assert check(amal.get(f"{reverse('passerelle:v1_circles')}?{wrong}"))["error"]["field"] == wrong.split("=")[0]


@pytest.mark.parametrize("payload", [{}, {"action": "fly"}, {"action": 1}, {"action": "tell", "key": "x"}, {"key": 1}])
def test_bad_requests_get_a_sentence(scene: Scene, payload: dict[str, Any]) -> None:
    circle = scene.started("amal", "elif")
    answer = send(browser(scene, "amal"), "POST", "v1_act", keys={"circle_id": circle}, **payload)
    assert answer.status_code == 400
    assert check(answer)["error"]["message"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b'"x"', b"{", b"\xff", b'{"action": NaN}'])
def test_bodies_that_are_no_object(scene: Scene, raw: bytes) -> None:
    path = reverse("passerelle:v1_act", kwargs={"circle_id": scene.started("amal", "elif")})
    answer = browser(scene, "amal").post(path, raw, content_type="application/json")
    assert answer.status_code == 400
    assert check(answer)["error"]["message"]


def test_writes_need_the_csrf_token_and_json(scene: Scene) -> None:
    circle = scene.started("amal", "elif")
    guarded = browser(scene, "amal", enforce_csrf_checks=True)
    keys = {"circle_id": circle}
    assert send(guarded, "POST", "v1_act", keys=keys, action="pass").status_code == 403
    path = reverse("passerelle:v1_act", kwargs=keys)
    assert browser(scene, "amal").post(path, {"action": "pass"}).status_code == 415


def test_too_many_requests_are_told_to_wait(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr(Throttle, "rate", "2/min")
    amal, path = browser(scene, "amal"), reverse("passerelle:v1_circles")
    answers = [amal.get(path) for _number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert check(answers[2])["error"]["message"]
    assert browser(scene, "elif").get(path).status_code == 200


def test_the_document_names_every_address_and_is_served(scene: Scene) -> None:
    said = get(scene, "amal", "v1_schema").json()
    assert said == json.loads(json.dumps(rest.described()))
    assert {path for path in said["paths"] if "openapi" in path}
    names = [one["operationId"] for methods in said["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    Draft202012Validator.check_schema({"$defs": said["components"]["schemas"]})
    for schema in said["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
