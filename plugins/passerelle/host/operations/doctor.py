"""Looks at an installation and says what is wrong and what to do about it. Changes nothing."""

from __future__ import annotations

import copy
import importlib
import importlib.metadata
import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

import passerelle
from passerelle.host.api import private_storage
from passerelle.host.data import Finding, Level
from passerelle.host.signals import health_asked

from . import retention, schedule, suite

SECONDS = 5
"""How long a server may take to answer."""

NO_MAIL = ("console", "dummy", "locmem", "filebased")


def examine() -> list[Finding]:
    """All findings, ours and the apps'. A check that fails itself is a finding too."""
    checks = (versions, overwritten_settings, migrations, storage, mail, workers, background, _ask_apps)
    return [finding for check in checks for finding in _guarded(check)]


def _guarded(check: Any) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:
        what = f"The check “{check.__name__.strip('_')}” failed: {type(error).__name__}: {error}"
        return [_bad(what, "Run it again; if it fails again, look for this error in the log.")]


def _good(what: str) -> Finding:
    return Finding(level=Level.OK, what=what)


def _look(what: str, advice: str) -> Finding:
    return Finding(level=Level.WARNING, what=what, advice=advice)


def _bad(what: str, advice: str) -> Finding:
    return Finding(level=Level.ERROR, what=what, advice=advice)


def versions() -> Iterator[Finding]:
    """Host, image and metadata name one version."""
    here = passerelle.__version__
    installed = importlib.metadata.version("openedx-passerelle")
    if installed != here:
        yield _bad(
            f"The code says version {here}, its installation {installed}.",
            "Build the image again: tutor images build openedx",
        )
    expected = settings.PASSERELLE_EXPECTED_VERSION
    if expected and expected != here:
        yield _bad(
            f"The image has version {here}, the operator's host {expected}.",
            "On the host: tutor config save, tutor images build openedx, then launch.",
        )
    elif installed == here:
        yield _good(f"Version {here}")


def overwritten_settings() -> Iterator[Finding]:
    """Running the apps' settings modules once more changes nothing, unless something took their settings away."""
    variant = "cms.djangoapp" if getattr(settings, "SERVICE_VARIANT", "") == "cms" else "lms.djangoapp"
    lost = sorted({name for app in suite.apps() for name in _changed_by(app, variant)})
    for name in lost:
        yield _bad(
            f"The setting {name} was overwritten after Passerelle had set it.",
            f"Look for {name} in the platform's YAML (lms.env.yml, cms.env.yml) and in other plugins' settings, and "
            "have it extended there, not replaced.",
        )
    if not lost:
        yield _good("No setting of ours was overwritten")


def _changed_by(app: Any, variant: str) -> list[str]:
    place = getattr(app, "plugin_app", {}).get("settings_config", {}).get(variant, {}).get("production")
    if not place:
        return []
    module = importlib.import_module(f"{app.name}.{place['relative_path']}")
    before = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    probe = SimpleNamespace(**{name: _copied(value) for name, value in before.items()})
    module.plugin_settings(probe)
    return [name for name, value in vars(probe).items() if name not in before or value != before[name]]


def _copied(value: Any) -> Any:
    if not isinstance(value, dict | list | set):
        return value
    try:
        return copy.deepcopy(value)
    except TypeError:  # a production setting may hold an open file
        return copy.copy(value)


def migrations() -> Iterator[Finding]:
    """All tables are as this version wants them."""
    executor = MigrationExecutor(connection)
    labels = {app.label for app in suite.apps()}
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] in labels]
    missing = [f"{migration.app_label}.{migration.name}" for migration, _back in executor.migration_plan(targets)]
    if missing:
        yield _bad(f"Migrations not applied: {', '.join(missing)}", "tutor local do init --limit passerelle")
    else:
        yield _good("All migrations applied")


