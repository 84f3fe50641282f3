"""A practicum: who has attended what, whose certificate waits, and that it is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openedx_filters.learning.filters import CertificateCreationRequested
from passerelle.circles import api, practicum
from passerelle.circles.models import Circle, Event
from passerelle.circles.settings.common import plugin_settings
from passerelledemo.host import DemoHost

from .conftest import COURSE, OTHER_COURSE, OTHER_USAGE, USAGE, Scene

ANY = True
FIRST = frozenset({"first_circle"})


def attended(scene: Scene, name: str) -> frozenset[Any]:
    return api.attended(user_id=scene.users[name].pk, course_key=COURSE)


def play(scene: Scene, *names: str) -> str:
    """A circle to its end: every turn of both rounds, then close."""
    circle_id = scene.in_phase("debrief", *names)
    scene.act("nadia", circle_id, "close")
    return circle_id


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Let the course run's authors ask for this practicum."""

    def set_to(value: Any) -> None:
        def course_setting(_host: DemoHost, *, course_key: Any, name: str) -> Any:
            return value if (course_key, name) == (COURSE, "practicum") else None

        monkeypatch.setattr(DemoHost, "course_setting", course_setting)

    return set_to


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The people whose certificates were requested again."""
    found: list[int] = []

    def request_certificate(_host: DemoHost, *, user_id: int, course_key: Any) -> None:
        assert course_key == COURSE
        found.append(user_id)

    monkeypatch.setattr(DemoHost, "request_certificate", request_certificate)
    return found


def test_attended_to_its_end(scene: Scene) -> None:
    circle_id = scene.in_phase("debrief")
    assert attended(scene, "amal") == frozenset()
    scene.act("nadia", circle_id, "close")
    for name in ("amal", "elif", "nadia"):
        assert attended(scene, name) == {USAGE}, name
    for name in ("mariana", "zora", "jonas"):
        assert attended(scene, name) == frozenset(), name
    assert api.attended(user_id=scene.users["amal"].pk, course_key=OTHER_COURSE) == frozenset()


def test_the_last_phase_ends_it_too(scene: Scene) -> None:
    circle_id = scene.started()
    while not scene.see("nadia", circle_id).closed:
        scene.act("nadia", circle_id, "next")
    assert attended(scene, "amal") == {USAGE}


def test_one_who_left_before_the_end_has_not(scene: Scene) -> None:
    circle_id = scene.in_phase("debrief", "amal", "elif", "mariana")
    scene.act("amal", circle_id, "leave")
    scene.act("nadia", circle_id, "close")
    assert attended(scene, "amal") == frozenset()
    assert attended(scene, "elif") == {USAGE}


@pytest.mark.parametrize("phase", ["gathering", "acquaint"])
def test_a_circle_closed_before_its_last_round_counts_for_nobody(scene: Scene, phase: str) -> None:
    circle_id = scene.open() if phase == "gathering" else scene.started()
    if phase == "gathering":
        scene.act("amal", circle_id, "join")
    scene.act("nadia", circle_id, "close")
    for name in ("amal", "nadia"):
        assert attended(scene, name) == frozenset()


def test_to_pass_is_to_take_part(scene: Scene) -> None:
    circle_id = scene.in_phase("share")
    scene.act("amal", circle_id, "pass")
    scene.act("nadia", circle_id, "close")
    assert attended(scene, "amal") == {USAGE}
    assert attended(scene, "elif") == frozenset()  # she had not had her turn


def test_many_circles_cost_no_more_queries(scene: Scene) -> None:
    play(scene)
    with CaptureQueriesContext(connection) as one:
        attended(scene, "amal")
    for _time in range(4):
        play(scene)
    with CaptureQueriesContext(connection) as many:
        attended(scene, "amal")
    assert len(one) == len(many) == 3


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, False),
        (False, False),
        ([], False),
        ("", False),
        (True, ANY),
        (1, ANY),
        ("yes", ANY),
        (["first_circle"], FIRST),
        ([7], frozenset({"7"})),
    ],
)
def test_how_authors_ask(asks: Callable[[Any], None], setting: Any, expected: Any) -> None:
    asks(setting)
    assert practicum.required(course_key=COURSE) == expected
    assert practicum.required(course_key=OTHER_COURSE) is False


def run(scene: Scene, name: str, settings: Any) -> Any:
    """The platform's filter with our step, as the platform runs it."""
    plugin_settings(settings)
    payload = {"mode": "honor", "status": "x", "grade": 0.9, "generation_mode": "self"}
    return CertificateCreationRequested.run_filter(user=scene.users[name], course_key=COURSE, **payload)


def test_off_by_default(scene: Scene, settings: Any, asks: Callable[[Any], None]) -> None:
    asks(None)
    assert run(scene, "amal", settings)[1:] == (COURSE, "honor", "x", 0.9, "self")


def test_held_then_released(
    scene: Scene,
    settings: Any,
    asks: Callable[[Any], None],
    requested: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    asks(["first_circle"])
    with pytest.raises(CertificateCreationRequested.PreventCertificateCreation, match="waiting for you"):
        run(scene, "amal", settings)
    with django_capture_on_commit_callbacks(execute=True):
        play(scene, "amal", "elif")
    assert sorted(requested) == sorted(scene.users[name].pk for name in ("amal", "elif", "nadia"))
    assert run(scene, "amal", settings)[0] == scene.users["amal"]
    with pytest.raises(CertificateCreationRequested.PreventCertificateCreation):
        run(scene, "mariana", settings)


def test_a_circle_at_another_block_does_not_do(
    scene: Scene, settings: Any, asks: Callable[[Any], None], requested: list[int]
) -> None:
    asks(["first_circle", "second_circle"])
    play(scene)
    with pytest.raises(CertificateCreationRequested.PreventCertificateCreation):
        run(scene, "amal", settings)
    Circle.objects.filter(pk=play(scene)).update(usage_key=OTHER_USAGE)
    assert run(scene, "amal", settings)[0] == scene.users["amal"]


def test_nothing_is_requested_without_a_practicum(
    scene: Scene, requested: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        play(scene)
    assert requested == []


def test_one_person_s_trouble_is_not_the_next_one_s(
    scene: Scene, asks: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch, requested: list[int]
) -> None:
    asks(True)
    circle_id = play(scene)
    keep = DemoHost.request_certificate

    def request_certificate(host: DemoHost, *, user_id: int, course_key: Any) -> None:
        if user_id == scene.users["amal"].pk:
            raise RuntimeError
        keep(host, user_id=user_id, course_key=course_key)

    monkeypatch.setattr(DemoHost, "request_certificate", request_certificate)
    practicum.release_certificates(circle_id=circle_id)
    assert scene.users["elif"].pk in requested


def test_where_the_register_cannot_be_read_the_certificate_waits(
    scene: Scene, settings: Any, asks: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_filters: Any) -> Any:
        raise RuntimeError

    play(scene)
    monkeypatch.setattr(Event, "objects", SimpleNamespace(filter=fail))
    asks(True)
    with pytest.raises(CertificateCreationRequested.PreventCertificateCreation):
        run(scene, "amal", settings)
    asks(None)
    run(scene, "amal", settings)


def test_where_the_setting_cannot_be_read_nothing_changes(
    scene: Scene, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(DemoHost, "course_setting", fail)
    assert run(scene, "amal", settings)[0] == scene.users["amal"]
