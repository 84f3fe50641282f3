"""Register, transcript and export of a circle, and the course run's circles in numbers."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from passerelle.circles import api
from passerelle.circles.models import Circle, Contribution, Event, Member, Report, StoryConsent, StoryFile
from passerelle.circles.records import _floored
from passerelle.host.api import user_retired

from .conftest import COURSE, Scene, new_key

MARKER = "Le figuier de ma grand-mère"


def exported(client: Any, circle_id: str, what: str) -> list[list[str]]:
    answer = client.get(f"/passerelle/circles/{circle_id}/{what}.csv")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def told_circle(scene: Scene) -> str:
    circle_id = scene.started("amal", "elif", "mariana")
    scene.act("amal", circle_id, "tell", text=MARKER)
    scene.act("elif", circle_id, "tell", text="=1+1", audience="facilitators")
    scene.act("mariana", circle_id, "tell", text="pour moi", audience="self")
    return circle_id


def test_the_transcript_says_what_was_agreed_to(scene: Scene) -> None:
    circle_id = told_circle(scene)
    lines = api.transcript(actor=scene.actor("nadia"), circle_id=circle_id, language="fr")
    assert [(line.name, line.text, line.purposes) for line in lines] == [
        ("Amal", MARKER, ("facilitators", "circle")),
        ("Elif", "=1+1", ("facilitators",)),
    ]


def test_the_table_is_in_its_reader_s_words(scene: Scene, client: Any) -> None:
    circle_id = scene.in_phase("share", "amal", "elif")
    scene.act("amal", circle_id, "tell", text=MARKER)
    story = str(Contribution.objects.get(text=MARKER).pk)
    while scene.see("nadia", circle_id).phase.id != "flashbacks":
        scene.act("nadia", circle_id, "next")
    scene.act("elif", circle_id, "reply", to=story, text="Je vois le figuier")
    client.force_login(scene.users["nadia"])
    file = {"member": Member.objects.first(), "contribution_id": story, "size": 1}
    StoryFile.objects.create(**file, kind="audio", seconds=61, path="a", words="Mon figuier")
    StoryFile.objects.create(**file, kind="image", path="b", words="Un arbre")
    client.cookies["django_language"] = "fr"
    rows = exported(client, circle_id, "transcript")
    assert {row[3] for row in rows[1:]} == {"Récit", "Réponse à un récit"}
    assert rows[1][5] == "pour la personne qui anime, pour le cercle"
    assert rows[1][6] == "Une voix, 1:01\nMon figuier\nUne image\nUn arbre"


def test_nothing_withdrawn_is_exported(scene: Scene, client: Any) -> None:
    circle_id = told_circle(scene)
    client.force_login(scene.users["nadia"])
    assert [row[4] for row in exported(client, circle_id, "transcript")[1:]] == [MARKER, "'=1+1"]  # no formula
    amal, story = scene.actor("amal"), str(Contribution.objects.get(text=MARKER).pk)
    api.report(actor=scene.actor("elif"), contribution_id=story, reason="other", words="", key=new_key())
    assert len(exported(client, circle_id, "transcript")) == 2  # hidden: not exported
    api.hide(actor=scene.actor("nadia"), contribution_id=story, words="", key=new_key())
    api.release(actor=scene.actor("nadia"), contribution_id=story, words="", key=new_key())
    assert len(exported(client, circle_id, "transcript")) == 3
    api.withdraw_consent(actor=amal, contribution_id=story, purpose="facilitators", key=new_key())
    assert MARKER not in str(exported(client, circle_id, "transcript"))
    assert MARKER not in client.get(f"/passerelle/circles/{circle_id}/desk/").content.decode()


def test_withdrawal_and_retirement_leave_no_marker(scene: Scene, client: Any) -> None:
    circle_id = told_circle(scene)
    client.force_login(scene.users["nadia"])
    pages = [f"/passerelle/circles/{circle_id}/{page}" for page in ("desk/", "transcript.csv", "register.csv", "state")]
    assert MARKER in client.get(pages[0]).content.decode()
    story = str(Contribution.objects.get(text=MARKER).pk)
    api.withdraw(actor=scene.actor("amal"), contribution_id=story, key=new_key())
    assert not [page for page in pages if MARKER in client.get(page).content.decode()]
    user_retired.send(sender=None, user_id=scene.users["elif"].pk)
    assert not [page for page in pages if "=1+1" in client.get(page).content.decode()]
    assert not [page for page in pages if "Elif" in client.get(page).content.decode()]


def test_the_register_knows_every_meeting(scene: Scene, client: Any) -> None:
    circle_id = scene.started("amal", "elif", "mariana", protocol="goal_circle")
    scene.act("mariana", circle_id, "leave")
    while scene.see("nadia", circle_id).phase.id != "again":
        scene.act("nadia", circle_id, "next")
    scene.act("amal", circle_id, "arrive")
    scene.act("nadia", circle_id, "arrive", seat=2)
    scene.act("elif", circle_id, "leave")
    rows = api.register(actor=scene.actor("nadia"), circle_id=circle_id)
    assert [row.sessions for row in rows] == [(True,), (True,), (True,)]
    assert [row.turns for row in rows] == [2, 2, 0]
    assert rows[2].left_at
    client.force_login(scene.users["nadia"])
    assert [row[0] for row in exported(client, circle_id, "register")[1:]] == ["Amal", "Elif", "Mariana"]


@pytest.mark.parametrize("name", ["amal", "zora", "jonas", "stranger"])
def test_records_are_the_facilitator_s(scene: Scene, client: Any, name: str) -> None:
    circle_id = told_circle(scene)
    client.force_login(scene.users[name])
    for what in ("register.csv", "transcript.csv", "desk/"):
        assert client.get(f"/passerelle/circles/{circle_id}/{what}").status_code == 403


@pytest.mark.parametrize("count", [5, 500])
def test_a_circle_s_desk_costs_the_same_with_many_stories(
    scene: Scene, django_assert_num_queries: Any, count: int
) -> None:
    circle_id = told_circle(scene)
    first = Contribution.objects.get(text=MARKER)
    made = Contribution.objects.bulk_create(
        Contribution(
            circle_id=circle_id,
            member=first.member,
            consent=first.consent,
            phase="share",
            slot=f"n{number}",
            audience="circle",
        )
        for number in range(count)
    )
    StoryConsent.objects.bulk_create(
        StoryConsent(contribution=one, purpose="circle", text_version=1, language="fr", granted_at=first.told_at)
        for one in made
    )
    Event.objects.bulk_create(
        Event(circle_id=circle_id, seat=1, phase="share", what="done", at=first.told_at) for _n in range(count)
    )
    with django_assert_num_queries(6):
        assert len(api.transcript(actor=scene.actor("nadia"), circle_id=circle_id, language="fr")) == count + 2
    with django_assert_num_queries(6):
        assert api.register(actor=scene.actor("nadia"), circle_id=circle_id)[0].turns == count + 1


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 4, None), (0, 5, 0), (5, 5, 5), (4, 20, None), (16, 20, None), (5, 10, 5), (15, 20, 15), (1, 1, None)],
)
def test_no_number_points_at_somebody(part: int, whole: int, shown: int | None) -> None:
    assert _floored(part, whole) == shown


@pytest.mark.parametrize(("people", "shown"), [(4, None), (12, 12)])
def test_the_course_in_numbers(scene: Scene, client: Any, people: int, shown: int | None) -> None:
    circle = Circle.objects.get(pk=scene.open())
    users = User.objects.bulk_create(User(username=f"u{number}") for number in range(people))
    members = Member.objects.bulk_create(
        Member(circle=circle, user=user, seat=number, name="x") for number, user in enumerate(users, start=1)
    )
    Event.objects.bulk_create(
        Event(circle=circle, seat=member.seat, phase="share", what="done", at=circle.opened_at)
        for member in members[:6]
    )
    Circle.objects.update(closed_at=circle.opened_at)
    found = api.course_report(actor=scene.actor("jonas"), course_key=COURSE)
    assert (found.people, found.to_the_end) == (shown, 6 if shown else None)
    assert found.reporters == (0 if shown else None)
    Report.objects.create(circle=circle, reporter=users[0], reason="other")
    assert api.course_report(actor=scene.actor("jonas"), course_key=COURSE).reporters is None
    client.force_login(scene.users["jonas"])
    page = client.get(f"/passerelle/courses/{COURSE}/desk/").content.decode()
    assert f"<dd>{shown or '–'}</dd>" in page
