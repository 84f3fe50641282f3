"""What graded work shows: from answered problems of the demo's course to a claim, and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from passerelle.competences import api
from passerelle.host.api import GradedWork
from passerelledemo.models import Enrolment

from .conftest import COURSE, Scene

ADDRESS = f"/courses/{COURSE}/xblock/block-v1:Passerelle+TOT101+fr+type@problem+block@"
UNIT = COURSE.make_usage_key("vertical", "self_check")
SECTION = COURSE.make_usage_key("sequential", "check")
URIS = {one.id: one.uri for one in api.framework().competences}
LISTENING = URIS["listen_actively"]


def answer(scene: Scene, problem: str, *choices: str) -> None:
    browser = Client()
    browser.force_login(scene.users["amal"])
    name = f"input_{problem}_2_1"
    data: dict[str, Any] = {f"{name}[]": choices} if len(choices) > 1 else {name: choices[0]}
    assert browser.post(f"{ADDRESS}{problem}/handler/xmodule_handler/problem_check", data).status_code == 200


def shown(scene: Scene) -> dict[str, tuple[int, str]]:
    claims = [claim for claim in scene.claims("amal") if claim.basis == "demonstrated"]
    return {claim.uri: (claim.level, claim.source) for claim in claims}


def grade(scene: Scene, *points: tuple[str, str, float, float]) -> None:
    work = [
        GradedWork(
            usage_key=COURSE.make_usage_key(kind, name), within=(UNIT, SECTION), earned=earned, possible=possible
        )
        for kind, name, earned, possible in points
    ]
    api.take_in_grades(user_id=scene.users["amal"].pk, course_key=COURSE, work=work)


def test_problems_solved_in_a_tagged_unit_show_what_it_is_tagged_with(scene: Scene) -> None:
    pytest.importorskip("workbench", reason="the demo's course pages need the newest XBlock SDK")
    answer(scene, "check_the_turns", "choice_2")
    assert shown(scene) == {}  # one of three
    answer(scene, "check_the_rights", "choice_0", "choice_1", "choice_3")
    answer(scene, "check_a_worrying_story", "choice_3")
    assert shown(scene) == {
        LISTENING: (2, str(UNIT)),
        URIS["keep_confidential"]: (2, str(UNIT)),
        URIS["exercise_rights"]: (2, str(UNIT)),
    }
    assert not [claim for claim in scene.claims("elif") if claim.basis == "demonstrated"]


@pytest.mark.parametrize(("earned", "there"), [(7.4, False), (7.5, True), (10.0, True)])
def test_the_operator_says_from_which_share(scene: Scene, earned: float, there: bool) -> None:
    grade(scene, ("problem", "a", earned, 8.0), ("problem", "b", 0.0, 2.0))
    assert (LISTENING in shown(scene)) == there


def test_and_at_which_level(scene: Scene, settings: Any) -> None:
    grade(scene, ("problem", "a", 1.0, 1.0))
    settings.PASSERELLE_DEMONSTRATED = {"share": 0.5, "level": 3}
    grade(scene, ("problem", "a", 0.5, 1.0))
    assert shown(scene)[LISTENING] == (3, str(UNIT))
    settings.PASSERELLE_DEMONSTRATED = None
    grade(scene, ("problem", "a", 0.0, 1.0))
    assert shown(scene)[LISTENING] == (3, str(UNIT))  # switched off: grades say nothing at all


def test_a_grade_that_falls_takes_the_claim_back_and_leaves_the_others(scene: Scene) -> None:
    scene.show("amal", uri=LISTENING)
    grade(scene, ("problem", "a", 1.0, 1.0))
    grade(scene, ("problem", "a", 1.0, 1.0))
    assert len(shown(scene)) == 3
    grade(scene, ("problem", "a", 0.0, 1.0))
    assert shown(scene) == {}
    assert [claim.basis for claim in scene.claims("amal")] == ["evidenced"]


def test_points_for_taking_part_show_nothing(scene: Scene) -> None:
    grade(scene, ("competence_self_assessment", "a", 1.0, 1.0), ("storytelling_circle", "b", 1.0, 1.0))
    assert shown(scene) == {}
    grade(scene, ("competence_self_assessment", "a", 1.0, 1.0), ("problem", "b", 0.0, 1.0))
    assert shown(scene) == {}


def test_of_somebody_who_left_nothing_is_kept(scene: Scene) -> None:
    Enrolment.objects.filter(user=scene.users["amal"]).delete()
    grade(scene, ("problem", "a", 1.0, 1.0))
    assert shown(scene) == {}


def test_work_that_cannot_earn_anything_shows_nothing(scene: Scene) -> None:
    grade(scene, ("problem", "a", 0.0, 0.0))
    assert shown(scene) == {}


def test_work_elsewhere_shows_nothing(scene: Scene) -> None:
    other = GradedWork(
        usage_key=COURSE.make_usage_key("problem", "a"),
        within=(COURSE.make_usage_key("vertical", "never"),),
        earned=1.0,
        possible=1.0,
    )
    api.take_in_grades(user_id=scene.users["amal"].pk, course_key=COURSE, work=[other])
    api.take_in_grades(user_id=scene.users["amal"].pk, course_key=COURSE.replace(run="never"), work=[other])
    assert shown(scene) == {}
