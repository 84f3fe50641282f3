"""The import: compares files with tables and writes the difference, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.utils import timezone

from . import files
from .files import Broken, ConceptRow, Reader, TieRow
from .models import Concept, ConceptTie, ConceptWords, Edition, Kind

BATCH = 1000
FACTS = ("kind", "code", "isco", "skill_type", "reuse_level", "transversal", "obsolete")
WORDS = ("label", "other_labels", "hidden_labels", "description")
Facts = tuple[str, str, str, str, str, bool, bool]
T = TypeVar("T")
M = TypeVar("M", bound=models.Model)


@dataclass(slots=True)
class Report:
    """What an import did, or would do: counts of new, changed and gone things, and the rows it could not use."""

    version: str
    languages: tuple[str, ...]
    read: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    kept: bool = False

    def count(self, what: str, number: int) -> None:
        if number:
            self.changes[what] = self.changes.get(what, 0) + number


class _UndoError(Exception):
    """Leaves the transaction without keeping anything."""


def import_folder(
    folder: Path,
    *,
    version: str = "",
    dry_run: bool = False,
    skip_broken: bool = False,
    on_bytes: Callable[[Path, int], None] = lambda _path, _count: None,
) -> Report:
    """Bring the tables to what the folder's files say. Nothing is kept on a dry run, or with broken rows not skipped.

    Files that are already in the tables change nothing, not even a date. Raises LayoutError for what is no download.
    """
    found = files.find(folder)
    languages = tuple(sorted(found["skills"].keys() | found["occupations"].keys()))
    report = Report(version=version or files.version_in(folder), languages=languages)
    run = _Import(found, Reader(on_bytes=on_bytes), report)
    with suppress(_UndoError), transaction.atomic():
        run.all()
        report.broken = run.reader.broken
        if dry_run or (report.broken and not skip_broken):
            raise _UndoError
        report.kept = True
    return report


class _Import:
    def __init__(self, found: dict[str, dict[str, Path]], reader: Reader, report: Report) -> None:
        self.found, self.reader, self.report = found, reader, report
        self.ids: dict[str, int] = {}
        self.touched: set[int] = set()

    def all(self) -> None:
        self.concepts()
        for language in sorted({language for what in files.CONCEPTS for language in self.found.get(what, {})}):
            for kind in files.CONCEPTS.values():
                self.words(language, kind, self.rows(language, kind))
        self.ties()
        self.close()

    def rows(self, language: str, kind: Kind) -> Iterator[ConceptRow]:
        """Concepts of this kind as the language's files have them. The hierarchy adds groups that have no file."""
        named: set[str] = set()
        for what in [what for what, its_kind in files.CONCEPTS.items() if its_kind == kind]:
            if path := self.found.get(what, {}).get(language):
                for row in self.reader.concepts(path, kind):
                    self.read(path)
                    if kind == Kind.SKILL_GROUP:
                        named.add(row.uri)
                    yield row
        path = self.found.get(files.HIERARCHY, {}).get(language) if kind == Kind.SKILL_GROUP else None
        if path:
            for row in self.reader.groups(path):
                self.read(path)
                if row.uri not in named:
                    yield row

    def read(self, path: Path) -> None:
        self.report.read[path.name] = self.report.read.get(path.name, 0) + 1

    # --- Concepts

    def concepts(self) -> None:
        """Which concepts there are, and what is said of them in no language, from the reference language's files."""
        stored: dict[str, Facts] = {
            row[0]: row[1:] for row in Concept.objects.filter(edition__isnull=False).values_list("uri", *FACTS)
        }
        own = set(Concept.objects.filter(edition__isnull=True).values_list("uri", flat=True))
        wanted = {uri: facts for uri, facts in self.wanted().items() if uri not in own}
        gone = {uri: (*stored[uri][:-1], True) for uri in stored.keys() - wanted.keys() if not stored[uri][-1]}
        new = {uri: facts for uri, facts in wanted.items() if uri not in stored}
        changed = {uri: facts for uri, facts in wanted.items() if uri in stored and stored[uri] != facts} | gone
        now = timezone.now()
        _insert(Concept, (_concept(uri, facts, now) for uri, facts in new.items()))
        # Written over what is there by URI, in batches: `hidden` is the operator's, and stays.
        _insert(Concept, (_concept(uri, facts, now) for uri, facts in changed.items()), over=[*FACTS], key=["uri"])
        self.ids = dict(Concept.objects.values_list("uri", "pk"))
        self.own = {self.ids[uri] for uri in own}
        self.touched |= {self.ids[uri] for uri in (*new, *changed)}
        self.report.count("new concepts", len(new))
        self.report.count("changed concepts", len(changed) - len(gone))
        self.report.count("obsolete concepts", len(gone))

    def wanted(self) -> dict[str, Facts]:
        reader = Reader()  # what is broken is reported when the words are read
        transversal: set[str] = set()
        if path := self.found.get(files.TRANSVERSAL, {}).get(files.REFERENCE):
            transversal = set(self.reader.uris(path))
        wanted: dict[str, Facts] = {}
        for what in (files.HIERARCHY, *files.CONCEPTS):
            path = self.found.get(what, {}).get(files.REFERENCE)
            if path is None:
                continue
            rows = reader.groups(path) if what == files.HIERARCHY else reader.concepts(path, files.CONCEPTS[what])
            for row in rows:
                # The hierarchy knows a group's place, the groups' own file its code: what one lacks, the other has.
                before = wanted.get(row.uri)
                code = row.facts[0] or (before[1] if before else "")
                facts = (code, *row.facts[1:])
                wanted[row.uri] = (row.kind.value, *facts, row.uri in transversal, not row.released)
        return wanted

    # --- Words

    def words(self, language: str, kind: Kind, rows: Iterable[ConceptRow]) -> None:
        """What concepts of this kind are called in this language."""
        stored = self.stored_words(language, kind)
        counts = {"new words": 0, "changed words": 0}

        def differing() -> Iterator[ConceptWords]:
            for row in rows:
                concept_id = self.ids.get(row.uri)
                if concept_id is None:
                    self.reader.reject(f"{row.uri} is not in the files in {files.REFERENCE!r}")
                elif concept_id not in self.own and row.words[0]:
                    before = stored.pop(concept_id, None)
                    if before != _digest(row.words):
                        counts["changed words" if before else "new words"] += 1
                        self.touched.add(concept_id)
                        words = dict(zip(WORDS, row.words, strict=True))
                        yield ConceptWords(concept_id=concept_id, language=language, **words)

        _insert(ConceptWords, differing(), over=[*WORDS], key=["concept", "language"])
        for what, number in counts.items():
            self.report.count(what, number)
        self.forget_words(language, set(stored) - self.own)

    def forget_words(self, language: str, concept_ids: set[int]) -> None:
        """Concepts that have lost their name here; what is obsolete keeps its words, for those who claim it."""
        for some in _batches(concept_ids, BATCH):
            ids = list(Concept.objects.filter(pk__in=some, obsolete=False).values_list("pk", flat=True))
            ConceptWords.objects.filter(language=language, concept_id__in=ids).delete()
            self.touched |= set(ids)
            self.report.count("gone words", len(ids))

    def stored_words(self, language: str, kind: Kind) -> dict[int, bytes]:
        found = ConceptWords.objects.filter(language=language, concept__kind=kind.value)
        rows = found.values_list("concept_id", *WORDS).iterator(chunk_size=BATCH)
        return {row[0]: _digest(row[1:]) for row in rows}

    # --- Ties

    def ties(self) -> None:
        stored = {
            (source, target, tie): pk
            for pk, source, target, tie in ConceptTie.objects.filter(source__edition__isnull=False)
            .values_list("pk", "source_id", "target_id", "tie")
            .iterator(chunk_size=BATCH)
        }
        seen: set[tuple[int, int, str]] = set()
        new: list[ConceptTie] = []
        for row in self.tie_rows():
            key = self.tie_key(row)
            if key is None or key in seen:
                continue
            seen.add(key)
            if stored.pop(key, None) is None:
                new.append(ConceptTie(source_id=key[0], target_id=key[1], tie=key[2]))
                self.touched.add(key[0])
                self.report.count("new ties", 1)
            if len(new) >= BATCH:
                _insert(ConceptTie, new)
                new = []
        _insert(ConceptTie, new)
        self.touched |= {source for source, _target, _tie in stored}
        for some in _batches(stored.values(), BATCH):
            ConceptTie.objects.filter(pk__in=some).delete()
        self.report.count("gone ties", len(stored))

    def tie_rows(self) -> Iterator[TieRow]:
        for what, columns in files.TIES.items():
            paths = self.found.get(what, {})
            # The same in every language: one file is enough.
            path = paths.get(files.REFERENCE) or next(iter(paths.values()), None)
            if path is not None:
                for row in self.reader.ties(path, columns):
                    self.report.read[path.name] = self.report.read.get(path.name, 0) + 1
                    yield row

    def tie_key(self, row: TieRow) -> tuple[int, int, str] | None:
        for uri in (row.source, row.target):
            if uri not in self.ids:
                self.reader.reject(f"{uri} is in none of the files of concepts")
                return None
        return self.ids[row.source], self.ids[row.target], row.tie.value

    def close(self) -> None:
        """Note the edition, if there is anything to note, with all that it changed."""
        if not self.report.changes:
            return
        languages = " ".join(self.report.languages)
        edition = Edition.objects.create(version=self.report.version, languages=languages)
        now = timezone.now()
        for some in _batches(self.touched - self.own, BATCH):
            Concept.objects.filter(pk__in=some).update(edition=edition, changed_at=now)


def _concept(uri: str, facts: Facts, now: Any) -> Concept:
    return Concept(uri=uri, changed_at=now, **dict(zip(FACTS, facts, strict=True)))


def _digest(words: Iterable[str]) -> bytes:
    return blake2b("\0".join(words).encode(), digest_size=12).digest()


def _insert(model: type[M], made: Iterable[M], *, over: list[str] | None = None, key: list[str] | None = None) -> None:
    """Insert in batches; with `over`, rows with the same `key` get these fields in place of their own."""
    # MariaDB takes any unique key as the reason, and refuses to have one named.
    target = key if connection.features.supports_update_conflicts_with_target else None
    for some in _batches(made, BATCH):
        if over:
            model._default_manager.bulk_create(some, update_conflicts=True, update_fields=over, unique_fields=target)
        else:
            model._default_manager.bulk_create(some)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
