"""The demo with its people, over the real course exports or over the small one in `data/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from passerelle.courses import olx

if not settings.HAS_WORKBENCH:
    collect_ignore_glob = ["test_*.py"]  # the oldest supported releases have no XBlock SDK

SMALL = Path(__file__).parent / "data"

Become = Callable[[str], Client]


@pytest.fixture
def people(db: None) -> None:
    call_command("demo_setup", verbosity=0)


@pytest.fixture
def become(people: None) -> Become:
    """A browser in which somebody has chosen to be this person. Django's CSRF check is on."""

    def as_person(username: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.get("/")
        token = client.cookies["csrftoken"].value
        answer = client.post(f"/become/{username}", {"csrfmiddlewaretoken": token})
        assert answer.status_code == 302
        return client

    return as_person


@pytest.fixture
def small_course(monkeypatch: pytest.MonkeyPatch) -> Iterator[olx.CourseRun]:
    """The course export in `data/`, in the place of the real ones. Ask for it after the people, who meet in those."""
    monkeypatch.setattr(olx, "exports_root", lambda: SMALL)
    olx.course_runs.cache_clear()
    yield next(iter(olx.course_runs().values()))
    olx.course_runs.cache_clear()
