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
from bare_runtime import BareRuntime
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

from .conftest import CUTTING, HYGIENE, TEAMWORK, Scene

USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@employer_badge_matching+block@work")
HERE = Path(employer_badge_matching.__file__).parent


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
    assert page() | {"profile_url": ""} == {"cards": [], "note": "none", "units": {}, "profile_url": ""}
    assert page()["profile_url"].endswith("/passerelle/profile/")  # the way out of an empty list
    become("nobody")
    assert page() == {"cards": [], "note": "signed_out"}
    become("amal")
    assert page("public_view") == {"cards": [], "note": "signed_out"}
    assert page("author_view") == {"cards": [], "note": "author"}
    assert set(make_block().student_view_data()) == {
        "count",
        "page_url",
        "keep_url",
        "hide_url",
        "unmark_url",
        "ask_url",
    }


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


def test_she_asks_for_contact_and_the_employer_sees_her_under_another_name(scene: Scene, become: Any) -> None:
    become("amal")
    assert post("ask", {"opportunity": scene.kitchen}) == (200, {"applied": True})
    assert post("ask", {"opportunity": scene.kitchen})[0] == 200
    kitchen = next(card for card in page(count=10)["cards"] if card["id"] == scene.kitchen)
    assert kitchen["applied"]
    assert kitchen["url"].endswith(f"/passerelle/employers/work/{scene.kitchen}/")
    (seen,) = scene.people()
    assert seen.name == ""
    become("nobody")
    assert post("ask", {"opportunity": scene.kitchen})[0] == 403


UNIT = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@vertical+block@unit")
OTHER = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@vertical+block@other")


@pytest.fixture
def tagged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit around the block teaches hygiene, another one cutting."""
    from employer_badge_matching import block
    from passerelle.host.api import host

    taught = {UNIT: (HYGIENE,), OTHER: (CUTTING, TEAMWORK)}
    monkeypatch.setattr(block.competences, "competences_taught", lambda course_key: taught)
    monkeypatch.setattr(
        block.competences,
        "units_teaching",
        lambda course_key: {HYGIENE: (UNIT,), CUTTING: (OTHER,), TEAMWORK: (OTHER,)},
    )
    names = lambda self, usage_keys: {key: key.block_id for key in usage_keys}  # noqa: E731
    monkeypatch.setattr(type(host()), "names_of", names)


def test_matches_by_what_the_unit_teaches(become: Any, tagged: None) -> None:
    become("amal")
    everything, some = page(count=10)["cards"], page(count=10, matched_by="unit", parent=UNIT)["cards"]
    assert 0 < len(some) < len(everything)
    assert all(HYGIENE in {need["uri"] for need in (*card["held"], *card["partly"])} for card in some)
    assert page(count=10, matched_by="unit", parent=OTHER)["cards"] != some


def test_a_gap_names_the_unit_that_would_close_it(become: Any, tagged: None) -> None:
    become("amal")
    units = page(count=10, parent=UNIT)["units"]
    assert units[CUTTING]["name"] == "other"
    assert units[CUTTING]["url"].endswith(str(OTHER))
    assert HYGIENE not in units


def test_units_are_asked_for_once_however_many_there_are(become: Any, tagged: None, monkeypatch: Any) -> None:
    from passerelle.host.api import host

    asked = []
    names = lambda self, usage_keys: asked.append(usage_keys) or {}  # noqa: E731
    monkeypatch.setattr(type(host()), "names_of", names)
    become("amal")
    assert page(count=10, parent=UNIT)["units"] == {}  # units that are no more
    assert asked == [{OTHER}]


def test_the_author_chooses_and_is_told_what_is_wrong(become: Any, tagged: None, monkeypatch: Any) -> None:
    from passerelle.host.api import host

    become("elif")
    right = {"display_name": "Work", "matched_by": "unit", "count": "7"}
    assert post("studio_submit", right)[0] == 403
    monkeypatch.setattr(type(host()), "may_author", lambda self, context_key: True)
    assert post("studio_submit", right) == (200, {"result": "success"})
    for wrong in ({"count": "0"}, {"count": "51"}, {"count": "9" * 5000}, {"count": "x"}, {"matched_by": "none"}):
        assert post("studio_submit", {**right, **wrong})[0] == 400
    assert make_block().studio_view({}).json_init_args["settings"]["count"] == 5
    assert [
        len(make_block(**each).validate().messages)
        for each in (
            {},
            {"matched_by": "unit", "parent": UNIT},
            {"matched_by": "unit", "parent": USAGE},
            {"count": 99},
        )
    ] == [0, 0, 1, 1]
