"""A Celery worker on the demo's settings, whose first purge is so slow that it is killed in its midst."""

from __future__ import annotations

import os
import time

import django
import redis
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passerelledemo.settings")
django.setup()

from django.conf import settings  # noqa: E402
from passerelle.host.data import Purged  # noqa: E402
from passerelle.host.signals import retention_due  # noqa: E402

app = Celery("demo", broker=settings.CELERY_BROKER_URL)
# Short waits: elsewhere, what a dead worker held comes back after the broker's visibility timeout, an hour.
app.conf.broker_transport_options = {
    "visibility_timeout": 3,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
app.conf.imports = ["passerelle.host.tasks"]
notes = redis.Redis.from_url(settings.CELERY_BROKER_URL)


def slow(**_signal: object) -> list[Purged]:
    # The first one is there to be killed; whoever kills it may take his time.
    time.sleep(60 if notes.incr("purges begun") == 1 else 1)
    notes.incr("purges waited")
    return []


retention_due.connect(slow)
