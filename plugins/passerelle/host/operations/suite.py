"""The suite as its operator sees it: every app whose label starts with `passerelle_`, their tables and rows."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.apps import AppConfig
from django.apps import apps as django_apps
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Field, Model
from django.utils import timezone

from passerelle.host.api import private_storage

PREFIX = "passerelle_"
BATCH = 1000

Row = list[Any]


@dataclass(slots=True, kw_only=True)
class Archive:
    """An archive under way: where to write it, and afterwards the file's path or the name in the backup storage."""

    target: IO[bytes]
    place: str = ""


def apps() -> list[AppConfig]:
    """The suite's apps, by label."""
    found = (config for config in django_apps.get_app_configs() if config.label.startswith(PREFIX))
    return sorted(found, key=lambda config: config.label)


def models() -> list[type[Model]]:
    """Every model of the suite that has a table of its own, those between two others included, by label."""
    found = (model for app in apps() for model in app.get_models(include_auto_created=True))
    return sorted((m for m in found if m._meta.managed and not m._meta.proxy), key=lambda model: model._meta.label)


def fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns of a model, in a fixed order."""
    return sorted(model._meta.local_concrete_fields, key=lambda field: field.attname)


def people_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns that name an account."""
    wanted = settings.AUTH_USER_MODEL.lower()
    related = ((field, field.remote_field) for field in model._meta.local_concrete_fields)
    return [field for field, remote in related if remote and remote.model._meta.label_lower == wanted]


def rows(model: type[Model]) -> Iterator[Model]:
    """All rows, ordered by primary key, a batch at a time: tables of millions of rows never are in memory."""
    last: Any = None
    while True:
        query = model._base_manager.order_by("pk")
        batch = list(query.filter(pk__gt=last)[:BATCH] if last is not None else query[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def plain_row(row: Model) -> Row:
    """A row's values as plain data, in the order of `fields`. The same on every database, to the microsecond."""
    return [_plain(field, row) for field in fields(type(row))]


def _plain(field: Field[Any, Any], row: Model) -> Any:
    value = field.value_from_object(row)
    return value if value is None or isinstance(value, bool | int | float | str) else field.value_to_string(row)


def row_line(row: Model) -> bytes:
    """A row as one line of JSON."""
    line = json.dumps(plain_row(row), ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


def model_row(model: type[Model], values: Row) -> Model:
    """What `plain_row` came from."""
    row = model()
    for field, value in zip(fields(model), values, strict=True):
        # A foreign key takes its target's type.
        setattr(row, field.attname, None if value is None else field.to_python(value))
    return row


def applied_migrations() -> dict[str, list[str]]:
    """The migrations that made the tables, by app label: what has to agree for a row to fit."""
    recorder = MigrationRecorder(connections[DEFAULT_DB_ALIAS])
    labels = {app.label for app in apps()}
    found: dict[str, list[str]] = {label: [] for label in labels}
    for label, name in recorder.applied_migrations():
        if label in labels:
            found[label].append(name)
    return {label: sorted(names) for label, names in sorted(found.items()) if names}


def backup_storage() -> Storage:
    """The storage that `PASSERELLE_BACKUP_STORAGE` describes: where backups go that are given no file name."""
    wanted: dict[str, Any] = settings.PASSERELLE_BACKUP_STORAGE
    return storages.create_storage(wanted)


ARCHIVE_HELP = "the file to write; without it, the archive goes to PASSERELLE_BACKUP_STORAGE, named by date"


@contextmanager
def archive(file: Path | None, *, name: str, replace: bool = False) -> Iterator[Archive]:
    """Somewhere to write an archive: a file, or the backup storage, where it is named by date.

    Only what was written to its end is left, and only its owner can read the file. Raises FileExistsError where the
    file is there already and is not to be replaced.
    """
    if file and file.exists() and not replace:
        raise FileExistsError(file)
    with tempfile.NamedTemporaryFile(dir=file.absolute().parent if file else None, delete=False) as target:
        made = Archive(target=target)
        try:
            yield made
            target.flush()
            if file:
                os.replace(target.name, file)
                made.place = str(file)
            else:
                target.seek(0)
                dated = f"{name}-{timezone.now():%Y%m%dT%H%M%SZ}.zip"
                made.place = backup_storage().save(dated, File(target, name=dated))
        finally:
            Path(target.name).unlink(missing_ok=True)


OWN_FOLDER = "operations"
"""In the private storage: what the commands note for themselves. No backup takes it along."""


def note(name: str, moment: datetime) -> None:
    """Note when something was last done."""
    storage = private_storage()
    storage.delete(f"{OWN_FOLDER}/{name}")
    storage.save(f"{OWN_FOLDER}/{name}", ContentFile(moment.isoformat().encode()))


def noted(name: str) -> datetime | None:
    """When something was last done; None if it never was."""
    storage = private_storage()
    if not storage.exists(f"{OWN_FOLDER}/{name}"):
        return None
    with storage.open(f"{OWN_FOLDER}/{name}") as file:
        return datetime.fromisoformat(file.read().decode())


def files(storage: Storage, folder: str = "") -> Iterator[str]:
    """The names of all files in a storage, folder by folder, but for the commands' own."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}{name}" for name in sorted(names))
    for name in sorted(folders):
        if folder or name != OWN_FOLDER:
            yield from files(storage, f"{folder}{name}/")
