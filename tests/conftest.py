"""For the whole suite: where skips are forbidden, a skipped test is a failed run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PASSERELLE_NO_SKIPS") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("Tests were skipped, and PASSERELLE_NO_SKIPS forbids it.", red=True)
        session.exitstatus = 1


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that was asked for in one test leaves its language active, which the next one has no business with."""
    yield
    if settings.configured:  # the Tutor plugin's tests run without Django
        translation.deactivate()


@pytest.fixture(autouse=True)
def own_storages(tmp_path: Path) -> Iterator[None]:
    """Storages of the test's own, for private files and for backups.

    They are folders, or where `PASSERELLE_BUCKET` names a server (`tests/with_bucket.sh`), such ones in a bucket.
    """
    if not settings.configured:
        yield
        return
    from passerelle.host.api import private_storage

    server = os.environ.get("PASSERELLE_BUCKET")
    made = {
        f"PASSERELLE_{name.upper()}_STORAGE": in_bucket(server) if server else in_folder(tmp_path / name)
        for name in ("private", "backup")
    }
    private_storage.cache_clear()
    with override_settings(**made):
        yield
    private_storage.cache_clear()


def in_folder(folder: Path) -> dict[str, Any]:
    """A folder as the demo has it."""
    options = {"location": folder, "base_url": None, "file_permissions_mode": 0o600}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


@cache
def bucket(server: str) -> str:
    """The name of the bucket there, which is made the first time."""
    import boto3

    there = boto3.client(
        "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    there.create_bucket(Bucket="ours")
    return "ours"


def in_bucket(server: str) -> dict[str, Any]:
    """A folder of its own in a bucket, with the options that the Tutor plugin gives."""
    return {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {
            "bucket_name": bucket(server),
            "location": str(uuid.uuid4()),
            "default_acl": "private",
            "querystring_auth": True,
            "custom_domain": None,
            "file_overwrite": False,
            "endpoint_url": server,
            "region_name": "us-east-1",
            "access_key": "key",
            "secret_key": "secret",
        },
    }
