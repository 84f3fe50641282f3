"""The pages: each opens for those whom the table lets in, in a constant number of queries, and posts are JSON alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from passerelle.competences.data import Unit
from passerelle.employers import api
from passerelle.employers.models import Opportunity, Requirement
from passerelle.employers.urls import urlpatterns

from .conftest import CUTTING, TEAMWORK, Scene

WORDS = {
    "fr": ("Opportunités pour moi", "Mes candidatures"),
    "ar": ("فرص لي", "طلباتي"),
}


def client(scene: Scene, name: str, language: str = "en") -> Client:
    made = Client(headers={"accept-language": language})
    made.force_login(scene.users[name])
    if name == "sam":
        scene.users["sam"].is_superuser = True
        scene.users["sam"].save()
    return made


def url(name: str, *parts: Any) -> str:
    return reverse(f"passerelle_employers:{name}", args=parts)


def pages(scene: Scene) -> dict[str, tuple[str, set[str]]]:
    """Address and who may open it, of every page."""
    everyone, members = {"amal", "ed", "rosa", "marta", "sam"}, {"ed", "rosa", "marta"}
    return {
        "opportunities": (url("opportunities"), everyone),
        "mine": (url("mine"), everyone),
        "work": (url("work", scene.kitchen), everyone),
        "desk": (url("desk"), everyone),
        "organisation": (url("organisation", scene.table.slug), members | {"sam"}),
        "new_offer": (url("new_offer", scene.table.slug), members | {"sam"}),
        "offer": (url("offer", scene.kitchen), members),
        "preview": (url("preview", scene.kitchen), members | {"sam"}),
        "people": (url("people", scene.kitchen), {"rosa", "marta"}),
        "operator_desk": (url("operator_desk"), {"sam"}),
    }


def test_each_page_opens_for_those_whom_the_table_lets_in(scene: Scene) -> None:
    api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen, message="Hello")
    for name in ("amal", "ed", "rosa", "marta", "sam"):
        browser = client(scene, name)
        for page, (address, who) in pages(scene).items():
            answer = browser.get(address)
            assert answer.status_code == (200 if name in who else 403), f"{page} for {name}"
            assert "no-store" in answer["Cache-Control"]
    for address, _who in pages(scene).values():
        assert Client().get(address).status_code == 302


def test_every_other_address_takes_json_from_those_who_are_allowed(scene: Scene) -> None:
    parts = {"organisation": scene.table.slug, "opportunity_id": scene.kitchen, "pseudonym": "X", "user_id": 0}
    seen = set(pages(scene))
    for pattern in urlpatterns:
        if pattern.name in seen or pattern.name.startswith("v1_"):
            continue
        wanted = {name: parts.get(name, 1) for name in pattern.pattern.converters}
        address = reverse(f"passerelle_employers:{pattern.name}", kwargs=wanted)
        assert client(scene, "amal").get(address).status_code == 405, pattern.name
        assert client(scene, "amal").post(address, {"a": "b"}).status_code == 415, pattern.name
        assert Client().post(address, "{}", content_type="application/json").status_code == 403, pattern.name


@pytest.mark.parametrize("language", WORDS)
def test_pages_speak_the_persons_language(scene: Scene, language: str) -> None:
    browser = client(scene, "amal", language)
    opportunities, mine = WORDS[language]
    page = browser.get(url("opportunities")).content.decode()
    assert opportunities in page
    assert "ESCO" in page  # named wherever its words may be
    assert mine in browser.get(url("mine")).content.decode()


def test_a_card_names_languages_in_the_readers_and_the_unit_that_closes_a_gap(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def my_units(*, actor: Any, uris: Any) -> dict[str, tuple[Unit, ...]]:
        done = Unit(reference="u1", name="Done already", url="/u1", complete=True)
        return {CUTTING: (done, Unit(reference="u2", name="Knives", url="/u2", complete=False))}

    monkeypatch.setattr("passerelle.employers.views.competences.my_units", my_units)
    page = client(scene, "amal", "en").get(url("opportunities")).content.decode()
    assert "<bdi>French A2</bdi>" in page
    assert "<bdi>Français" not in page
    assert 'href="/u2"' in page
    assert "Done already" not in page
    assert "You have 1 of 9, and 1 nearly" in page


def test_a_preview_offers_each_reader_what_she_can_do_with_it(scene: Scene) -> None:
    Opportunity.objects.filter(pk=scene.kitchen).update(stage="draft")
    asking = url("submit", scene.kitchen)
    for name, back, may_ask in (
        ("marta", url("organisation", scene.table.slug), True),
        ("sam", url("operator_desk"), False),
    ):
        page = client(scene, name).get(url("preview", scene.kitchen)).content.decode()
        assert f'href="{back}"' in page
        assert (asking in page) == may_ask
    Opportunity.objects.filter(pk=scene.kitchen).update(stage="waiting")
    assert asking not in client(scene, "marta").get(url("preview", scene.kitchen)).content.decode()


def test_a_draft_that_asks_for_nothing_yet_leads_back_to_its_form(scene: Scene) -> None:
    Requirement.objects.filter(opportunity=scene.kitchen).delete()
    page = client(scene, "marta").get(url("preview", scene.kitchen))
    assert page.status_code == 200
    assert "Say first which competences" in page.content.decode()
    assert f'href="{url("offer", scene.kitchen)}"' in page.content.decode()


def test_a_form_is_sent_as_the_page_sends_it(scene: Scene) -> None:
    body = {
        "titles": {"en": "Baker"},
        "kind": "job",
        "place": "Lyon",
        "hours": "20",
        "wanted": [{"uri": TEAMWORK, "level": "2", "essential": "1"}],
    }
    key = "99999999-2222-4333-8444-555555555555"
    answer = client(scene, "ed").post(
        url("keep_draft", scene.table.slug, key), json.dumps(body), content_type="application/json"
    )
    assert answer.json() == {"stage": "draft"}
    bad = client(scene, "ed").post(
        url("keep_draft", scene.table.slug, key), json.dumps({**body, "titles": {}}), content_type="application/json"
    )
    assert (bad.status_code, bad.json()["error"]["field"]) == (400, "titles")


def test_a_desk_costs_the_same_with_one_opportunity_and_with_many(scene: Scene) -> None:
    def cost(address: str, name: str) -> int:
        browser = client(scene, name)
        browser.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        return len(queries)

    addresses = [
        (url("organisation", scene.table.slug), "marta"),
        (url("opportunities"), "amal"),
        (url("mine"), "amal"),
    ]
    before = [cost(*each) for each in addresses]
    rows = Opportunity.objects.bulk_create(
        Opportunity(
            organisation=scene.table,
            reference=f"n{number}",
            title={"en": f"Work {number}"},
            kind="job",
            place="Lyon",
            stage="published",
            published_at=scene.table.registered_at,
        )
        for number in range(200)
    )
    Requirement.objects.bulk_create(
        Requirement(opportunity=row, uri=TEAMWORK, words={"en": "work in teams"}, level=1) for row in rows
    )
    for row in rows[:5]:
        api.apply(actor=scene.actor("amal"), opportunity_id=str(row.pk))
    assert [cost(*each) for each in addresses] == before


def test_what_is_missing_names_a_unit_that_teaches_it_and_is_not_done(scene: Scene, monkeypatch: Any) -> None:
    from passerelle.competences.data import Unit
    from passerelle.employers import views

    done = Unit(reference="a", name="Already done", url="/a", complete=True)
    next_one = Unit(reference="b", name="Knives and boards", url="/b", complete=False)
    monkeypatch.setattr(views.competences, "my_units", lambda actor, uris: {CUTTING: (done, next_one)})
    text = client(scene, "amal").get(url("work", scene.kitchen)).content.decode()
    assert text.count("learn it in: Knives and boards") == 1
    assert "Already done" not in text


@pytest.mark.parametrize("name", ["import_file", "v1_import_file"])
def test_a_file_is_no_single_transaction_that_others_wait_for(scene: Scene, monkeypatch: Any, name: str) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)  # as in the LMS
    handler = BaseHandler()
    taken, other = (resolve(url(each, scene.table.slug)).func for each in (name, "describe"))
    assert handler.make_view_atomic(taken) is taken
    assert handler.make_view_atomic(other) is not other
    body = json.dumps({"text": "reference,kind,place,title_en\na,job,Lyon,Cook\n"})
    answer = client(scene, "ed").post(url(name, scene.table.slug), body, content_type="application/json")
    assert answer.json() == {"changed": 1, "report": []}
