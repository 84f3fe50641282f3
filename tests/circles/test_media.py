"""Stories in voices and pictures: sent in parts, checked, heard by whom the story is for, and gone with it."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.utils import timezone
from passerelle.circles import api, keeping, uploads
from passerelle.circles.models import Circle, Contribution, Member, Report, SafetyStep, StoryFile
from passerelle.host.api import private_storage, user_retired
from passerelle.host.data import Level
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError, TooLargeError
from passerelle.host.operations import suite
from passerelle.host.sounds import clean_sound
from PIL import Image

from .conftest import COURSE, Scene, new_key

VOICE = (Path(__file__).parents[1] / "host" / "data" / "voice.webm").read_bytes()
MARKER = "Le figuier de ma grand-mère"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def files() -> Callable[[], list[str]]:
    """What lies in the private storage."""
    return lambda: sorted(suite.files(private_storage()))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the end of a transaction happens at once: a test's transaction never ends."""
    from django.db import transaction

    monkeypatch.setattr(transaction, "on_commit", lambda does, *_args, **_more: does())


def sent(scene: Scene, name: str, circle_id: str, content: bytes = VOICE, kind: str = "audio", part: int = 2000) -> str:
    actor = scene.actor(name)
    found = api.start_upload(actor=actor, circle_id=circle_id, kind=kind, size=len(content), key=new_key())
    while not found.complete:
        body = io.BytesIO(content[found.offset : found.offset + part])
        found = api.add_part(actor=actor, upload_id=found.id, offset=found.offset, body=body)
        assert found.accepted
    return found.id


def told(scene: Scene, **payload: Any) -> tuple[str, Contribution, str]:
    """A circle in which Amal has told by voice, her story, and the voice's id."""
    circle_id = scene.started("amal", "elif", "mariana")
    voice = sent(scene, "amal", circle_id)
    scene.act("amal", circle_id, "tell", files=[{"id": voice, "words": MARKER}], **payload)
    return circle_id, Contribution.objects.get(), voice


def hears(scene: Scene, name: str, voice: str, **changes: Any) -> bool:
    try:
        api.open_story_file(actor=scene.actor(name, **changes), file_id=voice).content.close()
    except (NotFoundError, NotAllowedError):
        return False
    return True


def hearers(scene: Scene, voice: str) -> set[str]:
    return {name for name in scene.users if hears(scene, name, voice)}


# --- On its way


