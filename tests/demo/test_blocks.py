"""Blocks on the demo's runtime: parsed, shown, answered, graded, edited."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from passerelle.courses.olx import CourseRun
from passerelledemo.models import BlockCompletion, BlockState, CourseStaff, Enrolment, Grade
from web_fragments.fragment import Fragment
from xblock.completable import CompletableXBlockMixin
from xblock.core import XBlock
from xblock.fields import Integer, Scope, String
from xblock.plugin import PLUGIN_CACHE

Become = Callable[[str], Client]

FRENCH = "/courses/course-v1:Passerelle+TOT101+fr/"
TURNS = FRENCH + "xblock/block-v1:Passerelle+TOT101+fr+type@problem+block@check_the_turns/handler/xmodule_handler/"
ANSWER = "input_check_the_turns_2_1"


def post(client: Client, address: str, data: Any, *, with_token: bool = True) -> Any:
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value} if with_token else {}
    if isinstance(data, str):
        return client.post(address, data, content_type="application/json", headers=headers)
    return client.post(address, data, headers=headers)


@pytest.mark.parametrize(("choice", "verdict", "earned"), [("choice_2", "correct", 1), ("choice_0", "incorrect", 0)])
def test_a_multiple_choice_problem_is_graded(become: Become, choice: str, verdict: str, earned: int) -> None:
    claire = become("claire")
    answer = post(claire, TURNS + "problem_check", {ANSWER: choice})
    assert answer.status_code == 200
    assert answer.json()["success"] == verdict
    grade = Grade.objects.get()
    assert (grade.user.username, grade.earned, grade.possible) == ("claire", earned, 1)
    assert BlockCompletion.objects.get().completion == 1.0

    again = post(claire, TURNS + "problem_get", {}).json()["html"]
    assert f'value="{choice}"' in again
    assert again.count('checked="true"') == 1
    other = post(become("ifeoma"), TURNS + "problem_get", {}).json()["html"]
    assert "checked" not in other


def test_partial_credit_and_the_answer(become: Become) -> None:
    claire = become("claire")
    rights = TURNS.replace("check_the_turns", "check_the_rights")
    post(claire, rights + "problem_check", {"input_check_the_rights_2_1[]": ["choice_0", "choice_1"]})
    assert 0 < Grade.objects.get().earned < 1
    shown = post(claire, rights + "problem_show", {}).json()
    assert "choice_3" in json.dumps(shown["answers"])


def test_handlers_refuse_visitors_and_posts_without_a_token(become: Become) -> None:
    claire = become("claire")
    assert post(claire, TURNS + "problem_check", {ANSWER: "choice_2"}, with_token=False).status_code == 403
    assert Client().post(TURNS + "problem_check", {ANSWER: "choice_2"}).status_code == 403
    assert not Grade.objects.exists()
    assert not BlockState.objects.exists()


def test_visitors_may_read_as_in_the_lms_and_nothing_is_kept(people: None) -> None:
    assert "checked" not in Client().get(TURNS + "problem_get").json()["html"]
    assert not BlockState.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        TURNS.replace("xmodule_handler", "student_view"),
        TURNS.replace("xmodule_handler", "nothing"),
        TURNS.replace("check_the_turns", "nothing"),
        TURNS.replace("type@problem", "type@nothing"),
        TURNS.replace("block-v1:", "block-v1:odd"),
        TURNS.replace("TOT101+fr+", "TOT101+en+"),
    ],
)
def test_what_is_no_handler_is_not_found(become: Become, address: str) -> None:
    assert post(become("claire"), address, {}).status_code == 404


class Notebook(CompletableXBlockMixin, XBlock):  # type: ignore[misc]
    """Uses what the circle's block uses: a form, JSON handlers, state, arguments, completion."""

    title = String(default="Default", scope=Scope.settings)
    visits = Integer(default=0, scope=Scope.user_state)
    colour = String(default="blue", scope=Scope.preferences)

    def student_view(self, _context: object) -> Fragment:
        self.visits += 1
        fragment = Fragment(f"<p>{self.title}, visit {self.visits}, {self.colour}</p>")
        fragment.initialize_js("Notebook", {"quote": "</script><b>"})
        return fragment

    def studio_view(self, _context: object) -> Fragment:
        return Fragment(f"<form>{self.title}</form>")

    @XBlock.json_handler
    def studio_submit(self, data: dict[str, str], _suffix: str = "") -> dict[str, str]:
        self.title = data["title"]
        return {"result": "success"}

    @XBlock.json_handler
    def paint(self, data: dict[str, str], _suffix: str = "") -> dict[str, Any]:
        self.colour = data["colour"]
        self.emit_completion(1.0)
        return {"url": self.runtime.handler_url(self, "paint", query="a=1")}


