"""The import of DigComp's JSON-LD: the difference between file and table, all of it or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from .models import DigCompEntry, Part

PARTS = {
    "CompetenceArea": Part.AREA,
    "Competence": Part.COMPETENCE,
    "ProficiencyLevel": Part.LEVEL,
    "CompetenceStatement": Part.STATEMENT,
    "LearningOutcome": Part.OUTCOME,
}
PASSED_OVER = ("Glossary",)
FIELDS = ("part", "parent", "level", "nature", "name", "description")


class DigCompError(ValueError):
    """The file is no JSON-LD of DigComp; the message says why."""


@dataclass(slots=True)
class Report:
    """Counts of what is new, changed and gone, and what could not be used: its place in the graph and the reason."""

    read: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    broken: list[str] = field(default_factory=list)


def import_file(path: Path, *, dry_run: bool = False) -> Report:
    """Bring the table to what the file says; with anything broken, or on a dry run, leave it. Raises DigCompError."""
    report = Report()
    wanted = _read(path, report)
    stored = {row[0]: row[1:] for row in DigCompEntry.objects.values_list("code", *FIELDS)}
    new = [code for code in wanted if code not in stored]
    changed = [code for code in wanted if code in stored and stored[code] != wanted[code]]
    gone = stored.keys() - wanted.keys()
    report.new, report.changed, report.gone = len(new), len(changed), len(gone)
    if not dry_run and not report.broken:
        with transaction.atomic():
            DigCompEntry.objects.bulk_create(_entry(code, wanted[code]) for code in new)
            for code in changed:
                DigCompEntry.objects.filter(code=code).update(**dict(zip(FIELDS, wanted[code], strict=True)))
            DigCompEntry.objects.filter(code__in=gone).delete()
    return report


def _entry(code: str, values: tuple[str, ...]) -> DigCompEntry:
    return DigCompEntry(code=code, **dict(zip(FIELDS, values, strict=True)))


def _read(path: Path, report: Report) -> dict[str, tuple[str, ...]]:
    try:
        graph = json.loads(path.read_text(encoding="utf-8"))["@graph"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DigCompError(f"{path} is no DigComp JSON-LD: {error!r}. Take the file as it was published.") from error
    wanted: dict[str, tuple[str, ...]] = {}
    for place, item in enumerate(graph, 1):
        if isinstance(item, dict) and item.get("@type") in PASSED_OVER:
            continue
        report.read += 1
        code, values, problem = _values(item)
        if not problem and code in wanted:
            problem = "is there twice"
        if problem:
            report.broken.append(f"{path.name}, entry {place} ({code or 'no @id'}): {problem}")
        else:
            wanted[code] = values
    report.broken += [
        f"{path.name}, {code}: its area or competence {values[1]!r} is not in the file"
        for code, values in wanted.items()
        if values[1] and values[1] not in wanted
    ]
    return wanted


def _values(item: Any) -> tuple[str, tuple[str, ...], str]:
    """An entry's code, its fields, and what is wrong with it or ""."""
    if not isinstance(item, dict) or item.get("@type") not in PARTS:
        kind = item.get("@type") if isinstance(item, dict) else item
        return "", (), f"{kind!r} is none of {', '.join(PARTS)}"
    part, code = PARTS[item["@type"]], _code(item.get("@id"))
    name = item.get("name") or item.get("four_levels_name") or ""
    description = item.get("description") or item.get("eight_levels_description") or ""
    parent = _code(item.get("competence_id") or item.get("competence_area_id"))
    level = str(item.get("eight_levels_mapping") or _code(item.get("four_levels_proficiency_name")))
    problem = "" if code else "there is no @id"
    if not (name or description):
        problem = "there are no words"
    if part not in (Part.AREA, Part.LEVEL) and not parent:
        problem = "it is in no area or competence"
    return code, (part.value, parent, level, str(item.get("type") or ""), name, description), problem


def _code(identifier: object) -> str:
    """The last part of an identifier: "Competence/1.1" → "1.1"."""
    return str(identifier or "").rpartition("/")[2]
