"""The instructor's report: what a course run's answers say together, and how far to trust them. Private to the app.

It speaks of no one: nothing is said of fewer than `FLOOR` people, nor of a competence that fewer of them rated.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields

import numpy as np
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import NotAllowedError
from passerelle.host.values import say

from . import measurement
from .catalogue import framework
from .data import LEVELS, AssessmentReport, Change, CompetenceReport, Figure, Moment, MomentReport
from .measurement import Array
from .models import Assessment, FacilitatorRating, Rating
from .permissions import require

FLOOR = 5
"""Nothing is said of fewer people than this."""

_MOST_ANSWER = 0.8  # a competence counts for reliability where so many of the people rated it

Answers = dict[str, dict[int, dict[str, float]]]
"""Levels by moment, person and competence; NaN for *I don't know* and *not yet tried*."""


def assessment_report(*, actor: Actor, course_key: CourseKey, language: str) -> AssessmentReport:
    """What people answered in the course run, for its staff and facilitators. Queries do not grow with people."""
    if actor.course_key != course_key:
        raise NotAllowedError
    require("report", actor)
    answers = _answers([course_key])[course_key]
    people = {person for by_person in answers.values() for person in by_person}
    if len(people) < FLOOR:
        return AssessmentReport(course_name=host().course_name(course_key=course_key), people=None)
    return AssessmentReport(
        course_name=host().course_name(course_key=course_key),
        people=len(people),
        moments=tuple(_moment(moment, answers[moment]) for moment in Moment if len(answers[moment]) >= FLOOR),
        competences=tuple(_competences(answers, course_key, language)),
        change=_change(answers),
        reliable=_reliable(answers),
        languages=_languages(course_key),
    )


def _answers(course_keys: Iterable[CourseKey]) -> dict[CourseKey, Answers]:
    """What was sent, the newest answer where somebody was asked twice. Two queries."""
    keys = list(course_keys)
    sent = {
        row[0]: row[1:]
        for row in Assessment.objects.filter(course_key__in=keys, submitted_at__isnull=False)
        .order_by("submitted_at", "pk")
        .values_list("pk", "course_key", "user_id", "moment")
    }
    found: dict[CourseKey, Answers] = {key: {moment.value: {} for moment in Moment} for key in keys}
    ratings: dict[int, list[tuple[str, str]]] = {}
    rows = Rating.objects.filter(assessment__course_key__in=keys, assessment__submitted_at__isnull=False)
    for assessment, competence, value in rows.values_list("assessment_id", "competence", "value"):
        ratings.setdefault(assessment, []).append((competence, value))
    for assessment, (key, person, moment) in sent.items():
        mine = found[key][moment].setdefault(person, {})
        mine.update({competence: _level(value) for competence, value in ratings.get(assessment, ())})
    return found


def _level(value: str) -> float:
    return float(value) if value.isdigit() else float("nan")


def _scores(by_person: Mapping[int, Mapping[str, float]], people: Iterable[int], asked: list[str]) -> Array:
    rows = [[by_person.get(person, {}).get(name, float("nan")) for name in asked] for person in people]
    return np.array(rows, dtype=float).reshape(len(rows), len(asked))


def _common(by_person: Mapping[int, Mapping[str, float]]) -> list[str]:
    """The competences that most people rated."""
    counts: dict[str, int] = {}
    for levels in by_person.values():
        for name, level in levels.items():
            counts[name] = counts.get(name, 0) + (not np.isnan(level))
    return sorted(name for name, count in counts.items() if count >= _MOST_ANSWER * len(by_person))


def _moment(moment: Moment, by_person: Mapping[int, Mapping[str, float]]) -> MomentReport:
    scores = _scores(by_person, by_person, _common(by_person))
    return MomentReport(
        moment=moment.value,
        people=len(by_person),
        alpha=measurement.alpha(scores),
        omega=measurement.omega(scores, replications=100),
        error=measurement.standard_error(scores),
    )


def _competences(answers: Answers, course_key: CourseKey, language: str) -> Iterable[CompetenceReport]:
    """Each competence as people see themselves now: after where they said it, else free or before."""
    latest: dict[int, dict[str, float]] = {}
    for moment in (Moment.BEFORE, Moment.FREE, Moment.AFTER):
        for person, said in answers[moment].items():
            latest.setdefault(person, {}).update(said)
    views = _facilitators_views(course_key)
    for one in framework().competences:
        levels = {person: mine[one.id] for person, mine in latest.items() if one.id in mine}
        given = [level for level in levels.values() if not np.isnan(level)]
        if len(given) < FLOOR:
            continue
        rated = {person: view for (person, rated_one), view in views.items() if rated_one == one.id}
        pairs = [(levels[person], view) for person, view in rated.items() if person in levels]
        own, theirs = zip(*pairs, strict=True) if pairs else ((), ())
        yield CompetenceReport(
            id=one.id,
            name=say(one.name, language),
            people=len(given),
            mean=float(np.mean(given)),
            extremes=measurement.extremes(given, lowest=1, highest=LEVELS),
            agreement=measurement.weighted_kappa(own, theirs, levels=LEVELS),
        )


