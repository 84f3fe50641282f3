"""Drafts of circles: what people say, what is proposed, hands that correct it, confirmed circles, who comes late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from passerelle.circles import api, wishes
from passerelle.circles.data import CircleSettings, Tempo
from passerelle.circles.models import Circle, Forming, FormingGroup, Place, Wish
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelledemo.models import Enrolment, Notice, Profile

from .conftest import COURSE, USAGE, Scene, new_key

Said = Callable[..., None]
PEOPLE = ("amal", "elif", "mariana", "oksana")


def begun(scene: Scene, **changes: Any) -> str:
    settings = CircleSettings(**{"min_size": 2, "max_size": 3, "languages": ("fr", "en"), **changes})
    return api.begin_forming(actor=scene.actor("nadia"), usage_key=USAGE, settings=settings, key=new_key())


def proposed(scene: Scene, **kind: bool) -> str:
    draft_id = begun(scene)
    kind = {"mix": False, "common_time": True, "everyone": False, **kind}
    api.propose(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key(), **kind)
    return draft_id


def seen(scene: Scene, draft_id: str, **more: Any) -> Any:
    return api.draft(actor=scene.actor("nadia"), forming_id=draft_id, language="fr", **more)


def names(group: Any) -> set[str]:
    return {person.name for person in group.people}


def move(scene: Scene, draft_id: str, name: str, to: int, by: str = "nadia") -> None:
    user_id = scene.users[name].pk
    api.move(actor=scene.actor(by), forming_id=draft_id, user_id=user_id, to=to, key=new_key())


def confirm(scene: Scene, draft_id: str, key: str = "") -> None:
    api.confirm(actor=scene.actor("nadia"), forming_id=draft_id, key=key or new_key())


def test_what_one_says_is_kept_changed_and_erased(scene: Scene, said: Said) -> None:
    actor = scene.actor("amal")
    assert not api.my_wish(actor=actor, course_key=COURSE).said
    said("amal", languages=["ar", "fr"], times=["mon-eve"], affiliation="migrant", organisation="  Acme   SA ")
    wish = api.my_wish(actor=actor, course_key=COURSE)
    assert (wish.languages, wish.affiliation, wish.organisation) == (("ar", "fr"), "migrant", "Acme SA")
    said("amal", languages=["fr", "ar", "en"], best="ar")
    wish = api.my_wish(actor=actor, course_key=COURSE)
    assert (wish.languages, wish.affiliation) == (("ar", "fr", "en"), "")
    for _time in range(2):
        api.forget_wish(actor=actor, course_key=COURSE, key="forget-it-now")
    assert not Wish.objects.exists()


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"languages": []}, "languages"),
        ({"languages": ["xx"]}, "languages"),
        ({"languages": "fr"}, "languages"),
        ({"languages": [["fr"]]}, "languages"),
        ({"times": ["monday"]}, "times"),
        ({"affiliation": "king"}, "affiliation"),
        ({"organisation": "x" * 200}, "organisation"),
    ],
)
def test_what_cannot_be_kept_is_named(scene: Scene, said: Said, wish: dict[str, Any], field: str) -> None:
    with pytest.raises((InvalidError, TypeError)) as raised:
        said("amal", **wish)
    assert getattr(raised.value, "field", field) == field
    assert not Wish.objects.exists()


def test_a_proposal_of_those_who_said_something(scene: Scene, said: Said) -> None:
    for name in PEOPLE[:3]:
        said(name)
    said("oksana", times=["sun-am"])
    draft = seen(scene, proposed(scene))
    assert [names(group) for group in draft.groups] == [{"amal", "elif", "mariana"}]
    assert draft.groups[0].time
    assert draft.groups[0].problems == ()
    assert [(person.name, bool(person.why)) for person in draft.waiting] == [("oksana", True)]
    everyone = seen(scene, proposed(scene, everyone=True, common_time=False))
    assert everyone.people == 5  # facilitators and course staff aside


def test_hands_correct_it_and_are_told_what_speaks_against(scene: Scene, said: Said) -> None:
    for name in PEOPLE:
        said(name)
    draft_id = proposed(scene)
    assert [len(group.people) for group in seen(scene, draft_id).groups] == [2, 2]
    first = next(iter(names(seen(scene, draft_id).groups[0])))
    move(scene, draft_id, first, 2)
    draft = seen(scene, draft_id)
    assert [len(group.people) for group in draft.groups] == [1, 3]
    assert len(draft.groups[0].problems) == 1
    move(scene, draft_id, first, 0)
    assert [person.name for person in seen(scene, draft_id).waiting] == [first]
    move(scene, draft_id, first, -1)
    assert [group.number for group in seen(scene, draft_id).groups] == [1, 2, 3]
    with pytest.raises(InvalidError):
        move(scene, draft_id, first, 77)
    with pytest.raises(NotFoundError):
        move(scene, draft_id, "stranger", 1)


def test_a_draft_is_its_maker_s_alone(scene: Scene, said: Said) -> None:
    said("amal")
    draft_id = proposed(scene)
    with pytest.raises(NotFoundError):
        api.draft(actor=scene.actor("zora"), forming_id=draft_id, language="fr")
    for name in ("amal", "jonas", "stranger"):
        with pytest.raises(NotAllowedError):
            api.draft(actor=scene.actor(name), forming_id=draft_id, language="fr")
    with pytest.raises(NotFoundError):
        move(scene, draft_id, "amal", 0, by="zora")


def test_confirmed_circles_keep_seats_and_each_decides(
    scene: Scene, said: Said, django_capture_on_commit_callbacks: Any, at: Any
) -> None:
    for name in PEOPLE[:3]:
        said(name)
    draft_id = proposed(scene)
    key = new_key()
    with django_capture_on_commit_callbacks(execute=True):
        confirm(scene, draft_id, key)
        confirm(scene, draft_id, key)
        confirm(scene, draft_id)
    circle = Circle.objects.get()
    assert circle.facilitator == scene.users["nadia"]
    assert circle.members.count() == 0
    told = Notice.objects.values_list("user__username", flat=True)
    assert len(told) == len(set(told))  # nobody twice; at night nobody yet
    assert [card.id for card in api.circles_at(actor=scene.actor("amal"), usage_key=USAGE, language="fr")]
    assert not api.circles_at(actor=scene.actor("ifeoma"), usage_key=USAGE, language="fr")
    with pytest.raises(NotNowError):
        scene.act("ifeoma", str(circle.pk), "join")
    scene.act("amal", str(circle.pk), "join")
    assert [person.seated for person in seen(scene, draft_id).groups[0].people] == [True, False, False]
    with pytest.raises(NotNowError):
        move(scene, draft_id, "amal", 0)
    move(scene, draft_id, "elif", 0)
    with pytest.raises(NotNowError):
        scene.act("elif", str(circle.pk), "join")
    with pytest.raises(NotNowError):
        api.propose(
            actor=scene.actor("nadia"), forming_id=draft_id, mix=True, common_time=True, everyone=True, key=new_key()
        )


def test_who_comes_late_is_seated_where_there_is_room(scene: Scene, said: Said) -> None:
    for name in PEOPLE[:2]:
        said(name)
    draft_id = proposed(scene)
    confirm(scene, draft_id)
    said("mariana")
    said("oksana", languages=["ar"])
    assert api.place_late(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key()) == 1
    draft = seen(scene, draft_id)
    assert names(draft.groups[0]) == {"amal", "elif", "mariana"}
    assert [person.name for person in draft.waiting] == ["oksana"]
    circle_id = str(Circle.objects.get().pk)
    scene.act("mariana", circle_id, "join")
    scene.act("amal", circle_id, "join")
    scene.act("nadia", circle_id, "start")
    while scene.see("nadia", circle_id).phase.id != "flashbacks":
        scene.act("nadia", circle_id, "next")
    said("ifeoma")
    assert api.place_late(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key()) == 0  # gone too far


@pytest.mark.parametrize("waiting", [5, 50])
@pytest.mark.parametrize("confirmed", [False, True])
def test_seating_the_late_costs_the_same_for_few_and_many(
    scene: Scene,
    said: Said,
    waiting: int,
    confirmed: bool,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("passerelle.circles.drafts.tell_placed", lambda circle: 0)  # at night nobody is told
    for name in PEOPLE:
        said(name)
    draft_id = proposed(scene)
    if confirmed:
        confirm(scene, draft_id)
    said("ifeoma")  # fits
    users = User.objects.bulk_create(User(username=f"late{number}") for number in range(waiting))
    Enrolment.objects.bulk_create(Enrolment(user=user, course_key=COURSE) for user in users)
    Wish.objects.bulk_create(Wish(user=user, course_key=COURSE, languages=["ar"]) for user in users)
    known = Forming.objects.get()
    Place.objects.bulk_create(Place(forming=known, user=user, why="few") for user in users[::2])  # some wait already
    with django_assert_num_queries(16):
        assert api.place_late(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key()) == 1
    assert Place.objects.filter(group=None).count() == waiting
    assert Place.objects.filter(why="few").count() == len(users[::2])


def test_only_circles_that_got_somebody_are_told(scene: Scene, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PEOPLE:
        said(name)
    draft_id = proposed(scene)
    confirm(scene, draft_id)
    told: list[Any] = []
    monkeypatch.setattr("passerelle.circles.drafts.tell_placed", told.append)
    said("ifeoma")
    assert api.place_late(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key()) == 1
    assert told == [Place.objects.get(user=scene.users["ifeoma"]).group.circle]
    assert api.place_late(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key()) == 0
    assert len(told) == 1


def test_who_sits_in_a_circle_here_is_not_placed_again(scene: Scene, said: Said) -> None:
    for name in PEOPLE:
        said(name)
    scene.started("amal", "elif")
    assert set().union(*(names(group) for group in seen(scene, proposed(scene)).groups)) == {"mariana", "oksana"}


def test_nobody_is_alone_with_her_employer_by_proposal_or_told_by_hand(scene: Scene, said: Said) -> None:
    said("amal", organisation="Acme", leads=True)
    said("elif", organisation="ACME")
    said("mariana")
    draft_id = proposed(scene)
    assert {"amal", "elif"} not in [names(group) for group in seen(scene, draft_id).groups]
    assert not any({"amal", "elif"} <= names(group) for group in seen(scene, draft_id).groups)
    number = next(group.number for group in seen(scene, draft_id).groups)
    for name in ("amal", "elif", "mariana"):
        move(scene, draft_id, name, number)
    assert seen(scene, draft_id).groups[0].problems
    shown = repr(seen(scene, draft_id))
    assert "acme" not in shown.casefold()


def test_nothing_to_confirm(scene: Scene) -> None:
    with pytest.raises(NotNowError):
        confirm(scene, begun(scene))


def zones(scene: Scene, **known: str) -> None:
    for name, zone in known.items():
        Profile.objects.update_or_create(user=scene.users[name], defaults={"time_zone": zone})


def test_the_same_evening_in_two_zones_is_not_one(scene: Scene, said: Said) -> None:
    zones(
        scene, **{"amal": "Asia/Kolkata", "elif": "Asia/Kolkata", "mariana": "America/Lima", "oksana": "America/Lima"}
    )
    for name in PEOPLE:
        said(name)
    draft = seen(scene, proposed(scene))
    assert sorted(sorted(names(group)) for group in draft.groups) == [["amal", "elif"], ["mariana", "oksana"]]
    assert [group.problems for group in draft.groups] == [(), ()]
    assert len({group.hours for group in draft.groups}) == 2


def test_different_words_for_the_same_hours_meet(scene: Scene, said: Said) -> None:
    zones(scene, amal="Europe/Paris", nadia="Europe/Kyiv")
    said("amal", times=["mon-pm"])
    said("elif", times=["mon-am"], time_zone="America/Lima")
    said("mariana", times=["mon-pm"], time_zone="America/Lima")
    draft_id = proposed(scene)
    draft = seen(scene, draft_id)
    (group,) = draft.groups
    assert names(group) == {"amal", "elif"}
    assert [person.name for person in draft.waiting] == ["mariana"]
    assert draft.waiting[0].why == "Too few others share a language and a time."
    assert draft.time_zone == "Europe/Kyiv"
    begin = datetime.fromisoformat(group.hours.split("/")[0]).astimezone(ZoneInfo("Europe/Kyiv"))
    assert f"{begin:%H:%M}" in group.time
    number = group.number
    move(scene, draft_id, "mariana", number)
    (problem,) = seen(scene, draft_id).groups[0].problems
    assert "come then" in problem
    move(scene, draft_id, "mariana", -1)
    assert seen(scene, draft_id).groups[1].problems == seen(scene, draft_id).groups[1].problems[:1]  # too few, no more
    said("oksana", times=["mon-pm"], time_zone="Europe/Madrid")
    said("ifeoma", times=["mon-eve"], time_zone="America/Lima")
    assert api.place_late(actor=scene.actor("nadia"), forming_id=draft_id, key=new_key()) == 1
    assert names(seen(scene, draft_id).groups[0]) == {"amal", "elif", "oksana"}


def test_who_gets_a_seat_reads_when_it_could_be_by_her_own_clock(
    scene: Scene, said: Said, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("passerelle.circles.reminders._is_quiet", lambda local: False)
    zones(scene, amal="Europe/Paris", mariana="America/Lima")
    said("amal", times=["mon-pm"])
    said("mariana", times=["mon-am"])
    draft_id = proposed(scene)
    with django_capture_on_commit_callbacks(execute=True):
        confirm(scene, draft_id)
    told = {note.user.username: note.sentence for note in Notice.objects.select_related("user")}
    group = FormingGroup.objects.get()
    for name, zone in (("amal", "Europe/Paris"), ("mariana", "America/Lima")):
        assert wishes.time_in_words(group.time, zone=zone, near=group.forming.begun_at) in told[name]
    assert told["amal"] != told["mariana"]


def test_a_wish_keeps_the_zone_of_the_account_else_of_the_browser(scene: Scene, said: Said, client: Any) -> None:
    amal = scene.actor("amal")
    assert api.my_wish(actor=amal, course_key=COURSE).time_zone == ""
    for sent, kept in (("America/Lima", "America/Lima"), ("Mars/Base", ""), (["x"], ""), ("../etc/passwd", "")):
        said("amal", time_zone=sent)
        assert api.my_wish(actor=amal, course_key=COURSE).time_zone == kept
    zones(scene, amal="Europe/Paris")
    said("amal", time_zone="America/Lima")
    assert api.my_wish(actor=amal, course_key=COURSE).time_zone == "Europe/Paris"
    client.force_login(scene.users["amal"])
    assert ">Europe/Paris</bdi>" in client.get(f"/passerelle/courses/{COURSE}/when/").content.decode()


def test_a_draft_over_days_asks_for_no_common_time(scene: Scene, said: Said) -> None:
    draft_id = begun(scene, tempo=Tempo.DAYS)
    assert not seen(scene, draft_id).common_time


@pytest.mark.parametrize("count", [8, 200])
def test_a_draft_s_page_costs_the_same_with_many_people(
    scene: Scene, said: Said, count: int, django_assert_num_queries: Any
) -> None:
    users = User.objects.bulk_create(User(username=f"person{number}") for number in range(count))
    Enrolment.objects.bulk_create(Enrolment(user=user, course_key=COURSE) for user in users)
    draft_id = proposed(scene, everyone=True, common_time=False)
    with django_assert_num_queries(11):
        draft = seen(scene, draft_id)
    assert draft.people == count + 5
    assert len(draft.groups) <= 20


def test_everybody_who_waits_is_on_a_page(scene: Scene, client: Any) -> None:
    users = User.objects.bulk_create(User(username=f"person{number:03}") for number in range(104))
    draft_id = begun(scene)
    Place.objects.bulk_create(Place(forming_id=draft_id, user=user, why="few") for user in users)
    assert [person.name for number in (1, 2, 3) for person in seen(scene, draft_id, waiting_page=number).waiting] == [
        user.username for user in users
    ]
    client.force_login(scene.users["nadia"])
    address = f"/passerelle/courses/{COURSE}/forming/{draft_id}/"
    page = client.get(f"{address}?waiting=3&page=1").content.decode()
    assert page.count("to-") == 2 * 4
    assert "?waiting=2&amp;page=1#pp-waiting" in page
    assert "person000" in client.get(f"{address}?waiting=0").content.decode()


def test_retirement_erases_wishes_and_places(scene: Scene, said: Said) -> None:
    for name in PEOPLE:
        said(name, organisation="Acme")
    draft_id = proposed(scene)
    confirm(scene, draft_id)
    user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert not Wish.objects.filter(user=scene.users["amal"]).exists()
    assert not Place.objects.filter(user=scene.users["amal"]).exists()
    assert Place.objects.count() == 3
    user_retired.send(sender=None, user_id=scene.users["nadia"].pk)
    assert Forming.objects.get().facilitator is None
    assert FormingGroup.objects.exists()


def test_the_pages(scene: Scene, said: Said, client: Any) -> None:
    for name in PEOPLE:
        said(name, affiliation="ngo")
    draft_id = proposed(scene)
    client.force_login(scene.users["nadia"])
    page = client.get(f"/passerelle/courses/{COURSE}/forming/{draft_id}/").content.decode()
    assert "amal" in page
    assert (
        f"/passerelle/courses/{COURSE}/forming/{draft_id}/"
        in client.get(f"/passerelle/courses/{COURSE}/desk/").content.decode()
    )
    client.force_login(scene.users["amal"])
    assert client.get(f"/passerelle/courses/{COURSE}/forming/{draft_id}/").status_code == 403
    page = client.get(f"/passerelle/courses/{COURSE}/when/").content.decode()
    assert 'value="mon-eve" checked' in page
    body = {"languages": ["fr", "ar"], "times": [], "leads": "on", "key": new_key()}
    posted = client.post(f"/passerelle/courses/{COURSE}/when/say", body, content_type="application/json")
    assert posted.status_code == 200
    assert Wish.objects.get(user=scene.users["amal"]).leads
    home = client.get(f"/passerelle/courses/{COURSE}/").content.decode()
    assert f"/passerelle/courses/{COURSE}/when/" in home
    assert "/passerelle/reminders" in home
