"""Background work, as Celery tasks. Redis forgets nothing of it: a worker that dies leaves the task to the next one."""

from __future__ import annotations

import logging

from celery import shared_task

from .operations import schedule

log = logging.getLogger(__name__)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def hourly() -> None:
    """What `passerelle_hourly` does, for platforms that schedule with Celery beat."""
    failed = schedule.run(report=log.info)
    if failed:
        raise RuntimeError(f"Not all of the hour's work was done: {', '.join(failed)}")