@pytest.fixture
def unit(become: Become, small_course: CourseRun, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("claire", "ifeoma"):
        Enrolment.objects.create(user=User.objects.get(username=name), course_key=small_course.key)
    CourseStaff.objects.create(user=User.objects.get(username="jonas"), course_key=small_course.key)
    monkeypatch.setitem(PLUGIN_CACHE, (XBlock.entry_point, "notebook"), Notebook)
    return f"/courses/{small_course.key}/units/blocks"


NOTES = "block-v1:Test+SMALL+en+type@notebook+block@notes"


def test_a_unit_of_every_kind_of_block(become: Become, unit: str, small_course: CourseRun) -> None:
    page = become("ifeoma").get(unit).content.decode()
    assert small_course.name == "Named in the policy"
    assert f'href="/courses/{small_course.key}/asset/leaflet.txt"' in page
    assert 'href="/static/missing.txt"' in page
    assert "As exported, visit 1, blue" in page
    assert "Two and two?" in page
    assert "data-graded=&quot;True" in page or 'data-graded="True"' in page
    assert "The demo cannot show this kind of content: never_heard_of" in page
    assert '{"quote": "\\u003C/script\\u003E\\u003Cb\\u003E"}' in page


def test_state_is_each_persons_own(become: Become, unit: str) -> None:
    claire, ifeoma = become("claire"), become("ifeoma")
    claire.get(unit)
    assert "visit 2" in claire.get(unit).content.decode()
    assert "visit 1" in ifeoma.get(unit).content.decode()
    painted = post(claire, f"/courses/course-v1:Test+SMALL+en/xblock/{NOTES}/handler/paint", '{"colour": "red"}')
    assert painted.json()["url"] == f"/courses/course-v1:Test+SMALL+en/xblock/{NOTES}/handler/paint/?a=1"
    assert "red" in claire.get(unit).content.decode()
    assert "blue" in ifeoma.get(unit).content.decode()
    assert BlockCompletion.objects.filter(usage_key__contains="notes").count() == 1


def test_an_author_edits_and_her_preview_keeps_nothing(become: Become, unit: str) -> None:
    jonas = become("jonas")
    page = jonas.get(f"/studio/{NOTES}").content.decode()
    assert "<form>As exported</form>" in page
    assert "visit 1" in page
    assert "visit 1" in jonas.get(f"/studio/{NOTES}").content.decode()
    assert not BlockState.objects.exists()

    saved = post(jonas, f"/studio/{NOTES}/handler/studio_submit", '{"title": "As edited"}')
    assert saved.json() == {"result": "success"}
    assert "As edited, visit 1" in become("claire").get(unit).content.decode()
    post(jonas, f"/studio/{NOTES}/handler/paint", '{"colour": "green"}')
    assert not BlockState.objects.filter(field="colour").exists()
    assert not BlockCompletion.objects.filter(user__username="jonas", usage_key__contains="notes").exists()


def test_only_the_course_team_edits(become: Become, unit: str) -> None:
    claire = become("claire")
    assert claire.get(f"/studio/{NOTES}").status_code == 403
    answer = post(claire, f"/studio/{NOTES}/handler/studio_submit", '{"title": "Mine"}')
    assert answer.status_code == 403
    assert post(Client(), f"/studio/{NOTES}/handler/studio_submit", "{}", with_token=False).status_code == 403
    assert not BlockState.objects.exists()


def test_a_blocks_files_without_fonts_from_elsewhere(client: Client, db: None) -> None:
    sheet = client.get("/xblock/resource/problem/public/css/ProblemBlockDisplay.css")
    assert sheet["Content-Type"] == "text/css"
    assert b"googleapis" not in sheet.content
    for path in (
        "problem/capa_block.py",
        "problem/public/../capa_block.py",
        "problem/public/no.css",
        "nothing/public/x",
    ):
        assert client.get(f"/xblock/resource/{path}").status_code == 404
