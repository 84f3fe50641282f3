"""The block on a bare XBlock runtime: views, handlers, bad requests, OLX. No workbench, so every release can run it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crum
import pytest
import storytelling_circle
from bare_runtime import BareRuntime
from django.test import RequestFactory
from lxml import etree
from opaque_keys.edx.keys import CourseKey, UsageKey
from passerelle.circles.models import Circle, Contribution, Facilitator
from storytelling_circle.block import StorytellingCircleBlock
from webob import Request
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds

COURSE = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
USAGE = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@storytelling_circle+block@first_circle")


def make_block(**values: Any) -> StorytellingCircleBlock:
    fields = DictFieldData({"min_size": 2, "languages": ["fr", "en", "ar"], **values})
    return StorytellingCircleBlock(BareRuntime(fields), fields, ScopeIds("u", "storytelling_circle", USAGE, USAGE))


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    from django.contrib.auth.models import User
    from passerelledemo.models import CourseStaff, Enrolment

    found = {name: User.objects.create_user(name) for name in ("amal", "elif", "nadia", "jonas", "stranger")}
    for name in ("amal", "elif", "nadia"):
        Enrolment.objects.create(user=found[name], course_key=COURSE)
    Facilitator.objects.create(user=found["nadia"], course_key=COURSE)
    CourseStaff.objects.create(user=found["jonas"], course_key=COURSE)
    return found


@pytest.fixture
def become(people: dict[str, Any]) -> Iterator[Any]:
    def as_person(name: str) -> None:
        request = RequestFactory().get("/")
        request.user = people[name]
        request.session = {}
        crum.set_current_request(request)

    yield as_person
    crum.set_current_request(None)


def post(block: StorytellingCircleBlock, handler: str, payload: Any, content_type: str = "application/json") -> Any:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    request = Request.blank("/", method="POST", body=body, content_type=content_type)
    return block.handle(handler, request)


def arguments(fragment: Any) -> dict[str, Any]:
    found: dict[str, Any] = fragment.json_init_args
    return found


def test_learner_and_facilitator_meet_in_the_block(become: Any) -> None:
    block = make_block()
    become("nadia")
    assert arguments(block.student_view())["page"]["can_open"]
    opened = post(block, "open", {"language": "fr", "key": "opening-1"}).json["circle"]
    for name in ("amal", "elif"):
        become(name)
        assert arguments(block.student_view())["page"]["cards"][0]["id"] == opened["id"]
        joined = post(block, "act", {"action": "join", "circle": opened["id"], "key": f"join-{name}", "agreed": True})
        assert joined.status_code == 200
    become("nadia")
    for step in ("start", "next", "next"):
        key = f"nadia-{step}-{Circle.objects.get().version}"
        post(block, "act", {"action": step, "circle": opened["id"], "key": key})
    become("amal")
    post(block, "act", {"action": "tell", "circle": opened["id"], "key": "telling-1", "text": "Bonjour"})
    assert block.runtime.published == []
    become("nadia")
    post(block, "act", {"action": "next", "circle": opened["id"], "key": "nadia-next-9"})
    become("amal")
    told = post(block, "act", {"action": "tell", "circle": opened["id"], "key": "telling-2", "text": "Le figuier"})
    assert told.json["circle"]["contributions"][-1]["text"] in ("Bonjour", "Le figuier")


def test_the_page_says_how_long_it_takes_and_what_each_part_asks(become: Any) -> None:
    become("amal")
    page = arguments(make_block(max_size=6).student_view())["page"]
    rounds = [part for part in page["parts"].values() if not part["questions"]]
    assert page["minutes"] == 6 * (120 + 180) // 60
    assert {"title", "questions"} == set(rounds[0])
    assert any(part["questions"] for part in page["parts"].values())
    assert arguments(make_block(tempo="days").student_view())["page"]["minutes"] == 0


def test_completion_is_published_to_the_platform(become: Any) -> None:
    block = make_block()
    become("nadia")
    circle = post(block, "open", {"language": "fr", "key": "opening-1"}).json["circle"]["id"]
    for name in ("amal", "elif"):
        become(name)
        post(block, "act", {"action": "join", "circle": circle, "key": f"join-{name}", "agreed": True})
    become("nadia")
    for number in range(3):  # start, and the two turns of the first round
        post(block, "act", {"action": "next", "circle": circle, "key": f"next-000{number}"})
    post(block, "act", {"action": "next", "circle": circle, "key": "next-0009"})
    become("amal")
    done = post(block, "act", {"action": "pass", "circle": circle, "key": "passing-1"})
    assert done.json["completed"]
    assert block.runtime.published == [("completion", {"completion": 1.0})]


@pytest.mark.parametrize(
    ("payload", "content_type", "status", "code"),
    [
        (b"action=tell&text=secret", "application/x-www-form-urlencoded", 415, "not_json"),
        (b'{"action": "tell"}', "text/plain", 415, "not_json"),
        (b"{", "application/json", 400, "invalid"),
        (b"[1]", "application/json", 400, "invalid"),
        (b"[" * 100_000, "application/json", 400, "invalid"),
        (json.dumps({"text": "x" * 10_000_000}).encode(), "application/json", 413, "too_large"),
        ({"action": "dance", "circle": "x", "key": "12345678"}, "application/json", 400, "invalid"),
        ({"action": "join", "circle": "x", "key": "12345678"}, "application/json", 404, "not_found"),
        ({"action": "join", "circle": {"a": 1}, "key": 5}, "application/json", 404, "not_found"),
    ],
)
def test_bad_requests_get_a_clear_answer(become: Any, payload: Any, content_type: str, status: int, code: str) -> None:
    become("amal")
    answer = post(make_block(), "act", payload, content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"]
    assert Contribution.objects.count() == 0


def test_errors_speak_the_readers_language(become: Any) -> None:
    from django.utils import translation

    become("amal")
    request = {"action": "join", "circle": "x", "key": "12345678"}
    with translation.override("en"):
        english = post(make_block(), "act", request).json["error"]["message"]
    for language in ("fr", "ar"):
        with translation.override(language):
            assert post(make_block(), "act", request).json["error"]["message"] != english


def test_authors_alone_may_save_and_only_what_is_usable(become: Any) -> None:
    good = {
        "display_name": "Cercle du mardi",
        "protocol": "story_circle",
        "min_size": 3,
        "max_size": 5,
        "languages": ["fr"],
        "seconds": {"share": 240},
        "prompts": {"share": {"fr": "Votre métier ?"}},
        "media": ["image", "link"],
        "tempo": "days",
        "days": {"share": 5},
        "without": ["acquaint"],
    }
    block = make_block()
    assert block.media == ["audio", "image"]
    become("stranger")
    assert post(block, "studio_submit", good).status_code == 403
    become("jonas")
    unusable: list[dict[str, Any]] = [
        *({"min_size": 0}, {"seconds": {"share": -1}}, {"protocol": "seance"}, {"media": ["song"]}),
        *({"days": {"share": 0}}, {"without": ["gathering"]}, {"without": ["share"]}),
    ]
    for wrong in unusable:
        answer = post(block, "studio_submit", {**good, **wrong}).json
        assert answer["errors"][0]["message"]
        assert block.display_name == "Storytelling circle"
    assert post(block, "outline", good).json["minutes"] == -(-5 * 240 // 60)
    assert post(block, "outline", good).json["days"] == 5 + 3 * 3
    assert post(block, "studio_submit", good).json == {"result": "success"}
    assert (block.display_name, block.min_size, block.seconds) == ("Cercle du mardi", 3, {"share": 240})
    assert block.circle_settings().media == ("image", "link")
    assert (block.tempo, block.days, block.without) == ("days", {"share": 5}, ["acquaint"])


def test_author_and_public_views_store_nothing(become: Any) -> None:
    become("jonas")
    author = arguments(make_block().author_view())
    assert author["preview"]
    assert author["previews"]["facilitator"]["facilitating"]
    assert arguments(make_block(min_size=0).author_view())["page"]["problems"]
    assert not arguments(make_block().public_view())["page"]["signed_in"]
    assert Circle.objects.count() == 0


def test_the_block_goes_through_olx_unchanged(become: Any) -> None:
    values = {"display_name": "Cercle", "min_size": 3, "seconds": {"share": 240}, "prompts": {"share": {"fr": "Où ?"}}}
    values |= {"media": ["link"], "tempo": "days", "days": {"share": 5}, "without": ["acquaint"]}
    node = etree.Element("storytelling_circle")
    make_block(**values).add_xml_to_node(node)
    fields = DictFieldData({})
    runtime = BareRuntime(fields)
    ids = ScopeIds(None, "storytelling_circle", USAGE, USAGE)
    runtime.construct_xblock_from_class = lambda cls, keys, field_data=None, *args, **kwargs: cls(  # type: ignore[method-assign]
        runtime, fields, keys
    )
    parsed = StorytellingCircleBlock.parse_xml(node, runtime, ids)
    for name, value in values.items():
        assert getattr(parsed, name) == value


def test_native_clients_and_search_learn_the_settings_and_no_story(become: Any) -> None:
    block = make_block()
    assert block.student_view_data()["act_url"] == "/handler/act"
    assert "content" in block.index_dictionary()


def test_script_and_style_stay_small() -> None:
    public = Path(storytelling_circle.__file__).parent / "public"
    size = sum(len(gzip.compress((public / f"storytelling_circle.{kind}").read_bytes())) for kind in ("js", "css"))
    assert size <= 20 * 1024
