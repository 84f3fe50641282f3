"""What the addresses give: pages in words, files that others can read, lists that tell the truth at once."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openbadgeslib import baking
from passerelle.badges import api, credentials, drawing, keys
from passerelle.badges.data import Picture, Shape, Symbol
from passerelle.badges.models import Achievement, Award, Imported, IssuerKey, Look, RecognisedIssuer, Status
from passerelle.host.api import host
from PIL import Image

from .conftest import COURSE, DEFINITION, TEAMWORK, Scene, definition

BASE = "/passerelle/badges"


@pytest.fixture
def amal(scene: Scene) -> Client:
    client = Client()
    client.force_login(scene.users["amal"])
    return client


def shared_path(scene: Scene, award: Award, show_name: bool = False) -> str:
    url = api.share(actor=scene.actor("amal"), award_id=str(award.pk), show_name=show_name)
    return BASE + url.rpartition("/badges")[2]


def test_my_badges(scene: Scene, amal: Client) -> None:
    assert "You have no badge yet" in amal.get(f"{BASE}/").content.decode()
    scene.publish(slug="other", criteria={"circle": {}})
    award = scene.award()
    page = amal.get(f"{BASE}/").content.decode()
    for words in (
        "Works well with others",
        "Valid",
        "level 2 of 4",
        "So far: 0",
        "Make a link",
    ):
        assert words in page, words
    assert award.token not in page
    page = amal.get(f"{BASE}/", headers={"Accept-Language": "fr"}).content.decode()
    assert "Travaille bien avec les autres" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "This badge is valid"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "This badge has expired"),
        ({"revoked_at": timezone.now()}, "This badge was taken back"),
        ({"token": "a.b.c"}, "This badge cannot be confirmed"),
    ],
)
def test_the_shared_page_says_how_it_stands(scene: Scene, change: dict[str, Any], words: str) -> None:
    award = scene.award()
    path = shared_path(scene, award, show_name=True)
    Award.objects.filter(pk=award.pk).update(**change)
    answer = Client().get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in page
    assert "amal" in page
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "no-referrer"
    gone = Client().get(f"{BASE}/shared/nothing/")
    assert gone.status_code == 404
    assert "no badge under this link" in gone.content.decode()


def test_the_name_shows_only_where_she_says_so(scene: Scene) -> None:
    award = scene.award()
    page = Client().get(shared_path(scene, award)).content.decode()
    assert "amal" not in page
    found = json.loads(Client().get(shared_path(scene, award) + "credential.json").content)
    assert "amal" not in json.dumps(found)
    assert found["credentialSubject"]["identifier"][0]["hashed"] is True
    assert Look.objects.get().times == 1  # a program's look is none


def test_downloads(scene: Scene, amal: Client) -> None:
    award = scene.award()
    got = {form: amal.get(f"{BASE}/awards/{award.pk}.{form}") for form in api.FORMS}
    assert baking.extract_png(got["png"].content, keyword=baking.ITXT_KEYWORD_OB3) == award.token
    assert baking.extract_svg(got["svg"].content, element=baking.SVG_ELEMENT_OB3) == award.token
    assert got["jwt"].content.decode() == award.token
    assert got["json"].json()["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    image = Image.open(io.BytesIO(got["png"].content))
    assert image.text["openbadgecredential"] == award.token  # as any reader of PNG finds it
    for answer in got.values():
        assert "attachment" in answer["Content-Disposition"]
    assert amal.get(f"{BASE}/awards/{award.pk}.exe").status_code == 404


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("symbol", Symbol)
def test_pictures_are_the_same_in_both_forms(shape: Shape, symbol: Symbol) -> None:
    picture = Picture(shape=shape, symbol=symbol, colour="#ab0d02")
    assert ET.fromstring(drawing.svg(picture)).tag == "{http://www.w3.org/2000/svg}svg"
    image = Image.open(io.BytesIO(drawing.png(picture))).convert("RGBA")
    assert image.size == (drawing.SIDE, drawing.SIDE)
    colours = {colour for count, colour in image.getcolors(100_000) or [] if count > 500}
    assert {(0xAB, 0x0D, 0x02, 255), (255, 255, 255, 255)} <= colours
    assert len(drawing.png(picture)) < 40_000


def test_what_verifiers_read(scene: Scene) -> None:
    award = scene.award()
    client = Client()
    did = client.get(f"{BASE}/did.json")
    assert did.json()["id"] == award.document["issuer"]["id"] == "did:web:127.0.0.1%3A8000:passerelle:badges"
    assert did["Access-Control-Allow-Origin"] == "*"
    (key,) = client.get(f"{BASE}/jwks.json").json()["keys"]
    assert key["kid"] == did.json()["verificationMethod"][0]["id"]
    assert "d" not in key
    made = client.get(f"{BASE}/achievements/{award.achievement_id}").json()
    assert made["alignment"][0]["targetUrl"] == TEAMWORK
    assert award.document["credentialSubject"]["achievement"]["id"].endswith(f"/achievements/{award.achievement_id}")
    assert client.get(f"{BASE}/achievements/{award.achievement_id}.png")["Content-Type"] == "image/png"
    assert client.get(f"{BASE}/status/2").status_code == 404
    as_token = client.get(f"{BASE}/status/1", headers={"Accept": "application/vc+jwt"})
    assert as_token["Content-Type"] == "application/vc+jwt"
    assert as_token.content.count(b".") == 2
    assert "sealed" not in did.content.decode() + json.dumps(key)


def test_a_revocation_shows_at_once(scene: Scene) -> None:
    award = scene.award()
    client = Client()

    def encoded() -> str:
        return str(json.loads(client.get(f"{BASE}/status/1").content)["credentialSubject"]["encodedList"])

    before = encoded()
    assert encoded() == before
    api.revoke(actor=scene.actor("sam"), award_id=str(award.pk), reason="A mistake.")
    assert encoded() != before


def test_the_desk(scene: Scene) -> None:
    scene.users["sam"].is_staff = True
    scene.users["sam"].save()
    sam = Client()
    sam.force_login(scene.users["sam"])
    answer = sam.post(f"{BASE}/desk/define", {"definition": "slug: X"}, content_type="application/json")
    assert answer.status_code == 400
    assert len(answer.json()["error"]["problems"]) > 3
    answer = sam.post(f"{BASE}/desk/define", {"definition": definition()}, content_type="application/json")
    made = answer.json()["id"]
    page = sam.get(f"{BASE}/desk/").content.decode()
    assert "Draft" in page
    assert "team-worker" in page
    assert sam.post(f"{BASE}/achievements/{made}/archive", {}, content_type="application/json").status_code == 409
    for _twice in range(2):
        assert sam.post(f"{BASE}/achievements/{made}/publish", {}, content_type="application/json").status_code == 200
    assert Achievement.objects.get().stage == "published"
    sam.post(f"{BASE}/desk/define", {"definition": definition()}, content_type="application/json")
    assert Achievement.objects.get().version == 1
    sam.post(f"{BASE}/desk/define", {"definition": definition(valid_days=9)}, content_type="application/json")
    assert Achievement.objects.get().version == 2


def _fill(scene: Scene, count: int) -> None:
    user = scene.users["amal"]
    key, _opened = keys.current()
    RecognisedIssuer.objects.get_or_create(issuer="did:web:x.example", defaults={"name": "X"})
    for number in range(Achievement.objects.count(), count):
        raw = {**DEFINITION, "slug": f"a{number}", "criteria": {"all": [{"circle": {}}, DEFINITION["criteria"]]}}
        achievement = Achievement.objects.create(slug=f"a{number}", definition=raw, stage="published")
        now = timezone.now()
        Imported.objects.create(
            user=user, source=f"s{number}", issuer="did:web:x.example", text="t", name="n",
            aligned=[["x", TEAMWORK]], checked_at=now,
        )  # fmt: skip
        if number % 2:
            award = Award.objects.create(
                user=user, achievement=achievement, achievement_version=1, language="en", key=key, awarded_at=now,
                status=Status.objects.create(list_number=1, index=number), document={}, proof={}, token="",
            )  # fmt: skip
            Look.objects.create(award=award, day=now.date(), times=1)


def test_the_number_of_queries_does_not_grow(scene: Scene, amal: Client) -> None:
    counted = []
    for count in (5, 500):
        _fill(scene, count)
        amal.get(f"{BASE}/")
        with CaptureQueriesContext(connection) as queries:
            page = amal.get(f"{BASE}/").content.decode()
        counted.append(len(queries))
        assert page.count("pp-card") >= count
    assert counted[0] == counted[1] < 20


def test_the_desk_costs_the_same_with_many_badges(scene: Scene) -> None:
    scene.users["sam"].is_superuser = True
    scene.users["sam"].save()
    sam = Client()
    sam.force_login(scene.users["sam"])
    counted = []
    for count in (2, 20):
        _fill(scene, count)
        with CaptureQueriesContext(connection) as queries:
            page = sam.get(f"{BASE}/desk/").content.decode()
        counted.append(len(queries))
        assert page.count("slug: a") == count
    assert counted[0] == counted[1]


def test_course_runs_are_named_all_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = host().course_names

    def course_names(_self: Any, course_keys: Any) -> Any:
        asked.append(len(course_keys))
        return original(course_keys=course_keys)

    monkeypatch.setattr(type(host()), "course_names", course_names)
    circle = {"circle": {"course": "course-v1:A+B+other"}}
    scene.publish(criteria={"all": [{"course": COURSE}, {"any": [circle, {"course": "course-v1:A+B+C"}]}]})
    (card,) = scene.own().not_yet
    assert "course-v1:A+B+other" in repr(card.step)
    assert asked == [3]


def test_the_keys_command(scene: Scene, settings: Any) -> None:
    first = IssuerKey.objects.get()
    out = io.StringIO()
    call_command("passerelle_badge_keys", "ensure", stdout=out)
    assert IssuerKey.objects.count() == 1
    call_command("passerelle_badge_keys", "make", stdout=out)
    first.refresh_from_db()
    assert first.retired_at
    assert not first.sealed
    call_command("passerelle_badge_keys", "list", stdout=out)
    assert "retired" in out.getvalue()
    assert "signs" in out.getvalue()
    with pytest.raises(CommandError, match="no key"):
        call_command("passerelle_badge_keys", "withdraw", "x", stdout=out)
    call_command("passerelle_badge_keys", "withdraw", IssuerKey.objects.latest("pk").kid, stdout=out)
    assert IssuerKey.objects.count() == 3  # another one took over

    assert "PRIVATE" not in "".join(IssuerKey.objects.values_list("sealed", flat=True))
    settings.PASSERELLE_BADGES_SECRET = "another secret"
    with pytest.raises(keys.NoKeyError, match="cannot be opened"):
        keys.current()


def test_the_suite_s_own_achievements(db: None, tmp_path: Any) -> None:
    out = io.StringIO()
    for _twice in range(2):
        call_command("passerelle_load_achievements", stdout=out)
    assert set(Achievement.objects.values_list("slug", "version", "stage")) == {
        ("story-companion", 1, "published"),
        ("team-worker", 1, "published"),
    }
    for _twice in range(2):
        call_command("passerelle_load_achievements", course=COURSE, stdout=out)
    trainer = Achievement.objects.get(course_key=COURSE)
    assert (trainer.slug, trainer.version, trainer.stage) == ("circle-trainer-en", 1, "published")
    assert trainer.definition["criteria"]["all"][0] == {"course": COURSE}
    with pytest.raises(CommandError, match="no course key"):
        call_command("passerelle_load_achievements", course="TOT101", stdout=out)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("slug: [")
    with pytest.raises(CommandError, match="neither YAML nor JSON"):
        call_command("passerelle_load_achievements", wrong, stdout=out)


def test_where_badges_live_is_a_setting(settings: Any) -> None:
    settings.PASSERELLE_BADGES_URL = "https://learn.example.org/"
    settings.PASSERELLE_BADGES_ISSUER = "The House"
    assert credentials.issuer_id() == "did:web:learn.example.org:passerelle:badges"
    assert credentials.issuer_name() == "The House"
    assert credentials.list_url(3) == "https://learn.example.org/passerelle/badges/status/3"
