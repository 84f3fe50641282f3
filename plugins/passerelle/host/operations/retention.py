"""Erasing what was kept long enough. The apps know what that is; this asks them, and notes that it was done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from passerelle.host.data import Purged
from passerelle.host.signals import retention_due

from . import suite

NOTE = "last_purge"


def purge(*, dry_run: bool) -> tuple[list[Purged], list[str]]:
    """Ask every app. Returns what was (or would be) erased, and what went wrong: one app's failure stops no other."""
    now = timezone.now()
    done: list[Purged] = []
    failed: list[str] = []
    for receiver, answer in retention_due.send_robust(sender=None, now=now, dry_run=dry_run):
        if isinstance(answer, Exception):
            failed.append(f"{receiver.__module__}: {type(answer).__name__}")
        else:
            done += answer
    if not dry_run and not failed:
        suite.note(NOTE, now)
    return done, failed


def last_purge() -> datetime | None:
    """When everything was last purged; None if it never was."""
    return suite.noted(NOTE)


def limit(kind: str, now: datetime) -> datetime | None:
    """Rows of this kind from before this moment have been kept long enough. None: the operator set no limit."""
    days = settings.PASSERELLE_RETENTION_DAYS.get(kind)
    return now - timedelta(days=days) if days is not None else None


def erase(query: QuerySet[Any], *, what: str, dry_run: bool) -> Purged:
    """Delete the rows, or in a dry run count them."""
    count = query.count()
    if count and not dry_run:
        query.delete()
    return Purged(what=what, rows=count)
