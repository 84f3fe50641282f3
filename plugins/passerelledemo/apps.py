"""The demo as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.autoreload import BaseReloader, autoreload_started


class DemoConfig(AppConfig):
    """Restarts the demo when somebody edits a course export, since courses are read once per process."""

    name = "passerelledemo"
    verbose_name = "Passerelle: demo"

    def ready(self) -> None:
        autoreload_started.connect(_watch_courses, dispatch_uid="passerelledemo.courses")


def _watch_courses(sender: BaseReloader, **_kwargs: object) -> None:
    from passerelle.courses import exports_root

    sender.watch_dir(exports_root(), "**/*.xml")
    sender.watch_dir(exports_root(), "**/*.html")
