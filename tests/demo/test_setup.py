"""`demo_setup`, `demo_serve`, `retire_user`."""

from __future__ import annotations

import socket
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from passerelle.circles.models import Facilitator
from passerelle.courses.olx import course_runs
from passerelle.host.api import user_retired
from passerelledemo.management.commands.demo_serve import where_to_go
from passerelledemo.models import BlockState, Enrolment, Profile
from passerelledemo.people import PEOPLE

pytestmark = pytest.mark.usefixtures("people")


def everything() -> str:
    out = StringIO()
    call_command("dumpdata", exclude=["contenttypes", "auth.permission"], stdout=out)
    return out.getvalue()


def test_the_people_are_there_and_take_part() -> None:
    assert User.objects.count() == len(PEOPLE) == 10
    assert {key.run for key in course_runs()} >= {"en", "fr"}
    for name in ("amal", "nadia"):
        assert Enrolment.objects.filter(user__username=name).count() == len(course_runs())
    assert not Enrolment.objects.filter(user__username="marta").exists()
    assert set(Facilitator.objects.values_list("course_key", flat=True)) == set(course_runs())


def test_a_second_setup_changes_nothing() -> None:
    Profile.objects.filter(user__username="amal").update(language="fr")
    Enrolment.objects.filter(user__username="claire").delete()
    before = everything()
    call_command("demo_setup", verbosity=0)
    assert everything() == before


def test_everybody_is_told_where_to_go() -> None:
    told = where_to_go("http://127.0.0.1:8000")
    assert all(person.name in told for person in PEOPLE)
    assert "http://127.0.0.1:8000/courses/course-v1:Passerelle+TOT101+fr/" in told


def test_a_taken_port_is_said_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"PORT={port + 1}"):
            call_command("demo_serve", port=port)


def test_retiring_somebody_tells_the_apps_and_erases_what_the_demo_holds() -> None:
    amal = User.objects.get(username="amal")
    BlockState.objects.create(owner_id=amal.pk, scope="user_state", scope_id="x", field="answer", value="mine")
    told: list[int] = []

    def listen(sender: object, user_id: int, **_kwargs: object) -> None:
        told.append(user_id)

    user_retired.connect(listen)
    try:
        call_command("retire_user", "amal", stdout=StringIO())
    finally:
        user_retired.disconnect(listen)
    assert told == [amal.pk]
    assert "amal" not in everything().lower()
    assert "mine" not in everything()
    assert not User.objects.get(pk=amal.pk).is_active
    with pytest.raises(CommandError):
        call_command("retire_user", "amal")
