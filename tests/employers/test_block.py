"""The block on a bare XBlock runtime: views, handlers, bad requests, words."""

from __future__ import annotations

import gzip
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crum
import employer_badge_matching
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import translation
from employer_badge_matching.block import EmployerBadgeMatchingBlock
from employer_badge_matching.strings import STRINGS, strings
from opaque_keys.edx.keys import UsageKey
from passerelle.employers.models import Mark
from webob import Request
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds
from xblock.runtime import Runtime

from .conftest import Scene

USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@employer_badge_matching+block@work")
HERE = Path(employer_badge_matching.__file__).parent


class BareRuntime(Runtime):
    """As little of a runtime as the block can live on."""

    def __init__(self, fields: DictFieldData) -> None:
        super().__init__(id_reader=None, id_generator=None, services={"field-data": fields, "i18n": object()})

    def handler_url(self, block: Any, handler_name: str, *_parts: Any, **_more: Any) -> str:
        return f"/handler/{handler_name}"

    def resource_url(self, resource: str) -> str:
        return resource

    def local_resource_url(self, block: Any, uri: str) -> str:
        return f"/resource/{uri}"

    def publish(self, block: Any, event_type: str, event_data: dict[str, Any]) -> None:
        raise NotImplementedError

    def get_block(self, usage_id: Any, for_parent: Any = None) -> Any:
        raise NotImplementedError


def make_block(**values: Any) -> EmployerBadgeMatchingBlock:
    fields = DictFieldData(values)
    return EmployerBadgeMatchingBlock(
        BareRuntime(fields), fields, ScopeIds("u", "employer_badge_matching", USAGE, USAGE)
    )


def post(handler: str, payload: Any, **changes: Any) -> tuple[int, Any]:
    request = Request.blank("/", method="POST", content_type="application/json", body=json.dumps(payload).encode())
    for name, value in changes.items():
        setattr(request, name, value)
    response = make_block().handle(handler, request)
    return response.status_code, json.loads(response.body or b"null")


def page(view: str = "student_view", **values: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(make_block(**values), view)({}).json_init_args["page"]
    return found


@pytest.fixture
def become(scene: Scene) -> Iterator[Any]:
    def as_person(name: str) -> None:
        request = RequestFactory().get("/")
        request.user = scene.users.get(name) or AnonymousUser()
        request.session = {}
        crum.set_current_request(request)

    yield as_person
    crum.set_current_request(None)


def test_a_learner_sees_her_matches_and_the_author_sets_how_many(become: Any) -> None:
    become("amal")
    cards = page(count=3)["cards"]
    assert len(cards) == 3
    assert cards[0]["held"][0]["level_held"] == 3
    assert cards[0]["missing"]
    assert len(page(count=1000)["cards"]) > 3
    json.dumps(cards)


def test_others_see_a_note_and_nobodys_matches(become: Any) -> None:
    become("elif")
    assert page() == {"cards": [], "note": "none"}
    become("nobody")
    assert page() == {"cards": [], "note": "signed_out"}
    become("amal")
    assert page("public_view") == {"cards": [], "note": "signed_out"}
    assert page("author_view") == {"cards": [], "note": "author"}
    assert set(make_block().student_view_data()) == {"count", "page_url", "keep_url", "hide_url", "unmark_url"}


def test_she_saves_hides_and_brings_back(become: Any) -> None:
    become("amal")
    chosen = page()["cards"][0]["id"]
    assert post("keep", {"opportunity": chosen}) == (200, {"saved": True})
    assert page()["cards"][0]["saved"]
    assert post("hide", {"opportunity": chosen}) == (200, {"hidden": True})
    assert chosen not in [card["id"] for card in post("page", {"language": "ar"})[1]["cards"]]
    assert post("unmark", {"opportunity": chosen})[0] == 200
    assert page()["cards"][0]["id"] == chosen


def test_bad_requests_change_nothing_and_say_why(become: Any) -> None:
    become("amal")
    chosen = {"opportunity": page()["cards"][0]["id"]}
    assert post("keep", chosen, content_type="application/x-www-form-urlencoded")[0] == 415
    assert post("keep", [])[0] == 400
    assert post("keep", {"opportunity": 7})[0] == 404
    assert make_block().handle("keep", Request.blank("/", method="GET")).status_code == 405
    become("nobody")
    status, answer = post("keep", chosen)
    assert (status, answer["error"]["code"]) == (403, "not_allowed")
    assert Mark.objects.count() == 0


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_word_is_there_in_every_language(become: Any, language: str) -> None:
    words = strings(language)
    for key, text in STRINGS.items():
        assert words[key] != text, key
        names = [{name for _, name, _, _ in string.Formatter().parse(each) if name} for each in (text, words[key])]
        assert names[0] == names[1]
    become("amal")
    with translation.override(language):
        given = make_block().student_view({}).json_init_args
    assert (given["language"], given["direction"]) == (language, "rtl" if language == "ar" else "ltr")


def test_script_and_style_are_small() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in (HERE / "public").iterdir()) <= 20 * 1024
