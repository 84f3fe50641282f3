"""The suite as its operator sees it: every app whose label starts with `passerelle_`, their tables and rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.apps import apps as django_apps
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Field, Model

PREFIX = "passerelle_"
BATCH = 1000

Row = list[Any]


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


OWN_FOLDER = "operations"
"""In the private storage: what the commands note for themselves. No backup takes it along."""


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
