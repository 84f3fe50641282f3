"""The core framework as data, and what authors may make of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from passerelle.competences import api, frameworks
from passerelle.competences.data import AssessmentSettings

CORE = Path(frameworks.__file__).parent / "core.yaml"
SKILLS = Path(__file__).parents[3] / "shared" / "data" / "esco" / "skills.csv"


def test_the_core_framework_reads_in_every_language() -> None:
    core = api.framework()
    assert 12 <= len(core.competences) <= 80
    assert len({competence.area for competence in core.competences}) == len(core.areas) >= 6
    for language in core.languages:
        for view in api.competences(language=language):
            texts = [view.name, view.meaning, view.area, *view.levels]
            assert all(texts)
            assert len(set(view.levels)) == 4
            assert view.unreviewed == (language == "ar")


def test_every_esco_uri_exists_under_the_label_recorded() -> None:
    if not SKILLS.exists():
        pytest.skip(f"ESCO is not there to compare with: {SKILLS}")
    with SKILLS.open(encoding="utf-8", newline="") as file:
        labels = {row["uri"]: row["label_en"].strip() for row in csv.DictReader(file)}
    for competence in api.framework().competences:
        assert labels.get(competence.uri) == competence.esco_label, competence.id


def _broken(change: Callable[[Any], object]) -> Any:
    raw = yaml.safe_load(CORE.read_text(encoding="utf-8"))
    change(raw)
    return raw


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.pop("areas"), "areas"),
        (lambda raw: raw["competences"][0].pop("esco"), "esco"),
        (lambda raw: raw["competences"][0].update(area="nowhere"), "nowhere"),
        (lambda raw: raw["competences"][0].update(uri="https://example.org/1"), "must begin"),
        (lambda raw: raw["competences"][0]["levels"].pop(), "4 levels"),
        (lambda raw: raw["competences"][0]["levels"][2].pop("ar"), "work_in_teams"),
        (lambda raw: raw["competences"][0]["name"].update(fr=""), "work_in_teams"),
        (lambda raw: raw["competences"][1].update(id="work_in_teams"), "twice"),
        (lambda raw: raw["competences"][1].update(uri=raw["competences"][0]["uri"]), "twice"),
        (lambda raw: raw["competences"].insert(0, "no mapping"), "not of the expected form"),
    ],
)
def test_a_broken_file_says_where(change: Callable[[Any], object], says: str) -> None:
    with pytest.raises(frameworks.FrameworkError, match=says):
        frameworks.parse(_broken(change), source="core.yaml")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (AssessmentSettings(competences=()), "competences"),
        (AssessmentSettings(competences=("fly",)), "competences"),
        (AssessmentSettings(competences=("manage_time", "manage_time")), "competences"),
        (AssessmentSettings(competences=("manage_time",), moment="at noon"), "moment"),
    ],
)
def test_unusable_settings_are_named_with_what_to_do(settings: AssessmentSettings, field: str) -> None:
    found = api.problems(settings=settings)
    assert [problem.field for problem in found] == [field]
    assert len(found[0].message) > 10


def test_good_settings_have_no_problems() -> None:
    assert api.problems(settings=AssessmentSettings(competences=("manage_time", "find_online"))) == []
