"""Learners' feedback on units, and what its authors read."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from opaque_keys.edx.keys import CourseKey, UsageKey
from passerelle.courses import api
from passerelle.courses.models import Feedback, VersionNote
from passerelle.courses.permissions import PERMISSIONS
from passerelle.host.api import ANONYMOUS, Actor, user_retired
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError

pytestmark = pytest.mark.django_db

COURSE = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
UNIT = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@vertical+block@why_circles")
OTHER_UNIT = UsageKey.from_string("block-v1:Passerelle+TOT101+fr+type@vertical+block@how_a_circle_runs")
STAFF = Actor(user_id=900, course_key=COURSE, is_course_staff=True)


def learner(number: int = 1, **changes: Any) -> Actor:
    return Actor(**{"user_id": number, "course_key": COURSE, "is_enrolled": True, "language": "fr", **changes})


def give(actor: Actor, unit: UsageKey = UNIT, **changes: Any) -> None:
    api.give(**{"actor": actor, "usage_key": unit, "clear": "yes", "useful": "partly", **changes})


def test_said_twice_kept_once() -> None:
    give(learner(), remark="Trop long")
    give(learner(), remark="Encore trop long")
    (row,) = Feedback.objects.all()
    assert (row.remark, row.user_id, row.module, row.unit) == (
        "Encore trop long",
        None,
        "Avant le premier cercle",
        "Pourquoi un cercle",
    )
    form = api.form(actor=learner(), usage_key=UNIT)
    assert (form.clear, form.useful, form.remark, form.signed) == ("yes", "partly", "Encore trop long", False)
    assert api.form(actor=learner(2), usage_key=UNIT).clear == ""


@pytest.mark.parametrize("changes", [{"clear": ""}, {"useful": "very"}, {"remark": "x" * 2001}])
def test_bad_answers_are_refused_and_change_nothing(changes: dict[str, Any]) -> None:
    give(learner(), remark="Bien")
    with pytest.raises(InvalidError):
        give(learner(), **changes)
    assert Feedback.objects.get().remark == "Bien"


def test_a_unit_that_is_gone() -> None:
    with pytest.raises(NotFoundError):
        give(learner(), UNIT.replace(block_id="gone"))


def test_no_counts_below_the_floor() -> None:
    for number in range(1, api.FLOOR):
        give(learner(number), remark="Bien")
        give(learner(number), OTHER_UNIT)
    (module,) = api.report(actor=STAFF, course_key=COURSE)
    assert (module.enough, module.people, module.clear) == (False, 0, ())
    assert {remark.name for remark in module.remarks} == {""}
    give(learner(api.FLOOR), clear="no")
    (module,) = api.report(actor=STAFF, course_key=COURSE)
    assert (module.enough, module.people, module.clear) == (True, 5, (8, 0, 1))


def test_signed_by_choice() -> None:
    amal = User.objects.create_user("amal")
    give(learner(amal.pk), remark="Bien", signed=True)
    (module,) = api.report(actor=STAFF, course_key=COURSE)
    assert [remark.name for remark in module.remarks] == ["amal"]
    give(learner(amal.pk), remark="Bien", signed=False)
    (module,) = api.report(actor=STAFF, course_key=COURSE)
    assert [remark.name for remark in module.remarks] == [""]


def test_languages_apart() -> None:
    give(learner(1))
    give(learner(2, language="ar"))
    assert [m.language for m in api.report(actor=STAFF, course_key=COURSE)] == ["ar", "fr"]


def test_notes_reach_those_who_spoke() -> None:
    give(learner())
    for _again in range(2):
        api.answer(actor=STAFF, course_key=COURSE, module="Avant le premier cercle", text="Plus court.", key="key-1")
    assert VersionNote.objects.count() == 1
    assert api.form(actor=learner(), usage_key=UNIT).notes == ("Plus court.",)
    assert api.form(actor=learner(2), usage_key=UNIT).notes == ()
    assert api.report(actor=STAFF, course_key=COURSE)[0].notes == ("Plus court.",)
    for wrong in ({"text": " "}, {"module": "Nowhere"}, {"key": ""}):
        values = {
            "actor": STAFF,
            "course_key": COURSE,
            "module": "Avant le premier cercle",
            "text": "x",
            "key": "key-2",
        }
        with pytest.raises(InvalidError):
            api.answer(**{**values, **wrong})


def test_retirement_erases_what_was_not_signed_too() -> None:
    give(learner(1), remark="Un")
    give(learner(1), OTHER_UNIT, signed=True)
    give(learner(2), remark="Deux")
    user_retired.send(sender=None, user_id=1)
    assert [row.remark for row in Feedback.objects.all()] == ["Deux"]


ROLES = {
    "anonymous": (ANONYMOUS, set()),
    "stranger": (Actor(user_id=1, course_key=COURSE), set()),
    "learner": (learner(), {"give", "print"}),
    "staff": (STAFF, {"print", "read", "answer"}),
    "staff looking as a learner": (learner(masquerading=True, is_course_staff=True), set()),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", PERMISSIONS)
def test_permission_table(what: str, role: str) -> None:
    give(learner(50))
    actor, may = ROLES[role]
    module = {"module": "Avant le premier cercle", "text": "x", "key": "k"}
    calls = {
        "give": lambda: (give(actor), api.form(actor=actor, usage_key=UNIT)),
        "print": lambda: api.handout(actor=actor, usage_key=UNIT),
        "read": lambda: api.report(actor=actor, course_key=COURSE),
        "answer": lambda: api.answer(actor=actor, course_key=COURSE, **module),
    }
    if what in may:
        calls[what]()
    else:
        with pytest.raises(NotAllowedError):
            calls[what]()


def test_constant_queries() -> None:
    counts = []
    for people in (5, 500):
        for number in range(people):
            give(learner(number + 1), remark="Bien", signed=True)
        with CaptureQueriesContext(connection) as queries:
            api.report(actor=STAFF, course_key=COURSE)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_handout() -> None:
    found = api.handout(actor=learner(), usage_key=UNIT)
    assert found.module == "Avant le premier cercle"
    assert [name for name, _text in found.texts][:2] == ["Pourquoi un cercle", "Comment se déroule un cercle"]
    assert "/asset/circle_phases.svg" in found.texts[1][1]
    with pytest.raises(NotFoundError):
        api.handout(actor=learner(), usage_key=UNIT.replace(block_id="gone"))
