"""Background work, as Celery tasks. Redis forgets nothing of it: a worker that dies leaves the task to the next one."""

from __future__ import annotations

from celery import shared_task

from .operations import retention


@shared_task(acks_late=True, reject_on_worker_lost=True)
def purge() -> None:
    """What `passerelle_purge` does, for platforms that schedule with Celery beat in place of a CronJob."""
    _done, failed = retention.purge(dry_run=False)
    if failed:
        raise RuntimeError(f"Not all of the purge worked: {', '.join(failed)}")