@pytest.mark.bucket
def test_a_story_is_told_by_voice_picture_and_link(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", media=("audio", "image", "link"))
    files = [
        {"id": sent(scene, "amal", circle_id), "words": MARKER},
        {"id": sent(scene, "amal", circle_id, picture(), "image"), "words": "Un figuier"},
    ]
    scene.act("amal", circle_id, "tell", files=files, link="https://video.example.org/1")
    (seen,) = scene.see("elif", circle_id).contributions
    assert [(file.kind, file.media_type, file.length, file.words) for file in seen.files] == [
        ("audio", "audio/webm", "0:02", MARKER),
        ("image", "image/png", "0:00", "Un figuier"),
    ]
    assert (seen.text, seen.link) == ("", "https://video.example.org/1")


@pytest.mark.bucket
def test_sending_goes_on_where_it_stopped(scene: Scene, files: Callable[[], list[str]]) -> None:
    circle_id, actor, key = scene.started("amal", "elif"), scene.actor("amal"), new_key()
    asked: dict[str, Any] = {"actor": actor, "circle_id": circle_id, "kind": "audio", "size": len(VOICE), "key": key}
    begun = api.start_upload(**asked)
    for _twice in range(2):
        api.add_part(actor=actor, upload_id=begun.id, offset=0, body=io.BytesIO(VOICE[:1500]))
    again = api.start_upload(**asked)  # after a reload
    assert (again.id, again.offset, again.complete) == (begun.id, 1500, False)
    ahead = api.add_part(actor=actor, upload_id=begun.id, offset=2000, body=io.BytesIO(VOICE[2000:]))
    assert (ahead.accepted, ahead.offset) == (False, 1500)
    for _twice in range(2):
        done = api.add_part(actor=actor, upload_id=begun.id, offset=1500, body=io.BytesIO(VOICE[1500:]))
        assert (done.complete, done.offset) == (True, done.size)
    assert api.start_upload(**asked).complete
    assert [name.rsplit(".", 1)[-1] for name in files()] == ["webm"]  # one file, no parts


@pytest.mark.bucket
def test_of_two_requests_at_once_one_is_kept(
    scene: Scene, files: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    circle_id, actor = scene.started("amal", "elif"), scene.actor("amal")
    begun = api.start_upload(actor=actor, circle_id=circle_id, kind="audio", size=len(VOICE), key=new_key())

    def send() -> Any:
        return api.add_part(actor=actor, upload_id=begun.id, offset=0, body=io.BytesIO(VOICE[:1500]))

    save, others = private_storage().save, []

    def slow_save(name: str, content: Any) -> str:
        if not others:
            others.append(None)
            others[0] = send()  # goes through while the first one still stores its part
        return save(name, content)

    monkeypatch.setattr(private_storage(), "save", slow_save)
    first = send()
    assert (first.accepted, others[0].accepted, first.offset) == (False, True, 1500)
    assert len(files()) == 1


def test_a_server_that_died_before_the_end_is_no_loss(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    circle_id, actor = scene.started("amal", "elif"), scene.actor("amal")
    begun = api.start_upload(actor=actor, circle_id=circle_id, kind="audio", size=len(VOICE), key=new_key())
    with monkeypatch.context() as broken:
        broken.setattr(uploads, "_finish", lambda _found: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            api.add_part(actor=actor, upload_id=begun.id, offset=0, body=io.BytesIO(VOICE))
    done = api.add_part(actor=actor, upload_id=begun.id, offset=len(VOICE), body=io.BytesIO())
    assert done.complete


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("audio", b"<html><script>alert(1)</script></html>"),
        ("audio", VOICE + b"PK\x05\x06" + bytes(18)),
        ("audio", picture()),
        ("image", VOICE),
        ("image", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ],
)
def test_what_is_not_fit_is_refused_and_leaves_nothing(
    scene: Scene, kind: str, content: bytes, files: Callable[[], list[str]]
) -> None:
    circle_id = scene.started("amal", "elif")
    with pytest.raises(InvalidError):
        sent(scene, "amal", circle_id, content, kind)
    assert (files(), StoryFile.objects.count()) == ([], 0)


def test_limits_are_said_in_words(scene: Scene, settings: Any) -> None:
    circle_id = scene.started("amal", "elif")

    def start(name: str, kind: str = "audio", size: Any = 1000) -> Any:
        actor = scene.actor(name)
        return api.start_upload(actor=actor, circle_id=circle_id, kind=kind, size=size, key=new_key())

    with pytest.raises(TooLargeError, match="20"):
        start("amal", size=20 * uploads.MEGABYTE + 1)
    for kind, size in (("audio", 0), ("audio", -1), ("audio", "9"), ("audio", True), ("link", 9), ("video", 9)):
        with pytest.raises(InvalidError):
            start("amal", kind, size)
    settings.PASSERELLE_STORY_FILES = {"person_megabytes": 1, "circle_megabytes": 2}
    start("amal", size=uploads.MEGABYTE)
    with pytest.raises(TooLargeError, match="voices and pictures here"):
        start("amal")
    start("elif", size=uploads.MEGABYTE)
    scene.act("mariana", circle_id, "join")
    with pytest.raises(TooLargeError, match="in writing"):
        start("mariana")
    settings.PASSERELLE_STORY_FILES = {"audio_minutes": 0}
    with pytest.raises(TooLargeError, match="too long"):
        sent(scene, "amal", circle_id)


def test_more_than_was_announced_is_not_taken(scene: Scene, files: Callable[[], list[str]]) -> None:
    circle_id, actor = scene.started("amal", "elif"), scene.actor("amal")
    begun = api.start_upload(actor=actor, circle_id=circle_id, kind="audio", size=10, key=new_key())
    for offset, content in ((0, bytes(11)), (0, bytes(uploads.PART + 1))):
        with pytest.raises(TooLargeError):
            api.add_part(actor=actor, upload_id=begun.id, offset=offset, body=io.BytesIO(content))
    assert files() == []


def test_no_storage_is_filled_with_crumbs(
    scene: Scene, files: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_PARTS", 4)
    circle_id = scene.started("amal", "elif")
    with pytest.raises(NotFoundError):
        sent(scene, "amal", circle_id, part=100)
    assert (files(), StoryFile.objects.count()) == ([], 0)
    voices = [sent(scene, "amal", circle_id) for _number in range(uploads.MOST_UNTOLD + 2)]
    assert {str(pk) for pk in StoryFile.objects.values_list("pk", flat=True)} == set(voices[2:])
    assert len(files()) == uploads.MOST_UNTOLD


@pytest.mark.parametrize("seed", range(10))
def test_in_whatever_pieces_and_however_often_it_comes_it_is_the_same_file(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    actor, circle_id = scene.actor("amal"), scene.started("amal", "elif")
    asked: dict[str, Any] = {"actor": actor, "circle_id": circle_id, "kind": "audio", "size": len(VOICE)}
    asked["key"] = new_key()
    found = api.start_upload(**asked)
    while not found.complete:
        offset = chance.choice([found.offset, chance.randrange(len(VOICE)), 0])
        body = io.BytesIO(VOICE[offset : offset + chance.randrange(1, 2000)])
        api.add_part(actor=actor, upload_id=found.id, offset=offset, body=body)
        found = api.start_upload(**asked)
    with private_storage().open(StoryFile.objects.get().path) as kept:
        assert kept.read() == clean_sound(VOICE).content


def test_somebody_else_s_file_is_out_of_reach(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    other = scene.started("mariana", "oksana")
    voice = sent(scene, "amal", circle_id)
    with pytest.raises(NotFoundError):
        api.add_part(actor=scene.actor("elif"), upload_id=voice, offset=0, body=io.BytesIO(b"x"))
    with pytest.raises(NotAllowedError):
        api.add_part(actor=scene.actor("mariana"), upload_id=voice, offset=0, body=io.BytesIO(b"x"))
    api.drop_upload(actor=scene.actor("elif"), upload_id=voice)
    assert StoryFile.objects.filter(pk=voice).exists()
    scene.act("amal", circle_id, "pass")
    for name, there in (("elif", circle_id), ("mariana", other)):
        with pytest.raises(NotFoundError):
            scene.act(name, there, "tell", files=[{"id": voice, "words": "x"}])
    assert hearers(scene, voice) == set()  # not told yet: nobody hears it


@pytest.mark.parametrize(
    "given",
    ["x", [{"id": "x"}], [{}], [1], [{"id": new_key()}], [{"id": None}] * 9, {"id": "x"}],
)
def test_forged_files_are_refused(scene: Scene, given: Any) -> None:
    circle_id = scene.started("amal", "elif")
    with pytest.raises((InvalidError, NotFoundError)):
        scene.act("amal", circle_id, "tell", files=given)
    assert not Contribution.objects.exists()


def test_a_file_is_told_once(scene: Scene) -> None:
    circle_id, _story, voice = told(scene)
    for name in ("elif", "mariana"):
        scene.act(name, circle_id, "pass")
    scene.act("nadia", circle_id, "next")
    while scene.see("nadia", circle_id).floor is None:
        scene.act("nadia", circle_id, "next")
    with pytest.raises(NotFoundError):
        scene.act("amal", circle_id, "tell", files=[{"id": voice, "words": "x"}])


def test_the_author_says_what_a_story_may_hold(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif", media=())
    assert scene.see("amal", circle_id).media == ()
    with pytest.raises(InvalidError):
        sent(scene, "amal", circle_id)
    with pytest.raises(InvalidError):
        scene.act("amal", circle_id, "tell", text="x", link="https://video.example.org/1")
    assert api.problems(settings=api.CircleSettings(media=("song",)))[0].field == "media"


def test_a_circle_opened_before_stays_as_it_was(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    found = Circle.objects.get()
    del found.protocol["media"]
    found.save()
    assert scene.see("amal", circle_id).media == ()


def test_a_picture_needs_its_description(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    image = sent(scene, "amal", circle_id, picture(), "image")
    with pytest.raises(InvalidError) as caught:
        scene.act("amal", circle_id, "tell", files=[{"id": image, "words": "  "}])
    assert caught.value.field == "image_words"
    scene.act("amal", circle_id, "tell", files=[{"id": image, "words": "Un figuier"}])  # nothing was lost


@pytest.mark.parametrize(
    "link",
    ["http://video.example.org/1", "javascript:alert(1)", "https://", "https://a:b@video.example.org", "//x.org/1",
     "https://video.example.org/" + "x" * 500, "data:text/html,x", "https://video.example.org/ x\n"],
)  # fmt: skip
def test_a_link_is_an_address_of_the_secure_web(scene: Scene, link: str) -> None:
    circle_id = scene.started("amal", "elif", media=("link",))
    with pytest.raises(InvalidError):
        scene.act("amal", circle_id, "tell", link=link)


# --- Who hears it


@pytest.mark.parametrize(
    ("audience", "who"),
    [
        ("circle", {"amal", "elif", "mariana", "nadia"}),
        ("facilitators", {"amal", "nadia"}),
        ("self", {"amal"}),
        ("cohort", {"amal", "elif", "mariana", "nadia", "oksana", "ifeoma", "zora"}),
    ],
)
def test_who_may_read_the_story_may_hear_it(scene: Scene, audience: str, who: set[str]) -> None:
    _circle, _story, voice = told(scene, audience=audience)
    assert hearers(scene, voice) == who
    assert not hears(scene, "jonas", voice, masquerading=True)
    assert not hears(scene, "amal", voice, masquerading=True)


def test_hidden_it_is_heard_by_those_who_look_after_the_circle(scene: Scene) -> None:
    _circle, story, voice = told(scene)
    api.report(actor=scene.actor("elif"), contribution_id=str(story.pk), reason="other", words="", key=new_key())
    assert hearers(scene, voice) == {"amal", "nadia"}


def test_who_left_hears_no_more(scene: Scene) -> None:
    circle_id, _story, voice = told(scene)
    scene.act("elif", circle_id, "leave")
    assert hearers(scene, voice) == {"amal", "mariana", "nadia"}


def test_narrowed_it_is_heard_by_fewer(scene: Scene) -> None:
    _circle, story, voice = told(scene)
    api.withdraw_consent(actor=scene.actor("amal"), contribution_id=str(story.pk), purpose="circle", key=new_key())
    assert hearers(scene, voice) == {"amal", "nadia"}


def test_staff_hear_it_after_they_said_why_and_for_an_hour(scene: Scene) -> None:
    circle_id, _story, voice = told(scene)
    assert not hears(scene, "jonas", voice)
    (seen,) = api.break_glass(actor=scene.actor("jonas"), circle_id=circle_id, words="Inquiétude", key=new_key())
    assert [file.id for file in seen.files] == [voice]
    assert hears(scene, "jonas", voice)
    assert not hears(scene, "jonas", voice, is_course_staff=False)
    SafetyStep.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert not hears(scene, "jonas", voice)


def test_staff_do_not_hear_what_was_told_later_or_to_oneself(scene: Scene) -> None:
    circle_id, story, voice = told(scene)
    api.break_glass(actor=scene.actor("jonas"), circle_id=circle_id, words="Inquiétude", key=new_key())
    Contribution.objects.update(told_at=timezone.now() + timedelta(seconds=1))
    assert not hears(scene, "jonas", voice)
    Contribution.objects.update(told_at=story.told_at, audience="self")
    assert not hears(scene, "jonas", voice)


def test_the_safeguarding_contact_hears_what_was_passed_on(scene: Scene, settings: Any) -> None:
    settings.PASSERELLE_SAFEGUARDING = "stranger"
    _circle, story, voice = told(scene)
    api.report(actor=scene.actor("elif"), contribution_id=str(story.pk), reason="danger", words="", key=new_key())
    report = str(Report.objects.get().pk)
    api.escalate(actor=scene.actor("nadia"), report_id=report, words="", key=new_key())
    assert not hears(scene, "stranger", voice)
    (seen,) = api.read_report(actor=scene.actor("stranger"), report_id=report, key=new_key())
    assert [file.id for file in seen.files] == [voice]
    assert hears(scene, "stranger", voice)
    api.close_report(actor=scene.actor("stranger"), report_id=report, words="Vu", release=False, key=new_key())
    assert not hears(scene, "stranger", voice)


# --- Gone


@pytest.mark.bucket
def test_withdrawal_takes_the_files_along(scene: Scene, files: Callable[[], list[str]]) -> None:
    _circle, story, voice = told(scene)
    assert len(files()) == 1
    api.withdraw(actor=scene.actor("amal"), contribution_id=str(story.pk), key=new_key())
    assert (files(), hearers(scene, voice)) == ([], set())
    assert MARKER not in str(list(StoryFile.objects.values()))


def test_retirement_takes_all_files_along(scene: Scene, files: Callable[[], list[str]]) -> None:
    circle_id, _story, _voice = told(scene)
    actor = scene.actor("amal")
    begun = api.start_upload(actor=actor, circle_id=circle_id, kind="audio", size=len(VOICE), key=new_key())
    api.add_part(actor=actor, upload_id=begun.id, offset=0, body=io.BytesIO(VOICE[:9]))
    assert len(files()) == 2
    user_retired.send(sender=None, user_id=actor.pk)
    assert (files(), StoryFile.objects.count()) == ([], 0)


def test_a_file_that_was_not_told_is_dropped(scene: Scene, files: Callable[[], list[str]]) -> None:
    circle_id = scene.started("amal", "elif")
    voice = sent(scene, "amal", circle_id)
    api.drop_upload(actor=scene.actor("amal"), upload_id=voice)
    assert (files(), StoryFile.objects.count()) == ([], 0)


@pytest.mark.bucket
def test_a_file_that_was_not_told_goes_after_a_day(scene: Scene, files: Callable[[], list[str]]) -> None:
    sent(scene, "amal", scene.started("amal", "elif"))
    what = "voices and pictures that were never told"

    def purged(hours: int, *, dry_run: bool) -> int:
        found = keeping.purge(timezone.now() + timedelta(hours=hours), dry_run=dry_run)
        return next(one.rows for one in found if one.what == what)

    assert (purged(23, dry_run=False), len(files())) == (0, 1)
    assert (purged(25, dry_run=True), len(files())) == (1, 1)
    assert (purged(25, dry_run=False), files()) == (1, [])


@pytest.mark.bucket
def test_told_files_outlive_the_purge_and_lost_ones_do_not(scene: Scene, files: Callable[[], list[str]]) -> None:
    told(scene)
    from django.core.files.base import ContentFile

    for name in ("stories/lost.webm", "stories/parts/lost"):
        private_storage().save(name, ContentFile(b"x"))
    keeping.purge(timezone.now(), dry_run=False)
    assert len(files()) == 3
    keeping.purge(timezone.now() + timedelta(hours=25), dry_run=False)
    assert len(files()) == 1


@pytest.mark.bucket
def test_the_doctor_looks_for_them(scene: Scene) -> None:
    assert keeping.health() == []
    _circle, _story, voice = told(scene)
    assert [finding.level for finding in keeping.health()] == [Level.OK]
    private_storage().delete(StoryFile.objects.get(pk=voice).path)
    assert [finding.level for finding in keeping.health()] == [Level.ERROR]


@pytest.mark.bucket
def test_the_copies_hold_the_files(scene: Scene, client: Any) -> None:
    _circle, _story, voice = told(scene)
    client.force_login(scene.users["amal"])
    answer = client.get("/passerelle/stories.zip")
    assert answer["Cache-Control"] == "private, no-store"
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("files/")]
        assert archive.read(name).startswith(b"\x1aE\xdf\xa3")
        assert MARKER in archive.read("stories.txt").decode()
        assert archive.read("consents.txt")
    path = StoryFile.objects.get(pk=voice).path
    assert [path] == [file for part in keeping.personal_data(scene.users["amal"].pk) for file in part.files]
    assert not [file for part in keeping.personal_data(scene.users["elif"].pk) for file in part.files]


# --- The addresses


@pytest.mark.bucket
def test_over_the_wire(scene: Scene, client: Any) -> None:
    circle_id = scene.started("amal", "elif")
    client.force_login(scene.users["amal"])
    ask = {"kind": "audio", "size": len(VOICE), "key": new_key()}

    def part(url: str, offset: object, body: bytes, kind: str = "application/offset+octet-stream") -> Any:
        return client.patch(url, body, content_type=kind, headers={"Upload-Offset": str(offset)})

    begun = client.post(f"/passerelle/circles/{circle_id}/uploads", ask, content_type="application/json").json()
    url = begun["part_url"]
    assert part(url, 0, VOICE[:1000])["Upload-Offset"] == "1000"
    conflict = part(url, 0, VOICE[:1000])
    assert (conflict.status_code, conflict["Upload-Offset"]) == (409, "1000")
    assert part(url, "-1", b"x").status_code == 400
    assert part(url, 1000, b"x", "text/plain").status_code == 415
    assert client.post(url).status_code == 405
    assert part(url, 1000, VOICE[1000:]).json()["complete"] is True
    scene.act("amal", circle_id, "tell", files=[{"id": begun["id"], "words": ""}])
    client.force_login(scene.users["elif"])
    whole = client.get(f"/passerelle/stories/files/{begun['id']}")
    body = b"".join(whole.streaming_content)
    assert (whole.status_code, whole["Content-Type"]) == (200, "audio/webm")
    ranged = client.get(f"/passerelle/stories/files/{begun['id']}", headers={"Range": "bytes=10-19"})
    assert (ranged.status_code, b"".join(ranged.streaming_content)) == (206, body[10:20])
    saved = client.get(f"/passerelle/stories/files/{begun['id']}?save")
    assert saved["Content-Disposition"] == 'attachment; filename="story.webm"'
    assert b"".join(saved.streaming_content) == body
    client.force_login(scene.users["mariana"])
    refused = client.get(f"/passerelle/stories/files/{begun['id']}")
    assert refused.status_code == 404
    assert MARKER not in json.dumps(refused.json())


def test_hearing_costs_the_same_with_many_files(scene: Scene, client: Any, django_assert_max_num_queries: Any) -> None:
    _circle, story, voice = told(scene)
    member = Member.objects.get(pk=story.member_id)
    StoryFile.objects.bulk_create(
        StoryFile(member=member, contribution=story, kind="audio", size=1, path=f"stories/{n}") for n in range(300)
    )
    with django_assert_max_num_queries(6):
        assert hears(scene, "elif", voice)
    with django_assert_max_num_queries(6):
        assert len(scene.see("elif", str(story.circle_id)).contributions[0].files) == 301


def test_pages_and_tables_show_them(scene: Scene, client: Any) -> None:
    circle_id, story, voice = told(scene)
    client.force_login(scene.users["amal"])
    assert f"/stories/files/{voice}?save" in client.get("/passerelle/").content.decode()
    client.force_login(scene.users["nadia"])
    assert f"/stories/files/{voice}" in client.get(f"/passerelle/circles/{circle_id}/desk/").content.decode()
    assert f"0:02\n{MARKER}" in client.get(f"/passerelle/circles/{circle_id}/transcript.csv").content.decode()
    api.report(actor=scene.actor("elif"), contribution_id=str(story.pk), reason="other", words="", key=new_key())
    assert f"/stories/files/{voice}" in client.get(f"/passerelle/courses/{COURSE}/desk/").content.decode()


def test_an_ended_circle_takes_no_file(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    scene.act("nadia", circle_id, "close")
    with pytest.raises(NotNowError):
        sent(scene, "amal", circle_id)
