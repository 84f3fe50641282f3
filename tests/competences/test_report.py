"""The instructor's report: what people said together, silent below five of them, in a constant number of queries."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from passerelle.competences import api, measurement
from passerelle.competences.data import Silence
from passerelle.competences.models import Assessment, FacilitatorRating, Rating
from passerelle.host.errors import NotAllowedError

from .conftest import ASKED, COURSE, USAGE, Scene

MOMENTS = {"before": 0.0, "after": 0.9, "looking_back": -0.4}


def fill(people: int, scene: Scene | None = None) -> dict[str, measurement.Array]:
    """So many people answer at each moment, and a facilitator too; returns the people's levels."""
    draw = np.random.default_rng(people)
    able = draw.normal(2.2, 0.8, size=(people, 1))
    users = User.objects.bulk_create(User(username=f"p{people}-{number}") for number in range(people))
    users = list(User.objects.filter(pk__in=[user.pk for user in users]).order_by("pk"))
    given = {}
    for moment, more in MOMENTS.items():
        levels = np.clip(np.round(able + more + draw.normal(0, 0.5, size=(people, len(ASKED)))), 1, 4)
        given[moment] = levels
        usage = USAGE.course_key.make_usage_key("competence_self_assessment", moment)
        for user, row in zip(users, levels, strict=True):
            sent = Assessment.objects.create(
                user=user, course_key=COURSE, usage_key=usage, moment=moment, submitted_at=timezone.now()
            )
            Rating.objects.bulk_create(
                Rating(assessment=sent, competence=name, value=str(int(level)))
                for name, level in zip(ASKED, row, strict=True)
            )
            if scene and moment == "after":
                FacilitatorRating.objects.create(
                    assessment=sent, rater=scene.users["nadia"], competence=ASKED[0], value=str(int(row[1]))
                )
    return given


def report(scene: Scene, name: str = "jonas") -> Any:
    return api.assessment_report(actor=scene.actor(name), course_key=COURSE, language="fr")


def test_nothing_is_said_of_four_people(scene: Scene) -> None:
    fill(4)
    found = report(scene)
    assert found.people is None
    assert (found.competences, found.moments, found.change) == ((), (), None)
    assert len(api.report_csv(found).splitlines()) == 1


def test_means_from_five_people_on_and_the_rest_is_silent(scene: Scene) -> None:
    given = fill(5)
    found = report(scene)
    assert found.people == 5
    first = next(one for one in found.competences if one.id == ASKED[0])
    assert first.mean == pytest.approx(given["after"][:, 0].mean())
    assert first.extremes.reason == Silence.FEW_PEOPLE
    assert {one.alpha.reason for one in found.moments} == {Silence.FEW_PEOPLE}
    assert found.change.seen.value is None


def test_figures_are_those_of_the_answers(scene: Scene) -> None:
    given = fill(40, scene)
    found = report(scene)
    order = np.argsort(ASKED)
    moments = {one.moment: one for one in found.moments}
    assert moments["before"].alpha == measurement.alpha(given["before"][:, order])
    change = {moment: levels.mean(axis=1) for moment, levels in given.items()}
    assert found.change.seen.value == pytest.approx((change["after"] - change["before"]).mean())
    assert found.change.corrected.value == pytest.approx((change["after"] - change["looking_back"]).mean())
    first = next(one for one in found.competences if one.id == ASKED[0])
    assert first.agreement.value == pytest.approx(
        measurement.weighted_kappa(given["after"][:, 0], given["after"][:, 1], levels=4).value
    )
    assert found.languages["fr"].people == 40
    assert all(count is None or count == 0 or count >= 5 for count in found.reliable)


def test_answers_that_are_not_sent_count_for_nothing(scene: Scene) -> None:
    fill(5)
    Assessment.objects.update(submitted_at=None)
    assert report(scene).people is None


def test_queries_do_not_grow_with_people(scene: Scene) -> None:
    counts = []
    for people in (5, 60):
        fill(people)
        with CaptureQueriesContext(connection) as queries:
            report(scene)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_another_course_runs_report_is_closed(scene: Scene) -> None:
    other = COURSE.replace(run="en")
    with pytest.raises(NotAllowedError):
        api.assessment_report(actor=scene.actor("jonas"), course_key=other, language="fr")


def test_the_page_and_the_table(scene: Scene, client: Client) -> None:
    page, table = (f"/passerelle/courses/{COURSE}/competences{end}" for end in ("/", ".csv"))
    assert client.get(page).status_code == 302
    client.force_login(scene.users["amal"])
    assert client.get(page).status_code == client.get(table).status_code == 403
    client.force_login(scene.users["jonas"])
    assert "5" in client.get(page).content.decode()
    fill(12, scene)
    shown = client.get(page).content.decode()
    assert "α" in shown
    rows = list(csv.DictReader(io.StringIO(client.get(table).content.decode())))
    means = {row["of"]: row for row in rows if row["figure"] == "mean"}
    assert set(means) == set(ASKED)
    assert means[ASKED[0]]["people"] == "12"
    assert next(row for row in rows if row["figure"] == "alpha")["silent_because"] == "few_people"
    assert not [row for row in rows if row["people"] and int(row["people"]) < 5]


def test_the_way_to_it_stands_where_staff_and_facilitators_begin(scene: Scene, client: Client) -> None:
    for name, there in (("jonas", True), ("nadia", True), ("amal", False)):
        client.force_login(scene.users[name])
        page = client.get(f"/passerelle/courses/{COURSE}/").content.decode()
        assert (f'href="/passerelle/courses/{COURSE}/competences/"' in page) == there