def _facilitators_views(course_key: CourseKey) -> dict[tuple[int, str], float]:
    """The newest level that a facilitator gave, by person and competence. One query."""
    rows = FacilitatorRating.objects.filter(assessment__course_key=course_key).order_by("rated_at", "pk")
    found = rows.values_list("assessment__user_id", "competence", "value")
    return {(person, name): _level(value) for person, name, value in found}


def _means(by_person: Mapping[int, Mapping[str, float]], people: list[int], asked: list[str]) -> Array:
    """Each person's mean level over what she rated; NaN where that is nothing."""
    scores = _scores(by_person, people, asked)
    given = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        means: Array = np.where(given, scores, 0).sum(axis=1) / given.sum(axis=1)
    return means


def _change(answers: Answers) -> Change:
    moments = [answers[moment] for moment in (Moment.BEFORE, Moment.AFTER, Moment.LOOKING_BACK)]
    people = sorted({person for by_person in moments for person in by_person})
    # What was asked at one moment alone says nothing of change.
    asked = sorted(set(_common(moments[0]) or _common(moments[2])) & set(_common(moments[1])))
    before, after, looking_back = (_means(by_person, people, asked) for by_person in moments)
    return measurement.change(before, after, looking_back)


def _reliable(answers: Answers) -> tuple[int | None, int | None] | None:
    """How many people improved and declined reliably; no number that would point at a few."""
    before, after = answers[Moment.BEFORE], answers[Moment.AFTER]
    people = sorted(before.keys() & after.keys())
    asked = sorted(set(_common(before)) & set(_common(after)))
    counted = (
        measurement.count_reliable(_scores(before, people, asked), _scores(after, people, asked)) if asked else None
    )
    if counted is None:
        return None
    improved, declined = (None if 0 < count < FLOOR else count for count in counted)
    return improved, declined


def _languages(course_key: CourseKey) -> dict[str, Figure]:
    """α of what people answered, alone for each language that the course is given in (one a run)."""
    known = Assessment.objects.filter(submitted_at__isnull=False).values_list("course_key", flat=True).distinct()
    runs = [key for key in known if (key.org, key.course) == (course_key.org, course_key.course)]
    by_language: dict[str, dict[int, dict[str, float]]] = {}
    for key, answers in _answers(runs).items():
        mine = by_language.setdefault(host().course_language(course_key=key), {})
        for moment in (Moment.BEFORE, Moment.FREE, Moment.AFTER):
            for person, levels in answers[moment].items():
                mine.setdefault(person, {}).update(levels)
    return {
        language: measurement.alpha(_scores(mine, mine, _common(mine)))
        for language, mine in sorted(by_language.items())
        if len(mine) >= FLOOR
    }


def report_csv(report: AssessmentReport) -> str:
    """The report as a table: what, of what, people, value, and its interval; a reason where it is silent."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["figure", "of", "people", "value", "low", "high", "silent_because"])
    for moment in report.moments:
        for name in ("alpha", "omega", "error"):
            rows.writerow([name, moment.moment, *_cells(getattr(moment, name))])
    for one in report.competences:
        rows.writerow(["mean", one.id, one.people, f"{one.mean:.3f}", "", "", ""])
        for end in ("floor", "ceiling"):
            share = getattr(one.extremes, end)
            rows.writerow([end, one.id, *_cells(Figure(value=share, people=one.people, reason=one.extremes.reason))])
        rows.writerow(["agreement", one.id, *_cells(one.agreement)])
    if report.change:
        for name in (field.name for field in fields(report.change) if field.name in ("seen", "corrected", "shift")):
            rows.writerow(["change", name, *_cells(getattr(report.change, name))])
    for language, figure in report.languages.items():
        rows.writerow(["alpha", language, *_cells(figure)])
    return text.getvalue()


def _cells(figure: Figure) -> list[str]:
    # Of how few people there is no figure is no one's business either.
    people = "" if figure.people < FLOOR else str(figure.people)
    numbers = ["" if number is None else f"{number:.3f}" for number in (figure.value, figure.low, figure.high)]
    return [people, *numbers, figure.reason or ""]
