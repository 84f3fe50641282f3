"""A person and an employer: consent, pseudonym, contact, decision, appeal; and what is written down for her."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from opaque_keys.edx.keys import CourseKey
from passerelle.competences.models import Claim
from passerelle.employers import api, keeping
from passerelle.employers.data import Wanted
from passerelle.employers.models import Application, Member, Opportunity, Shown, Trace
from passerelle.employers.offers import write
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelle.matching.data import MOST_HELD
from passerelledemo.models import Notice, Profile

from .conftest import HYGIENE, TEAMWORK, Scene

SECRET = "I fled over the sea."


def done(scene: Scene, name: str = "amal") -> list[str]:
    return [trace.what.value for trace in api.mine(actor=scene.actor(name), language="en").traces]


def test_nobody_is_seen_before_she_says_so_and_after_she_took_it_back(scene: Scene) -> None:
    amal = scene.actor("amal")
    assert scene.people() == ()
    pseudonym = api.show_me(actor=amal, organisation=scene.table.slug)
    assert api.show_me(actor=amal, organisation=scene.table.slug) == pseudonym
    (seen,) = scene.people()
    assert (seen.pseudonym, seen.name, seen.reach) == (pseudonym, "", "")
    assert [need.name for need in seen.held] == ["comply with food safety and hygiene"]
    for _again in range(2):
        api.take_back(actor=amal, organisation=scene.table.slug)
    assert scene.people() == ()
    assert api.show_me(actor=amal, organisation=scene.table.slug) != pseudonym
    other = next(each.id for each in scene.found(limit=10) if each.organisation != "La Table ronde")
    assert not api.read(actor=amal, opportunity_id=other, language="en").shown


def test_the_employer_sees_the_same_reasons_and_score_as_she_does(scene: Scene) -> None:
    api.show_me(actor=scene.actor("amal"), organisation=scene.table.slug)
    card, (seen,) = scene.card("Kitchen assistant"), scene.people()
    assert (seen.covered, seen.use) == (card.covered, card.use)
    assert (seen.held, seen.partly, seen.missing) == (card.held, card.partly, card.missing)


def test_nothing_of_a_person_but_what_the_work_asks_for_reaches_the_employer(scene: Scene) -> None:
    scene.claim("amal", "http://data.europa.eu/esco/skill/of-no-use-there", 4, "validated")
    user = scene.users["amal"]
    user.first_name = SECRET
    user.save()
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen, message="Hello")
    said = repr(scene.people())
    assert "Hello" in said
    for secret in (SECRET, "amal", "example.org", "of-no-use-there", str(timezone.localdate().year) + "-01-01"):
        assert secret not in said


def test_from_application_to_contact(scene: Scene) -> None:
    amal, rosa = scene.actor("amal"), scene.actor("rosa")
    for _again in range(2):
        api.apply(actor=amal, opportunity_id=scene.kitchen, message="I cook every day.")
    (seen,) = scene.people()
    assert seen.message == "I cook every day."
    for _again in range(2):
        api.ask_contact(actor=rosa, opportunity_id=scene.kitchen, pseudonym=seen.pseudonym, message="Shall we talk?")
    (own,) = api.mine(actor=amal, language="en").applications
    assert (own.asked, own.accepted) == ("Shall we talk?", None)
    with pytest.raises(InvalidError):
        api.answer_contact(actor=amal, opportunity_id=scene.kitchen, accept=True, reach=" ")
    assert scene.people()[0].name == ""
    for _again in range(2):
        api.answer_contact(actor=amal, opportunity_id=scene.kitchen, accept=True, reach="0600")
    (seen,) = scene.people()
    assert (seen.name, seen.reach) == ("amal", "0600")
    api.answer_contact(actor=amal, opportunity_id=scene.kitchen, accept=False)
    assert (scene.people()[0].name, scene.people()[0].reach) == ("", "")
    api.answer_contact(actor=amal, opportunity_id=scene.kitchen, accept=True, reach="0600")
    api.withdraw(actor=amal, opportunity_id=scene.kitchen)
    (seen,) = scene.people()
    assert (seen.name, seen.reach, seen.message, seen.applied_at) == ("", "", "", None)
    api.apply(actor=amal, opportunity_id=scene.kitchen)
    assert scene.people()[0].name == ""


def test_a_person_is_told_that_an_employer_asks_and_decides(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    course = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
    monkeypatch.setattr("passerelle.employers.people.competences.my_courses", lambda actor: [course, course])
    Profile.objects.create(user=scene.users["amal"], name="Amal", language="fr")
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen)
    (seen,) = scene.people()
    asked = {"actor": scene.actor("rosa"), "opportunity_id": scene.kitchen, "pseudonym": seen.pseudonym}
    with django_capture_on_commit_callbacks(execute=True):
        for _again in range(2):
            api.ask_contact(**asked, message="Shall we talk?")
            api.decide(**asked, decision="invited", reason="You cook.")
    assert list(Notice.objects.order_by("pk").values_list("user_id", "path", "sentence")) == [
        (scene.users["amal"].pk, "/passerelle/employers/mine/", "Un employeur demande à entrer en contact avec vous."),
        (scene.users["amal"].pk, "/passerelle/employers/mine/", "Un employeur a répondu à votre candidature."),
    ]


def test_a_decision_has_a_reason_and_can_be_appealed_to_somebody_else(scene: Scene) -> None:
    amal, rosa, sam = scene.actor("amal"), scene.actor("rosa"), scene.actor("sam")
    pseudonym = api.show_me(actor=amal, organisation=scene.table.slug)
    given = {"opportunity_id": scene.kitchen, "pseudonym": pseudonym, "decision": "declined"}
    with pytest.raises(NotNowError):
        api.decide(actor=rosa, reason="Too far", **given)
    api.apply(actor=amal, opportunity_id=scene.kitchen)
    with pytest.raises(InvalidError):
        api.decide(actor=rosa, reason=" ", **given)
    with pytest.raises(InvalidError):
        api.decide(actor=rosa, reason="So", **{**given, "decision": "deported"})
    with pytest.raises(NotNowError):
        api.appeal(actor=amal, opportunity_id=scene.kitchen, text="Not yet")
    for _again in range(2):
        api.decide(actor=rosa, reason="Too far", **given)
    (own,) = api.mine(actor=amal, language="en").applications
    assert (own.decision, own.reason) == ("declined", "Too far")
    with pytest.raises(NotNowError):
        api.apply(actor=amal, opportunity_id=scene.kitchen)
    for _again in range(2):
        api.appeal(actor=amal, opportunity_id=scene.kitchen, text="I live next door.")
    (waiting,) = api.operator_desk(actor=sam, language="en").appeals
    assert (waiting.pseudonym, waiting.appeal, waiting.reason) == (pseudonym, "I live next door.", "Too far")
    for _again in range(2):
        api.answer_appeal(actor=sam, application_id=waiting.id, answer="You are right.", reopen=True)
    (own,) = api.mine(actor=amal, language="en").applications
    assert (own.decision, own.answer) == ("", "You are right.")
    assert api.operator_desk(actor=sam, language="en").appeals == ()
    assert sorted(done(scene)) == ["answered", "appealed", "applied", "decided", "shown"]


def test_each_look_is_written_down_for_her(scene: Scene) -> None:
    api.show_me(actor=scene.actor("amal"), organisation=scene.table.slug)
    for name in ("rosa", "rosa", "marta"):
        scene.people(name)
    looks = [each for each in api.mine(actor=scene.actor("amal"), language="en").traces if each.what == "viewed"]
    assert [(look.organisation, look.title, look.times) for look in looks] == [
        ("La Table ronde", "Kitchen assistant", 3)
    ]
    assert done(scene, "elif") == []


def test_a_pseudonym_of_another_employer_opens_nothing(scene: Scene) -> None:
    amal = scene.actor("amal")
    elsewhere = next(each for each in scene.found(limit=10) if each.organisation != "La Table ronde")
    api.apply(actor=amal, opportunity_id=elsewhere.id)
    foreign = Shown.objects.get().pseudonym
    with pytest.raises(NotFoundError):
        api.ask_contact(actor=scene.actor("rosa"), opportunity_id=scene.kitchen, pseudonym=foreign, message="Hello")
    assert scene.people() == ()


def test_taking_it_back_takes_the_application_back_too(scene: Scene) -> None:
    amal = scene.actor("amal")
    api.apply(actor=amal, opportunity_id=scene.kitchen, message="Hello")
    api.take_back(actor=amal, organisation=scene.table.slug)
    row = Application.objects.get()
    assert (row.message, row.reach) == ("", "")
    assert row.withdrawn_at is not None


@pytest.mark.parametrize("count", [3, 40])
def test_a_page_of_people_costs_the_same_however_many_they_are(scene: Scene, count: int) -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone

    for number in range(count):
        user = scene.users[f"p{number}"] = User.objects.create_user(f"p{number}")
        scene.claim(f"p{number}", TEAMWORK, 1 + number % 4, "validated")
        Shown.objects.create(
            user=user, organisation=scene.table, pseudonym=f"N{number}", text="t", given_at=timezone.now()
        )
    rosa, work = scene.actor("rosa"), scene.kitchen
    with CaptureQueriesContext(connection) as queries:
        found = api.people(actor=rosa, opportunity_id=work, language="en")
    assert len(found) == count
    assert len(queries) <= 11, "\n".join(query["sql"][:150] for query in queries)
    assert [each.covered for each in found] == sorted((each.covered for each in found), reverse=True)


def test_retirement_erases_everything_of_hers_and_nothing_of_others(scene: Scene) -> None:
    for name in ("amal", "elif"):
        api.apply(actor=scene.actor(name), opportunity_id=scene.kitchen, message="Hello")
    scene.people()
    assert {part.model: len(part.rows) for part in keeping.personal_data(scene.users["amal"].pk)} == {
        "passerelle_employers.Mark": 0,
        "passerelle_employers.Member": 0,
        "passerelle_employers.Shown": 1,
        "passerelle_employers.Application": 1,
        "passerelle_employers.Trace": 3,
    }
    for _again in range(2):
        api.retire_user(user_id=scene.users["amal"].pk)
        api.retire_user(user_id=scene.users["rosa"].pk)
    for model in (Application, Shown):
        assert list(model.objects.values_list("user__username", flat=True)) == ["elif"]
    assert set(Trace.objects.values_list("user__username", flat=True)) == {"elif"}
    assert not Trace.objects.filter(by=scene.users["rosa"]).exists()
    assert not Member.objects.filter(user=scene.users["rosa"]).exists()


def test_what_is_over_is_forgotten_after_its_time(scene: Scene, settings: Any) -> None:
    settings.PASSERELLE_RETENTION_DAYS = {**django_settings.PASSERELLE_RETENTION_DAYS, "applications": 30}
    for name in ("amal", "elif"):
        api.apply(actor=scene.actor(name), opportunity_id=scene.kitchen)
    api.withdraw(actor=scene.actor("amal"), opportunity_id=scene.kitchen)
    later = timezone.now() + timedelta(days=31)
    purged = keeping.purge(later, dry_run=True)[0]
    assert (purged.what, purged.rows) == ("applications that are over", 1)
    assert Application.objects.count() == 2
    keeping.purge(later, dry_run=False)
    assert list(Application.objects.values_list("user__username", flat=True)) == ["elif"]
    assert Trace.objects.count() == 0
    assert Shown.objects.count() == 2


@pytest.mark.parametrize("last", ["ends", "apply_by"])
def test_an_application_for_what_ended_is_forgotten_too(scene: Scene, settings: Any, last: str) -> None:
    settings.PASSERELLE_RETENTION_DAYS = {**django_settings.PASSERELLE_RETENTION_DAYS, "applications": 30}
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen)
    Opportunity.objects.filter(pk=scene.kitchen).update(**{last: timezone.localdate()})
    keeping.purge(timezone.now() + timedelta(days=29), dry_run=False)
    assert Application.objects.exists()
    keeping.purge(timezone.now() + timedelta(days=32), dry_run=False)
    assert not Application.objects.exists()


def ask(scene: Scene, pseudonym: str) -> None:
    api.ask_contact(actor=scene.actor("rosa"), opportunity_id=scene.kitchen, pseudonym=pseudonym, message="Hello")


def test_an_employer_that_is_not_approved_reads_and_reaches_nobody(scene: Scene) -> None:
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen, message="Mine")
    (seen,) = scene.people()
    ask(scene, seen.pseudonym)
    api.answer_contact(actor=scene.actor("amal"), opportunity_id=scene.kitchen, accept=True, reach="0600")
    api.disapprove(actor=scene.actor("sam"), organisation=scene.table.slug)
    for refused in (
        scene.people,
        lambda: ask(scene, seen.pseudonym),
        lambda: api.decide(
            actor=scene.actor("rosa"),
            opportunity_id=scene.kitchen,
            pseudonym=seen.pseudonym,
            decision="chosen",
            reason="So",
        ),
    ):
        with pytest.raises(NotAllowedError):
            refused()
    assert not Application.objects.get().decision


def test_work_that_nobody_published_reaches_only_those_who_applied(scene: Scene) -> None:
    api.show_me(actor=scene.actor("amal"), organisation=scene.table.slug)
    scene.claim("elif", TEAMWORK, 1, "self_assessed")
    api.apply(actor=scene.actor("elif"), opportunity_id=scene.kitchen)
    applied, shown = scene.people()
    assert applied.applied_at
    assert not shown.applied_at
    api.unpublish(actor=scene.actor("sam"), opportunity_id=scene.kitchen)
    (seen,) = scene.people()
    assert seen.pseudonym == applied.pseudonym
    ask(scene, applied.pseudonym)
    with pytest.raises(NotNowError):
        ask(scene, shown.pseudonym)
    assert Application.objects.count() == 1


def test_what_nobody_has_read_asks_nothing_of_those_who_applied(scene: Scene) -> None:
    """An employer could write any list of competences into it, and read who has them."""
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen, message="Mine")
    (before,) = scene.people()
    assert before.compared
    assert before.held
    row = Opportunity.objects.get(pk=scene.kitchen)
    write(row, {}, [Wanted(uri=HYGIENE, name="", level=1, essential=True)])
    (seen,) = scene.people()
    assert (seen.pseudonym, seen.message, seen.compared) == (before.pseudonym, "Mine", False)
    assert (seen.held, seen.partly, seen.related, seen.missing, seen.badges) == ((),) * 5
    assert (seen.covered, seen.use) == (0.0, 0.0)
    api.publish(actor=scene.actor("sam"), opportunity_id=scene.kitchen)
    assert scene.people()[0].held


def test_an_operator_who_takes_a_side_answers_no_appeal(scene: Scene) -> None:
    amal, sam = scene.actor("amal"), scene.actor("sam")
    api.apply(actor=amal, opportunity_id=scene.kitchen)
    (seen,) = scene.people()
    given = {"opportunity_id": scene.kitchen, "pseudonym": seen.pseudonym}
    api.decide(actor=scene.actor("rosa"), decision="declined", reason="Too far", **given)
    api.appeal(actor=amal, opportunity_id=scene.kitchen, text="I live next door.")
    (waiting,) = api.operator_desk(actor=sam, language="en").appeals
    member = Member.objects.create(organisation=scene.table, user=scene.users["sam"], role="editor")
    herself = scene.actor("amal", is_operator=True)
    for side in (sam, herself):
        assert api.operator_desk(actor=side, language="en").appeals == ()
        with pytest.raises(NotAllowedError, match="neither side"):
            api.answer_appeal(actor=side, application_id=waiting.id, answer="No.")
    member.delete()
    api.answer_appeal(actor=sam, application_id=waiting.id, answer="You are right.")


def test_a_question_brings_no_withdrawn_application_back(scene: Scene) -> None:
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen, message="Mine")
    api.withdraw(actor=scene.actor("amal"), opportunity_id=scene.kitchen)
    (seen,) = scene.people()
    ask(scene, seen.pseudonym)
    (seen,) = scene.people()
    assert seen.asked_at
    assert not seen.applied_at


def test_applying_again_without_words_keeps_those_that_were_sent(scene: Scene) -> None:
    amal = scene.actor("amal")
    for given, kept in (({"message": "Mine"}, "Mine"), ({}, "Mine"), ({"message": ""}, "")):
        api.apply(actor=amal, opportunity_id=scene.kitchen, **given)
        assert Application.objects.get().message == kept


def test_more_claims_than_the_engine_takes_stop_nothing(scene: Scene) -> None:
    Claim.objects.bulk_create(
        Claim(user=scene.users["amal"], uri=f"urn:{number}", level=1, basis=1, source="x", at=timezone.now())
        for number in range(MOST_HELD)
    )
    api.show_me(actor=scene.actor("amal"), organisation=scene.table.slug)
    (seen,) = scene.people()
    assert [need.level_held for need in seen.held] == [3]  # the heaviest ones are those that stay
    assert scene.found()