def storage() -> Iterator[Finding]:
    """Private files are stored, are read back, and nobody else can read them."""
    private = private_storage()
    name = private.save(f"{suite.OWN_FOLDER}/probe-{uuid.uuid4().hex}", ContentFile(b"probe"))
    try:
        with private.open(name) as file:
            if file.read() != b"probe":
                yield _bad("The private storage gives back something else than was stored.", "Try another storage.")
        bad = list(_exposed_folder(private, name) if isinstance(private, FileSystemStorage) else _public(private, name))
    finally:
        private.delete(name)
    yield from bad or [_good("The private storage is private")]


def _exposed_folder(private: FileSystemStorage, name: str) -> Iterator[Finding]:
    folder = Path(private.location).resolve()
    for setting in ("MEDIA_ROOT", "STATIC_ROOT"):
        served = getattr(settings, setting, None)
        if served and folder.is_relative_to(Path(served).resolve()):
            yield _bad(
                f"The private storage lies under {setting}, which the web server shows to anybody.",
                "Give PASSERELLE_PRIVATE_STORAGE another location.",
            )
    if Path(private.path(name)).stat().st_mode & 0o007:
        yield _bad(
            "Private files are readable for everybody on the machine.",
            "Set file_permissions_mode to 0o600 in PASSERELLE_PRIVATE_STORAGE.",
        )
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        yield _bad(
            "Private files lie in this pod's own file system, and are gone with it.",
            "Set PASSERELLE_PRIVATE_BUCKET to a private bucket of your object storage.",
        )


def _public(private: Storage, name: str) -> Iterator[Finding]:
    """Ask for the file as a stranger would: at its address, without the signature."""
    address = private.url(name).partition("?")[0]
    try:
        answer = requests.get(address, timeout=SECONDS)
    except requests.RequestException:
        yield _look("Whether strangers can read the private storage could not be tried.", f"Open {address} yourself.")
        return
    if answer.ok:
        yield _bad("Anybody can read the private storage.", "Take public access away from its bucket.")


def mail() -> Iterator[Finding]:
    """There is a mail server, and it answers."""
    backend = settings.EMAIL_BACKEND
    if any(f".{name}." in backend for name in NO_MAIL):
        yield _look(
            f"No mail is sent: EMAIL_BACKEND is {backend}.", "Set SMTP_HOST and its kin with tutor config save."
        )
        return
    try:
        mailer = get_connection(timeout=SECONDS)
        mailer.open()
        mailer.close()
    except Exception as error:
        yield _bad(
            f"The mail server does not answer: {type(error).__name__}.",
            "See whether SMTP_HOST, SMTP_PORT and the credentials are right, and the firewall lets you through.",
        )
    else:
        yield _good("The mail server answers")


def workers() -> Iterator[Finding]:
    """Somebody takes the background work."""
    if not (getattr(settings, "CELERY_BROKER_URL", "") or getattr(settings, "BROKER_URL", "")):
        return
    from celery import current_app

    if current_app.conf.task_always_eager:
        return
    answers = current_app.control.ping(timeout=SECONDS)
    if answers:
        yield _good(f"{len(answers)} Celery workers answer")
    else:
        yield _bad("No Celery worker answers.", "See whether Redis and the lms-worker run: tutor local status")


def background() -> Iterator[Finding]:
    """The background work and the purge ran lately, that is, something runs them."""
    advice = (
        "Kubernetes: kubectl get cronjob passerelle-hourly. One machine: docker logs of the service passerelle-hourly. "
        "By hand: tutor local do passerelle-hourly"
    )
    for what, last, longest in (
        ("The hourly background work", schedule.last_run(), timedelta(hours=3)),
        ("The retention purge", retention.last_purge(), timedelta(days=3)),
    ):
        if last is None or timezone.now() - last > longest:
            when = "has never run" if last is None else f"last ran on {last:%Y-%m-%d at %H:%M %Z}"
            yield _look(f"{what} {when}.", advice)
        else:
            yield _good(f"{what} runs")


def _ask_apps() -> Iterator[Finding]:
    for receiver, answer in health_asked.send_robust(sender=None):
        if isinstance(answer, Exception):
            yield _bad(f"{receiver.__module__} cannot say how it is: {type(answer).__name__}: {answer}", "See the log.")
        else:
            yield from answer
