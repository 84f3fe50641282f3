"""Stories that go further: shown and exported with that consent alone, and gone the moment it is taken back."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile

import pytest
from django.utils import timezone
from passerelle.circles import api
from passerelle.circles.models import Contribution, Receipt, SafetyStep, StoryConsent, StoryFile
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError

from .conftest import COURSE, OTHER_COURSE, Scene, new_key
from .test_media import hearers, picture, sent

STORY = "Le figuier de ma grand-mère"
PAGE = f"/passerelle/courses/{COURSE}/showcase/"


@pytest.fixture
def story(scene: Scene) -> str:
    """Amal's, shown under the name Rose and open to training; Elif told one that she agreed to nothing further for."""
    circle_id = scene.started("amal", "elif")
    scene.act("amal", circle_id, "tell", text=STORY)
    scene.act("elif", circle_id, "tell", text="Pour le cercle seul")
    found = str(Contribution.objects.get(text=STORY).pk)
    for purpose in ("showcase", "training"):
        api.give_consent(
            actor=scene.actor("amal"), contribution_id=found, purpose=purpose, key=new_key(), pseudonym=" Rose "
        )
    return found


def shown(scene: Scene, name: str = "mariana") -> list[Any]:
    return api.showcase(actor=scene.actor(name), course_key=COURSE, language="fr")


def exported(scene: Scene, key: str = "") -> list[str]:
    stories = api.training_export(
        actor=scene.actor("jonas"), course_key=COURSE, words="Formation de mars", language="fr", key=key or new_key()
    )
    return [one.text for one in stories]


def test_only_what_was_agreed_to_is_shown_and_exported(scene: Scene, story: str) -> None:
    (one,) = shown(scene)
    assert (one.name, one.language, one.language_name, one.text) == ("Rose", "fr", "français", STORY)
    assert exported(scene) == [STORY]
    assert StoryConsent.objects.get(purpose="training").pseudonym == ""  # there is no name in training
    with pytest.raises(NotAllowedError):
        api.showcase(actor=scene.actor("mariana"), course_key=OTHER_COURSE, language="fr")


@pytest.mark.parametrize("how", ["purpose", "circle", "story", "hidden", "expired", "retired"])
def test_taken_back_it_is_gone_at_once(scene: Scene, story: str, client: Any, how: str) -> None:
    amal = scene.actor("amal")
    client.force_login(scene.users["mariana"])
    assert STORY in client.get(PAGE).content.decode()
    if how in ("purpose", "circle"):
        purposes = ["showcase", "training"] if how == "purpose" else ["circle", "training"]
        for purpose in purposes:
            api.withdraw_consent(actor=amal, contribution_id=story, purpose=purpose, key=new_key())
    elif how == "story":
        api.withdraw(actor=amal, contribution_id=story, key=new_key())
    elif how == "hidden":
        api.report(actor=scene.actor("elif"), contribution_id=story, reason="other", words="", key=new_key())
    elif how == "expired":
        StoryConsent.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    page = client.get(PAGE)
    assert STORY not in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert shown(scene) == []
    assert exported(scene) == []
    if how not in ("hidden", "expired"):
        assert not StoryConsent.objects.filter(pseudonym="Rose").exists()


def test_an_export_is_written_down_once_and_its_teller_reads_it(scene: Scene, story: str) -> None:
    key = new_key()
    for _time in range(2):
        assert exported(scene, key) == [STORY]
    (step,) = SafetyStep.objects.filter(what="exported")
    assert (step.by, str(step.contribution_id)) == (scene.users["jonas"], story)
    (reading,) = api.readings(user_id=scene.users["amal"].pk)
    assert (reading.exported, reading.words) == (True, "Formation de mars")
    assert api.readings(user_id=scene.users["elif"].pk) == []
    with pytest.raises(InvalidError):
        api.training_export(actor=scene.actor("jonas"), course_key=COURSE, words=" ", language="fr", key=new_key())
    for name in ("amal", "nadia", "stranger"):
        with pytest.raises(NotAllowedError):
            api.training_export(actor=scene.actor(name), course_key=COURSE, words="x", language="fr", key=new_key())


def test_the_files(scene: Scene, story: str, client: Any) -> None:
    Contribution.objects.filter(pk=story).update(text="=1+1")
    client.force_login(scene.users["jonas"])
    url = f"/passerelle/courses/{COURSE}/training-export"

    def saved(form: str) -> str:
        body = {"key": new_key(), "words": "Formation", "form": form}
        answer = client.post(url, body, content_type="application/json")
        assert answer["Cache-Control"] == "private, no-store"
        return str(answer.json()["text"])

    rows = list(csv.reader(io.StringIO(saved("csv").removeprefix("\ufeff"))))
    until = StoryConsent.objects.get(purpose="training").expires_at
    assert until
    assert rows[1][0] == "fr"
    assert rows[1][2:] == ["'=1+1", "", until.date().isoformat()]  # no formula
    (told,) = json.loads(saved("json"))
    assert told["text"] == "=1+1"
    assert "Amal" not in saved("csv") + saved("json")
    assert url in client.get(f"/passerelle/courses/{COURSE}/desk/").content.decode()


