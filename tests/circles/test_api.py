"""A circle played through the public API, and everything that people send by mistake or on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from passerelle.circles import api
from passerelle.circles.data import Audience, CircleSettings
from passerelle.circles.models import Circle, Consent, Contribution, Event, Facilitator, Member, Receipt, StoryConsent
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError

from .conftest import COURSE, OTHER_USAGE, USAGE, Scene, new_key

MARKER = "Le figuier de ma grand-mère"


def test_a_circle_is_played_to_its_end(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    assert scene.see("amal", circle_id).floor.mine
    scene.act("amal", circle_id, "tell", text="Bonjour")
    scene.act("elif", circle_id, "pass")
    scene.act("nadia", circle_id, "next")
    scene.act("amal", circle_id, "tell", text=MARKER)
    scene.act("elif", circle_id, "tell", text="Mon premier marché", audience="facilitators")
    seen = scene.act("nadia", circle_id, "next")
    assert seen.phase.id == "flashbacks"
    story = next(told for told in scene.see("elif", circle_id).contributions if told.text == MARKER)
    scene.act("elif", circle_id, "reply", to=story.id, text="Je vois le figuier")
    scene.act("nadia", circle_id, "next")
    scene.act("amal", circle_id, "answer", question=0, text="Le courage")
    scene.act("nadia", circle_id, "next")
    scene.act("amal", circle_id, "answer", question=0, text="Une amie", audience="self")
    seen = scene.act("nadia", circle_id, "next")
    assert seen.closed
    assert seen.can == ()
    register = list(Event.objects.filter(circle_id=circle_id).values_list("what", flat=True))
    given = Contribution.objects.filter(circle=circle_id).exclude(floor_to=None)
    assert register.count("floor") + given.count() == 4
    assert register[0] == "joined"


def test_audiences_keep_a_story_from_everybody_else(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", "mariana")
    scene.act("amal", circle_id, "tell", text="pour la facilitatrice", audience="facilitators")
    scene.act("elif", circle_id, "tell", text="pour moi", audience="self")
    scene.act("mariana", circle_id, "tell", text="pour le groupe", audience="cohort")

    def texts(name: str) -> set[str]:
        return {told.text for told in scene.see(name, circle_id).contributions}

    assert texts("amal") == {"pour la facilitatrice", "pour le groupe"}
    assert texts("nadia") == {"pour la facilitatrice", "pour le groupe"}
    assert texts("elif") == {"pour moi", "pour le groupe"}
    shared = api.shared_stories(actor=scene.actor("ifeoma"), usage_key=USAGE)
    assert [story.text for story in shared] == ["pour le groupe"]
    assert set(StoryConsent.objects.values_list("purpose", flat=True)) == {"circle", "facilitators", "cohort"}


def test_withdrawal_reaches_replies_and_lets_the_teller_begin_anew(scene: Scene) -> None:
    circle_id = scene.in_phase("share")
    scene.act("amal", circle_id, "tell", text=MARKER)
    scene.act("elif", circle_id, "done")
    scene.act("nadia", circle_id, "next")
    story = scene.see("elif", circle_id).contributions[0]
    scene.act("elif", circle_id, "reply", to=story.id, text=f"{MARKER} aussi")
    with pytest.raises(NotFoundError):
        api.withdraw(actor=scene.actor("elif"), contribution_id=story.id, key=new_key())
    api.withdraw(actor=scene.actor("amal"), contribution_id=story.id, key=new_key())
    assert not Contribution.objects.filter(text__contains="figuier").exists()
    assert scene.see("elif", circle_id).contributions == ()
    assert [told.withdrawn for told in api.my_stories(actor=scene.actor("amal"), language="fr")] == [True]


def test_the_same_request_twice_does_one_thing(scene: Scene) -> None:
    circle_id = scene.started()
    key = new_key()
    for _time in range(3):
        scene.act("amal", circle_id, "tell", key=key, text="Une fois")
    assert Contribution.objects.count() == 1
    assert scene.see("amal", circle_id).floor.seat == 2
    assert scene.open() != scene.open()
    again = new_key()
    settings = CircleSettings(languages=("fr",))
    ids = {
        api.open_circle(actor=scene.actor("nadia"), usage_key=USAGE, settings=settings, language="fr", key=again).id
        for _time in range(2)
    }
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("name", "action", "payload", "error"),
    [
        ("elif", "tell", {"text": "trop tôt"}, NotNowError),
        ("elif", "done", {}, NotNowError),
        ("elif", "pass", {}, NotNowError),
        ("elif", "extend", {}, NotNowError),
        ("amal", "reply", {"to": "x", "text": "y"}, NotNowError),
        ("amal", "answer", {"question": 0, "text": "y"}, NotNowError),
        ("amal", "tell", {"text": "   "}, InvalidError),
        ("amal", "tell", {"text": None}, InvalidError),
        ("amal", "tell", {"text": "x" * 20_001}, InvalidError),
        ("amal", "tell", {"text": "x", "audience": "everybody"}, InvalidError),
        ("amal", "tell", {"text": "x", "audience": ["circle"]}, InvalidError),
        ("amal", "dance", {}, InvalidError),
        ("nadia", "start", {}, NotNowError),
        ("oksana", "tell", {"text": "x"}, NotAllowedError),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    scene: Scene, name: str, action: str, payload: dict[str, Any], error: type[Exception]
) -> None:
    circle_id = scene.started()
    before = Circle.objects.values().get()
    with pytest.raises(error) as caught:
        scene.act(name, circle_id, action, **payload)
    assert str(caught.value)
    assert Circle.objects.values().get() == before
    assert Contribution.objects.count() == 0


def test_a_refused_request_may_be_sent_again_with_its_key(scene: Scene) -> None:
    circle_id = scene.started()
    key = new_key()
    with pytest.raises(NotNowError):
        scene.act("elif", circle_id, "tell", key=key, text="Mon tour")
    scene.act("amal", circle_id, "pass")
    scene.act("elif", circle_id, "tell", key=key, text="Mon tour")
    assert Contribution.objects.get().text == "Mon tour"


def test_a_foreign_or_garbled_circle_is_not_here(scene: Scene) -> None:
    circle_id = scene.started()
    common = {"action": "pass", "payload": {}}
    for wrong in ("", "nonsense", new_key()):
        with pytest.raises(NotFoundError):
            api.act(actor=scene.actor("amal"), circle_id=wrong, key=new_key(), **common)
    with pytest.raises(NotFoundError):
        api.act(actor=scene.actor("amal"), circle_id=circle_id, key=new_key(), usage_key=OTHER_USAGE, **common)


def test_a_script_is_kept_as_the_words_it_is(scene: Scene) -> None:
    circle_id = scene.started()
    text = "<script>alert(1)</script>\x00\x07 fin"
    seen = scene.act("amal", circle_id, "tell", text=text)
    assert seen.contributions[0].text == "<script>alert(1)</script> fin"


def test_time_runs_out_on_the_servers_clock_and_nothing_is_lost(scene: Scene, at: Callable[[float], None]) -> None:
    circle_id = scene.started()
    at(140)
    seen = scene.see("amal", circle_id)
    assert not seen.floor.mine
    assert "tell" in seen.can
    scene.act("amal", circle_id, "tell", text="Encore là")
    assert Event.objects.filter(what="expired", seat=1).count() == 1
    assert scene.see("elif", circle_id).floor.mine


def test_pause_extend_resume_leave_and_late_join(scene: Scene) -> None:
    circle_id = scene.started()
    assert scene.act("amal", circle_id, "pause").floor.left > 110
    assert scene.act("amal", circle_id, "extend").floor.left > 170
    assert scene.act("nadia", circle_id, "resume").floor.ends_at
    seen = scene.act("mariana", circle_id, "join")
    assert [person.name for person in seen.people] == ["Amal", "Elif", "Mariana"]
    assert scene.act("amal", circle_id, "leave") is None
    seen = scene.see("mariana", circle_id)
    assert seen.floor.seat == 2
    assert len(seen.people) == 2
    scene.act("nadia", circle_id, "next")
    scene.act("nadia", circle_id, "next")
    scene.act("nadia", circle_id, "next")
    with pytest.raises(NotNowError):
        scene.act("oksana", circle_id, "join")


def test_too_few_too_many_and_no_agreement(scene: Scene) -> None:
    circle_id = scene.open(min_size=2, max_size=2)
    scene.act("amal", circle_id, "join")
    with pytest.raises(NotNowError):
        scene.act("nadia", circle_id, "start")
    with pytest.raises(InvalidError):
        scene.act("elif", circle_id, "join", agreed=False)
    scene.act("elif", circle_id, "join")
    with pytest.raises(NotNowError):
        scene.act("mariana", circle_id, "join")


def test_completion_is_for_those_who_had_their_turn_in_the_last_round(scene: Scene) -> None:
    circle_id = scene.in_phase("share")

    def completed(name: str, action: str) -> bool:
        return api.act(actor=scene.actor(name), circle_id=circle_id, action=action, key=new_key(), payload={}).completed

    assert completed("amal", "pass")
    assert not completed("nadia", "skip")


def test_retirement_leaves_nothing_of_the_person(scene: Scene) -> None:
    circle_id = scene.in_phase("share")
    scene.act("amal", circle_id, "tell", text=MARKER)
    scene.act("nadia", circle_id, "next")
    scene.act("nadia", circle_id, "next")
    story = scene.see("elif", circle_id).contributions[0]
    scene.act("elif", circle_id, "reply", to=story.id, text=MARKER)
    for _time in range(2):
        user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert not Contribution.objects.exists()
    assert not Member.objects.filter(name="Amal").exists()
    assert not Receipt.objects.filter(user=scene.users["amal"]).exists()
    assert [person.name for person in scene.see("elif", circle_id).people] == ["Elif"]
    user_retired.send(sender=None, user_id=scene.users["nadia"].pk)
    assert Facilitator.objects.count() == 1
    assert Circle.objects.get().facilitator is None


def test_staff_appoint_and_dismiss(scene: Scene) -> None:
    jonas = scene.actor("jonas")
    user_id = api.appoint_facilitator(actor=jonas, course_key=COURSE, name="IFEOMA@example.org")
    assert user_id == scene.users["ifeoma"].pk
    api.appoint_facilitator(actor=jonas, course_key=COURSE, name="ifeoma")
    assert "ifeoma" in api.facilitators(actor=jonas, course_key=COURSE).values()
    with pytest.raises(InvalidError):
        api.appoint_facilitator(actor=jonas, course_key=COURSE, name="nobody")
    api.dismiss_facilitator(actor=jonas, course_key=COURSE, user_id=user_id)
    assert not api.is_facilitator(user_id=user_id, course_key=COURSE)


@pytest.mark.parametrize("told", [5, 500])
def test_a_circles_page_costs_the_same_with_many_stories(
    scene: Scene, django_assert_num_queries: Any, told: int
) -> None:
    circle_id = scene.started()
    member = Member.objects.first()
    consent = Consent.objects.create(member=member, purpose="take_part", audience="circle", text_version=1)
    Contribution.objects.bulk_create(
        Contribution(
            circle_id=circle_id,
            member=member,
            consent=consent,
            phase="share",
            slot=f"n{number}",
            text="Un récit",
            audience=Audience.CIRCLE,
        )
        for number in range(told)
    )
    with django_assert_num_queries(5):
        seen = scene.see("elif", circle_id)
    assert len(seen.contributions) == told
    with django_assert_num_queries(1):
        api.etag(actor=scene.actor("elif"), circle_id=circle_id, language="fr")
    with django_assert_num_queries(4):
        assert len(api.my_stories(actor=scene.actor("amal"), language="fr")) == told


def test_lists_count_everyone_who_is_there(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", "mariana")
    scene.act("mariana", circle_id, "leave")
    for name in ("amal", "nadia"):
        (card,) = api.my_circles(actor=scene.actor(name), language="fr")
        assert card.people == 2
    scene.act("nadia", circle_id, "close")
    (card,) = api.circles_at(actor=scene.actor("amal"), usage_key=USAGE, language="fr")
    assert (card.people, card.mine) == (2, True)
