"""The official ESCO download goes in whole or not at all, and a second time changes nothing."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import esco_download
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from passerelle.competences.esco.importer import Report, import_folder
from passerelle.competences.esco.models import Concept, ConceptTie, ConceptWords, Edition, Kind

pytestmark = pytest.mark.django_db
E = "http://data.europa.eu/esco/"
COOK, CHEF, FRY, WASH, GROUP = (
    f"{E}{name}" for name in ("occupation/1", "occupation/2", "skill/1", "skill/2", "skill/g")
)

SKILLS_EN = f"""conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,description
KnowledgeSkillCompetence,{FRY},skill/competence,sector-specific,fry food,"fry things
fry things
fry in a pan",,released,Fry it.
KnowledgeSkillCompetence,{WASH},skill/competence,cross-sector,wash dishes,,washh,released,
"""
SKILLS_FR = f"""conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,description
KnowledgeSkillCompetence,{FRY},skill/competence,sector-specific,faire frire,,,released,
KnowledgeSkillCompetence,{WASH},skill/competence,cross-sector,,,,released,
"""
OCCUPATIONS_EN = f"""conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,status,description,code
Occupation,{COOK},5120,cook,,released,,5120.1
Occupation,{CHEF},3434,chef,,released,,3434.1
"""
LEVELS = "Level 0 URI,Level 0 preferred term,Level 1 URI,Level 1 preferred term,Description,Level 0 code,Level 1 code"
HIERARCHY_EN = f"""{LEVELS}
{E}skill/s,skills,,,,S
{E}skill/s,skills,{GROUP},preparing food,Food.,S,S1
"""
NEEDS = f"""occupationUri,relationType,skillType,skillUri
{COOK},essential,skill/competence,{FRY}
{COOK},optional,skill/competence,{WASH}
{COOK},optional,skill/competence,{WASH}
"""
BROADER = f"conceptType,conceptUri,broaderType,broaderUri\nKnowledgeSkillCompetence,{FRY},SkillGroup,{GROUP}\n"
FILES = {
    "en/skills_en.csv": SKILLS_EN,
    "fr/skills_fr.csv": SKILLS_FR,
    "en/occupations_en.csv": OCCUPATIONS_EN,
    "en/skillsHierarchy_en.csv": HIERARCHY_EN,
    "en/occupationSkillRelations_en.csv": NEEDS,
    "en/broaderRelationsSkillPillar_en.csv": BROADER,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ESCO dataset - v1.2.0"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def tables() -> list[Any]:
    """All that is stored, ids and dates included."""
    return [list(model.objects.order_by("pk").values()) for model in (Edition, Concept, ConceptWords, ConceptTie)]


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [sql for query in queries if (sql := query["sql"]).startswith(("INSERT", "UPDATE", "DELETE"))]


def test_everything_in_the_files_is_there(folder: Path) -> None:
    report = import_folder(folder)
    assert report.changes == {"new concepts": 6, "new words": 7, "new ties": 3}
    assert report.languages == ("en", "fr")
    edition = Edition.objects.get()
    assert edition.version == "1.2.0"
    fry = Concept.objects.get(uri=FRY)
    assert (fry.kind, fry.skill_type, fry.reuse_level) == (Kind.SKILL, "skill/competence", "sector-specific")
    assert fry.edition == edition
    words = fry.words.get(language="en")
    assert (words.label, words.other_labels) == ("fry food", "fry things\nfry in a pan")
    assert fry.words.get(language="fr").label == "faire frire"
    assert not ConceptWords.objects.filter(concept__uri=WASH, language="fr").exists()
    assert Concept.objects.get(uri=COOK).isco == "5120"
    group = Concept.objects.get(uri=GROUP)
    assert (group.kind, group.code, group.words.get().description) == (Kind.SKILL_GROUP, "S1", "Food.")
    ties = set(ConceptTie.objects.values_list("source__uri", "target__uri", "tie"))
    assert ties == {(COOK, FRY, "essential"), (COOK, WASH, "optional"), (FRY, GROUP, "broader")}


def test_a_second_run_writes_nothing(folder: Path) -> None:
    import_folder(folder)
    before = tables()
    with CaptureQueriesContext(connection) as queries:
        report = import_folder(folder)
    assert report.changes == {}
    assert writes(queries) == []
    assert tables() == before


def test_a_newer_edition_changes_what_differs_and_deletes_no_concept(folder: Path) -> None:
    import_folder(folder, version="1.1")
    change(folder, "en/skills_en.csv", "wash dishes", "wash the dishes")
    change(folder, "en/occupations_en.csv", f"Occupation,{CHEF},3434,chef,,released,,3434.1\n", "")
    change(folder, "en/occupationSkillRelations_en.csv", f"{COOK},essential", f"{COOK},optional")
    change(folder, "fr/skills_fr.csv", "faire frire", "")
    report = import_folder(folder, version="1.2")
    assert report.changes == {
        "obsolete concepts": 1, "changed words": 1, "gone words": 1, "new ties": 1, "gone ties": 1,
    }  # fmt: skip
    assert Concept.objects.get(uri=CHEF).obsolete
    assert ConceptWords.objects.get(concept__uri=CHEF).label == "chef"
    assert Concept.objects.get(uri=WASH).edition.version == "1.2"
    assert Concept.objects.get(uri=GROUP).edition.version == "1.1"
    assert import_folder(folder, version="1.2").changes == {}


def test_what_operators_hid_or_added_stays(folder: Path) -> None:
    import_folder(folder)
    Concept.objects.filter(uri=WASH).update(hidden=True)
    own = Concept.objects.create(uri="https://example.org/skills/sing", kind=Kind.SKILL)
    own.words.create(language="en", label="sing")
    ConceptTie.objects.create(source=own, target=Concept.objects.get(uri=GROUP), tie="broader")
    change(folder, "en/skills_en.csv", "cross-sector", "transversal")
    assert import_folder(folder).changes == {"changed concepts": 1}
    wash = Concept.objects.get(uri=WASH)
    assert (wash.hidden, wash.reuse_level) == (True, "transversal")
    own.refresh_from_db()
    assert not own.obsolete
    assert own.edition is None
    assert own.ties.count() == 1


BROKEN: dict[str, tuple[str, str, str, str]] = {
    "too many cells": ("en/skills_en.csv", "fry food", "fry, food", "skills_en.csv, line 2: there are 10 cells"),
    "too few cells": ("en/skills_en.csv", ",,washh,released,", "", "skills_en.csv, line 5: there are 5 cells"),
    "no name": ("en/skills_en.csv", "wash dishes", "", "skills_en.csv, line 5: there is no preferredLabel"),
    "no URI": ("en/occupations_en.csv", CHEF, "chef", "occupations_en.csv, line 3: 'chef' is no URI"),
    "twice": ("en/occupations_en.csv", CHEF, COOK, "occupations_en.csv, line 3: http"),
    "unknown tie": ("en/occupationSkillRelations_en.csv", "essential", "vital", "relationType is 'vital'"),
    "unknown skill": (
        "en/occupationSkillRelations_en.csv",
        f"{FRY}",
        f"{FRY}0",
        "occupationSkillRelations_en.csv, line 2",
    ),
    "unknown in English": ("fr/skills_fr.csv", FRY, f"{FRY}0", "skills_fr.csv, line 2"),
    "open quote": ("en/occupations_en.csv", "3434,chef", '3434,"chef', "occupations_en.csv, line 3: this is no CSV"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_row_is_named_and_nothing_is_kept(folder: Path, case: str) -> None:
    name, old, new, expected = BROKEN[case]
    change(folder, name, old, new)
    report = import_folder(folder)
    assert expected in "\n".join(str(broken) for broken in report.broken)
    assert not report.kept
    assert tables() == [[], [], [], []]
    assert import_folder(folder, skip_broken=True).kept
    assert Concept.objects.filter(uri=COOK).exists()


def test_bytes_that_are_no_utf_8_are_named(folder: Path) -> None:
    path = folder / "fr" / "skills_fr.csv"
    path.write_bytes(path.read_text(encoding="utf-8").replace("faire", "fâire").encode("latin-1"))
    report = import_folder(folder)
    assert [str(broken) for broken in report.broken] == ["skills_fr.csv, line 2: this is not UTF-8"]


def test_a_failure_half_way_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ConceptTie.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        import_folder(folder)
    assert tables() == [[], [], [], []]


def test_the_command_tells_and_a_dry_run_keeps_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("passerelle_import_esco", folder, dry_run=True)
    assert "Would be: 6 new concepts" in capsys.readouterr().out
    assert tables() == [[], [], [], []]
    call_command("passerelle_import_esco", folder)
    call_command("passerelle_import_esco", folder)
    assert capsys.readouterr().out.endswith("nothing to change.\n")
    change(folder, "en/occupations_en.csv", CHEF, "chef")
    with pytest.raises(CommandError, match="1 rows are broken"):
        call_command("passerelle_import_esco", folder)
    assert "occupations_en.csv, line 3: 'chef' is no URI" in capsys.readouterr().err


def test_what_is_no_download_is_refused_with_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        call_command("passerelle_import_esco", tmp_path / "nothing")
    (folder / "en" / "skills_en.csv").rename(folder / "en" / "competences_en.csv")
    with pytest.raises(CommandError, match=r"holds no skills_en.csv\. Download"):
        call_command("passerelle_import_esco", folder)
    (folder / "en" / "skills_en.csv").write_text("uri,label\n", encoding="utf-8")
    with pytest.raises(CommandError, match="no column conceptUri, preferredLabel"):
        call_command("passerelle_import_esco", folder)


def test_a_tenth_of_the_real_tables_goes_in_twice(tmp_path: Path) -> None:
    if not esco_download.DATA.is_dir():
        pytest.skip(f"no ESCO tables at {esco_download.DATA}")
    folder = esco_download.write(tmp_path, every=10)
    report = import_folder(folder)
    assert report.broken == []
    with (folder / "occupationSkillRelations_en.csv").open(encoding="utf-8", newline="") as file:
        needs = sum(1 for _row in csv.DictReader(file))
    assert ConceptTie.objects.filter(source__kind=Kind.OCCUPATION).count() == needs > 1000
    assert Concept.objects.filter(kind=Kind.SKILL, transversal=True).exists()
    before: Report = import_folder(folder)
    assert before.changes == {}
