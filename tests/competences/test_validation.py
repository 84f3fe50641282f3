"""Validation in its four phases: who may do what when, and what it leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from passerelle.competences import api
from passerelle.competences.models import Validation, ValidationStep
from passerelle.host.api import host
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelledemo.models import Notice

from .conftest import COURSE, TEAM, USAGE, Scene, new_key


def test_from_asking_to_a_confirmed_level(scene: Scene) -> None:
    found = scene.ask("amal", text="Je voudrais le montrer.")
    (card,) = api.validation_queue(actor=scene.actor("nadia"), language="fr")
    assert (card.person, card.name, card.phase) == ("amal", "Travailler en équipe", "identification")
    assert scene.step("nadia", found, "take").card.phase == "documentation"
    with pytest.raises(InvalidError):
        scene.step("amal", found, "send")  # nothing to look at
    scene.show("amal")
    assert scene.step("amal", found, "send").card.phase == "assessment"
    seen = scene.step("nadia", found, "ask_more", text="Qui était là ?")
    assert seen.card.phase == "documentation"
    scene.show("amal", text="Six voisins.")
    scene.step("amal", found, "send")
    seen = scene.step("nadia", found, "assess", level=3)
    assert (seen.card.phase, seen.assessed_level) == ("certification", 3)
    seen = scene.step("nadia", found, "certify")
    assert (seen.card.outcome, seen.steps) == ("validated", ())
    newest = scene.claims("amal")[0]
    assert (newest.level, newest.basis) == (3, "validated")
    assert api.validation_queue(actor=scene.actor("nadia"), language="fr") == []
    steps = ["ask", "take", "send", "ask_more", "send", "assess", "certify"]
    assert [
        step.step for step in api.validation(actor=scene.actor("amal"), validation_id=found, language="fr").history
    ] == steps


def test_the_learner_is_told_in_her_language_what_a_facilitator_wants_or_found(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    scene.show("amal")
    with django_capture_on_commit_callbacks(execute=True):
        found = scene.ask("amal")
        for who, step, given in (
            ("nadia", "take", {}),
            ("amal", "comment", {"text": "Voilà."}),
            ("nadia", "ask_more", {"text": "Qui était là ?"}),
            ("amal", "send", {}),
            ("nadia", "assess", {"level": 3}),
            ("nadia", "certify", {}),
        ):
            scene.step(who, found, step, **given)
    told = Notice.objects.order_by("pk")
    assert {(note.user_id, note.path) for note in told} == {
        (scene.users["amal"].pk, f"/passerelle/validations/{found}/")
    }
    assert [note.sentence for note in told] == [
        "A facilitator asks you to show a little more of what you can do.",
        "A facilitator confirmed something that you can do.",
    ]


def test_with_evidence_at_hand_taking_it_on_leads_to_assessment(scene: Scene) -> None:
    scene.show("amal")
    assert scene.step("nadia", scene.ask("amal"), "take").card.phase == "assessment"


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_ask_once(scene: Scene) -> None:
    """Where rows can be locked; SQLite has one writer at a time, and there one comes after the other."""
    taps = 2 if connection.features.has_select_for_update else 1
    together = Barrier(taps)

    def ask(uri: str) -> str:
        try:
            together.wait(timeout=20)
            return api.ask_validation(actor=scene.actor("amal"), uri=uri, level=3, key=new_key())
        finally:
            connections.close_all()

    for one in api.framework().competences[:5]:
        with ThreadPoolExecutor(taps) as threads:
            found = set(threads.map(ask, [one.uri] * 2))
        assert len(found) == Validation.objects.filter(uri=one.uri).count() == 1


def assessed(scene: Scene, level: int = 3) -> str:
    scene.show("amal")
    found = scene.ask("amal")
    scene.step("nadia", found, "take")
    scene.step("nadia", found, "assess", level=level, text="Vu à la fête.")
    return found


@pytest.mark.parametrize("who", ["amal", "nadia"])
def test_a_second_opinion_is_another_facilitator_s_and_decides(scene: Scene, who: str) -> None:
    found = assessed(scene)
    scene.step(who, found, "second_opinion")
    with pytest.raises(NotNowError):
        scene.step("nadia", found, "assess", level=3)
    with pytest.raises(NotNowError):
        scene.step("nadia", found, "certify")
    scene.step("omar", found, "assess", level=2, text="Deux me paraît juste.")
    scene.step("nadia", found, "certify")
    assert scene.claims("amal")[0].level == 2


def test_seeing_something_else_needs_words(scene: Scene) -> None:
    scene.show("amal")
    found = scene.ask("amal")
    scene.step("nadia", found, "take")
    with pytest.raises(InvalidError) as error:
        scene.step("nadia", found, "assess", level=2)
    assert error.value.field == "text"


def test_nobody_validates_herself(scene: Scene) -> None:
    found = api.ask_validation(actor=scene.actor("nadia", is_enrolled=True), uri=TEAM, level=4, key=new_key())
    assert api.validation_queue(actor=scene.actor("nadia"), language="fr") == []
    for step in ("take", "assess", "certify"):
        with pytest.raises(NotAllowedError):
            scene.step("nadia", found, step, level=4)


@pytest.mark.parametrize("name", ["elif", "jonas", "stranger"])
def test_others_do_not_learn_of_it(scene: Scene, name: str) -> None:
    found = scene.ask("amal")
    with pytest.raises(NotFoundError):
        api.validation(actor=scene.actor(name), validation_id=found, language="fr")
    with pytest.raises(NotFoundError):
        scene.step(name, found, "comment", text="Bonjour.")


@pytest.mark.parametrize("step", ["send", "withdraw"])
def test_the_learner_s_steps_are_hers(scene: Scene, step: str) -> None:
    with pytest.raises(NotAllowedError):
        scene.step("nadia", scene.ask("amal"), step)


@pytest.mark.parametrize("step", ["assess", "certify", "ask_more", "second_opinion"])
def test_steps_out_of_turn_are_refused(scene: Scene, step: str) -> None:
    with pytest.raises(NotNowError):
        scene.step("nadia", scene.ask("amal"), step, level=3, text="x")


def test_nobody_waits_for_good_for_a_second_opinion(scene: Scene) -> None:
    found = assessed(scene)
    scene.step("amal", found, "second_opinion")
    for days, may in ((13, False), (15, True)):
        ValidationStep.objects.filter(step="second_opinion").update(at=timezone.now() - timedelta(days=days))
        seen = api.validation(actor=scene.actor("nadia"), validation_id=found, language="fr")
        assert ("assess" in seen.steps) == may
        assert "certify" not in seen.steps
        assert seen.second_until is not None
    scene.step("nadia", found, "assess", level=2, text="Looked once more.")
    seen = scene.step("nadia", found, "certify")
    assert (seen.card.outcome, seen.assessed_level, seen.second_until) == ("validated", 2, None)


def test_withdrawn_it_is_gone_for_facilitators_and_can_be_asked_again(scene: Scene) -> None:
    found = scene.ask("amal")
    scene.step("amal", found, "withdraw")
    with pytest.raises(NotFoundError):
        api.validation(actor=scene.actor("nadia"), validation_id=found, language="fr")
    with pytest.raises(NotNowError):
        scene.step("amal", found, "comment", text="x")
    assert scene.ask("amal") != found


def test_asking_twice_is_one_request_and_a_step_sent_twice_is_taken_once(scene: Scene) -> None:
    found = scene.ask("amal")
    assert scene.ask("amal") == found
    key = new_key()
    for _again in range(2):
        seen = scene.step("nadia", found, "comment", text="Bonjour.", key=key)
    assert [step.step for step in seen.history] == ["ask", "comment"]
    assert Validation.objects.count() == 1


def test_a_closed_validation_shows_facilitators_no_evidence_any_more(scene: Scene) -> None:
    found = assessed(scene)
    assert api.validation(actor=scene.actor("omar"), validation_id=found, language="fr").evidence
    scene.step("nadia", found, "certify")
    assert not api.validation(actor=scene.actor("omar"), validation_id=found, language="fr").evidence
    assert api.validation(actor=scene.actor("amal"), validation_id=found, language="fr").evidence


@pytest.mark.parametrize("count", [5, 100])
def test_the_queue_costs_the_same_however_long_it_is(scene: Scene, count: int, django_assert_num_queries: Any) -> None:
    Validation.objects.bulk_create(
        Validation(user=scene.users["amal"], course_key=COURSE, uri=f"{TEAM}{number}", level=1, phase="assessment")
        for number in range(count)
    )
    with django_assert_num_queries(5):  # facilitator twice, requests, names of people and of skills
        assert len(api.validation_queue(actor=scene.actor("nadia"), language="fr")) == count


def test_facilitators_rate_too_without_seeing_the_answers(scene: Scene) -> None:
    scene.answer_all("elif")  # an author who did not ask for it
    scene.answer_all("amal", facilitators_rate=True)
    (sheet,) = api.rating_sheets(actor=scene.actor("nadia"), language="fr")
    assert (sheet.person, sheet.ratings, len(sheet.competences)) == ("amal", {}, 3)
    key = new_key()
    for _again in range(2):
        api.rate_other(
            actor=scene.actor("nadia"), assessment_id=sheet.id, competence="work_in_teams", value="2", key=key
        )
    assert api.rating_sheets(actor=scene.actor("nadia"), language="fr")[0].ratings == {"work_in_teams": "2"}
    assert api.rating_sheets(actor=scene.actor("omar"), language="fr")[0].ratings == {}
    seen = api.assessment(actor=scene.actor("amal"), usage_key=USAGE, settings=scene.settings(), language="fr")
    assert seen.ratings["work_in_teams"] == "3"  # hers stays hers


@pytest.mark.parametrize("name", ["amal", "elif", "jonas", "stranger"])
def test_only_facilitators_rate_others(scene: Scene, name: str) -> None:
    from passerelle.competences.models import Assessment

    scene.answer_all("amal", facilitators_rate=True)
    with pytest.raises(NotFoundError):
        api.rate_other(
            actor=scene.actor(name),
            assessment_id=Assessment.objects.get().pk,
            competence="work_in_teams",
            value="2",
            key=new_key(),
        )


def test_lists_ask_once_for_the_names_of_course_runs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.ask("amal")
    monkeypatch.setattr(host(), "course_name", lambda **_key: pytest.fail("asked one by one"))
    monkeypatch.setattr(host(), "course_names", lambda course_keys: dict.fromkeys(course_keys, "Cercles"))
    (waiting,) = api.validation_queue(actor=scene.actor("nadia"), language="fr")
    (mine,) = api.my_validations(actor=scene.actor("amal"), language="fr")
    assert waiting.course_name == mine.course_name == "Cercles"
