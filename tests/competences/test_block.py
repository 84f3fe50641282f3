"""The block on a bare XBlock runtime: views, handlers, bad requests, OLX. No workbench, so every release can."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crum
import pytest
from bare_runtime import BareRuntime
from competence_self_assessment import strings as words
from competence_self_assessment.block import FIRST_COMPETENCES, CompetenceSelfAssessmentBlock
from django.test import RequestFactory
from django.utils import translation
from lxml import etree
from passerelle.competences import api
from passerelle.competences.models import Assessment, Claim
from webob import Request
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds

from .conftest import ASKED, USAGE, Scene

PUBLIC = Path(words.__file__).parent / "public"


def make_block(**values: Any) -> CompetenceSelfAssessmentBlock:
    fields = DictFieldData({"competences": list(ASKED), "moment": "before", **values})
    keys = ScopeIds("u", "competence_self_assessment", USAGE, USAGE)
    return CompetenceSelfAssessmentBlock(BareRuntime(fields), fields, keys)


@pytest.fixture
def become(scene: Scene) -> Iterator[Any]:
    def as_person(name: str) -> None:
        from django.contrib.auth.models import AnonymousUser

        request = RequestFactory().get("/")
        request.user = scene.users[name] if name != "anonymous" else AnonymousUser()
        request.session = {}
        crum.set_current_request(request)

    yield as_person
    crum.set_current_request(None)


def post(block: Any, handler: str, payload: Any, content_type: str = "application/json") -> Any:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return block.handle(handler, Request.blank("/", method="POST", body=body, content_type=content_type))


def shown(block: Any, view: str = "student_view") -> dict[str, Any]:
    found: dict[str, Any] = getattr(block, view)().json_init_args
    json.dumps(found)
    return found


def test_a_learner_answers_and_sends_and_finds_it_again(become: Any) -> None:
    become("amal")
    block = make_block()
    first = shown(block)
    assert first["state"] == "take"
    assert [one["id"] for one in first["page"]["competences"]] == list(ASKED)
    for index, name in enumerate(ASKED):
        answer = post(block, "rate", {"competence": name, "value": str(index + 1), "key": f"rating-{name}"})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert block.runtime.published == []
    assert shown(block)["page"]["ratings"] == {name: str(index + 1) for index, name in enumerate(ASKED)}

    sent = post(block, "submit", {"key": "sending-1"}).json["page"]
    assert sent["submitted_at"]
    assert block.runtime.published == [("completion", {"completion": 1.0})]
    assert Claim.objects.count() == 3
    assert shown(block)["page"]["submitted_at"] == sent["submitted_at"]
    become("elif")
    assert shown(block)["page"]["ratings"] == {}


def test_sending_too_early_names_what_is_missing(become: Any) -> None:
    become("amal")
    block = make_block()
    answer = post(block, "submit", {"key": "sending-1"})
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == ASKED[0]
    assert block.runtime.published == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"competence=manage_time", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"competence": "manage_time", "value": 3, "key": 7}', "application/json", 400),
        (b'"' + b"x" * 300_000 + b'"', "application/json", 413),
    ],
)
def test_bad_requests_get_a_sentence_and_keep_nothing(become: Any, body: bytes, content_type: str, status: int) -> None:
    become("amal")
    answer = post(make_block(), "rate", body, content_type)
    assert answer.status_code == status
    assert len(answer.json["error"]["message"]) > 10
    assert not Assessment.objects.exists()


def test_handlers_take_posts_alone(become: Any) -> None:
    become("amal")
    assert make_block().handle("rate", Request.blank("/")).status_code == 405


@pytest.mark.parametrize("name", ["anonymous", "stranger", "jonas"])
def test_who_takes_no_part_can_answer_nothing(become: Any, name: str) -> None:
    become(name)
    block = make_block()
    state = shown(block)["state"]
    assert state == ("preview" if name == "jonas" else "signed_out")
    answer = post(block, "rate", {"competence": ASKED[0], "value": "1", "key": "rating-1"})
    assert answer.status_code == 403
    assert not Assessment.objects.exists()


def test_masquerading_staff_see_a_note(become: Any, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    block = make_block()
    masked = scene.actor("jonas", masquerading=True, is_enrolled=True)
    monkeypatch.setattr(block, "_actor", lambda: masked)
    assert (shown(block)["state"], shown(block)["page"]) == ("masquerade", None)
    assert post(block, "submit", {"key": "sending-1"}).status_code == 403


def test_an_author_sets_it_up(become: Any) -> None:
    become("jonas")
    block = make_block()
    form = shown(block, "studio_view")
    assert form["settings"]["competences"] == list(ASKED)
    assert len(form["competences"]) == len(api.framework().competences)

    good = {"display_name": " Avant ", "competences": ["sell_products"], "moment": "after"}
    assert post(block, "studio_submit", good).json == {"result": "success"}
    assert (block.display_name, block.competences, block.moment) == ("Avant", ["sell_products"], "after")
    bad = post(block, "studio_submit", {**good, "competences": ["fly"]}).json["errors"]
    assert bad[0]["field"] == "competences"
    assert block.competences == ["sell_products"]
    become("amal")
    assert post(block, "studio_submit", good).status_code == 403


def test_a_new_block_works_at_once_and_travels_as_olx(become: Any) -> None:
    become("jonas")
    fields = DictFieldData({})
    keys = ScopeIds("u", "competence_self_assessment", USAGE, USAGE)
    fresh = CompetenceSelfAssessmentBlock(BareRuntime(fields), fields, keys)
    preview = shown(fresh, "author_view")
    assert preview["state"] == "preview"
    assert [one["id"] for one in preview["page"]["competences"]] == FIRST_COMPETENCES
    assert not Assessment.objects.exists()

    node = etree.Element("competence_self_assessment")
    make_block(display_name="Au début").add_xml_to_node(node)
    copied = DictFieldData({})
    back = CompetenceSelfAssessmentBlock.parse_xml(node, BareRuntime(copied), keys)
    assert (back.display_name, back.competences, back.moment) == ("Au début", list(ASKED), "before")


def test_unusable_settings_show_what_to_do(become: Any) -> None:
    become("jonas")
    told = shown(make_block(competences=["fly"]), "author_view")
    assert told["page"] is None
    assert "fly" in told["problems"][0]["message"]


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")])
def test_it_speaks_the_persons_language(become: Any, language: str, direction: str) -> None:
    become("amal")
    with translation.override(language):
        seen = shown(make_block())
    assert (seen["language"], seen["direction"]) == (language, direction)
    assert seen["page"]["competences"][0]["name"] == api.competences(language=language, ids=ASKED)[0].name
    assert (seen["strings"]["next"] == "Next") == (language == "en")


def test_its_script_and_style_stay_small() -> None:
    names = ("competence_self_assessment.js", "competence_self_assessment.css")
    assert sum(len(gzip.compress((PUBLIC / name).read_bytes())) for name in names) <= 20_000


def test_its_words_change_language_and_the_answers_stay(become: Any) -> None:
    become("amal")
    block = make_block()
    post(block, "rate", {"competence": ASKED[0], "value": "2", "key": "rating-1"})
    codes = [one["code"] for one in shown(block)["languages"]]
    assert {"fr", "en", "ar"} <= set(codes)
    told = post(block, "page", {"language": "ar"}).json
    assert (told["language"], told["direction"]) == ("ar", "rtl")
    assert told["page"]["ratings"] == {ASKED[0]: "2"}
    assert told["page"]["competences"][0]["name"] == api.competences(language="ar", ids=ASKED)[0].name
    become("stranger")
    assert post(block, "page", {"language": "ar"}).status_code == 403


def test_the_course_s_language_stands_beside_the_person_s_own(become: Any) -> None:
    become("amal")
    block = make_block()  # in a French course
    with translation.override("fr"):
        assert shown(block)["beside"] is None
    with translation.override("ar"):
        told = shown(block)
    assert (told["language"], told["beside"]["language"], told["beside"]["direction"]) == ("ar", "fr", "ltr")
    assert [one["name"] for one in told["beside"]["page"]["competences"]] == [
        one.name for one in api.competences(language="fr", ids=ASKED)
    ]
    assert told["beside"]["strings"]["dont_know"] == "Je ne sais pas"
    become("stranger")
    assert shown(block)["beside"] is None


@pytest.mark.parametrize("value", ["1", "4", "dont_know"])
def test_a_grade_is_for_answering_whatever_the_answers_are(become: Any, scene: Scene, value: str) -> None:
    become("amal")
    block = make_block(points_for_answering=True, weight=2.0)
    block.scope_ids = block.scope_ids._replace(user_id=scene.users["amal"].pk)
    assert (block.has_score, block.max_score(), block.has_submitted_answer()) == (True, 1.0, False)
    for name in ASKED:
        post(block, "rate", {"competence": name, "value": value, "key": f"rating-{name}"})
    assert block.get_score().raw_earned == 0
    for _again in range(2):
        post(block, "submit", {"key": "sending-1"})
    grades = [data for kind, data in block.runtime.published if kind == "grade"]
    assert {(grade["value"], grade["max_value"]) for grade in grades} == {(1.0, 1.0)}
    assert block.calculate_score().raw_earned == 1


def test_without_the_author_s_wish_there_is_no_grade(become: Any) -> None:
    become("amal")
    block = make_block()
    assert (block.has_score, block.max_score()) == (False, None)
    for name in ASKED:
        post(block, "rate", {"competence": name, "value": "1", "key": f"rating-{name}"})
    post(block, "submit", {"key": "sending-1"})
    assert [kind for kind, _data in block.runtime.published] == ["completion"]


def test_all_settings_are_saved_and_travel_as_olx(become: Any) -> None:
    become("jonas")
    block = make_block()
    wanted = {"layout": "all", "ask_evidence": True, "facilitators_rate": True, "points_for_answering": True}
    good = {"display_name": "Avant", "competences": list(ASKED), "moment": "after", **wanted}
    assert post(block, "studio_submit", good).json == {"result": "success"}
    node = etree.Element("competence_self_assessment")
    block.add_xml_to_node(node)
    back = CompetenceSelfAssessmentBlock.parse_xml(node, BareRuntime(DictFieldData({})), block.scope_ids)
    assert {name: getattr(back, name) for name in wanted} == wanted
    odd = {**good, "layout": "<b>", "ask_evidence": "yes"}
    assert post(block, "studio_submit", odd).json == {"result": "success"}
    assert (block.layout, block.ask_evidence) == ("one", False)


def test_afterwards_it_tells_what_grew_from_what_was_seen_in_looking_back(become: Any, scene: Scene) -> None:
    def answer(place: str, moment: str, value: str) -> Any:
        keys = ScopeIds("u", "competence_self_assessment", place, USAGE.replace(block_id=place))
        fields = DictFieldData({"competences": [ASKED[0]], "moment": moment})
        block = CompetenceSelfAssessmentBlock(BareRuntime(fields), fields, keys)
        post(block, "rate", {"competence": ASKED[0], "value": value, "key": f"rating-{place}"})
        return post(block, "submit", {"key": f"sending-{place}"}).json["page"]

    become("amal")
    assert answer("before", "before", "3")["earlier"] == {}
    assert answer("after1", "after", "3")["earlier"] == {ASKED[0]: 3}
    assert answer("back", "looking_back", "1")["earlier"] == {}
    assert answer("after2", "after", "3")["earlier"] == {ASKED[0]: 1}
    become("elif")
    assert answer("after1", "after", "3")["earlier"] == {}


def test_search_and_apps_learn_the_settings_and_nobody_s_answers(become: Any, scene: Scene) -> None:
    scene.answer_all("amal")
    become("amal")
    block = make_block()
    assert "Travailler en équipe" in block.index_dictionary()["content"]["competences"] or "team" in str(
        block.index_dictionary()
    )
    data = block.student_view_data()
    assert data["competences"] == list(ASKED)
    assert "ratings" not in json.dumps(data)
    assert shown(block, "public_view")["page"] is None
