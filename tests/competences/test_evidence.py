"""Evidence: what is taken and refused, who may read it, and what goes when it goes."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from passerelle.competences import api
from passerelle.competences.evidence import FILE_LIMIT
from passerelle.competences.models import Claim, Evidence
from passerelle.host.api import OwnStory, own_stories, private_storage, story_taken_back
from passerelle.host.errors import InvalidError, NotFoundError, TooLargeError
from passerelle.host.operations import suite
from PIL import Image

from .conftest import TEAM, Scene, new_key

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
UNIT = "block-v1:Passerelle+TOT101+fr+type@vertical+block@listen"


def picture(form: str, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


def store(scene: Scene, name: str, content: bytes, evidence_id: str = "") -> Any:
    evidence_id = evidence_id or scene.show(name, kind="file", text="")
    return api.store_file(actor=scene.actor(name), evidence_id=evidence_id, body=BytesIO(content))


def files() -> list[str]:
    return list(suite.files(private_storage()))


def test_a_text_backs_a_claim_until_it_is_removed(scene: Scene) -> None:
    evidence_id = scene.show("amal")
    assert [(claim.level, claim.basis) for claim in scene.claims("amal")] == [(3, "evidenced")]
    (seen,) = api.my_evidence(actor=scene.actor("amal"), uri=TEAM)
    assert (seen.id, seen.kind, seen.complete) == (evidence_id, "text", True)
    api.remove_evidence(actor=scene.actor("amal"), evidence_id=evidence_id, key=new_key())
    assert scene.claims("amal") == []
    assert api.my_evidence(actor=scene.actor("amal")) == []


def test_the_same_request_twice_adds_one(scene: Scene) -> None:
    key = new_key()
    assert scene.show("amal", key=key) == scene.show("amal", key=key)
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"kind": "link", "link": "javascript:alert(1)"}, "link"),
        ({"kind": "link", "link": "example.org"}, "link"),
        ({"kind": "link", "link": "https://example.org/" + "a" * 981}, "link"),
        ({"kind": "song"}, "kind"),
        ({"kind": "unit", "reference": "no key"}, "reference"),
        ({"kind": "unit", "reference": UNIT}, "reference"),  # not completed
        ({"kind": "story", "reference": "somebody else's"}, "reference"),
        ({"level": 9}, "level"),
        ({"uri": "http://example.org/x"}, "uri"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(scene: Scene, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as error:
        scene.show("amal", **values)
    assert error.value.field == field
    assert not Evidence.objects.exists()


def test_a_completed_unit_is_evidence(scene: Scene, monkeypatch: Any) -> None:
    from passerelle.host.api import host

    monkeypatch.setattr(host(), "completed", lambda *, user_id, usage_keys: set(usage_keys))
    scene.show("amal", kind="unit", reference=UNIT, text="")
    (seen,) = api.my_evidence(actor=scene.actor("amal"))
    assert UNIT in seen.link


def test_units_that_teach_it_are_those_that_authors_tagged(scene: Scene, monkeypatch: Any) -> None:
    from opaque_keys.edx.keys import UsageKey
    from passerelle.host.api import host

    scene.answer_all("amal")
    unit, gone = UsageKey.from_string(UNIT), UsageKey.from_string(UNIT + "2")
    name = next(one.name["en"] for one in api.framework().competences if one.uri == TEAM)

    asked: list[set[UsageKey]] = []

    def names_of(*, usage_keys: Collection[UsageKey]) -> dict[UsageKey, str]:
        asked.append(set(usage_keys))
        return {unit: "Listening"}

    monkeypatch.setattr(host(), "tags_of", lambda *, course_key, taxonomy: {unit: (name,), gone: (name,)})
    monkeypatch.setattr(host(), "names_of", names_of)
    monkeypatch.delattr(type(host()), "place_of")  # it would be asked unit by unit
    (found,) = api.my_units(actor=scene.actor("amal"), uris=[TEAM])[TEAM]
    assert (found.name, found.complete) == ("Listening", False)
    assert asked == [{unit, gone}]
    monkeypatch.setattr(host(), "completed", lambda *, user_id, usage_keys: set(usage_keys))
    (found,) = api.my_units(actor=scene.actor("amal"), uris=[TEAM])[TEAM]
    assert found.complete
    assert api.my_units(actor=scene.actor("elif"), uris=[TEAM]) == {}  # answered nowhere


def test_a_story_is_shown_by_reference_and_goes_when_it_is_withdrawn(scene: Scene, monkeypatch: Any) -> None:
    told = [OwnStory(reference="s1", title="Récit", text="Mon récit.")]
    monkeypatch.setattr(own_stories, "_provider", lambda _user_id: tuple(told))
    scene.show("amal", kind="story", reference="s1", text="")
    assert [seen.text for seen in api.my_evidence(actor=scene.actor("amal"))] == ["Mon récit."]
    assert not Evidence.objects.filter(text__contains="récit").exists()
    told.clear()
    assert api.my_evidence(actor=scene.actor("amal")) == []
    for _again in range(2):
        story_taken_back.send(sender=None, reference="s1")
    assert not Evidence.objects.exists()
    assert scene.claims("amal") == []


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/jpeg"),
    ],
)
def test_a_file_is_what_its_content_says(scene: Scene, content: bytes, media_type: str) -> None:
    evidence_id = scene.show("amal", kind="file", text="")
    assert scene.claims("amal") == []  # the file has not come yet
    seen = store(scene, "amal", content, evidence_id)
    assert (seen.media_type, seen.complete) == (media_type, True)
    assert [claim.basis for claim in scene.claims("amal")] == ["evidenced"]
    found = api.open_file(actor=scene.actor("amal"), evidence_id=evidence_id)
    with found.content as body:
        assert found.media_type == media_type
        assert len(body.read()) == seen.size
    assert len(files()) == 1


def test_a_picture_loses_what_the_camera_wrote_and_becomes_small(scene: Scene) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera of Amal"
    content = picture("JPEG", size=(2600, 1300), exif=exif)
    assert b"Secret camera" in content
    seen = store(scene, "amal", content)
    with api.open_file(actor=scene.actor("amal"), evidence_id=seen.id).content as body:
        kept = body.read()
    assert b"Secret camera" not in kept
    assert Image.open(BytesIO(kept)).size == (2000, 1000)


@pytest.mark.bucket
@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90", PDF[:20],
     picture("PNG")[:60], picture("GIF"), picture("BMP")],
)  # fmt: skip
def test_other_files_are_refused_and_nothing_lies_about(scene: Scene, content: bytes) -> None:
    with pytest.raises(InvalidError):
        store(scene, "amal", content)
    assert files() == []
    assert scene.claims("amal") == []


def test_a_file_that_is_too_large_is_refused(scene: Scene) -> None:
    with pytest.raises(TooLargeError):
        store(scene, "amal", PDF[:9] + b" " * FILE_LIMIT + b"%%EOF")


@pytest.mark.bucket
def test_a_second_file_takes_the_place_of_the_first(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    seen = store(scene, "amal", PDF)
    with django_capture_on_commit_callbacks(execute=True):
        store(scene, "amal", picture("PNG"), seen.id)
    assert [Path(name).suffix for name in files()] == [".png"]


def test_the_first_file_stays_where_the_second_is_not_kept(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    seen = store(scene, "amal", PDF)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        store(scene, "amal", picture("PNG"), seen.id)
        transaction.set_rollback(True)  # the request fails after the file has come
    with api.open_file(actor=scene.actor("amal"), evidence_id=seen.id).content as body:
        assert body.read() == PDF


@pytest.mark.bucket
def test_removing_deletes_the_file(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    seen = store(scene, "amal", PDF)
    with django_capture_on_commit_callbacks(execute=True):
        api.remove_evidence(actor=scene.actor("amal"), evidence_id=seen.id, key=new_key())
    assert files() == []


def test_a_file_is_open_to_its_owner_and_while_asked_to_facilitators(scene: Scene) -> None:
    seen = store(scene, "amal", PDF)

    def may(name: str) -> bool:
        try:
            api.open_file(actor=scene.actor(name), evidence_id=seen.id).content.close()
        except NotFoundError:
            return False
        return True

    def readers() -> set[str]:
        return {name for name in scene.users if may(name)}

    assert readers() == {"amal"}
    validation_id = scene.ask("amal")
    assert readers() == {"amal", "nadia", "omar"}
    scene.step("amal", validation_id, "withdraw")
    assert readers() == {"amal"}


def test_nobody_adds_to_or_removes_somebody_else_s(scene: Scene) -> None:
    evidence_id = scene.show("amal", kind="file", text="")
    with pytest.raises(NotFoundError):
        store(scene, "elif", PDF, evidence_id)
    with pytest.raises(NotFoundError):
        api.remove_evidence(actor=scene.actor("nadia"), evidence_id=evidence_id, key=new_key())


@pytest.mark.bucket
def test_retirement_erases_everything(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    from passerelle.competences.models import ProfileChoice, Validation, ValidationStep
    from passerelle.host.api import user_retired

    store(scene, "amal", PDF)
    scene.answer_all("amal")
    api.hide_areas(actor=scene.actor("amal"), hidden=["digital"], key=new_key())
    scene.step("nadia", scene.ask("amal"), "comment", text="Bonjour.")
    scene.ask("elif")
    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert files() == []
    for model in (Claim, Evidence, ProfileChoice):
        assert not model.objects.exists()  # type: ignore[attr-defined]
    assert list(Validation.objects.values_list("user_id", flat=True)) == [scene.users["elif"].pk]
    user_retired.send(sender=None, user_id=scene.users["nadia"].pk)
    assert not ValidationStep.objects.filter(by=scene.users["nadia"]).exists()
