"""The suite's rows and private files in one ZIP archive, and back.

    manifest.json            format, version, the migrations that made the tables
    people.jsonl             [user id, digest of the username]: which accounts the rows belong to, without their names
    tables/<model>.jsonl     the values of one row a line, in the order that the manifest gives
    files/<name>             the private files
    checksums.json           SHA-256 of every other member

The archive holds people's stories: keep it as you keep the database's own backups.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from django.contrib.auth import get_user_model
from django.core.files.base import File
from django.core.files.storage import Storage
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

import passerelle
from passerelle.host.api import host, private_storage, user_retired

from . import suite

FORMAT = 1
CHUNK = 1024 * 1024
Report = Callable[[str], None]


class ArchiveError(Exception):
    """The archive cannot be restored here; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an archive holds. The fingerprint is the same wherever the same rows and files are."""

    rows: int
    files: int
    fingerprint: str


# --- Writing


def write(target: IO[bytes], *, report: Report) -> Summary:
    """Write an archive of everything as it stands at one moment. `target` need not be seekable."""
    checksums: dict[str, str] = {}
    counts: dict[str, int] = {}
    storage = private_storage()
    salt = secrets.token_hex(16)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        with one_moment():
            _add(archive, "manifest.json", [_manifest(salt)], checksums)
            _add(archive, "people.jsonl", _people(salt), checksums)
            for model in suite.models():
                name = f"tables/{model._meta.label}.jsonl"
                counts[name] = _add(archive, name, map(suite.row_line, suite.rows(model)), checksums)
                report(f"{model._meta.label}: {counts[name]} rows")
        # Files are written once and never changed, so those that the rows name are still as they were.
        files = list(suite.files(storage))
        for number, name in enumerate(files, start=1):
            with contextlib.suppress(FileNotFoundError), storage.open(name) as file:
                _add(archive, f"files/{name}", file.chunks(CHUNK), checksums)
            if number % 100 == 0 or number == len(files):
                report(f"private files: {number} of {len(files)}")
        archive.writestr("checksums.json", json.dumps(checksums, indent=0, sort_keys=True))
    return Summary(rows=sum(counts.values()), files=len(files), fingerprint=fingerprint(checksums))


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """A transaction whose reads all see the same moment."""
    if connection.vendor == "mysql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with transaction.atomic():
        yield


def _add(archive: ZipFile, name: str, parts: Any, checksums: dict[str, str]) -> int:
    """Write one member part by part; returns how many parts there were."""
    digest = hashlib.sha256()
    count = 0
    with archive.open(name, "w", force_zip64=True) as member:
        for part in parts:
            data = part if isinstance(part, bytes) else bytes(part)
            digest.update(data)
            member.write(data)
            count += 1
    checksums[name] = digest.hexdigest()
    return count


def _manifest(salt: str) -> bytes:
    layout = {model._meta.label: [field.attname for field in suite.fields(model)] for model in suite.models()}
    manifest = {
        "format": FORMAT,
        "version": passerelle.__version__,
        "migrations": suite.applied_migrations(),
        "layout": layout,
        "salt": salt,
    }
    return json.dumps(manifest, indent=1, sort_keys=True).encode()


def _people(salt: str) -> Iterator[bytes]:
    for batch in _batches(sorted(people())):
        names = get_user_model()._base_manager.filter(pk__in=batch).order_by("pk").values_list("pk", "username")
        for pk, username in names:
            yield json.dumps([pk, _digest(salt, username)]).encode() + b"\n"


def people() -> set[int]:
    """The ids of all accounts that a row of the suite names."""
    found: set[int] = set()
    for model in suite.models():
        for field in suite.people_fields(model):
            found.update(model._base_manager.order_by().values_list(field.attname, flat=True).distinct())
    return {pk for pk in found if pk is not None}


def _batches(values: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), suite.BATCH):
        yield values[start : start + suite.BATCH]


def _digest(salt: str, username: str) -> str:
    return hashlib.sha256(f"{salt}:{username}".encode()).hexdigest()


def fingerprint(checksums: dict[str, str]) -> str:
    """One SHA-256 over all rows and files; neither the manifest nor the salted names count."""
    counted = sorted(item for item in checksums.items() if item[0].startswith(("tables/", "files/")))
    return hashlib.sha256(json.dumps(counted).encode()).hexdigest()


# --- Reading


def verify(source: IO[bytes], *, report: Report) -> Summary:
    """Read an archive from end to end, and see that it is whole and fits the tables here. Changes nothing.

    Raises ArchiveError.
    """
    with _opened(source) as archive:
        checksums, rows = _checked(archive, report=report)
        _require_same_tables(json.loads(archive.read("manifest.json")))
        files = sum(1 for name in checksums if name.startswith("files/"))
        _retired_since(archive)
    return Summary(rows=rows, files=files, fingerprint=fingerprint(checksums))


def restore(source: IO[bytes], *, replace: bool, report: Report) -> Summary:
    """Put the tables and private files into the archive's state: all of it, or where something fails, nothing of it.

    What is here is thrown away, which wants `replace`. What belongs to people whose accounts were closed since is
    erased again. Raises ArchiveError.
    """
    summary = verify(source, report=report)
    if not replace and (held := occupied()):
        raise ArchiveError(f"There is data here already ({', '.join(held)}). --replace throws it away.")
    storage = private_storage()
    with _opened(source) as archive:
        added = _add_files(archive, storage, report=report)
        try:
            with transaction.atomic():
                _replace_rows(archive, report=report)
                for user_id in _retired_since(archive):
                    report(f"account {user_id} was closed after the backup: what was hers is erased again")
                    user_retired.send(sender=type(host()), user_id=user_id)
        except BaseException:
            for name in added:
                storage.delete(name)
            raise
        kept = {name.removeprefix("files/") for name in archive.namelist() if name.startswith("files/")}
    for name in set(suite.files(storage)) - kept:
        storage.delete(name)
    return summary


def occupied() -> list[str]:
    """The models that have rows."""
    return [model._meta.label for model in suite.models() if model._base_manager.exists()]


@contextlib.contextmanager
def _opened(source: IO[bytes]) -> Iterator[ZipFile]:
    try:
        source.seek(0)
        with ZipFile(source) as archive:
            yield archive
    except (BadZipFile, KeyError) as error:
        raise ArchiveError(f"This is no backup of Passerelle, or it is damaged: {error}") from error


def _checked(archive: ZipFile, *, report: Report) -> tuple[dict[str, str], int]:
    """The archive's checksums, each compared with what is there; and the number of rows."""
    checksums: dict[str, str] = json.loads(archive.read("checksums.json"))
    if set(archive.namelist()) != {*checksums, "checksums.json"}:
        raise ArchiveError("The archive does not hold what its list says: it is damaged. Take another backup.")
    rows = 0
    for name, expected in checksums.items():
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
                rows += chunk.count(b"\n") if name.startswith("tables/") else 0
        if digest.hexdigest() != expected:
            raise ArchiveError(f"{name} is damaged. Take another backup.")
    report(f"{len(checksums)} members are whole")
    return checksums, rows


