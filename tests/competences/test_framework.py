"""The core framework as data, and what authors may make of it."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from passerelle.competences import api, frameworks
from passerelle.competences.data import AssessmentSettings, Competence

FOLDER = Path(frameworks.__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
SKILLS = DATA / "esco" / "skills.csv"
DIGCOMP = DATA / "digcomp" / "digcomp-3.0.jsonld"
SCRIPTS = {"ar": "ARABIC", "uk": "CYRILLIC"}
ENTRECOMP = {f"{area}.{number}" for area in (1, 2, 3) for number in (1, 2, 3, 4, 5)}


def test_the_core_framework_reads_in_every_language() -> None:
    core = api.framework()
    assert 60 <= len(core.competences) <= 80
    assert {competence.area for competence in core.competences} == set(core.areas)
    assert len(core.areas) == 10
    for language in core.languages:
        for view in api.competences(language=language):
            texts = [view.name, view.meaning, view.area, *view.levels]
            assert all(texts)
            assert len(set(view.levels)) == 4
            assert view.unreviewed == (language not in ("fr", "en"))


@pytest.mark.parametrize("language", api.framework().languages)
def test_no_text_is_there_twice_nor_left_in_another_language(language: str) -> None:
    views = api.competences(language=language)
    situations = [situation for view in views for situation in view.levels]
    assert len(set(situations)) == len(situations)
    assert len({view.name for view in views}) == len({view.meaning for view in views}) == len(views)
    others = {text for other in api.framework().languages if other != language for text in _sentences(other)}
    assert not others & set(_sentences(language))
    for text in _sentences(language):
        assert text.endswith(".")
        assert "!" not in text
        assert text.strip() == text
        assert SCRIPTS.get(language, "LATIN") in {unicodedata.name(letter).split()[0] for letter in text}


def _sentences(language: str) -> list[str]:
    return [text for view in api.competences(language=language) for text in (view.meaning, *view.levels)]


def test_every_esco_uri_exists_under_the_label_recorded() -> None:
    if not SKILLS.exists():
        pytest.skip(f"ESCO is not there to compare with: {SKILLS}")
    with SKILLS.open(encoding="utf-8", newline="") as file:
        labels = {row["uri"]: row["label_en"].strip() for row in csv.DictReader(file)}
    for competence in api.framework().competences:
        assert labels.get(competence.uri) == competence.esco_label, competence.id


# Where our words and ESCO's share none: ours (stem) and ESCO's, read side by side.
SAME: dict[str, tuple[str, str]] = {
    "keep_files": ("document", "data"),
    "name_strengths": ("can do", "self-assess"),
    "present_myself": ("present", "promote oneself"),
    "work_across_cultures": ("many places", "multicultural environment"),
    "deal_with_offices": ("offices", "local authorities"),
    "oppose_discrimination": ("unequal", "human rights"),
    "help_community": ("volunteer", "help communities"),
    "find_business_idea": ("own activity", "business opportunities"),
    "register_activity": ("registering", "relevant licenses"),
    "promote_activity": ("making my work known", "promote"),
}
EVERYDAY = """with from that this your mine when what which other others people person through about their into able
make making take taking have having working using used knowing know keep keeping find finding getting
dans avec pour leur autres faire fait dont elle plus etre avoir sans entre personne gens travail
travailler savoir connaitre trouver utiliser prendre mettre"""


def _stems(text: str) -> set[str]:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter)
    )
    return {word[:4] for word in re.findall("[a-z]{4,}", plain) if word not in EVERYDAY}


def _fits(competence: Competence, row: dict[str, str]) -> bool:
    """Whether a word of our name or meaning is among ESCO's names of the skill, in English or French."""
    theirs = {language: f"{row[f'label_{language}']} {row[f'alt_{language}']}".lower() for language in ("en", "fr")}
    if competence.id in SAME:
        ours, esco = SAME[competence.id]
        return esco in theirs["en"] and ours in f"{competence.name['en']} {competence.meaning['en']}".lower()
    return any(
        _stems(f"{competence.name[language]} {competence.meaning[language]}") & _stems(names)
        for language, names in theirs.items()
    )


def test_every_esco_skill_is_called_something_that_fits_our_name() -> None:
    if not SKILLS.exists():
        pytest.skip(f"ESCO is not there to compare with: {SKILLS}")
    with SKILLS.open(encoding="utf-8", newline="") as file:
        rows = {row["uri"]: row for row in csv.DictReader(file)}
    core = api.framework().competences
    close = [one for one in core if one.fit == "close"]
    assert {one.id: one.fit for one in core if one.fit != "close"} == {
        "use_ai": "broad",
        "find_home": "broad",
        "get_help_in_danger": "broad",
        "recognise_diploma": "related",
    }
    assert [one.id for one in close if not _fits(one, rows[one.uri])] == []
    # What is broader belongs to ESCO's skills for any work: nobody is taken for an expert because of it.
    for one in core:
        assert one.fit != "broad" or rows[one.uri]["reuseLevel"] in ("transversal", "cross-sector"), one.id
    # The test can fail: with the skill of another competence, hardly any would pass.
    crossed = [_fits(one, rows[other.uri]) for one in close for other in close if one is not other]
    assert sum(crossed) / len(crossed) < 0.15


