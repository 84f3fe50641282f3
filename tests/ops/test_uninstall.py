"""Leaving for good: people's data goes out, then the suite's tables and files go, and nothing else."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import installation
import pytest
from installation import Installation

STATE = """
from django.db import connection
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.migrations.recorder import MigrationRecorder
from passerelle.host.operations import suite
from passerelle.host.api import private_storage
answer = {
    "tables": sorted(name for name in connection.introspection.table_names() if name.startswith("passerelle_")),
    "others": len([name for name in connection.introspection.table_names() if not name.startswith("passerelle_")]),
    "migrations": MigrationRecorder(connection).migration_qs.filter(app__startswith="passerelle_").count(),
    "types": ContentType.objects.filter(app_label__startswith="passerelle_").count(),
    "files": list(suite.files(private_storage())),
    "people": User.objects.count(),
}
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = installation.new(tmp_path_factory.mktemp("var"))
    made.manage("migrate", "--verbosity=0")
    made.ask("""
from django.core.files.base import ContentFile
from fill import fill
from passerelle.host.api import private_storage
private_storage().save("stories/voice.webm", ContentFile(b"a voice"))
answer = fill()
""")
    return made


def test_uninstall(filled: Installation, tmp_path: Path) -> None:
    file = tmp_path / "people.zip"
    before = filled.ask(STATE)
    assert before["tables"]
    assert before["types"]
    assert before["migrations"]

    assert "tables removed" in filled.manage("passerelle_uninstall", "--dry-run")
    said = filled.manage("passerelle_uninstall", "--file", file)
    assert "Nothing was removed" in said
    assert filled.ask(STATE) == before
    assert "is there already" in filled.manage("passerelle_uninstall", "--yes", "--file", file, fails=True)

    filled.manage("passerelle_uninstall", "--yes", "--file", tmp_path / "again.zip")

    for name in (file, tmp_path / "again.zip"):
        with zipfile.ZipFile(name) as archive:
            exported = [json.loads(archive.read(n)) for n in archive.namelist() if n.endswith("data.json")]
        assert sorted(person["person"] for person in exported) == ["amal", "elif"]
        assert all(person["data"]["passerelle_circles.Contribution"] for person in exported)
    assert filled.ask(STATE) == before | {"tables": [], "migrations": 0, "types": 0, "files": []}

    filled.manage("migrate", "--verbosity=0")  # who comes back starts anew
    assert filled.ask(STATE)["tables"] == before["tables"]
