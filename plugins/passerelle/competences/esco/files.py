"""The official ESCO download as rows: which file is what, and what is wrong with a row, by file and line.

Layout: ESCO v1.1 and v1.2, "classification, CSV": `skills_<language>.csv` and so on, UTF-8, comma separated,
other names separated by line breaks within a cell. One folder may hold several languages, in subfolders or not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .models import Kind, Tie

REFERENCE = "en"
"""The language whose files say which concepts there are. ESCO is complete in it."""

CONCEPTS = {
    "skillGroups": Kind.SKILL_GROUP,
    "ISCOGroups": Kind.ISCO_GROUP,
    "skills": Kind.SKILL,
    "occupations": Kind.OCCUPATION,
}
HIERARCHY = "skillsHierarchy"
TRANSVERSAL = "transversalSkillsCollection"
TIES = {
    "occupationSkillRelations": ("occupationUri", "skillUri"),
    "skillSkillRelations": ("originalSkillUri", "relatedSkillUri"),
    "broaderRelationsSkillPillar": ("conceptUri", "broaderUri"),
    "broaderRelationsOccPillar": ("conceptUri", "broaderUri"),
}
NEEDED = ("skills", "occupations", "occupationSkillRelations")
LONGEST_URI = 255

_NAME = re.compile(r"(?P<what>[A-Za-z]+)_(?P<language>[a-z]{2}(?:-[A-Za-z]+)?)\.csv")
_VERSION = re.compile(r"v(\d+(?:\.\d+)+)")
csv.field_size_limit(1 << 20)


class LayoutError(ValueError):
    """The folder is no ESCO download, or a file lacks a column; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be used. `line` counts from 1, where the row begins."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """A concept as a file of one language has it. `words`: label, other labels, hidden labels, description."""

    uri: str
    kind: Kind
    facts: tuple[str, str, str, str]  # code, ISCO group, skill type, reuse level
    released: bool
    words: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class TieRow:
    """One URI's tie to another."""

    source: str
    target: str
    tie: Tie


