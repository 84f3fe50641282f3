"""Taking the suite's tables and files out of the platform for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from passerelle.host.api import private_storage

from . import backup, person, suite

Report = Callable[[str], None]


def export_people(target: IO[bytes], *, report: Report) -> int:
    """One archive with a folder for each person of whom the suite holds something; returns how many they are."""
    accounts = get_user_model()._base_manager.filter(pk__in=backup.people()).order_by("pk")
    names = list(accounts.values_list("pk", "username"))
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", person.README)
        for number, (user_id, name) in enumerate(names, start=1):
            person.add(archive, f"people/{user_id}/", person.gathered(user_id=user_id), name)
            if number % 100 == 0 or number == len(names):
                report(f"people: {number} of {len(names)}")
    return len(names)


def remove(*, report: Report) -> None:
    """Drop every table of the suite, what Django noted about them, and the private files. May run twice."""
    there = set(connection.introspection.table_names())
    with connection.schema_editor() as editor, connection.constraint_checks_disabled():
        for model in suite.models():
            if model._meta.db_table in there and not model._meta.auto_created:
                editor.delete_model(model)  # with the tables between this model and others
                report(f"{model._meta.label}: table dropped")
    labels = [app.label for app in suite.apps()]
    ContentType.objects.filter(app_label__in=labels).delete()
    MigrationRecorder(connection).migration_qs.filter(app__in=labels).delete()
    storage = private_storage()
    names = [*suite.files(storage), *suite.files(storage, f"{suite.OWN_FOLDER}/")]
    for name in names:
        storage.delete(name)
    report(f"{len(names)} private files deleted")
