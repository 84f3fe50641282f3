"""What a facilitator writes to a circle: read by its people, told without its words, gone when she takes it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from passerelle.circles import api, keeping, reminders
from passerelle.circles.models import Circle, Message, Reminder
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError
from passerelledemo.models import Notice, Profile

from .conftest import COURSE, OTHER_COURSE, Scene, new_key

WORDS = "On se retrouve lundi, avec le figuier"
NOON, NIGHT = datetime(2026, 3, 3, 12, tzinfo=UTC), datetime(2026, 3, 3, 23, tzinfo=UTC)


@pytest.fixture
def circle_id(scene: Scene) -> str:
    """Amal and Elif are in it; Mariana has left."""
    circle_id = scene.started("amal", "elif", "mariana")
    scene.act("mariana", circle_id, "leave")
    return circle_id


def write(scene: Scene, circle_id: str, text: str = WORDS, key: str = "", by: str = "nadia") -> None:
    api.send_message(actor=scene.actor(by), circle_id=circle_id, text=text, key=key or new_key())


def read(scene: Scene, name: str, **changes: Any) -> list[str]:
    return [one.text for one in api.my_messages(actor=scene.actor(name, **changes), language="fr")]


def test_the_people_of_the_circle_read_it(scene: Scene, circle_id: str, client: Any) -> None:
    key = new_key()
    for _time in range(2):
        write(scene, circle_id, key=key)
    assert read(scene, "amal") == read(scene, "elif") == [WORDS]
    assert read(scene, "mariana") == read(scene, "oksana") == read(scene, "jonas") == []
    (one,) = api.messages(actor=scene.actor("amal"), circle_id=circle_id, language="fr")
    assert (one.by, one.mine) == ("nadia", False)
    assert api.my_messages(actor=scene.actor("amal"), language="fr", course_key=OTHER_COURSE) == []
    client.force_login(scene.users["amal"])
    assert WORDS in client.get(f"/passerelle/courses/{COURSE}/").content.decode()
    client.force_login(scene.users["nadia"])
    assert WORDS in client.get(f"/passerelle/circles/{circle_id}/desk/").content.decode()
    assert WORDS not in str(scene.see("amal", circle_id))


def test_what_cannot_be_sent_is_named(scene: Scene, circle_id: str) -> None:
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(InvalidError) as caught:
            write(scene, circle_id, text)
        assert caught.value.field == "text"
    for name in ("amal", "zora", "jonas"):
        with pytest.raises(NotAllowedError):
            write(scene, circle_id, by=name)
    assert not Message.objects.exists()


def test_they_are_told_once_in_their_language_without_the_words(
    scene: Scene, circle_id: str, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    Profile.objects.create(user=scene.users["amal"], language="fr")
    Profile.objects.create(user=scene.users["elif"], language="tr", time_zone="Asia/Tokyo")  # it is night there
    with django_capture_on_commit_callbacks(execute=True):
        write(scene, circle_id)
    (note,) = Notice.objects.all()
    assert note.user == scene.users["amal"]
    assert note.path == f"/passerelle/courses/{COURSE}/"
    assert "My Passerelle" not in note.sentence
    assert "figuier" not in note.sentence
    morning = NOON + timedelta(hours=12)
    Message.objects.update(at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        assert [reminders.tick(now=morning)[1] for _time in range(2)] == [1, 0]
    assert Notice.objects.filter(user=scene.users["elif"]).count() == 1
    assert Reminder.objects.filter(kind="written").count() == 2
    assert not Notice.objects.filter(user__in=[scene.users["nadia"], scene.users["mariana"]]).exists()


def test_old_news_is_not_told(scene: Scene, circle_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NIGHT)
    write(scene, circle_id)
    Message.objects.update(at=NIGHT - timedelta(days=3))
    assert reminders.tick(now=NOON + timedelta(days=1))[1] == 0


def test_it_is_taken_back_by_whoever_wrote_it(scene: Scene, circle_id: str) -> None:
    write(scene, circle_id)
    message = str(Message.objects.get().pk)

    def take_back(name: str) -> None:
        api.take_back_message(actor=scene.actor(name), circle_id=circle_id, message_id=message, key=new_key())

    Circle.objects.update(facilitator=scene.users["zora"])
    take_back("zora")
    assert read(scene, "amal") == [WORDS]
    with pytest.raises(NotAllowedError):
        take_back("nadia")
    Circle.objects.update(facilitator=scene.users["nadia"])
    take_back("nadia")
    assert read(scene, "amal") == []


def test_retirement_and_time_erase_it(scene: Scene, circle_id: str, settings: Any) -> None:
    write(scene, circle_id)
    settings.PASSERELLE_RETENTION_DAYS = {"receipts": 90}
    later = timezone.now() + timedelta(days=200)
    keeping.purge(now=later, dry_run=False)
    assert Message.objects.exists()  # the circle goes on
    Circle.objects.update(closed_at=timezone.now())
    keeping.purge(now=later, dry_run=True)
    assert Message.objects.exists()
    keeping.purge(now=later, dry_run=False)
    assert not Message.objects.exists()
    write(scene, circle_id)
    user_retired.send(sender=None, user_id=scene.users["nadia"].pk)
    assert not Message.objects.exists()


@pytest.mark.parametrize("count", [5, 500])
def test_reading_costs_the_same_with_many(
    scene: Scene, circle_id: str, count: int, django_assert_num_queries: Any
) -> None:
    nadia = scene.users["nadia"]
    Message.objects.bulk_create(Message(circle_id=circle_id, author=nadia, text=WORDS) for _number in range(count))
    with django_assert_num_queries(3):
        assert len(read(scene, "amal")) == min(count, 50)
    with django_assert_num_queries(5):
        api.messages(actor=scene.actor("nadia"), circle_id=circle_id, language="fr")
