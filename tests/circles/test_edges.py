"""What people do twice, too late or with what they used before."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from opaque_keys.edx.keys import CourseKey
from passerelle.circles import api, safety
from passerelle.circles.data import Purpose, SafetyWhat
from passerelle.circles.models import Circle, Contribution, Facilitator, Report, SafetyStep, StoryConsent, StoryFile
from passerelle.circles.signals import story_withdrawn
from passerelle.host.api import host, tell
from passerelle.host.errors import InvalidError, NotNowError, PasserelleError

from .conftest import COURSE, USAGE, Scene, new_key

SECRET = "Le puits derrière la maison"


@pytest.fixture
def circle(scene: Scene) -> str:
    """One in which Amal has told for the circle."""
    made = scene.started("amal", "elif")
    scene.act("amal", made, "tell", text=SECRET, audience="cohort")
    return made


def story() -> Contribution:
    return Contribution.objects.get(text=SECRET)


def test_a_key_that_was_used_for_something_else_reads_nothing(scene: Scene, circle: str) -> None:
    key = new_key()
    api.choose_reminders(actor=scene.actor("jonas"), wanted=True, key=key)
    with pytest.raises(InvalidError):
        api.break_glass(actor=scene.actor("jonas"), circle_id=circle, words="Somebody called.", key=key)
    assert not SafetyStep.objects.filter(what=SafetyWhat.READ).exists()


def test_every_exported_story_is_in_the_trail(scene: Scene, circle: str) -> None:
    given: dict[str, Any] = {
        "actor": scene.actor("jonas"), "course_key": COURSE, "words": "A workshop", "language": "fr", "key": new_key()
    }  # fmt: skip
    assert api.training_export(**given) == ()
    api.give_consent(actor=scene.actor("amal"), contribution_id=str(story().pk), purpose="training", key=new_key())
    for _twice in range(2):
        assert [each.text for each in api.training_export(**given)] == [SECRET]
    assert SafetyStep.objects.filter(what=SafetyWhat.EXPORTED).count() == 1


def test_a_story_is_reported_again_after_it_was_released(scene: Scene, circle: str) -> None:
    given: dict[str, Any] = {"actor": scene.actor("elif"), "contribution_id": str(story().pk), "words": ""}
    api.report(**given, reason="hurt", key=new_key())
    found = Report.objects.get()
    nadia = scene.actor("nadia")
    api.close_report(actor=nadia, report_id=str(found.pk), words="It is right.", release=True, key=new_key())
    api.report(**given, reason="danger", key=new_key())
    found.refresh_from_db()
    assert (found.status, found.reason, found.closed_at) == ("open", "danger", None)
    assert story().hidden_at is not None


def test_answers_are_withdrawn_after_one_has_left(scene: Scene) -> None:
    circle = scene.started("amal", "elif")
    while scene.see("nadia", circle).phase.kind != "questions":
        scene.act("nadia", circle, "next")
    scene.act("amal", circle, "answer", question=0, text=SECRET, audience="cohort")
    scene.act("amal", circle, "leave")
    (own,) = api.my_stories(actor=scene.actor("amal"), language="fr")
    assert (own.text, own.offers) == (SECRET, ())
    api.withdraw(actor=scene.actor("amal"), contribution_id=own.id, key=new_key())
    assert api.shared_stories(actor=scene.actor("elif"), usage_key=USAGE) == []


def test_a_seat_taken_twice_has_one_turn(scene: Scene) -> None:
    circle = scene.started("amal", "elif")
    scene.act("amal", circle, "done")
    before = scene.see("amal", circle).people
    scene.act("amal", circle, "join", agreed=True, name="Amal")
    assert scene.see("amal", circle).people == before


def test_an_expired_consent_opens_nothing_even_before_the_night(scene: Scene, circle: str) -> None:
    assert [each.text for each in scene.see("elif", circle).contributions] == [SECRET]
    StoryConsent.objects.filter(purpose=Purpose.COHORT).update(expires_at=timezone.now() - timedelta(hours=1))
    assert [each.text for each in scene.see("elif", circle).contributions] == []
    assert api.shared_stories(actor=scene.actor("elif"), usage_key=USAGE) == []
    assert [each.text for each in scene.see("amal", circle).contributions] == [SECRET]


def test_what_rests_on_an_expired_consent_is_closed_before_the_night_too(scene: Scene) -> None:
    circle = scene.in_phase("share", "amal", "elif")
    scene.act("amal", circle, "tell", text=SECRET, audience="cohort")
    scene.act("elif", circle, "done")
    scene.act("nadia", circle, "next")
    scene.act("elif", circle, "reply", to=str(story().pk), text="Je vois le puits")
    api.give_consent(actor=scene.actor("amal"), contribution_id=str(story().pk), purpose="showcase", key=new_key())
    amal = scene.actor("amal")
    assert [one.text for one in api.showcase(actor=amal, course_key=COURSE, language="fr")] == [SECRET]
    readers = StoryConsent.objects.filter(contribution=story().pk, purpose=Purpose.CIRCLE)
    readers.update(expires_at=timezone.now() - timedelta(hours=1))
    assert scene.see("nadia", circle).contributions == ()
    assert api.shared_stories(actor=scene.actor("elif"), usage_key=USAGE) == []
    assert api.showcase(actor=amal, course_key=COURSE, language="fr") == []
    assert [one.text for one in scene.see("elif", circle).contributions] == ["Je vois le puits"]  # her own
    assert [one.text for one in scene.see("amal", circle).contributions] == [SECRET]


def test_a_consent_is_given_again_after_it_has_expired(scene: Scene, circle: str) -> None:
    given: dict[str, Any] = {
        "actor": scene.actor("amal"), "contribution_id": str(story().pk), "purpose": "training"
    }  # fmt: skip
    api.give_consent(**given, key=new_key())
    StoryConsent.objects.filter(purpose="training").update(expires_at=timezone.now() - timedelta(hours=1))
    api.give_consent(**given, key=new_key())
    assert StoryConsent.objects.filter(purpose="training", withdrawn_at=None).count() == 1


def test_a_failing_listener_stops_no_other(
    scene: Scene, circle: str, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[str] = []
    hear = lambda contribution_id, **_rest: heard.append(contribution_id)  # noqa: E731
    story_withdrawn.connect(hear)
    pk = str(story().pk)
    voice = {"kind": "audio", "size": 1, "path": "stories/voice.webm"}
    StoryFile.objects.create(member=story().member, contribution=story(), **voice)
    tried: list[str] = []

    def delete(path: str) -> None:
        tried.append(path)
        raise OSError

    monkeypatch.setattr("passerelle.host.files.private_storage", lambda: SimpleNamespace(delete=delete))
    with django_capture_on_commit_callbacks(execute=True):
        api.withdraw(actor=scene.actor("amal"), contribution_id=pk, key=new_key())
    story_withdrawn.disconnect(hear)
    assert (tried, heard) == (["stories/voice.webm"], [pk])


@pytest.mark.parametrize("way", ["a report", "a notice"])
def test_what_was_done_stands_where_nobody_can_be_told(
    scene: Scene, circle: str, way: str, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise OSError

    monkeypatch.setattr("passerelle.circles.safety.host", fail)
    monkeypatch.setattr(type(host()), "notify", fail)
    with django_capture_on_commit_callbacks(execute=True) as told:
        if way == "a notice":
            tell(user_id=scene.users["amal"].pk, course_key=COURSE, sentence=lambda: "Look", path="/")
        else:
            safety._tell(scene.users["nadia"].pk, COURSE)
    assert len(told) == 1


def test_a_report_of_an_ended_circle_is_taken_over_when_its_facilitator_goes(scene: Scene, circle: str) -> None:
    given: dict[str, Any] = {"actor": scene.actor("elif"), "contribution_id": str(story().pk), "words": ""}
    api.report(**given, reason="danger", key=new_key())
    Circle.objects.update(closed_at=timezone.now())
    api.dismiss_facilitator(actor=scene.actor("jonas"), course_key=COURSE, user_id=scene.users["nadia"].pk)
    (card,) = api.desk_circles(actor=scene.actor("zora"), language="fr")
    assert (card.abandoned, card.reports) == (True, 1)
    api.take_over(actor=scene.actor("zora"), circle_id=circle, user_id=None, key=new_key())
    assert len(api.reports(actor=scene.actor("zora"), language="fr")) == 1


def test_the_facilitator_cannot_overrule_the_contact(scene: Scene, circle: str, settings: Any) -> None:
    settings.PASSERELLE_SAFEGUARDING = "stranger"
    api.report(
        actor=scene.actor("elif"), contribution_id=str(story().pk), reason="danger", words="", key=new_key()
    )  # fmt: skip
    found = str(Report.objects.get().pk)
    api.escalate(actor=scene.actor("nadia"), report_id=found, words="", key=new_key())
    contact = scene.actor("stranger")
    api.close_report(actor=contact, report_id=found, words="It stays hidden.", release=False, key=new_key())
    with pytest.raises(NotNowError):
        api.release(actor=scene.actor("nadia"), contribution_id=str(story().pk), words="", key=new_key())
    assert story().hidden_at is not None


def test_half_a_character_is_no_key(scene: Scene, circle: str) -> None:
    with pytest.raises(InvalidError):
        api.withdraw(actor=scene.actor("amal"), contribution_id=str(story().pk), key="\ud800" * 8)


def test_retired_staff_are_nowhere(scene: Scene) -> None:
    api.retire_user(user_id=scene.users["jonas"].pk)
    assert not Facilitator.objects.filter(appointed_by=scene.users["jonas"]).exists()


@pytest.mark.parametrize("count", [1, 25])
def test_lists_ask_once_for_the_names_of_course_runs(
    scene: Scene, circle: str, count: int, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    opened, told = Circle.objects.get(pk=circle), story()
    member = told.member
    for number in range(count):
        opened.pk, opened.course_key = uuid4(), CourseKey.from_string(f"course-v1:Passerelle+TOT101+r{number}")
        opened.save(force_insert=True)
        member.pk, member.circle = None, opened
        member.save(force_insert=True)
        told.pk, told.circle, told.member, told.key = uuid4(), opened, member, None
        told.save(force_insert=True)
    asked: list[int] = []

    def names(course_keys: set[CourseKey]) -> dict[CourseKey, str]:
        asked.append(len(course_keys))
        return {key: str(key) for key in course_keys}

    monkeypatch.setattr(host(), "course_names", names)
    monkeypatch.setattr(host(), "course_name", lambda **_key: pytest.fail("asked one by one"))
    amal = scene.actor("amal", course_key=None)
    with django_assert_num_queries(5):
        assert len(api.my_circles(actor=amal, language="fr")) == count + 1
        assert len(api.my_stories(actor=amal, language="fr")) == count + 1
    assert asked == [count + 1] * 2


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(["id", "words", "x"]), some, max_size=3),
    max_leaves=6,
)
FIELDS = ("agreed", "name", "affiliation", "seat", "text", "audience", "files", "link", "to", "question")


@pytest.fixture
def open_circles(scene: Scene) -> list[str]:
    """A circle in each kind of phase, Amal with the floor where there is one; and one that meets again."""
    gathers = scene.open(protocol="mixed_circle")
    again = scene.started("amal", "elif", protocol="goal_circle", media=("audio", "image", "link"))
    while scene.see("nadia", again).phase.id != "again":
        scene.act("nadia", again, "next")
    return [gathers, again, *(scene.in_phase(phase, "amal", "elif") for phase in ("share", "flashbacks", "debrief"))]


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_in_a_request_there_is_a_sentence_for_it(
    scene: Scene, open_circles: list[str], data: st.DataObject
) -> None:
    circle_id = data.draw(st.sampled_from(open_circles))
    asked: dict[str, Any] = {"agreed": True, "text": "Bonjour"}
    asked |= data.draw(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, min_size=1, max_size=4))
    who = data.draw(st.sampled_from(["amal", "elif", "mariana", "nadia"]))
    with transaction.atomic():
        for action in api.ACTIONS:
            with contextlib.suppress(PasserelleError), transaction.atomic():
                given_ = {"actor": scene.actor(who), "circle_id": circle_id, "key": new_key()}
                api.act(**given_, action=action, payload=asked)
                transaction.set_rollback(True)
        transaction.set_rollback(True)
