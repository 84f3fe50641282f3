"""The rows of an earlier release, put into the tables that this release's migrations had then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from passerelle.host.operations import suite


def load(file: Path) -> int:
    """Make the tables as they were, and fill them; returns how many rows there are. The database must be empty."""
    release = json.loads(file.read_text())
    executor = MigrationExecutor(connection)
    others = [node for node in executor.loader.graph.leaf_nodes() if not node[0].startswith(suite.PREFIX)]
    targets = [*others, *map(tuple, release["migrations"])]
    executor.migrate(targets)
    then = executor.loader.project_state(targets).apps
    count = 0
    with transaction.atomic(), connection.constraint_checks_disabled():
        for username, pk in release["people"].items():
            User.objects.create(pk=pk, username=username, email=f"{username}@example.org")
        for label, table in release["models"].items():
            count += _insert(then.get_model(label), table)
    return count


def _insert(model: type[Model], table: dict[str, Any]) -> int:
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    columns = [fields[name] for name in table["columns"]]
    rows = []
    for values in table["rows"]:
        row = model()
        for field, value in zip(columns, values, strict=True):
            setattr(row, field.attname, None if value is None else field.to_python(value))
        rows.append(row)
    model._base_manager._insert(rows, fields=columns, using=connection.alias, raw=True)
    return len(rows)


def upgrade() -> None:
    call_command("migrate", verbosity=0)


def lost(file: Path) -> list[str]:
    """What the release had and is not here as it was: rows, values. A column in which nothing stood may be gone."""
    from django.apps import apps

    missing = []
    for label, table in json.loads(file.read_text())["models"].items():
        model = apps.get_model(label)
        names = [field.attname for field in suite.fields(model)]
        key = table["columns"].index(model._meta.pk.attname)
        here = {str(row.pk): dict(zip(names, suite.plain_row(row), strict=True)) for row in suite.rows(model)}
        for values in table["rows"]:
            pk = str(model._meta.pk.to_python(values[key]))
            now = here.get(pk)
            if now is None:
                missing.append(f"{label} {pk}")
                continue
            before = dict(zip(table["columns"], values, strict=True))
            missing += [f"{label} {pk}.{name}" for name, value in before.items() if now.get(name) != value]
    return missing
