"""The work that nobody waits for: what the apps want done every hour and every night. One run an hour does it all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.dispatch import Signal
from django.utils import timezone

from passerelle.host.signals import hourly_due, nightly_due

from . import retention, suite

HOUR_NOTE, NIGHT_NOTE = "last_hour", "last_night"
NIGHT = timedelta(hours=3)
"""The night's work is done in the first run after this time of day, UTC; where that was missed, in the next one."""

Report = Callable[[str], None]


def night_is_due(now: datetime) -> bool:
    """Whether the night's work was not yet done since three o'clock."""
    last = suite.noted(NIGHT_NOTE)
    return last is None or _night(last) < _night(now)


def run(*, report: Report) -> list[str]:
    """Do what is due, telling of it; returns what failed. One failure stops nothing else; twice does no harm."""
    now = timezone.now()
    failed = _ask(hourly_due, report)
    if night_is_due(now):
        failed += _ask(nightly_due, report)
        purged, not_purged = retention.purge(dry_run=False)
        for each in purged:
            report(f"{each.what}: {each.rows} erased")
        failed += not_purged
        # At the end: a run that was killed is done again. Not so one that failed: it would ask other servers hourly.
        suite.note(NIGHT_NOTE, now)
    suite.note(HOUR_NOTE, now)
    return failed


def last_run() -> datetime | None:
    """When the work was last done; None if it never was."""
    return suite.noted(HOUR_NOTE)


def _night(moment: datetime) -> datetime:
    """The beginning of the night's day: three o'clock before the moment."""
    return (moment.astimezone(UTC) - NIGHT).replace(hour=0, minute=0, second=0, microsecond=0)


def _ask(signal: Signal, report: Report) -> list[str]:
    failed = []
    for receiver, answer in signal.send_robust(sender=None):
        if isinstance(answer, Exception):
            failed.append(f"{receiver.__module__}: {type(answer).__name__}")
        else:
            report(answer)
    return failed
