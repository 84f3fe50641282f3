"""One sentence that stands for a life: told, shown, exported and kept as evidence, then taken back, it is nowhere."""

from __future__ import annotations

import io
import json
import logging
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from passerelle.circles import api
from passerelle.circles.models import Contribution, StoryFile
from passerelle.host.api import private_storage, user_retired
from passerelle.host.operations import suite

from .conftest import COURSE, USAGE, Scene, new_key
from .test_media import sent

MARKER = "zqfigtree"
"""No letter of it is escaped anywhere, and nothing else contains it."""

STORY = f"The {MARKER} of my grandmother"
TEAM = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"

Places = Callable[[], set[str]]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """All that is logged, from INFO up."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.__dict__}")

    keeper, root = Keeper(), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(keeper)
    root.setLevel(level)


def in_tables() -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if MARKER in repr(cursor.fetchall()).lower():
                found.add(f"table {table}")
    return found


def in_files() -> set[str]:
    found = set()
    for name in suite.files(private_storage()):
        with private_storage().open(name) as file:
            if MARKER in name or MARKER.encode() in file.read().lower():
                found.add(f"file {name}")
    return found


def in_cache() -> set[str]:
    kept = getattr(cache, "_cache", {})
    return {f"cache {key}" for key, value in kept.items() if MARKER.encode() in bytes(value).lower() or MARKER in key}


def browser(scene: Scene, name: str) -> Client:
    client = Client()
    client.force_login(scene.users[name])
    return client


def in_pages(scene: Scene, circle: str, folder: Path, earlier: list[str]) -> set[str]:
    """Every page, export and answer that anyone in or around the circle can ask for."""
    base = f"/passerelle/circles/{circle}"
    run = f"/passerelle/courses/{COURSE}"
    rest = "/passerelle/api/v1"
    voices = [f"/passerelle/stories/files/{pk}" for pk in StoryFile.objects.values_list("pk", flat=True)]
    asked = {
        "amal": [
            "/passerelle/stories.zip", "/passerelle/", "/passerelle/consents.txt", f"{rest}/stories",
            f"{rest}/circles", f"{base}/state",
        ],
        "elif": [
            *voices, f"{base}/state", f"{rest}/circles/{circle}", f"{rest}/blocks/{USAGE}/stories", "/passerelle/",
        ],
        "mariana": [*voices, f"{run}/showcase/", f"{rest}/courses/{COURSE}/showcase", f"{rest}/blocks/{USAGE}/circles"],
        "nadia": [
            f"{base}/desk/", f"{base}/transcript.csv", f"{base}/register.csv", f"{run}/desk/", f"{base}/state",
            f"{rest}/circles/{circle}/transcript", f"{rest}/courses/{COURSE}/reports",
        ],
        "jonas": [f"{run}/desk/", f"{rest}/courses/{COURSE}/circles"],
    }  # fmt: skip
    found = set()
    for name, addresses in asked.items():
        client = browser(scene, name)
        found |= {f"{name}: {address}" for address in addresses if has_marker(client.get(address))}
    body = {"key": new_key(), "words": "Formation", "form": "json"}
    jonas = browser(scene, "jonas")
    for address in (f"{run}/training-export", f"{base}/read"):
        body["key"] = new_key()
        if has_marker(jonas.post(address, body, content_type="application/json")):
            found.add(f"jonas: {address}")
    body |= {"key": new_key(), "form": "zip"}
    ready = jonas.post(f"{run}/training-export", body, content_type="application/json").json()["go"]
    if has_marker(jonas.get(ready)):
        found.add(f"jonas: {run}/training-export.zip")
    if earlier and has_marker(jonas.get(earlier[0])):
        found.add("jonas: what was asked for before")
    earlier.append(ready)
    archive = folder.parent / f"{new_key()}.zip"
    call_command("passerelle_export_person", str(scene.users["amal"].pk), file=archive)
    if MARKER in read_archive(archive):
        found.add("the copy of her data")
    return found


def read_archive(archive: Path | io.BytesIO) -> str:
    from zipfile import ZipFile

    with ZipFile(archive) as opened:
        return "".join(name + opened.read(name).decode("utf-8", "replace") for name in opened.namelist()).lower()


def has_marker(answer: Any) -> bool:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code < 500, body
    if answer.get("Content-Type") == "application/zip":
        return MARKER in read_archive(io.BytesIO(body))
    return MARKER.encode() in body.lower()


def voice() -> bytes:
    """A recording whose very samples say it."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(MARKER.encode() * 900)
    return out.getvalue()