def _require_same_tables(manifest: dict[str, Any]) -> None:
    if manifest["format"] != FORMAT:
        raise ArchiveError(f"This backup has format {manifest['format']}, and this version reads {FORMAT} only.")
    here = json.loads(_manifest(""))
    if (manifest["migrations"], manifest["layout"]) != (here["migrations"], here["layout"]):
        raise ArchiveError(
            f"This backup was made with version {manifest['version']}, whose tables differ from those of version "
            f"{passerelle.__version__} here. Install openedx-passerelle=={manifest['version']}, migrate, restore with "
            "it, and then upgrade. (If the versions are the same, run the migrations first.)"
        )


def _lines(archive: ZipFile, name: str) -> Iterator[Any]:
    with archive.open(name) as member:
        yield from map(json.loads, member)


def _retired_since(archive: ZipFile) -> list[int]:
    """The accounts that were closed after the backup was made.

    Raises ArchiveError where accounts are missing, or are other people's: then this is another platform.
    """
    salt = json.loads(archive.read("manifest.json"))["salt"]
    then = dict(_lines(archive, "people.jsonl"))
    now: dict[int, tuple[str, bool]] = {}
    for batch in _batches(sorted(then)):
        accounts = get_user_model()._base_manager.filter(pk__in=batch).values_list("pk", "username", "is_active")
        now |= {pk: (_digest(salt, username), active) for pk, username, active in accounts}
    changed = [pk for pk, digest in then.items() if pk in now and now[pk][0] != digest]
    strangers = [pk for pk in changed if now[pk][1]]
    missing = then.keys() - now.keys()
    if strangers or missing:
        raise ArchiveError(
            f"{len(missing)} people of this backup have no account here, and {len(strangers)} accounts have another "
            "name than then. Restore the platform's own database of that day first, then this backup."
        )
    return changed


def _add_files(archive: ZipFile, storage: Storage, *, report: Report) -> list[str]:
    """Write the files that are missing; returns their names. Raises ArchiveError where one would change."""
    added: list[str] = []
    names = [name for name in archive.namelist() if name.startswith("files/")]
    for member in names:
        name = member.removeprefix("files/")
        if storage.exists(name):
            with storage.open(name) as there, archive.open(member) as wanted:
                if not _same(there, wanted):
                    raise ArchiveError(f"The private storage has another file called {name}. Move it away first.")
            continue
        with archive.open(member) as wanted:
            saved = storage.save(name, File(wanted, name=name))
        added.append(saved)
        if saved != name:
            raise ArchiveError(f"The private storage would not take the name {name}.")
    report(f"private files: {len(added)} of {len(names)} written, the others were there")
    return added


def _same(one: IO[bytes] | File[Any], other: IO[bytes]) -> bool:
    while True:
        a, b = one.read(CHUNK), other.read(CHUNK)
        if a != b:
            return False
        if not a:
            return True


def _replace_rows(archive: ZipFile, *, report: Report) -> None:
    models = suite.models()
    with connection.constraint_checks_disabled():
        for model in reversed(models):
            model._base_manager.all()._raw_delete(connection.alias)
        for model in models:
            count = _insert(model, _lines(archive, f"tables/{model._meta.label}.jsonl"))
            report(f"{model._meta.label}: {count} rows")
    connection.check_constraints(table_names=[model._meta.db_table for model in models])
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _insert(model: type[Model], lines: Iterator[Any]) -> int:
    """Insert rows as they were: no `auto_now`, no signals."""
    columns = suite.fields(model)
    count = 0
    batch: list[Model] = []

    def flush() -> None:
        if batch:
            size = max(connection.ops.bulk_batch_size(columns, batch), 1)
            for start in range(0, len(batch), size):
                part = batch[start : start + size]
                model._base_manager._insert(part, fields=columns, using=connection.alias, raw=True)  # type: ignore[attr-defined]
            batch.clear()

    for values in lines:
        batch.append(suite.model_row(model, values))
        count += 1
        if len(batch) >= suite.BATCH:
            flush()
    flush()
    return count