@dataclass(slots=True)
class Reader:
    """Reads the files, collects what is broken, and tells how many bytes it has read."""

    on_bytes: Callable[[Path, int], None] = lambda _path, _count: None
    broken: list[Broken] = field(default_factory=list)
    at: tuple[str, int] = ("", 0)

    def reject(self, reason: str) -> None:
        """Note that the row just read is broken."""
        self.broken.append(Broken(*self.at, reason))

    def concepts(self, path: Path, kind: Kind) -> Iterator[ConceptRow]:
        """The rows of a file of concepts; a concept without a name in this language has an empty label."""
        seen: set[str] = set()
        reference = language_of(path) == REFERENCE
        for row in self._rows(path, ("conceptUri", "preferredLabel")):
            uri, label = row["conceptUri"].strip(), row["preferredLabel"].strip()
            if problem := self._uri_problem(uri) or ("" if label or not reference else "there is no preferredLabel"):
                self.reject(problem)
            elif uri in seen:
                self.reject(f"{uri} is there twice")
            else:
                seen.add(uri)
                yield ConceptRow(
                    uri, kind, _facts(row), row.get("status", "released") == "released", _words(row, label)
                )

    def groups(self, path: Path) -> Iterator[ConceptRow]:
        """The skill groups named in a hierarchy file, each once."""
        seen: set[str] = set()
        for row in self._rows(path, ("Level 0 URI", "Level 0 preferred term"), ragged=True):
            levels = [level for level in range(4) if row.get(f"Level {level} URI", "").strip()]
            if not levels:
                self.reject("there is no URI")
                continue
            last = levels[-1]
            uri, label = row[f"Level {last} URI"].strip(), row[f"Level {last} preferred term"].strip()
            if problem := self._uri_problem(uri):
                self.reject(problem)
            elif uri not in seen:
                seen.add(uri)
                facts = (row.get(f"Level {last} code", "").strip(), "", "", "")
                yield ConceptRow(
                    uri, Kind.SKILL_GROUP, facts, True, (label, "", "", row.get("Description", "").strip())
                )

    def uris(self, path: Path) -> Iterator[str]:
        """The URIs of a collection."""
        for row in self._rows(path, ("conceptUri",)):
            yield row["conceptUri"].strip()

    def ties(self, path: Path, columns: tuple[str, str]) -> Iterator[TieRow]:
        """The rows of a file of relations."""
        has_type = columns[1] != "broaderUri"
        for row in self._rows(path, (*columns, *(("relationType",) if has_type else ()))):
            source, target = (row[column].strip() for column in columns)
            named = row["relationType"].strip() if has_type else Tie.BROADER
            if problem := self._uri_problem(source) or self._uri_problem(target):
                self.reject(problem)
            elif named not in Tie.values:
                self.reject(f"relationType is {named!r}, expected one of: essential, optional")
            else:
                yield TieRow(source, target, Tie(named))

    def _rows(self, path: Path, needed: tuple[str, ...], *, ragged: bool = False) -> Iterator[dict[str, str]]:
        """The rows by column. In a `ragged` file, empty cells at a row's end may be left out."""
        lines = csv.reader(self._lines(path), strict=True)
        header = next(lines, [])
        if missing := [name for name in needed if name not in header]:
            raise LayoutError(
                f"{path.name} has no column {', '.join(missing)}. Take the files as ESCO offers them (CSV)."
            )
        while True:
            self.at = (path.name, lines.line_num + 1)
            try:
                cells = next(lines, None)
            except csv.Error as error:
                self.reject(f"this is no CSV ({error})")
                continue
            if cells is None:
                return
            if ragged:
                cells += [""] * (len(header) - len(cells))
            if len(cells) != len(header):
                if cells:
                    self.reject(f"there are {len(cells)} cells, expected {len(header)}")
                continue
            yield dict(zip(header, cells, strict=True))

    def _lines(self, path: Path) -> Iterator[str]:
        """The file's lines; a byte that is no UTF-8 breaks the import at its line."""
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                self.on_bytes(path, len(line))
                try:
                    yield line.decode("utf-8-sig" if number == 1 else "utf-8").replace("\0", "")
                except UnicodeDecodeError:
                    self.broken.append(Broken(path.name, number, "this is not UTF-8"))
                    yield line.decode("utf-8", "replace")

    @staticmethod
    def _uri_problem(uri: str) -> str:
        if not uri.startswith(("http://", "https://")):
            return f"{uri!r} is no URI"
        return f"the URI is longer than {LONGEST_URI} characters" if len(uri) > LONGEST_URI else ""


def _facts(row: dict[str, str]) -> tuple[str, str, str, str]:
    return (
        row.get("code", "").strip(),
        row.get("iscoGroup", "").strip(),
        row.get("skillType", "").strip(),
        row.get("reuseLevel", "").strip(),
    )


def _words(row: dict[str, str], label: str) -> tuple[str, str, str, str]:
    others, hidden = (_one_a_line(row.get(column, "")) for column in ("altLabels", "hiddenLabels"))
    return label, others, hidden, (row.get("description") or row.get("definition") or "").strip()


def _one_a_line(cell: str) -> str:
    """Names separated by line breaks (v1.1 and later) or bars (some languages of v1.0), each once."""
    return "\n".join(dict.fromkeys(name.strip() for name in re.split(r"[\n\r|]+", cell) if name.strip()))


def find(folder: Path) -> dict[str, dict[str, Path]]:
    """The files of an ESCO download in this folder and those below, by what they hold and by language.

    Raises LayoutError where what an import needs is missing.
    """
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.rglob("*.csv")):
        if match := _NAME.fullmatch(path.name):
            found.setdefault(match["what"], {}).setdefault(match["language"], path)
    missing = [f"{what}_{REFERENCE}.csv" for what in NEEDED if REFERENCE not in found.get(what, {})]
    if missing:
        raise LayoutError(
            f"{folder} holds no {', '.join(missing)}. Download ESCO's classification as CSV, in English "
            "and every language that you want, and unpack it there."
        )
    return found


def language_of(path: Path) -> str:
    """The language in a file's name."""
    match = _NAME.fullmatch(path.name)
    return match["language"] if match else ""


def version_in(folder: Path) -> str:
    """The version that the folder, or one below or above it, carries in its name ("v1.2.0"), else ""."""
    names = [folder.name, *sorted(child.name for child in folder.iterdir() if child.is_dir()), folder.parent.name]
    return next((match[1] for name in names if (match := _VERSION.search(name))), "")
