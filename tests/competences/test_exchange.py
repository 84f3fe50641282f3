"""The profile as a file: PDFs that can be read in every language, and JSON that comes back."""

from __future__ import annotations

import json
from typing import Any

import pypdfium2
import pytest
from django.utils import translation
from fontTools.ttLib import TTFont
from passerelle.competences import api
from passerelle.competences.pdf import FONTS
from passerelle.host.errors import InvalidError, NotAllowedError

from .conftest import COOK, FRY, GRILL, TEAM, TIME, Scene, new_key
from .test_claims import fill
from .test_views import client, post, url


def place_of(document: bytes, word: str) -> float:
    """How far from the left edge of the first page the word stands, as a share of the page's width."""
    page = pypdfium2.PdfDocument(document)[0]
    text = page.get_textpage()
    found = text.search(word).get_next()
    assert found, f"{word} is not there"
    return float(text.get_charbox(found[0])[0] / page.get_width())


def text_of(document: bytes) -> str:
    return " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document))


@pytest.mark.parametrize("language", api.framework().languages)
def test_a_pdf_in_each_language_names_what_she_can_do(scene: Scene, language: str) -> None:
    scene.show("amal")
    document = api.export_pdf(actor=scene.actor("amal"), languages=[language])
    name = api.competences(language=language, ids=("work_in_teams",))[0].name
    # Arabic comes back with its letters as they are; only what holds them together may differ.
    assert all(word in text_of(document) for word in name.split())
    assert "ESCO" in text_of(document)


def test_the_fonts_have_every_letter_of_the_framework() -> None:
    framework = api.framework()
    texts = [words for one in framework.competences for words in (one.name, *(level.situation for level in one.levels))]
    for weight in ("Regular", "Bold"):
        there: set[int] = set()
        for family in ("NotoSans", "NotoSansArabic"):
            there |= TTFont(FONTS / f"{family}-{weight}.ttf").getBestCmap().keys()
        missing = {sign for words in texts for text in words.values() for sign in text if ord(sign) not in there}
        assert not missing


@pytest.mark.parametrize("languages", [["fr", "ar"], ["ar", "fr"], ["ar"]])
def test_arabic_stands_on_the_right_and_french_on_the_left(scene: Scene, languages: list[str]) -> None:
    scene.show("amal")
    document = api.export_pdf(actor=scene.actor("amal"), languages=languages)
    assert place_of(document, "العمل") > 0.6
    if "fr" in languages:
        assert place_of(document, "Travailler") < 0.2


@pytest.mark.parametrize(("languages", "first_on_the_left"), [(["fr", "en"], True), (["en", "fr"], False)])
def test_the_first_language_leads(scene: Scene, languages: list[str], first_on_the_left: bool) -> None:
    scene.show("amal")
    document = api.export_pdf(actor=scene.actor("amal"), languages=languages)
    assert (place_of(document, "Travailler") < 0.2) is first_on_the_left


def test_a_long_profile_takes_several_pages_and_hides_what_is_hidden(scene: Scene) -> None:
    fill(scene, 30)
    actor = scene.actor("amal")
    whole = api.export_pdf(actor=actor, languages=["fr", "en"])
    assert len(pypdfium2.PdfDocument(whole)) > 1
    api.hide_areas(actor=actor, hidden=["transversal"], key=new_key())
    part = text_of(api.export_pdf(actor=actor, languages=["fr"]))
    assert "Travailler en équipe" in text_of(whole).replace("\r\n", " ")
    assert "Travailler en équipe" not in part.replace("\r\n", " ")


@pytest.mark.parametrize("languages", [[], ["fr", "en", "ar"], ["xx"], ["fr", "../../etc"]])
def test_other_languages_are_refused(scene: Scene, languages: list[str]) -> None:
    with pytest.raises(InvalidError):
        api.export_pdf(actor=scene.actor("amal"), languages=languages)


def test_files_are_downloaded_by_the_person_alone(scene: Scene) -> None:
    scene.show("amal")
    for name, query in (("pdf", "?first=fr&second=ar"), ("export", "")):
        response = client(scene, "amal").get(url(name) + query)
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")
        assert client(scene, "anonymous").get(url(name) + query).status_code == 302
        assert b"quartier" not in client(scene, "elif").get(url(name) + query).content
    assert client(scene, "amal").get(url("pdf") + "?first=xx").status_code == 400
    with pytest.raises(NotAllowedError):
        api.export_json(actor=scene.actor("amal", masquerading=True))


def test_a_file_comes_back_once(scene: Scene) -> None:
    scene.answer_all("amal")
    scene.show("amal")
    scene.show("amal", kind="link", link="https://example.org/fete", uri=TIME)
    document = json.loads(client(scene, "amal").get(url("export")).content)
    assert api.import_json(actor=scene.actor("amal"), document=document, key=new_key()) == 0
    assert api.import_json(actor=scene.actor("elif"), document=document, key=new_key()) == 4
    assert api.import_json(actor=scene.actor("elif"), document=document, key=new_key()) == 0
    assert {claim.basis for claim in scene.claims("elif")} == {"stated", "evidenced"}
    kept = {(one.kind, one.link) for one in api.my_evidence(actor=scene.actor("elif"))}
    assert kept == {("text", ""), ("link", "https://example.org/fete")}