def test_open_to_everyone_where_the_operator_says_so(scene: Scene, story: str, client: Any, settings: Any) -> None:
    assert client.get(PAGE).status_code == 302
    assert client.get(f"/passerelle/api/v1/courses/{COURSE}/showcase").status_code == 403
    client.force_login(scene.users["stranger"])
    assert client.get(PAGE).status_code == 403
    client.logout()
    settings.PASSERELLE_PUBLIC_SHOWCASE = True
    assert STORY in client.get(PAGE).content.decode()
    (one,) = client.get(f"/passerelle/api/v1/courses/{COURSE}/showcase").json()["results"]
    assert one["text"] == STORY


@pytest.mark.parametrize("count", [5, 500])
def test_the_page_costs_the_same_with_many_stories(
    scene: Scene, story: str, django_assert_num_queries: Any, count: int
) -> None:
    first = Contribution.objects.get(pk=story)
    many = Contribution.objects.bulk_create(
        Contribution(
            circle_id=first.circle_id, member_id=first.member_id, consent_id=first.consent_id, phase="share",
            slot=str(number), text=f"Récit {number}", audience="circle",
        )
        for number in range(count)
    )  # fmt: skip
    StoryConsent.objects.bulk_create(
        StoryConsent(contribution=one, purpose="showcase", text_version=1, language="fr", granted_at=timezone.now())
        for one in many
    )
    for one in many[:4]:
        StoryFile.objects.create(member_id=first.member_id, contribution=one, kind="audio", size=1, path="x")
    with django_assert_num_queries(4):
        assert len(shown(scene)) == min(count + 1, 100)


# --- Voices and pictures


@pytest.fixture
def spoken(scene: Scene) -> tuple[str, str, str]:
    """A story of Amal's that is a voice and a picture and no word; its id, and those of its files."""
    circle_id = scene.started("amal", "elif")
    voice, image = sent(scene, "amal", circle_id), sent(scene, "amal", circle_id, picture(), "image")
    files = [{"id": voice, "words": "Je parle du figuier"}, {"id": image, "words": "Un figuier"}]
    scene.act("amal", circle_id, "tell", files=files)
    return str(Contribution.objects.get().pk), voice, image


def agrees(scene: Scene, story: str, *purposes: str, version: int | None = None) -> None:
    for purpose in purposes:
        api.give_consent(actor=scene.actor("amal"), contribution_id=story, purpose=purpose, key=new_key())
    if version is not None:
        StoryConsent.objects.filter(purpose__in=purposes, withdrawn_at=None).update(text_version=version)


def archive(scene: Scene, client: Any, name: str = "jonas") -> Any:
    """The answer to asking for the ZIP file, fetched where it lies."""
    client.force_login(scene.users[name])
    body = {"key": new_key(), "words": "Formation", "form": "zip"}
    address = f"/passerelle/courses/{COURSE}/training-export"
    return client.get(client.post(address, body, content_type="application/json").json()["go"])


def names_in(answer: Any) -> list[str]:
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as opened:
        return opened.namelist()


def test_a_story_of_voice_and_picture_is_shown_and_exported(
    scene: Scene, spoken: tuple[str, str, str], client: Any
) -> None:
    story, voice, image = spoken
    assert hearers(scene, voice) == {"amal", "elif", "nadia"}
    agrees(scene, story, "showcase")
    assert hearers(scene, voice) == set(scene.users) - {"stranger"}
    assert exported(scene) == []
    (one,) = shown(scene)
    assert [(file.id, file.words) for file in one.files] == [(voice, "Je parle du figuier"), (image, "Un figuier")]
    client.force_login(scene.users["mariana"])
    page = client.get(PAGE).content.decode()
    assert f'src="/passerelle/stories/files/{voice}"' in page
    assert 'alt="Un figuier"' in page
    heard = client.get(f"/passerelle/stories/files/{voice}", headers={"Range": "bytes=0-99"})
    assert (heard.status_code, heard["Cache-Control"]) == (206, "private, no-store")
    agrees(scene, story, "training")
    answer = archive(scene, client)
    assert answer["Cache-Control"] == "private, no-store"
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as opened:
        paths = [f"files/{PurePosixPath(path).name}" for path in StoryFile.objects.values_list("path", flat=True)]
        assert sorted(opened.namelist()) == sorted(["stories.csv", "stories.json", *paths])
        (told,) = json.loads(opened.read("stories.json"))
        assert [(file["name"], file["words"]) for file in told["files"]] == [
            (f"files/{PurePosixPath(StoryFile.objects.get(pk=pk).path).name}", words)
            for pk, words in ((voice, "Je parle du figuier"), (image, "Un figuier"))
        ]
        everything = "".join(opened.read(name).decode("utf-8", "replace") for name in opened.namelist())
    assert told["files"][0]["name"] in everything.split("stories.json")[0]
    assert "Amal" not in everything
    (reading,) = api.readings(user_id=scene.users["amal"].pk)
    assert reading.exported


