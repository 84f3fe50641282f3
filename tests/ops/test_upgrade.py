"""From the first release that had tables to this one: nothing is lost, and people go on where they were."""

from __future__ import annotations

import json
from pathlib import Path

import installation
import pytest
from installation import Installation

FIRST = Path(__file__).parent / "data" / "first_release.json"
LOAD = f"""
import pathlib, old_release
file = pathlib.Path({str(FIRST)!r})
"""


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = installation.new(tmp_path_factory.mktemp("var"))
    rows = sum(len(table["rows"]) for table in json.loads(FIRST.read_text())["models"].values())
    assert made.ask(LOAD + "answer = old_release.load(file)") == rows > 100
    made.ask(LOAD + "old_release.upgrade(); answer = None")
    return made


def test_nothing_is_lost(upgraded: Installation) -> None:
    assert upgraded.ask(LOAD + "answer = old_release.lost(file)") == []


def test_a_loss_would_be_noticed(upgraded: Installation) -> None:
    assert upgraded.ask(f"""{LOAD}
from django.db import transaction
from passerelle.circles.models import Circle, Contribution
with transaction.atomic():
    Contribution.objects.filter(text__contains="figuier").update(text="Le")
    Circle.objects.all()[:1].get().delete()
    answer = old_release.lost(file)
    transaction.set_rollback(True)
""")


def test_the_doctor_finds_every_migration_applied(upgraded: Installation) -> None:
    assert "All migrations applied" in upgraded.manage("passerelle_doctor")


def test_consents_from_before_have_an_end_too(upgraded: Installation) -> None:
    standing, endless = upgraded.ask("""
from passerelle.circles.models import StoryConsent
standing = StoryConsent.objects.filter(withdrawn_at=None)
answer = [standing.count(), standing.filter(expires_at=None).count()]
""")
    assert standing > 0
    assert endless == 0


def test_a_circle_under_way_goes_on(upgraded: Installation) -> None:
    said = upgraded.ask("""
from django.contrib.auth.models import User
from opaque_keys.edx.keys import CourseKey
from passerelle.circles import api
from passerelle.circles.models import Circle
from passerelle.host.api import Actor
found = Circle.objects.get(closed_at=None)
ids = dict(User.objects.values_list("username", "pk"))
def actor(name):
    return Actor(user_id=ids[name], course_key=found.course_key, is_enrolled=True, language="fr")
asked = dict(circle_id=str(found.pk), key="after-the-upgrade", payload={"text": "Me voici"})
seen = api.act(actor=actor("mariana"), action="tell", **asked).circle
answer = [told.text for told in seen.contributions]
""")
    assert "Me voici" in said
    assert "مرحبا، أنا أمل" in said


def test_backed_up_and_restored_it_is_the_same(upgraded: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    before = upgraded.manage("passerelle_backup", "--file", file).splitlines()[-1]
    upgraded.ask("""
from passerelle.circles.models import Circle
Circle.objects.all().delete()
answer = None
""")
    assert upgraded.manage("passerelle_backup", "--file", tmp_path / "other.zip").splitlines()[-1] != before

    assert upgraded.manage("passerelle_restore", file, "--replace").splitlines()[-1] == before
    assert upgraded.manage("passerelle_backup", "--file", tmp_path / "again.zip").splitlines()[-1] == before