def test_what_a_badge_backed_comes_back_as_stated(scene: Scene) -> None:
    api.back_with_badge(user_id=scene.users["amal"].pk, uri=TEAM, level=4, badge="badge:1")
    document = api.export_json(actor=scene.actor("amal"))
    api.import_json(actor=scene.actor("elif"), document=document, key=new_key())
    assert [(claim.level, claim.basis) for claim in scene.claims("elif")] == [(4, "stated")]


def test_stories_stay_where_they_were_told(scene: Scene) -> None:
    line = {"uri": TEAM, "kind": "story", "level": 2, "text": "Un récit.", "link": "", "at": ""}
    document = {"format": "passerelle-profile", "version": 1, "claims": [], "evidence": [line]}
    assert api.import_json(actor=scene.actor("amal"), document=document, key=new_key()) == 0
    assert api.my_evidence(actor=scene.actor("amal")) == []


IMPORTING = 14
"""Queries for bringing a file back, however long."""
CLAIM: dict[str, Any] = {"uri": TEAM, "level": 2}
EVIDENCE: dict[str, Any] = {"uri": TEAM, "kind": "link", "level": 2, "text": "", "link": "https://example.org"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"format": "other"}, "format"),
        ({"version": 2}, "format"),
        ({"claims": None}, "claims"),
        ({"claims": [CLAIM, 7]}, "claims[1]"),
        ({"claims": [{**CLAIM, "level": 9}]}, "claims[0]"),
        ({"claims": [{**CLAIM, "level": True}]}, "claims[0]"),
        ({"claims": [{**CLAIM, "uri": "http://example.org"}]}, "claims[0]"),
        ({"claims": [{**CLAIM, "uri": []}]}, "claims[0]"),
        ({"evidence": [{**EVIDENCE, "link": "javascript:alert(1)"}]}, "evidence[0]"),
        ({"evidence": [{**EVIDENCE, "link": "https://example.org/" + "a" * 981}]}, "evidence[0]"),
        ({"evidence": [{**EVIDENCE, "text": "x" * 5001}]}, "evidence[0]"),
        ({"evidence": [{**EVIDENCE, "kind": "song"}]}, "evidence[0]"),
        ({"evidence": [EVIDENCE, {**EVIDENCE, "kind": "text"}]}, "evidence[1]"),
        ({"evidence": [{**EVIDENCE, "kind": []}]}, "evidence[0]"),
    ],
)
def test_a_broken_file_changes_nothing_and_names_the_place(scene: Scene, changes: dict[str, Any], place: str) -> None:
    document = {"format": "passerelle-profile", "version": 1, "claims": [CLAIM], "evidence": [], **changes}
    with pytest.raises(InvalidError) as error, translation.override("fr"):
        api.import_json(actor=scene.actor("amal"), document=document, key=new_key())
    assert error.value.field == place
    assert scene.claims("amal") == []
    assert api.my_evidence(actor=scene.actor("amal")) == []


def test_a_long_file_takes_as_many_queries_as_a_short_one_and_is_told_once(
    scene: Scene, esco: Any, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[dict[str, Any]] = []

    def hear(**values: Any) -> None:
        heard.append(values)

    def document(count: int) -> dict[str, Any]:
        uris = [FRY, GRILL, *(one.uri for one in api.framework().competences)][:count]
        return {
            "format": "passerelle-profile",
            "version": 1,
            "claims": [{"uri": uri, "level": 2} for uri in uris],
            "evidence": [{**EVIDENCE, "uri": uri, "kind": "text", "text": "Vu.", "link": ""} for uri in uris],
            "experiences": [{"what": COOK, "words": ""}],
        }

    api.claim_changed.connect(hear)
    try:
        for name, count in (("amal", 3), ("elif", 30)):
            with django_capture_on_commit_callbacks(execute=True), django_assert_num_queries(IMPORTING):
                found = api.import_json(actor=scene.actor(name), document=document(count), key=new_key())
            assert found == 2 * count + 1
            assert len(scene.claims(name)) == 2 * count
    finally:
        api.claim_changed.disconnect(hear)
    told = [(values["user_id"], len(values["uris"])) for values in heard]
    assert told == [(scene.users["amal"].pk, 3), (scene.users["elif"].pk, 30)]


def test_what_a_file_holds_twice_comes_once(scene: Scene) -> None:
    line = {**EVIDENCE, "kind": "text", "text": "Vu.", "link": ""}
    document = {"format": "passerelle-profile", "version": 1, "claims": [CLAIM, CLAIM], "evidence": [line, line]}
    assert api.import_json(actor=scene.actor("amal"), document=document, key=new_key()) == 2
    assert len(api.my_evidence(actor=scene.actor("amal"))) == 1


def test_the_page_brings_a_file_back(scene: Scene) -> None:
    document = {"format": "passerelle-profile", "version": 1, "claims": [CLAIM], "evidence": [EVIDENCE]}
    assert post(scene, "amal", "import", **document).json()["said"].startswith("2 ")
    assert post(scene, "amal", "import", **document).json()["said"].startswith("0 ")
    assert post(scene, "anonymous", "import", **document).status_code == 403
    assert post(scene, "amal", "import", **{**document, "claims": 1}).status_code == 400
