"""DigComp's JSON-LD goes in whole or not at all, apart from the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from passerelle.competences.digcomp.importer import import_file
from passerelle.competences.digcomp.models import DigCompEntry, Part

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[2].parent / "shared" / "data" / "digcomp" / "digcomp-3.0.jsonld"
GRAPH: list[dict[str, Any]] = [
    {"@type": "CompetenceArea", "@id": "CompetenceArea/1", "name": "Looking for things", "description": "To look."},
    {"@type": "Competence", "@id": "Competence/1.1", "name": "Browsing", "competence_area_id": "CompetenceArea/1"},
    {"@type": "ProficiencyLevel", "@id": "Level/Basic_1", "four_levels_name": "Basic", "eight_levels_mapping": 1},
    {
        "@type": "LearningOutcome", "@id": "LearningOutcome/LO1.1.01", "description": "Know.", "type": "Knowledge",
        "competence_area_id": "CompetenceArea/1", "competence_id": "Competence/1.1",
        "four_levels_proficiency_name": "ProficiencyLevel/Basic",
    },
    {"@type": "Glossary", "@id": "Glossary/Thing", "explanation": "A thing."},
]  # fmt: skip


def write(path: Path, graph: object) -> Path:
    path.write_text(json.dumps({"@graph": graph}), encoding="utf-8")
    return path


def stored() -> list[dict[str, Any]]:
    return list(DigCompEntry.objects.order_by("pk").values())


def test_codes_links_and_levels(tmp_path: Path) -> None:
    file = write(tmp_path / "d.jsonld", GRAPH)
    assert import_file(file).new == 4
    outcome = DigCompEntry.objects.get(code="LO1.1.01")
    assert (outcome.part, outcome.parent, outcome.level, outcome.nature) == (Part.OUTCOME, "1.1", "Basic", "Knowledge")
    assert DigCompEntry.objects.get(code="1.1").parent == "1"
    assert DigCompEntry.objects.get(code="Basic_1").level == "1"
    before = stored()
    again = import_file(file)
    assert (again.new, again.changed, again.gone) == (0, 0, 0)
    assert stored() == before


def test_a_change_is_followed_and_what_was_hidden_stays_so(tmp_path: Path) -> None:
    import_file(write(tmp_path / "d.jsonld", GRAPH))
    DigCompEntry.objects.filter(code="1.1").update(hidden=True)
    renamed = [{**item, "name": "Searching"} if item["@id"] == "Competence/1.1" else item for item in GRAPH]
    report = import_file(write(tmp_path / "d.jsonld", [item for item in renamed if "Basic_1" not in item["@id"]]))
    assert (report.new, report.changed, report.gone) == (0, 1, 1)
    entry = DigCompEntry.objects.get(code="1.1")
    assert (entry.name, entry.hidden) == ("Searching", True)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            {"@type": "Competence", "@id": "Competence/1.1", "name": "Again", "competence_area_id": "A/1"},
            "twice",
        ),
        (
            {"@type": "Competence", "@id": "Competence/9.1", "name": "L", "competence_area_id": "A/9"},
            "is not in",
        ),
        ({"@type": "Competence", "@id": "Competence/1.2", "competence_area_id": "A/1"}, "there are no words"),
        ({"@type": "Competence", "name": "Nameless", "competence_area_id": "A/1"}, "there is no @id"),
        ({"@type": "Competence", "@id": "Competence/1.2", "name": "Loose"}, "in no area or competence"),
        ({"@type": "Recipe"}, "'Recipe' is none of"),
        ("text", "'text' is none of"),
    ],
)
def test_what_is_broken_is_named_and_nothing_is_kept(tmp_path: Path, broken: object, reason: str) -> None:
    report = import_file(write(tmp_path / "d.jsonld", [*GRAPH, broken]))
    assert len(report.broken) == 1
    assert reason in report.broken[0]
    assert stored() == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "d.jsonld", GRAPH)
    call_command("passerelle_import_digcomp", file, dry_run=True)
    assert stored() == []
    call_command("passerelle_import_digcomp", file)
    assert "4 entries read: 4 new" in capsys.readouterr().out.splitlines()[-1]
    file.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="no DigComp JSON-LD"):
        call_command("passerelle_import_digcomp", file)


def test_the_published_file() -> None:
    if not DATA.exists():
        pytest.skip(f"no DigComp file at {DATA}")
    assert import_file(DATA).broken == []
    parts = {part: DigCompEntry.objects.filter(part=part).count() for part in Part}
    assert parts == {Part.AREA: 5, Part.COMPETENCE: 21, Part.LEVEL: 8, Part.STATEMENT: 362, Part.OUTCOME: 523}
