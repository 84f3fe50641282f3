"""The permission table, walked: every function and every address, every role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import wrong_types
from django.test import Client
from django.urls import get_resolver
from opaque_keys.edx.keys import CourseKey
from passerelle.badges import api, urls
from passerelle.badges.permissions import PERMISSIONS, Relation
from passerelle.host.errors import NotAllowedError, PasserelleError
from wrong_types import Walker

from .conftest import COURSE, Scene, definition

R = Relation
ROLES: dict[str, tuple[str, dict[str, Any], set[Relation]]] = {
    "anonymous": ("anonymous", {}, {R.ANONYMOUS}),
    "person": ("amal", {}, {R.PERSON}),
    "course staff": ("jonas", {}, {R.PERSON, R.STAFF}),
    "staff of another course": (
        "jonas",
        {"course_key": CourseKey.from_string("course-v1:Other+X+1")},
        {R.PERSON},
    ),
    "operator": ("sam", {}, {R.PERSON, R.OPERATOR}),
    "operator looking as somebody else": ("sam", {"masquerading": True}, {R.MASQUERADER}),
}
NOWHERE = "00000000-0000-4000-8000-000000000000"
KEY = CourseKey.from_string(COURSE)

CALLS: dict[str, Callable[[Any, str, str], object]] = {
    "own": lambda actor, _made, _award: api.own(actor=actor, language="en"),
    "check": lambda actor, _made, _award: api.check(actor=actor, language="en"),
    "download": lambda actor, _made, _award: api.download(actor=actor, award_id=NOWHERE, form="png"),
    "share": lambda actor, _made, _award: api.share(actor=actor, award_id=NOWHERE, show_name=False),
    "unshare": lambda actor, _made, _award: api.unshare(actor=actor, award_id=NOWHERE),
    "bring": lambda actor, _made, _award: api.bring(actor=actor, text="x"),
    "drop": lambda actor, _made, _award: api.drop(actor=actor, imported_id=NOWHERE),
    "desk": lambda actor, _made, _award: api.desk(actor=actor, course_key=KEY, language="en"),
    "define": lambda actor, _made, _award: api.define(actor=actor, course_key=KEY, text=definition(slug="new")),
    "publish": lambda actor, made, _award: api.publish(actor=actor, achievement_id=made),
    "archive": lambda actor, made, _award: api.archive(actor=actor, achievement_id=made),
    "confirm": lambda actor, made, _award: api.confirm(actor=actor, achievement_id=made, person="x", part="x"),
    "holders": lambda actor, made, _award: api.holders(actor=actor, achievement_id=made, language="en"),
    "renew": lambda actor, _made, award: api.renew(actor=actor, award_id=award),
    "issuer_keys": lambda actor, _made, _award: api.issuer_keys(actor=actor),
    "new_key": lambda actor, _made, _award: api.new_key(actor=actor, instead_of="x"),
    "take_key": lambda actor, _made, _award: api.take_key(actor=actor, kid="x"),
    "revoke": lambda actor, _made, award: api.revoke(actor=actor, award_id=award, reason="x"),
    "shared": lambda actor, _made, _award: api.shared(actor=actor, token="x", language="en"),
}
# Take no actor: what anyone may read, what other apps and commands call, and what finds the course run to ask about.
WITHOUT_ACTOR = {
    "achievement_json", "badges_held", "check_again", "course_of_achievement", "course_of_award", "did_document",
    "evaluate", "expire", "jwks", "offered", "picture", "retire_user", "shared_credential", "status_list",
    "withdraw_key",
}  # fmt: skip
ALSO = {"sources": "desk"}


def test_the_table_names_every_function_and_nothing_else() -> None:
    assert set(PERMISSIONS) == set(CALLS)
    functions = {name for name in api.__all__ if callable(getattr(api, name)) and name[0].islower()}
    assert functions - WITHOUT_ACTOR - set(ALSO) == set(CALLS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", PERMISSIONS)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, what: str, role: str) -> None:
    made = scene.publish(course=True)
    scene.claim("elif")
    api.check(actor=scene.actor("elif"), language="en")
    award = str(scene.own("elif").badges[0].id)
    name, changes, relations = ROLES[role]
    try:
        CALLS[what](scene.actor(name, **changes), made, award)
        let_in = True
    except NotAllowedError:
        let_in = False
    except PasserelleError:  # not hers, or not there: past the table
        let_in = True
    assert let_in == bool(PERMISSIONS[what] & relations)


def test_site_wide_achievements_are_the_operator_s(scene: Scene) -> None:
    made = scene.publish()
    jonas = scene.actor("jonas")
    for call in (
        lambda: api.define(actor=jonas, course_key=None, text=definition()),
        lambda: api.desk(actor=jonas, course_key=None, language="en"),
        lambda: api.archive(actor=jonas, achievement_id=made),
        lambda: api.sources(actor=jonas, course_key=None, achievement_ids=[made]),
    ):
        with pytest.raises(NotAllowedError):
            call()


# --- The same through the addresses

PUBLIC = {"achievement", "did", "jwks", "picture", "shared", "shared_credential", "status"}
PAGES = {"mine", "desk", "course_desk", "download", "holders"}
POSTS = {
    "archive", "bring", "check", "confirm", "course_define", "define", "drop", "new_key", "publish", "renew",
    "revoke", "share", "take_key", "unshare",
}  # fmt: skip


@pytest.fixture
def addresses(scene: Scene) -> dict[str, str]:
    made = scene.publish()
    scene.claim("amal")
    api.check(actor=scene.actor("amal"), language="en")
    award = scene.own().badges[0].id
    token = api.share(actor=scene.actor("amal"), award_id=award, show_name=False).rstrip("/").rpartition("/")[2]
    base = "/passerelle/badges"
    return {
        "mine": f"{base}/",
        "desk": f"{base}/desk/",
        "course_desk": f"{base}/desk/courses/{COURSE}/",
        "download": f"{base}/awards/{award}.png",
        "achievement": f"{base}/achievements/{made}",
        "did": f"{base}/did.json",
        "jwks": f"{base}/jwks.json",
        "picture": f"{base}/achievements/{made}.svg",
        "shared": f"{base}/shared/{token}/",
        "shared_credential": f"{base}/shared/{token}/credential.json",
        "status": f"{base}/status/1",
        "archive": f"{base}/achievements/{made}/archive",
        "publish": f"{base}/achievements/{made}/publish",
        "confirm": f"{base}/achievements/{made}/confirm",
        "bring": f"{base}/bring",
        "check": f"{base}/check",
        "define": f"{base}/desk/define",
        "course_define": f"{base}/desk/courses/{COURSE}/define",
        "drop": f"{base}/imported/{NOWHERE}/drop",
        "holders": f"{base}/achievements/{made}/holders/",
        "new_key": f"{base}/desk/keys/new",
        "take_key": f"{base}/desk/keys/x/take",
        "renew": f"{base}/awards/{award}/renew",
        "revoke": f"{base}/awards/{award}/revoke",
        "share": f"{base}/awards/{award}/share",
        "unshare": f"{base}/awards/{award}/unshare",
    }


def client_of(scene: Scene, name: str) -> Client:
    client = Client()
    if name != "anonymous":
        scene.users[name].is_staff = name == "sam"
        scene.users[name].save()
        client.force_login(scene.users[name])
    return client


def test_every_address_is_in_a_list_here(addresses: dict[str, str]) -> None:
    named = {pattern.name for pattern in get_resolver(urls).url_patterns if not pattern.name.startswith("v1_")}
    assert named == PUBLIC | PAGES | POSTS == set(addresses)


def test_anyone_reads_what_verifiers_need_and_nothing_else(scene: Scene, addresses: dict[str, str]) -> None:
    client = client_of(scene, "anonymous")
    for name in PUBLIC:
        assert client.get(addresses[name]).status_code == 200, name
        assert client.post(addresses[name]).status_code == 405, name
    for name in PAGES:
        answer = client.get(addresses[name])
        assert answer.status_code == 302, name
        assert "next=" in answer["Location"], name
    for name in POSTS:
        assert client.post(addresses[name], {}, content_type="application/json").status_code == 403, name
        assert client.get(addresses[name]).status_code == 405, name


def test_another_person_reaches_nothing_of_hers(scene: Scene, addresses: dict[str, str]) -> None:
    client = client_of(scene, "elif")
    for name in PAGES - {"mine"}:
        assert client.get(addresses[name]).status_code in (403, 404), name
    assert addresses["download"].rpartition("/")[2] not in client.get(addresses["mine"]).content.decode()
    for name in POSTS - {"bring", "check"}:
        assert client.post(addresses[name], {}, content_type="application/json").status_code in (403, 404), name
    assert client.post(addresses["bring"], {"text": "x"}, content_type="application/json").status_code == 400


def test_forms_and_forgeries_are_refused(scene: Scene, addresses: dict[str, str]) -> None:
    client = client_of(scene, "amal")
    for name in POSTS:
        assert client.post(addresses[name], {"text": "x"}).status_code == 415, name
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(scene.users["amal"])
    for name in POSTS:
        assert strict.post(addresses[name], {}, content_type="application/json").status_code == 403, name


def test_wrong_types_fail_nowhere(scene: Scene, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address that takes something, as somebody who is let in."""
    clients = [client_of(scene, name) for name in ("sam", "amal", "jonas")]
    award = addresses["share"].split("/")[-2]
    known = {
        "achievement_id": addresses["publish"].split("/")[-2], "award_id": award, "imported_id": NOWHERE, "form": "png",
        "course_key": COURSE, "kid": "x", "token": "x", "number": 1,
    }  # fmt: skip
    walker = Walker(monkeypatch, {"person": "elif", "show_name": True})
    walked = list(wrong_types.addresses(urls.urlpatterns, "passerelle_badges", known))
    assert len(walked) > 25
    assert [wrong for method, path in walked for wrong in walker.failures(clients, method, path)] == []
