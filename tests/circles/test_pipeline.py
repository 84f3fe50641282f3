"""The steps in the platform's pages, run by the real openedx-filters; `tests/lms` shows them in the real pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import crum
import pytest
from django.test import RequestFactory
from openedx_filters.learning import filters
from openedx_filters.learning.filters import CourseAboutRenderStarted, InstructorDashboardRenderStarted
from passerelle.circles.settings.common import plugin_settings

from .conftest import COURSE, Scene

Become = Callable[[str], None]
NO_CIRCLES = SimpleNamespace(id=COURSE.replace(run="nowhere"))
TABS = [{"tab_id": "course_info", "title": "Course Info", "url": "https://apps/instructor/x/course_info"}]
LINK = f"/passerelle/courses/{COURSE}/"


@pytest.fixture(autouse=True)
def _registered(settings: Any) -> None:
    plugin_settings(settings)


@pytest.fixture
def become(scene: Scene) -> Iterator[Become]:
    def as_person(name: str) -> None:
        request = RequestFactory().get("/")
        request.user = scene.users[name]
        request.session = {}
        crum.set_current_request(request)

    yield as_person
    crum.set_current_request(None)


def sections(*present: str) -> list[dict[str, Any]]:
    context = {"course": SimpleNamespace(id=COURSE), "sections": [{"section_key": key} for key in present]}
    after, template = InstructorDashboardRenderStarted.run_filter(context=context, template_name="instructor.html")
    assert template == "instructor.html"
    assert len(context["sections"]) == len(present)  # what the platform gave stays as it was
    found: list[dict[str, Any]] = after["sections"]
    return found


def test_the_course_team_s_section(scene: Scene, become: Become) -> None:
    scene.act("nadia", scene.in_phase("debrief"), "close")
    scene.started()
    scene.open()
    become("jonas")
    first, ours = sections("course_info")
    assert first == {"section_key": "course_info"}
    assert (ours["section_key"], ours["template_path_prefix"]) == ("passerelle", "/passerelle_circles/")
    assert f'href="{LINK}"' in ours["body"]
    for line in ("in this course: 2", "gathering: 1", "under way: 1", "have ended: 1"):
        assert line in ours["body"]
    assert "Nobody holds circles" not in ours["body"]


def test_the_section_is_added_once(become: Become) -> None:
    become("jonas")
    assert len(sections("course_info", "passerelle")) == 2


@pytest.mark.parametrize("name", ["amal", "nadia", "stranger"])
def test_the_course_team_s_alone(name: str, become: Become) -> None:
    become(name)
    assert len(sections("course_info")) == 1


def test_no_section_without_a_request() -> None:
    assert len(sections("course_info")) == 1


TabsRequested = getattr(filters, "InstructorDashboardTabsRequested", None)


@pytest.mark.skipif(TabsRequested is None, reason="this release has no such dashboard")
def test_the_tab_on_verawood_s_dashboard(scene: Scene, become: Become) -> None:
    def tabs(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]]
        found, user, key = TabsRequested.run_filter(tabs=given, user=scene.users["jonas"], course_key=COURSE)
        assert (user, key) == (scene.users["jonas"], COURSE)
        return found

    become("jonas")
    *others, ours = tabs(TABS)
    assert others == TABS
    assert ours == {"tab_id": "passerelle", "title": "Circles", "url": f"http://testserver{LINK}", "sort_order": 120}
    assert tabs([*TABS, ours]) == [*TABS, ours]
    become("amal")
    assert tabs(TABS) == TABS


def about(course: Any, template: str = "courseware/course_about.html") -> tuple[dict[str, Any], str]:
    found: tuple[dict[str, Any], str] = CourseAboutRenderStarted.run_filter(
        context={"course": course, "x": 1}, template_name=template
    )
    return found


@pytest.mark.parametrize("template", ["courseware/course_about.html", "/theirs/about.html"])
def test_a_note_where_there_are_circles(template: str) -> None:
    context, shown = about(SimpleNamespace(id=COURSE), template)
    assert shown == "passerelle_circles/course_about.html"
    assert context["passerelle_inherits"] == f"/{template.lstrip('/')}"
    assert "You can take it back at any time" in context["passerelle_note"]
    assert context["x"] == 1


def test_no_note_where_there_are_none() -> None:
    context, shown = about(NO_CIRCLES)
    assert shown == "courseware/course_about.html"
    assert "passerelle_note" not in context