def test_older_words_expose_no_file_and_can_be_agreed_to_anew(
    scene: Scene, spoken: tuple[str, str, str], client: Any
) -> None:
    story, voice, _image = spoken
    agrees(scene, story, "showcase", "training", version=1)
    assert shown(scene) == []  # there is no written word in it
    assert names_in(archive(scene, client)) == ["stories.csv", "stories.json"]
    Contribution.objects.update(text=STORY)
    (one,) = shown(scene)
    assert (one.text, one.files) == (STORY, ())
    assert exported(scene) == [STORY]
    answer = archive(scene, client)
    content = b"".join(answer.streaming_content)
    with ZipFile(io.BytesIO(content)) as opened:
        assert opened.namelist() == ["stories.csv", "stories.json"]
        assert "figuier" not in opened.read("stories.csv").decode().replace(STORY, "")
    assert hearers(scene, voice) == {"amal", "elif", "nadia"}
    (mine,) = api.my_stories(actor=scene.actor("amal"), language="fr")
    assert [purpose for purpose, words in mine.offers if "ma voix" in words] == ["showcase", "training"]
    agrees(scene, story, "showcase")
    assert len(shown(scene)[0].files) == 2
    (mine,) = api.my_stories(actor=scene.actor("amal"), language="fr")
    assert [purpose for purpose, _words in mine.offers] == ["training"]
    assert StoryConsent.objects.filter(purpose="showcase", withdrawn_at=None).count() == 1


@pytest.mark.parametrize("how", ["purpose", "circle", "story", "hidden", "expired", "retired"])
def test_taken_back_nobody_hears_it_from_then_on(
    scene: Scene, spoken: tuple[str, str, str], client: Any, how: str
) -> None:
    story, voice, image = spoken
    agrees(scene, story, "showcase", "training")
    client.force_login(scene.users["jonas"])
    body = {"key": new_key(), "words": "Formation", "form": "zip"}
    address = f"/passerelle/courses/{COURSE}/training-export"
    ready = client.post(address, body, content_type="application/json").json()["go"]
    assert len(names_in(client.get(ready))) == 4
    amal = scene.actor("amal")
    if how in ("purpose", "circle"):
        for purpose in ["showcase", "training"] if how == "purpose" else ["circle", "training"]:
            api.withdraw_consent(actor=amal, contribution_id=story, purpose=purpose, key=new_key())
    elif how == "story":
        api.withdraw(actor=amal, contribution_id=story, key=new_key())
    elif how == "hidden":
        api.report(actor=scene.actor("elif"), contribution_id=story, reason="other", words="", key=new_key())
    elif how == "expired":
        StoryConsent.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert shown(scene) == []
    for file in (voice, image):
        assert not hearers(scene, file) & {"mariana", "oksana", "jonas", "zora"}
    assert names_in(client.get(ready)) == ["stories.csv", "stories.json"]  # what was asked for before


def test_the_archive_is_for_whoever_asked_and_for_an_hour(
    scene: Scene, spoken: tuple[str, str, str], client: Any
) -> None:
    agrees(scene, spoken[0], "training")
    asked = archive(scene, client).wsgi_request.get_full_path()
    for name in ("amal", "nadia", "stranger"):
        client.force_login(scene.users[name])
        assert client.get(asked).status_code == 403
    client.force_login(scene.users["jonas"])
    assert client.get(asked.replace("key=", "key=0")).status_code == 404
    assert client.get(asked.partition("?")[0]).status_code == 400
    assert client.post(asked).status_code == 405
    Receipt.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert client.get(asked).status_code == 404


def test_anybody_hears_a_public_showcase(
    scene: Scene, spoken: tuple[str, str, str], client: Any, settings: Any
) -> None:
    story, voice, _image = spoken
    address = f"/passerelle/stories/files/{voice}"
    agrees(scene, story, "training")
    settings.PASSERELLE_PUBLIC_SHOWCASE = True
    assert client.get(address).status_code == 403
    agrees(scene, story, "showcase")
    assert client.get(address).status_code == 200
    assert f'src="{address}"' in client.get(PAGE).content.decode()
    settings.PASSERELLE_PUBLIC_SHOWCASE = False
    assert client.get(address).status_code == 403


def test_a_name_that_is_too_long_is_named(scene: Scene, story: str) -> None:
    api.withdraw_consent(actor=scene.actor("amal"), contribution_id=story, purpose="showcase", key=new_key())
    with pytest.raises(InvalidError) as caught:
        api.give_consent(
            actor=scene.actor("amal"), contribution_id=story, purpose="showcase", key=new_key(), pseudonym="R" * 41
        )
    assert caught.value.field == "pseudonym"


def test_the_copy_of_what_was_agreed_says_the_name(scene: Scene, story: str) -> None:
    assert "Rose" in api.consent_copy(actor=scene.actor("amal"), language="fr")
