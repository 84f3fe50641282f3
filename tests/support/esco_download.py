"""Turns the joined ESCO tables that the tests have into a folder laid out as the official download is."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "esco"
START = ["preferredLabel", "altLabels", "hiddenLabels", "status", "modifiedDate"]
END = ["scopeNote", "definition", "inScheme", "description"]
SKILLS = ["conceptType", "conceptUri", "skillType", "reuseLevel", *START, *END]
OCCUPATIONS = ["conceptType", "conceptUri", "iscoGroup", *START, "regulatedProfessionNote", *END, "code", "naceCode"]
SCHEME = "http://data.europa.eu/esco/concept-scheme/"
LANGUAGES = {"skills": ("en", "fr", "es"), "occupations": ("en", "fr", "es", "pt")}


def write(folder: Path, *, every: int = 1) -> Path:
    """Write the download to `folder`, or each `every`-th occupation and skill with what ties them, and return it."""
    skills, occupations = _table("skills"), _table("occupations")
    _groups(folder)
    for language in LANGUAGES["skills"]:
        rows = [_skill(row, language) for row in skills[::every]]
        _write(folder / f"skills_{language}.csv", SKILLS, rows)
    for language in LANGUAGES["occupations"]:
        rows = [_occupation(row, language) for row in occupations[::every]]
        _write(folder / f"occupations_{language}.csv", OCCUPATIONS, rows)
    transversal = [
        {"conceptType": "KnowledgeSkillCompetence", "conceptUri": row["uri"], "preferredLabel": row["label_en"]}
        for row in skills[::every]
        if row["transversal"] == "1"
    ]
    _write(folder / "transversalSkillsCollection_en.csv", ["conceptType", "conceptUri", "preferredLabel"], transversal)
    _ties(folder, skills, occupations, every)
    return folder


def _groups(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("en", "fr"):
        name = f"skillsHierarchy_{language}.csv"
        (folder / name).write_bytes((DATA / name).read_bytes())


def _ties(folder: Path, skills: list[Any], occupations: list[Any], every: int) -> None:
    def kept(row: dict[str, str], *columns: str) -> bool:
        return all(int(row[column]) % every == 0 for column in columns)

    needs = [
        {
            "occupationUri": occupations[int(row["occ_row"])]["uri"],
            "relationType": "essential" if row["essential"] == "1" else "optional",
            "skillType": skills[int(row["skill_row"])]["skillType"],
            "skillUri": skills[int(row["skill_row"])]["uri"],
        }
        for row in _table("occupation_skill")
        if kept(row, "occ_row", "skill_row")
    ]
    name = folder / "occupationSkillRelations_en.csv"
    _write(name, ["occupationUri", "relationType", "skillType", "skillUri"], needs)
    related = [
        {
            "originalSkillUri": skills[int(row["from_row"])]["uri"],
            "originalSkillType": skills[int(row["from_row"])]["skillType"],
            "relationType": row["relation"],
            "relatedSkillType": skills[int(row["to_row"])]["skillType"],
            "relatedSkillUri": skills[int(row["to_row"])]["uri"],
        }
        for row in _table("skill_skill")
        if kept(row, "from_row", "to_row")
    ]
    columns = ["originalSkillUri", "originalSkillType", "relationType", "relatedSkillType", "relatedSkillUri"]
    _write(folder / "skillSkillRelations_en.csv", columns, related)
    left_out = {row["uri"] for number, row in enumerate(skills) if number % every}
    broader = [
        row for row in _table("broaderRelationsSkillPillar") if not left_out & {row["conceptUri"], row["broaderUri"]}
    ]
    columns = ["conceptType", "conceptUri", "broaderType", "broaderUri"]
    _write(folder / "broaderRelationsSkillPillar_en.csv", columns, broader)


def _skill(row: dict[str, str], language: str) -> dict[str, str]:
    return {
        "conceptType": "KnowledgeSkillCompetence",
        "conceptUri": row["uri"],
        "skillType": row["skillType"],
        "reuseLevel": row["reuseLevel"],
        "preferredLabel": row[f"label_{language}"],
        "altLabels": row.get(f"alt_{language}", "").replace("|", "\n"),
        "status": "released",
        "inScheme": f"{SCHEME}skills, {SCHEME}member-skills",
    }


def _occupation(row: dict[str, str], language: str) -> dict[str, str]:
    return {
        "conceptType": "Occupation",
        "conceptUri": row["uri"],
        "iscoGroup": row["isco"],
        "preferredLabel": row[f"label_{language}"],
        "status": "released",
        "inScheme": f"{SCHEME}occupations, {SCHEME}member-occupations",
        "code": row["code"],
    }


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, columns: list[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