def test_every_alignment_exists() -> None:
    if not DIGCOMP.exists():
        pytest.skip(f"DigComp is not there to compare with: {DIGCOMP}")
    graph = json.loads(DIGCOMP.read_text(encoding="utf-8"))["@graph"]
    digcomp = {node["@id"].removeprefix("Competence/") for node in graph if node["@type"] == "Competence"}
    found = [competence.aligned for competence in api.framework().competences]
    assert {aligned["digcomp"] for aligned in found if "digcomp" in aligned} <= digcomp
    assert {aligned["entrecomp"] for aligned in found if "entrecomp" in aligned} <= ENTRECOMP
    for competence in api.framework().competences:
        wanted = {"language": "cefr", "digital": "digcomp"}.get(competence.area)
        assert wanted is None or wanted in competence.aligned, competence.id


def _documents() -> dict[str, Any]:
    return {path.name: frameworks.read(path) for path in FOLDER.glob("core*.yaml")}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files.pop("core.yaml"), "core.yaml: 'languages' is missing"),
        (lambda files: files.pop("core.ar.yaml"), "core.ar.yaml: 'areas' is missing"),
        (lambda files: files["core.yaml"].pop("areas"), "core.yaml: 'areas' is missing"),
        (lambda files: files["core.yaml"].update(version="one"), "core.yaml: 'version' is missing, empty or not .*int"),
        (lambda files: files["core.yaml"].update(unreviewed=["xx"]), "core.yaml: 'unreviewed' names .*xx"),
        (lambda files: files["core.yaml"]["competences"].insert(0, "text"), "core.yaml: competence 1: 'id'"),
        (lambda files: _first(files).pop("esco"), "core.yaml: work_in_teams: 'esco' is missing"),
        (lambda files: _first(files).update(area="nowhere"), "core.yaml: work_in_teams: .*'nowhere'"),
        (lambda files: _first(files).update(uri="https://example.org/1"), "core.yaml: work_in_teams: 'uri' must begin"),
        (lambda files: _first(files).update(aligned={"other": "1"}), "core.yaml: work_in_teams: 'aligned' .*other"),
        (lambda files: _first(files).update(aligned={"digcomp": 1.1}), "work_in_teams: aligned: 'digcomp' .*str"),
        (lambda files: _first(files).update(id="manage_time"), "core.yaml: the id 'manage_time' is there twice"),
        (lambda files: _first(files).update(uri=_second(files)["uri"]), "core.yaml: the uri .* is there twice"),
        (lambda files: _french(files).pop("manage_time"), "core.fr.yaml: competences: 'manage_time' is missing"),
        (lambda files: _french(files).update(fly={}), "core.fr.yaml: competences: nothing is called .*fly"),
        (lambda files: files["core.fr.yaml"]["areas"].pop("civic"), "core.fr.yaml: areas: 'civic' is missing"),
        (lambda files: _french(files)["manage_time"].update(name=""), "core.fr.yaml: manage_time: 'name' is missing"),
        (lambda files: _french(files)["manage_time"]["levels"].pop(), "core.fr.yaml: manage_time: 4 levels .* are 3"),
        (
            lambda files: _french(files)["manage_time"]["levels"].__setitem__(0, ""),
            "core.fr.yaml: manage_time: 4 levels",
        ),
        (
            lambda files: _twins(_french(files)["manage_time"]["levels"]),
            "core.fr.yaml: manage_time: the level .* twice",
        ),
    ],
)
def test_a_broken_file_says_where(change: Callable[[Any], object], says: str) -> None:
    files = _documents()
    change(files)
    with pytest.raises(frameworks.FrameworkError, match=says):
        frameworks.parse(files)


def _first(files: Any) -> Any:
    return files["core.yaml"]["competences"][0]


def _second(files: Any) -> Any:
    return files["core.yaml"]["competences"][1]


def _french(files: Any) -> Any:
    return files["core.fr.yaml"]["competences"]


def _twins(levels: list[str]) -> None:
    levels[3] = levels[2]


def test_a_file_that_is_no_yaml_says_where(tmp_path: Path) -> None:
    (tmp_path / "core.yaml").write_text("id: [core\n", encoding="utf-8")
    with pytest.raises(frameworks.FrameworkError, match=r"core\.yaml: .*(\n.*)*line 2"):
        frameworks.read(tmp_path / "core.yaml")


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
