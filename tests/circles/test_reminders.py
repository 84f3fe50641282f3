"""Reminders: who is told what, once, at a decent hour, in her language, and with nothing of what was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from passerelle.circles import api, reminders
from passerelle.circles.data import Tempo
from passerelle.circles.models import Circle, Event, NoReminders, Reminder
from passerelle.host.api import user_retired
from passerelle.host.signals import hourly_due
from passerelledemo.models import Notice, Profile

from .conftest import Scene, new_key

NOON = datetime(2026, 11, 2, 14, tzinfo=UTC)  # in Paris it is 15:00, in New York 9:00
MARKER = "Le figuier de ma grand-mère"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the server's clock stand so many hours after a Monday's noon, UTC."""
    from django.utils import timezone

    def stand(hours: float) -> datetime:
        moment = NOON + timedelta(hours=hours)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    stand(0)
    return stand


@pytest.fixture
def tick(clock: Any, django_capture_on_commit_callbacks: Any) -> Any:
    """Look after the circles so many hours after noon; answers what was told, by user name."""

    def look(hours: float) -> list[tuple[str, str]]:
        before = set(Notice.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            reminders.tick(now=clock(hours))
        new = Notice.objects.exclude(pk__in=before).select_related("user").order_by("user__username", "pk")
        return [(notice.user.username, notice.sentence) for notice in new]

    return look


def begun(scene: Scene, **changes: Any) -> str:
    for name, zone, language in (("amal", "Europe/Paris", "ar"), ("elif", "America/New_York", "en")):
        Profile.objects.create(user=scene.users[name], time_zone=zone, language=language)
    return scene.started("amal", "elif", tempo=Tempo.DAYS, **{"days": {"acquaint": 2}, **changes})


def test_each_is_told_once_in_her_language_and_time(scene: Scene, tick: Any) -> None:
    begun(scene)
    told = dict(tick(0))
    assert set(told) == {"elif"} | {"amal"}
    assert "Story circle" in told["elif"]
    assert "(EST)" in told["elif"]
    assert "حلقة" in told["amal"]
    assert "(CET)" in told["amal"]
    assert tick(0.5) == []
    assert tick(1) == []


def test_shortly_before_the_end_those_who_have_not_come_hear_again(scene: Scene, tick: Any) -> None:
    circle_id = begun(scene)
    tick(0)
    scene.act("elif", circle_id, "tell", text=MARKER)
    assert [name for name, _sentence in tick(25)] == ["amal"]
    assert tick(26) == []


def test_nobody_is_woken(scene: Scene, tick: Any) -> None:
    begun(scene)
    assert [name for name, _sentence in tick(-8)] == []  # 7:00 in Paris is too early, 1:00 in New York too
    assert [name for name, _sentence in tick(-6)] == ["amal"]
    assert [name for name, _sentence in tick(0)] == ["elif"]


def test_who_wishes_none_gets_none(scene: Scene, tick: Any) -> None:
    begun(scene)
    assert api.reminders_wanted(actor=scene.actor("amal"))
    key = new_key()
    for _time in range(2):
        api.choose_reminders(actor=scene.actor("amal"), wanted=False, key=key)
    assert [name for name, _sentence in tick(0)] == ["elif"]
    api.choose_reminders(actor=scene.actor("amal"), wanted=True, key=new_key())
    assert [name for name, _sentence in tick(1)] == ["amal"]


def test_the_facilitator_hears_of_silence_and_the_circle_has_gone_on(scene: Scene, tick: Any) -> None:
    circle_id = begun(scene)
    scene.act("elif", circle_id, "tell", text=MARKER)
    told = tick(50)
    assert Circle.objects.get(pk=circle_id).state["phase"] == 2
    assert Event.objects.filter(circle_id=circle_id, what="expired", seat=1).count() == 1
    sentence = dict(told)["nadia"]
    assert "1 " in sentence
    assert "Amal" not in sentence
    assert "nadia" not in dict(tick(51))


def test_a_paused_circle_is_left_alone(scene: Scene, tick: Any) -> None:
    circle_id = begun(scene)
    scene.act("nadia", circle_id, "pause")
    assert tick(100) == []
    assert Circle.objects.get(pk=circle_id).state["phase"] == 1


def test_time_alone_ends_a_circle_and_it_is_kept(scene: Scene, tick: Any) -> None:
    circle_id = begun(scene)
    tick(24 * 60)
    circle = Circle.objects.get(pk=circle_id)
    assert circle.closed_at is not None
    assert tick(24 * 61) == []


def test_no_reminder_tells_what_was_told(scene: Scene, tick: Any) -> None:
    circle_id = begun(scene)
    scene.act("elif", circle_id, "tell", text=MARKER)
    for hours in range(0, 24 * 30, 12):
        tick(hours)
    assert Notice.objects.count() > 6
    for notice in Notice.objects.all():
        assert "figuier" not in notice.sentence + notice.path
        assert not any(name in notice.sentence for name in ("Amal", "Elif", "Nadia", "amal", "elif", "@"))
    assert Notice.objects.filter(user=scene.users["nadia"]).first().path.endswith("/desk/")


def test_the_hour_and_the_command_do_it(scene: Scene, clock: Any, capsys: pytest.CaptureFixture[str]) -> None:
    begun(scene)
    clock(50)
    call_command("passerelle_circles_tick")
    assert "went on: 1" in capsys.readouterr().out
    assert ("passerelle.circles", "0 circles") not in hourly_due.send(sender=None)
    assert Reminder.objects.count() == 3


def test_one_broken_circle_stops_no_other(scene: Scene, tick: Any) -> None:
    begun(scene)
    broken = Circle.objects.create(
        course_key=scene.actor("amal").course_key,
        usage_key=Circle.objects.get().usage_key,
        language="fr",
        protocol={"tempo": "days"},
        started_at=NOON,
    )
    assert len(tick(0)) == 2
    assert Circle.objects.filter(pk=broken.pk).exists()


def test_retirement_forgets_reminders(scene: Scene, tick: Any) -> None:
    begun(scene)
    tick(0)
    NoReminders.objects.create(user=scene.users["amal"])
    user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert not Reminder.objects.filter(user=scene.users["amal"]).exists()
    assert not NoReminders.objects.exists()
    assert Reminder.objects.filter(user=scene.users["elif"]).exists()


def test_a_circle_costs_the_same_with_many_people(scene: Scene, clock: Any, django_assert_max_num_queries: Any) -> None:
    begun(scene)
    reminders.tick(now=clock(0))
    with django_assert_max_num_queries(10):  # nothing new to tell
        reminders.tick(now=clock(1))