def tell_everywhere(scene: Scene, circle: str) -> str:
    """Amal's story, open to everyone and everything that there is, answered by Elif, kept as evidence."""
    files = [{"id": sent(scene, "amal", circle, voice()), "words": f"I speak of the {MARKER}"}]
    told = scene.act("amal", circle, "tell", text=STORY, audience="cohort", files=files)
    (story,) = [one.id for one in told.contributions if one.text == STORY]
    for _person in range(2):
        scene.act("nadia", circle, "next")
    scene.act("elif", circle, "reply", to=story, text=f"The {MARKER} stays with me")
    amal = scene.actor("amal")
    for purpose in ("showcase", "training"):
        api.give_consent(actor=amal, contribution_id=story, purpose=purpose, key=new_key(), pseudonym=f"Rose {MARKER}")
    keep_as_evidence(scene, story)
    return story


def keep_as_evidence(scene: Scene, story: str) -> None:
    from passerelle.competences import api as competences

    actor = scene.actor("amal", course_key=None)
    competences.add_evidence(actor=actor, uri=TEAM, kind="story", level=2, reference=story, key=new_key())


@pytest.mark.parametrize("how", ["withdrawn", "retired"])
def test_it_is_nowhere(
    scene: Scene, logged: list[str], tmp_path: Path, how: str, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        circle = scene.in_phase("share", "amal", "elif")
        story = tell_everywhere(scene, circle)
        earlier: list[str] = []
        before = in_pages(scene, circle, tmp_path, earlier)
        # What cannot be found before is not looked for where it lies.
        tables = {f"table passerelle_circles_{name}" for name in ("contribution", "storyconsent", "storyfile")}
        assert tables <= in_tables()
        assert in_files()
        for place in (
            "amal: /passerelle/stories.zip",
            "amal: /passerelle/", "nadia: /passerelle/circles/{}/transcript.csv", "the copy of her data",
            "mariana: /passerelle/courses/{}/showcase/", "jonas: /passerelle/courses/{}/training-export",
            "jonas: /passerelle/courses/{}/training-export.zip",
            "jonas: /passerelle/circles/{}/read", "elif: /passerelle/circles/{}/state",
        ):  # fmt: skip
            assert place.format(COURSE if "courses" in place else circle) in before, before
        for name in ("elif", "mariana"):  # of the circle, and in front of the showcase
            assert any(place.startswith(f"{name}: /passerelle/stories/files/") for place in before)
        if how == "retired":
            report = {"contribution_id": story, "reason": "hurt", "words": f"I know that {MARKER}", "key": new_key()}
            api.report(actor=scene.actor("elif"), **report)
    assert mail.outbox or how == "withdrawn"

    with django_capture_on_commit_callbacks(execute=True):
        if how == "withdrawn":
            api.withdraw(actor=scene.actor("amal"), contribution_id=story, key=new_key())
        else:
            user_retired.send(sender=None, user_id=scene.users["amal"].pk)

    assert in_tables() == set()
    assert in_pages(scene, circle, tmp_path, earlier) == set()
    assert in_files() == set()
    assert in_cache() == set()
    assert not [line for line in logged if MARKER in line.lower()]
    assert MARKER not in json.dumps([[one.subject, one.body, *one.to] for one in mail.outbox]).lower()
    assert Contribution.objects.filter(pk=story).exists() == (how == "withdrawn")  # the fact alone remains
