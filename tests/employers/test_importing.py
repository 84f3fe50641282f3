"""Opportunities from elsewhere: files and feeds. What is broken is said and costs the rest nothing."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from passerelle.employers import api, feeds
from passerelle.employers.models import Feed, Opportunity
from passerelle.host.errors import InvalidError
from passerelle.host.fetch import Fetched, FetchError, Why

from .conftest import HYGIENE, TEAMWORK, Scene

HEAD = "reference,kind,place,title_en,title_fr,hours,languages,needed,useful\n"
GOOD = f'cook-1,job,Lyon,Cook,Cuisinière,20,fr:A2,"comply with food safety and hygiene:3;{TEAMWORK}:1",\n'
URL = "https://jobs.example.org/feed.json"


def load(scene: Scene, text: str) -> Any:
    return api.import_file(actor=scene.actor("ed"), organisation=scene.table.slug, text=text)


def test_a_table_is_taken_over_once_and_waits(scene: Scene) -> None:
    assert load(scene, "\ufeff" + HEAD + GOOD).changed == 1
    row = Opportunity.objects.get(reference="file-cook-1")
    assert (row.stage, row.source, row.languages, row.hours) == ("waiting", "file", {"fr": "A2"}, 20)
    assert [(need.uri, need.level) for need in row.requirements.all()] == [(HYGIENE, 3), (TEAMWORK, 1)]
    assert load(scene, HEAD + GOOD).changed == 0
    api.publish(actor=scene.actor("sam"), opportunity_id=str(row.pk))
    assert load(scene, HEAD + GOOD).changed == 0
    assert Opportunity.objects.get(pk=row.pk).stage == "published"
    assert load(scene, HEAD + GOOD.replace("Lyon", "Paris")).changed == 1
    assert Opportunity.objects.get(pk=row.pk).stage == "waiting"


def test_broken_lines_are_reported_and_the_others_kept(scene: Scene) -> None:
    bad = [
        GOOD.replace("cook-1", "co ok"),
        GOOD.replace("cook-1", "a").replace(",job,", ",hobby,"),
        GOOD.replace("cook-1", "b").replace(":3;", ":9;"),
        GOOD.replace("cook-1", "c").replace("comply with food safety and hygiene", "fly a rocket"),
        GOOD.replace("cook-1", "d").replace("fr:A2", "fr:Z9"),
        "e\n",
    ]
    found = load(scene, HEAD + "".join(bad) + GOOD)
    assert found.changed == 1
    assert [line.split(":")[0] for line in found.report] == [f"Line {number}" for number in range(2, 8)]
    assert "fly a rocket" in found.report[3]
    assert Opportunity.objects.filter(reference__startswith="file-").count() == 1


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "reference,kind,place\nx,job,Lyon\n"])
def test_a_table_without_the_columns_says_which(scene: Scene, text: str) -> None:
    with pytest.raises(InvalidError, match="title_en"):
        load(scene, text)


def posting(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "value": name},
        "title": f"Work {name}",
        "description": "<p>Cook &amp; serve</p><script>alert(1)</script>",
        "employmentType": ["FULL_TIME"],
        "jobLocation": {"address": {"addressLocality": "Lyon", "addressRegion": "Rhône"}},
        "workHours": "35 hours",
        "skills": [{"@type": "DefinedTerm", "url": TEAMWORK}, "something else"],
        **changes,
    }


class Web:
    """Stands for the web: what lies at the address, and what was asked."""

    def __init__(self) -> None:
        self.body: bytes | FetchError = b""
        self.etag = '"1"'
        self.asked: list[dict[str, Any]] = []

    def give(self, value: Any) -> None:
        self.body = json.dumps(value).encode()

    def fetch(self, url: str, **asked: Any) -> Fetched:
        self.asked.append(asked)
        if isinstance(self.body, FetchError):
            raise self.body
        same = asked["etag"] == self.etag
        return Fetched(
            url=url,
            body=b"" if same else self.body,
            content_type="application/json",
            etag=self.etag,
            last_modified="",
            not_modified=same,
        )


@pytest.fixture
def web(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(feeds, "fetch", made.fetch)
    api.add_feed(actor=scene.actor("marta"), organisation=scene.table.slug, url=URL)
    return made


def stages() -> dict[str, str]:
    rows = Opportunity.objects.filter(source="feed")
    return {row.title["en"]: row.stage for row in rows}


def read() -> int:
    return sum(api.read_due(timezone.now() + timedelta(days=30)).values())


def test_a_feed_brings_what_waits_for_publication(scene: Scene, web: Web) -> None:
    web.give({"@graph": [posting("a"), posting("b", skills=None, employmentType="INTERN")]})
    assert read() == 2
    assert stages() == {"Work a": "waiting", "Work b": "draft"}
    row = Opportunity.objects.get(title__en="Work a")
    assert (row.place, row.region, row.hours, row.kind) == ("Lyon", "Rhône", 35, "job")
    assert row.about == {"en": "Cook & serve\nalert(1)"}
    assert [need.uri for need in row.requirements.all()] == [TEAMWORK]
    assert read() == 0
    assert web.asked[1]["etag"] == '"1"'


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"<html></html>", b"[]", b'[{"@type": "JobPosting"}]', FetchError(Why.TIME), FetchError(Why.ADDRESS)],
)
def test_a_broken_feed_loses_nothing_and_is_asked_later(scene: Scene, web: Web, broken: Any) -> None:
    web.give([posting("a")])
    read()
    web.body, web.etag = broken, '"2"'
    assert read() == 0
    assert stages() == {"Work a": "waiting"}
    assert Feed.objects.get().report or broken == b"[]"
    web.give([posting("a"), posting("c")])
    web.etag = '"3"'
    assert read() == 1
    assert Feed.objects.get().failures == 0


def test_failures_put_the_next_reading_off_but_not_for_ever(scene: Scene, web: Web) -> None:
    web.body = FetchError(Why.NETWORK)
    waits = []
    for _time in range(12):
        now = timezone.now()
        read()
        waits.append(Feed.objects.get().due_at - now)
    assert all(later >= sooner - timedelta(seconds=5) for sooner, later in pairwise(waits))
    assert timedelta(hours=11) < waits[0] < timedelta(hours=13)
    assert waits[-1] < timedelta(days=5)
    assert api.read_due() == {}


def test_what_a_sound_feed_no_longer_names_is_archived(scene: Scene, web: Web) -> None:
    web.give([posting("a"), posting("b")])
    read()
    web.give([posting("a"), posting("x", title="")])
    web.etag = '"2"'
    read()
    assert stages() == {"Work a": "waiting", "Work b": "waiting"}
    web.give([posting("a")])
    web.etag = '"3"'
    read()
    assert stages() == {"Work a": "waiting", "Work b": "archived"}


def test_a_page_with_json_in_it_is_read_too(scene: Scene, web: Web) -> None:
    inside = json.dumps({**posting("a", description="Cook"), "@type": ["JobPosting"]})
    web.body = f'<html><script type="application/ld+json">{inside}</script><script>var x = 1</script></html>'.encode()
    assert read() == 1


def test_addresses_inside_the_house_are_not_read(scene: Scene) -> None:
    for address in ("https://127.0.0.1/x", "https://169.254.169.254/latest", "https://localhost/x", "https://[::1]/"):
        api.add_feed(actor=scene.actor("marta"), organisation=scene.table.slug, url=address)
    assert read() == 0
    assert all(feed.failures == 1 and "https://" in feed.report[0] for feed in Feed.objects.all())
    with pytest.raises(InvalidError):
        api.add_feed(actor=scene.actor("marta"), organisation=scene.table.slug, url="file:///etc/passwd")


def test_the_command_says_what_it_did(scene: Scene, web: Web) -> None:
    web.give([posting("a")])
    said = StringIO()
    call_command("passerelle_read_feeds", stdout=said)
    assert f"{URL}: 1 changed" in said.getvalue()
    api.disapprove(actor=scene.actor("sam"), organisation=scene.table.slug)
    assert read() == 0


@pytest.mark.parametrize(
    "changes", [{"title": "Cook \ud800"}, {"jobLocation": {"address": {"addressLocality": "\ud800"}}}]
)
def test_half_a_character_in_a_feed_costs_that_posting_alone(scene: Scene, web: Web, changes: Any) -> None:
    web.give([posting("a", **changes), posting("b")])
    assert read() == 1
    (line,) = Feed.objects.get().report
    line.encode()  # as the desks do
    assert stages() == {"Work b": "waiting"}


def test_a_reference_is_the_same_in_capitals_and_small_letters(scene: Scene) -> None:
    assert load(scene, HEAD + GOOD).changed == 1
    assert load(scene, HEAD + GOOD.replace("cook-1", "Cook-1")).changed == 0


def test_a_feed_that_nobody_thought_of_stops_no_other(scene: Scene, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Feed.objects.create(organisation=scene.table, url=URL + "2", due_at=timezone.now() - timedelta(days=1))

    def fetch(url: str, **asked: Any) -> Fetched:
        if url == other.url:
            raise ZeroDivisionError
        return web.fetch(url, **asked)

    monkeypatch.setattr(feeds, "fetch", fetch)
    web.give([posting("a")])
    assert read() == 1
    other.refresh_from_db()
    assert (other.failures, bool(other.report)) == (1, True)
    assert other.due_at > timezone.now()


def test_a_feed_removed_while_it_is_read_stays_away(scene: Scene, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(_url: str, **_asked: Any) -> Fetched:
        Feed.objects.all().delete()
        raise FetchError(Why.TIME)

    monkeypatch.setattr(feeds, "fetch", fetch)
    read()
    assert not Feed.objects.exists()


def test_a_cell_too_large_changes_nothing_and_is_said(scene: Scene) -> None:
    most = csv.field_size_limit(100_000)
    try:
        with pytest.raises(InvalidError, match="too large"):
            load(scene, HEAD + GOOD + GOOD.replace("Cook", "c" * 140_000))
    finally:
        csv.field_size_limit(most)
    assert not Opportunity.objects.filter(source="file").exists()
