"""Earning, holding and losing a badge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from passerelle.badges import api, keys
from passerelle.badges.data import Standing
from passerelle.badges.models import Award, AwardEvent, Confirmation, Imported, IssuerKey, Look, Status
from passerelle.competences.api import claims_of
from passerelle.competences.data import Basis
from passerelle.competences.models import Claim
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError

from .conftest import BLOCK, COURSE, TEAMWORK, Scene


def badge_backed(scene: Scene, name: str = "amal") -> list[tuple[str, int]]:
    claims = claims_of(user_id=scene.users[name].pk)
    return [(each.uri, each.level) for each in claims if each.basis is Basis.BADGE_BACKED]


def test_not_yet_says_what_is_missing_and_earning_makes_it_a_badge(scene: Scene) -> None:
    scene.publish()
    (missing,) = scene.own().not_yet
    assert missing.achievement.name == "Works well with others"
    assert not missing.step.met
    assert "have not looked at it yet" in missing.step.said
    scene.claim("amal", level=2, basis="self_assessed")
    assert "still has to be confirmed by a facilitator" in scene.own().not_yet[0].step.said
    assert api.check(actor=scene.actor("amal"), language="en") == 0

    scene.claim("amal", level=3)
    assert api.check(actor=scene.actor("amal"), language="en") == 1
    mine = scene.own()
    assert mine.not_yet == ()
    (badge,) = mine.badges
    assert badge.standing is Standing.VALID
    assert badge.rests_on == ("Working in a team: level 3, confirmed by a facilitator.",)
    french = scene.own(language="fr").badges[0]
    assert french.rests_on == ("Travailler en équipe\u00a0: niveau 3, confirmé par une personne qui anime.",)
    assert badge.share_url == ""
    assert badge_backed(scene) == [(TEAMWORK, 2)]
    assert [each.what for each in AwardEvent.objects.all()] == ["awarded"]


def test_looking_twice_awards_once(scene: Scene) -> None:
    award = scene.award()
    assert api.check(actor=scene.actor("amal"), language="fr") == 0
    assert list(Award.objects.all()) == [award]
    assert Status.objects.count() == 1


def test_the_database_refuses_a_second_living_award(scene: Scene) -> None:
    from passerelle.badges.achievements import definition_of
    from passerelle.badges.awarding import _award

    award = scene.award()
    read = (award.achievement, definition_of(award.achievement))
    assert not _award(scene.users["amal"], read, "en")
    assert Award.objects.count() == 1
    assert Status.objects.count() == 1  # what the slower request had begun is undone


@pytest.mark.parametrize("criteria", [{"all": [{"course": COURSE}]}, {"any": [{"course": COURSE}, {"unit": BLOCK}]}])
def test_an_event_awards(scene: Scene, criteria: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from opaque_keys.edx.keys import CourseKey
    from openedx_events.learning.data import CourseData, CoursePassingStatusData, UserData, UserPersonalData
    from openedx_events.learning.signals import COURSE_PASSING_STATUS_UPDATED
    from passerelledemo.host import DemoHost

    key = CourseKey.from_string(COURSE)
    monkeypatch.setattr(DemoHost, "passed", lambda _self, user_id, course_keys: set(course_keys))
    scene.publish(criteria=criteria)

    def send(is_passing: bool) -> None:
        pii = UserPersonalData(username="amal", email="", name="")
        user = UserData(pii=pii, id=scene.users["amal"].pk, is_active=True)
        status = CoursePassingStatusData(user=user, course=CourseData(course_key=key), is_passing=is_passing)
        COURSE_PASSING_STATUS_UPDATED.send_event(course_passing_status=status)

    send(False)
    assert not Award.objects.exists()
    send(True)
    send(True)
    assert Award.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_changed_claim_awards(scene: Scene) -> None:
    from passerelle.competences.claims import record

    scene.publish()
    record(user_id=scene.users["amal"].pk, uri=TEAMWORK, level=2, basis=Basis.VALIDATED, source="x")
    assert Award.objects.count() == 1


def test_a_circle_to_its_end_counts(scene: Scene) -> None:
    from passerelle.circles import codec, protocols
    from passerelle.circles.models import Circle, Event, Member
    from passerelle.host.api import circles_ended

    scene.publish(criteria={"circle": {"course": COURSE}})
    assert "Take part in 1 circle to its end. So far: 0." in scene.own().not_yet[0].step.said
    protocol = codec.protocol_to_json(protocols.load("story_circle"))
    circle = Circle.objects.create(course_key=COURSE, usage_key=BLOCK, language="en", protocol=protocol)
    (heart,) = [phase["id"] for phase in protocol["phases"] if phase["kind"] == "round"][-1:]
    for seat, name in enumerate(("amal", "elif")):
        Member.objects.create(circle=circle, user=scene.users[name], seat=seat, name=name)
        Event.objects.create(circle=circle, seat=seat, phase=heart, what="done", at=timezone.now())
    Member.objects.filter(user=scene.users["elif"]).update(left_at=timezone.now())
    api.check(actor=scene.actor("amal"), language="en")
    assert not Award.objects.exists()
    Circle.objects.update(started_at=timezone.now(), closed_at=timezone.now())
    circles_ended.send(sender=None, user_ids=[user.pk for user in scene.users.values()])
    assert [award.user.username for award in Award.objects.all()] == ["amal"]


def test_a_practicum_is_confirmed_by_somebody_else_of_the_course_team(scene: Scene) -> None:
    part = {"practicum": {"part": "lead-a-circle", "name": {"en": "Lead a circle"}}}
    made = scene.publish(course=True, criteria=part)
    assert "has not confirmed it yet" in scene.own().not_yet[0].step.said
    jonas = scene.actor("jonas")

    def confirm(person: str = "amal", name: str = "lead-a-circle", actor: Any = jonas) -> None:
        api.confirm(actor=actor, achievement_id=made, person=person, part=name)

    for wrong in ({"person": "nobody"}, {"name": "no-part"}, {"person": "jonas"}):
        with pytest.raises(InvalidError):
            confirm(**wrong)
    with pytest.raises(NotAllowedError):
        confirm(actor=scene.actor("elif"))
    confirm()
    confirm()
    assert api.check(actor=scene.actor("amal"), language="en") == 1
    user_retired.send(sender=None, user_id=jonas.pk)
    assert list(Confirmation.objects.values_list("user", "by")) == [(scene.users["amal"].pk, None)]


def test_nothing_says_who_took_a_badge_back_once_that_person_is_gone(scene: Scene) -> None:
    award = scene.award()
    api.revoke(actor=scene.actor("sam"), award_id=str(award.pk), reason="It was a mistake.")
    assert AwardEvent.objects.filter(by=scene.users["sam"]).exists()
    user_retired.send(sender=None, user_id=scene.users["sam"].pk)
    assert not AwardEvent.objects.filter(by=scene.users["sam"]).exists()
    assert AwardEvent.objects.exists()


def test_revoked_it_stays_revoked_and_backs_nothing(scene: Scene) -> None:
    award = scene.award()
    sam = scene.actor("sam")
    with pytest.raises(InvalidError):
        api.revoke(actor=sam, award_id=str(award.pk), reason=" ")
    api.revoke(actor=sam, award_id=str(award.pk), reason="Confirmed by mistake.")
    api.revoke(actor=sam, award_id=str(award.pk), reason="Another reason.")
    (badge,) = scene.own().badges
    assert (badge.standing, badge.reason) == (Standing.REVOKED, "Confirmed by mistake.")
    assert badge_backed(scene) == []
    assert api.check(actor=scene.actor("amal"), language="en") == 0
    assert [each.what for each in award.events.all()] == ["awarded", "revoked"]
    with pytest.raises(NotFoundError):
        api.revoke(actor=sam, award_id="00000000-0000-4000-8000-000000000000", reason="x")


def test_a_changed_definition_can_be_earned_again(scene: Scene) -> None:
    award = scene.award()
    api.revoke(actor=scene.actor("sam"), award_id=str(award.pk), reason="Wrong level.")
    scene.publish(valid_days=30)
    assert api.check(actor=scene.actor("amal"), language="en") == 1
    standings = [badge.standing for badge in scene.own().badges]
    assert sorted(standings) == [Standing.REVOKED, Standing.VALID]


def test_expired_it_backs_nothing_after_the_night(scene: Scene) -> None:
    award = scene.award(valid_days=10)
    assert award.expires_at == award.awarded_at + timedelta(days=10)
    assert api.expire() == 0
    later = timezone.now() - timedelta(days=1)
    Award.objects.update(expires_at=later)
    assert scene.own().badges[0].standing is Standing.EXPIRED
    with pytest.raises(NotNowError):
        api.share(actor=scene.actor("amal"), award_id=str(award.pk), show_name=False)
    call_command("passerelle_badges_nightly")
    assert api.expire() == 0
    assert badge_backed(scene) == []
    assert api.check(actor=scene.actor("amal"), language="en") == 0
    assert api.badges_held(user_ids=[scene.users["amal"].pk], language="fr") == {}


def test_a_badge_proves_no_other_badge(scene: Scene) -> None:
    scene.claim("amal", level=2, basis="badge_backed")
    scene.publish(criteria={"claim": {"uri": TEAMWORK, "level": 1, "basis": "stated"}})
    assert api.check(actor=scene.actor("amal"), language="en") == 0


def test_the_platform_is_told_without_names(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    from openedx_events.learning.signals import BADGE_AWARDED, BADGE_REVOKED

    told: list[Any] = []

    def listen(signal: Any, badge: Any, **_kwargs: Any) -> None:
        told.append((signal.event_type.split(".")[-2], badge))

    for signal in (BADGE_AWARDED, BADGE_REVOKED):
        signal.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            award = scene.award()
        with django_capture_on_commit_callbacks(execute=True):
            api.revoke(actor=scene.actor("sam"), award_id=str(award.pk), reason="A mistake.")
    finally:
        for signal in (BADGE_AWARDED, BADGE_REVOKED):
            signal.disconnect(listen)
    assert [kind for kind, _badge in told] == ["awarded", "revoked"]
    for _kind, badge in told:
        assert badge.uuid == str(award.pk)
        assert badge.user.id == award.user_id
        assert badge.template.name == "Works well with others"
        assert "amal" not in repr(badge)


def test_without_a_key_nothing_is_awarded_and_nobody_s_event_fails(scene: Scene) -> None:
    from passerelle.badges.listeners import on_claim_changed

    IssuerKey.objects.all().delete()
    scene.publish()
    scene.claim("amal")
    on_claim_changed(None, scene.users["amal"].pk)
    with pytest.raises(keys.NoKeyError, match="make a key"):
        api.check(actor=scene.actor("amal"), language="en")
    assert not Award.objects.exists()
    assert not Claim.objects.filter(basis=Basis.BADGE_BACKED).exists()


def test_sharing_is_her_choice_and_can_be_taken_back(scene: Scene) -> None:
    award = scene.award()
    amal = scene.actor("amal")
    url = api.share(actor=amal, award_id=str(award.pk), show_name=False)
    assert api.share(actor=amal, award_id=str(award.pk), show_name=False) == url
    token = url.rstrip("/").rpartition("/")[2]
    nobody = scene.actor("anonymous")
    seen = api.shared(actor=nobody, token=token, language="fr")
    assert (seen.standing, seen.signed, seen.holder) == (Standing.VALID, True, "")
    api.share(actor=amal, award_id=str(award.pk), show_name=True)
    assert api.shared(actor=nobody, token=token, language="fr", who="Kitchen Ltd").holder == "amal"
    looks = scene.own().badges[0].looks
    assert [(look.who, look.times) for look in looks] == [("", 1), ("Kitchen Ltd", 1)]
    with pytest.raises(NotFoundError):
        api.share(actor=scene.actor("elif"), award_id=str(award.pk), show_name=True)
    api.unshare(actor=amal, award_id=str(award.pk))
    api.unshare(actor=amal, award_id=str(award.pk))
    for closed in (token, ""):
        with pytest.raises(NotFoundError):
            api.shared(actor=nobody, token=closed, language="en")
    assert api.share(actor=amal, award_id=str(award.pk), show_name=False) != url


def test_employers_read_valid_badges_as_competences(scene: Scene) -> None:
    award = scene.award()
    user_id = scene.users["amal"].pk
    others = [user_id, scene.users["elif"].pk]
    named = {language: api.badges_held(user_ids=others, language=language)[user_id] for language in ("fr", "en")}
    ((held,), (in_english,)) = named.values()
    assert (held.uri, held.level, held.badge_id) == (TEAMWORK, 2, str(award.pk))
    assert held.name != in_english.name


def test_retirement_erases_the_person_and_leaves_her_own_copy_good(scene: Scene) -> None:
    award = scene.award()
    api.share(actor=scene.actor("amal"), award_id=str(award.pk), show_name=True)
    user_id = scene.users["amal"].pk
    Imported.objects.create(user_id=user_id, source="x", issuer="i", text="t", name="n", checked_at=timezone.now())
    Look.objects.create(award=award, day=timezone.now().date(), who="x")
    for _twice in range(2):
        user_retired.send(sender=None, user_id=user_id)
    for model in (Award, AwardEvent, Look, Imported):
        assert not model.objects.exists(), model
    assert Status.objects.get().revoked_at is None  # her copy is not taken back


def test_a_retired_person_earns_nothing(scene: Scene) -> None:
    scene.publish()
    scene.claim("amal")
    scene.users["amal"].is_active = False
    scene.users["amal"].save()
    assert api.evaluate(user_id=scene.users["amal"].pk) == 0


def test_a_badge_near_its_end_is_renewed_by_hand_and_once(scene: Scene) -> None:
    award = scene.award(valid_days=90)
    sam = scene.actor("sam")
    with pytest.raises(NotNowError, match="good for long yet"):
        api.renew(actor=sam, award_id=str(award.pk))
    Award.objects.filter(pk=award.pk).update(
        awarded_at=timezone.now() - timedelta(days=60), expires_at=timezone.now() + timedelta(days=30)
    )
    made = api.renew(actor=sam, award_id=str(award.pk))
    assert made != str(award.pk)
    assert api.renew(actor=sam, award_id=str(award.pk)) == made
    assert [badge.id for badge in scene.own().badges] == [made, str(award.pk)]
    assert Award.objects.get(living=True).expires_at > timezone.now() + timedelta(days=80)
    assert badge_backed(scene) == [(TEAMWORK, 2)]
    Award.objects.filter(pk=made).update(expires_at=timezone.now() - timedelta(days=1))
    assert api.expire() == 1
    assert badge_backed(scene) == []
    again = api.renew(actor=sam, award_id=made)
    assert badge_backed(scene) == [(TEAMWORK, 2)]
    api.revoke(actor=sam, award_id=again, reason="It was a mistake.")
    with pytest.raises(NotNowError):
        api.renew(actor=sam, award_id=again)


def test_who_holds_it_fifty_at_a_time(scene: Scene, django_assert_num_queries: Any) -> None:
    award = scene.award()
    achievement = str(award.achievement_id)
    sam = scene.actor("sam")
    with django_assert_num_queries(4):
        found = api.holders(actor=sam, achievement_id=achievement, language="en")
    assert [(each.name, each.renewable) for each in found.people] == [("amal", False)]
    people = [User.objects.create(username=f"p{number}") for number in range(60)]
    for person in people:
        status = Status.objects.create(list_number=9, index=person.pk)
        Award.objects.create(
            user=person, achievement=award.achievement, achievement_version=1, language="en", status=status,
            key=award.key, document={}, token="", proof={}, awarded_at=award.awarded_at,
        )  # fmt: skip
    with django_assert_num_queries(4):
        found = api.holders(actor=sam, achievement_id=achievement, language="en", page=2)
    assert (len(found.people), found.pages, found.count) == (11, 2, 61)


def test_the_operator_changes_keys_at_the_desk(scene: Scene) -> None:
    award = scene.award()
    sam = scene.actor("sam")
    (first,) = api.issuer_keys(actor=sam)
    assert (first.state, first.signed) == ("signs", 1)
    second = api.new_key(actor=sam, instead_of=first.kid)
    assert api.new_key(actor=sam, instead_of=first.kid) == second
    assert [each.state for each in api.issuer_keys(actor=sam)] == ["signs", "retired"]
    assert api.take_key(actor=sam, kid=first.kid) == 1
    award.refresh_from_db()
    assert award.key.kid == second
    assert api.take_key(actor=sam, kid=second) == 1  # the last one: another takes over
    assert [each.state for each in api.issuer_keys(actor=sam)] == ["signs", "withdrawn", "withdrawn"]
    with pytest.raises(NotFoundError):
        api.take_key(actor=sam, kid="x")
