"""What telling costs: three writes at most, wherever it ends a turn; and the register says the same as with more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from passerelle.circles import api, practicum
from passerelle.circles.models import Circle, Contribution, Event, Member, StoryFile
from passerelle.host.api import user_retired
from passerelle.host.errors import NotNowError

from .conftest import COURSE, Scene

WRITE = re.compile(r'^(INSERT|UPDATE|DELETE|REPLACE)\b.*?["`]passerelle_', re.IGNORECASE)
OVER_DAYS: dict[str, Any] = {"tempo": "days"}


def writes(scene: Scene, name: str, circle: str, action: str, **payload: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        scene.act(name, circle, action, **payload)
    return sum(bool(WRITE.match(query["sql"])) for query in captured)


@pytest.mark.parametrize("audience", ["self", "facilitators", "circle", "cohort"])
@pytest.mark.parametrize("changes", [{}, OVER_DAYS])
def test_telling_takes_three_writes(scene: Scene, audience: str, changes: dict[str, Any]) -> None:
    circle = scene.started("amal", "elif", "mariana", **changes)
    told = {"text": "Le figuier", "audience": audience}
    assert writes(scene, "amal", circle, "tell", **told) <= 3  # ends her turn
    scene.act("elif", circle, "done")
    assert writes(scene, "elif", circle, "tell", **told) <= 3  # afterwards
    assert writes(scene, "mariana", circle, "tell", **told) <= 3  # the last one: over days the circle goes on
    assert (scene.see("nadia", circle).phase.index == 2) == bool(changes)


@pytest.mark.parametrize("changes", [{}, OVER_DAYS])
def test_replying_and_answering_take_three_writes(scene: Scene, changes: dict[str, Any]) -> None:
    circle = scene.started("amal", "elif", **changes)
    while scene.see("nadia", circle).phase.id != "share":
        scene.act("nadia", circle, "next")
    for name in ("amal", "elif"):
        scene.act(name, circle, "tell", text=name)
    while scene.see("nadia", circle).phase.kind != "replies":
        scene.act("nadia", circle, "next")
    stories = {one.text: one.id for one in scene.see("nadia", circle).contributions}
    assert writes(scene, "amal", circle, "reply", to=stories["elif"], text="Je vois") <= 3
    assert writes(scene, "elif", circle, "reply", to=stories["amal"], text="Je vois") <= 3
    while scene.see("nadia", circle).phase.kind != "questions":
        scene.act("nadia", circle, "next")
    for number, _question in enumerate(scene.see("nadia", circle).phase.questions):
        assert writes(scene, "amal", circle, "answer", question=number, text="Le courage") <= 3


def test_voice_and_picture_take_one_more(scene: Scene) -> None:
    circle = scene.started("amal", "elif", media=("audio", "image"))
    member = Member.objects.get(user__username="amal")
    kept = {"member": member, "size": 1}
    files = [StoryFile.objects.create(**kept, kind=kind, path=f"stories/{kind}") for kind in ("audio", "image")]
    brought = [{"id": str(one.pk), "words": "Un figuier"} for one in files]
    assert writes(scene, "amal", circle, "tell", text="", files=brought) <= 4
    assert Contribution.objects.get().files.count() == 2


def test_the_register_knows_the_turns_that_a_story_ended(scene: Scene) -> None:
    circle = scene.started("amal", "elif", "mariana")
    scene.act("amal", circle, "tell", text="Bonjour")
    scene.act("elif", circle, "pass")
    scene.act("elif", circle, "tell", text="Encore un mot")  # no second turn
    assert [row.turns for row in api.register(actor=scene.actor("nadia"), circle_id=circle)] == [1, 1, 0]
    first, later = Contribution.objects.order_by("told_at")
    assert (first.ended_turn, first.floor_to, later.ended_turn, later.floor_to) == (True, 2, False, None)
    floors = Event.objects.filter(what="floor").values_list("seat", "phase")
    assert list(floors) == [(1, first.phase), (3, first.phase)]


def test_who_got_the_floor_by_a_story_keeps_her_name(scene: Scene) -> None:
    circle = scene.started("amal", "elif", "mariana")
    scene.act("amal", circle, "tell", text="Bonjour")
    scene.act("elif", circle, "leave")
    scene.act("elif", circle, "join")
    with pytest.raises(NotNowError):
        scene.act("elif", circle, "rename", name="Rose")


@pytest.mark.parametrize("then", ["withdraw", "retire"])
def test_a_turn_was_had_whatever_becomes_of_the_story(scene: Scene, then: str) -> None:
    circle = scene.started("amal", "elif")
    while scene.see("nadia", circle).phase.id != "share":
        scene.act("nadia", circle, "next")
    scene.act("amal", circle, "tell", text="Le figuier")
    before = sorted(practicum.turns_had([Circle.objects.get().pk]))
    if then == "withdraw":
        story = str(Contribution.objects.get().pk)
        api.withdraw(actor=scene.actor("amal"), contribution_id=story, key="withdraw-once")
    else:
        user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert sorted(practicum.turns_had([Circle.objects.get().pk])) == before
    scene.act("nadia", circle, "close")
    assert practicum.attended(user_id=scene.users["nadia"].pk, course_key=COURSE)


def test_time_that_passed_is_entered_with_the_floor_that_it_gave(scene: Scene, at: Any) -> None:
    circle = scene.started("amal", "elif", "mariana")
    at(600)
    scene.act("nadia", circle, "close")
    entered = list(Event.objects.filter(what__in=["floor", "expired"]).values_list("what", "seat"))
    assert entered == [("floor", 1), ("expired", 1), ("floor", 2), ("expired", 2), ("floor", 3), ("expired", 3)]


def test_who_retires_passes_the_floor_on_and_the_register_says_so(scene: Scene) -> None:
    circle = scene.started("amal", "elif")
    user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert scene.see("elif", circle).floor.mine
    assert list(Event.objects.filter(what="floor").values_list("seat", flat=True)) == [1, 2]


def test_what_was_told_is_a_sign_of_life_on_the_desk(scene: Scene, at: Any) -> None:
    circle = scene.started("amal", "elif")
    (before,) = api.desk_circles(actor=scene.actor("nadia"), language="fr")
    at(60)
    scene.act("amal", circle, "tell", text="Bonjour")
    (after,) = api.desk_circles(actor=scene.actor("nadia"), language="fr")
    assert after.last > before.last
