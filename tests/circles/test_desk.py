"""The desk page by page: what waits first, then what goes on, then the newest; with many circles as with few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from passerelle.circles import api
from passerelle.circles.data import DeskCircle
from passerelle.circles.models import Circle, Contribution, Event, Report

from .conftest import COURSE, Scene

PAGE = f"/passerelle/courses/{COURSE}/desk/"


def many(scene: Scene, count: int) -> list[Circle]:
    """Circles of Nadia's, each opened a day before the one before it; every second one has ended."""
    like, now = Circle.objects.get(pk=scene.started("amal", "elif")), timezone.now()
    made = Circle.objects.bulk_create(
        Circle(
            course_key=like.course_key,
            usage_key=like.usage_key,
            language="fr",
            protocol=like.protocol,
            state=like.state,
            facilitator=like.facilitator,
            started_at=now,
            closed_at=now - timedelta(hours=number) if number % 2 else None,
        )
        for number in range(count)
    )
    for number, one in enumerate(made):
        one.opened_at = now - timedelta(days=number + 1)
    Circle.objects.bulk_update(made, ["opened_at"], batch_size=100)
    Event.objects.bulk_create(Event(circle=one, seat=1, phase="share", what="done", at=now) for one in made)
    return made


def waits(circle: Circle, count: int = 1) -> None:
    Report.objects.bulk_create(Report(circle=circle, reason="other") for _number in range(count))


def desk(scene: Scene, rows: slice, name: str = "nadia") -> list[DeskCircle]:
    return api.desk_circles(actor=scene.actor(name), language="fr", rows=rows)


def test_what_waits_stands_first_then_what_goes_on_then_the_newest(scene: Scene) -> None:
    made = many(scene, 24)
    waits(made[23], 2)  # the oldest, and it has ended
    waits(made[12])
    Report.objects.bulk_create([Report(circle=made[1], reason="other", status="closed", closed_at=timezone.now())])
    cards = desk(scene, slice(100))
    assert [card.reports for card in cards] == [1, 2, *[0] * 23]
    assert [card.id for card in cards[:2]] == [str(made[12].pk), str(made[23].pk)]
    assert [card.closed for card in cards[2:]] == [False] * 12 + [True] * 11
    assert [card.id for card in cards[3:6]] == [str(made[number].pk) for number in (0, 2, 4)]
    assert [card.id for card in cards[14:16]] == [str(made[number].pk) for number in (1, 3)]
    assert [card.last[:10] for card in cards[:2]] == [str(timezone.now().date())] * 2
    in_parts = [card.id for first in range(0, 25, 7) for card in desk(scene, slice(first, first + 7))]
    assert in_parts == [card.id for card in cards]


@pytest.mark.parametrize("count", [5, 500])
def test_a_page_of_the_desk_costs_the_same_with_many_circles(
    scene: Scene, django_assert_num_queries: Any, count: int
) -> None:
    made = many(scene, count)
    waits(made[-1], count)
    with django_assert_num_queries(7):
        assert len(desk(scene, slice(4))) == 4
    with django_assert_num_queries(7):
        assert len(desk(scene, slice(count - 2, count + 10), "jonas")) == 3


def test_the_page_goes_back_and_on(scene: Scene, client: Any) -> None:
    made = many(scene, 24)
    Contribution.objects.all().delete()
    waits(made[0], 21)
    client.force_login(scene.users["nadia"])

    def seen(query: str = "") -> tuple[int, int, str]:
        page = client.get(PAGE + query).content.decode()
        return page.count("close-"), page.count('<h3><a href="/passerelle/circles/'), page

    reports, circles, page = seen()
    assert (reports, circles) == (2 * 20, 20)
    assert "?reports=2#pp-reports-part" in page
    assert "?circles=2#pp-circles-part" in page
    reports, circles, page = seen("?reports=2&circles=2")
    assert (reports, circles) == (2 * 1, 5)
    assert "?reports=1&amp;circles=2#pp-reports-part" in page
    assert "?reports=2&amp;circles=1#pp-circles-part" in page
    assert "circles=3" not in page
    for odd in ("?circles=0", "?circles=-1", "?circles=x", "?circles=99", f"?circles={'9' * 30}"):
        assert seen(odd)[1] == 20


def test_an_app_gets_all_of_them_page_by_page(scene: Scene, client: Any) -> None:
    made = many(scene, 104)
    waits(made[3], 104)
    client.force_login(scene.users["nadia"])
    for what, most in (("circles", 105), ("reports", 104)):
        address, found = f"/passerelle/api/v1/courses/{COURSE}/{what}?limit=40", []
        while address:
            answer = client.get(address).json()
            found += [row["id"] for row in answer["results"]]
            address = answer["next"]
        assert len(found) == len(set(found)) == most
