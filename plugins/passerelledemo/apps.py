"""The demo as a Django app."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import AppConfig
from django.urls import reverse
from django.utils.autoreload import BaseReloader, autoreload_started
from django.utils.translation import gettext as _
from passerelle.host.data import Actor, Way
from passerelle.host.signals import ways_asked


class DemoConfig(AppConfig):
    """Restarts the demo when somebody edits a course export, since courses are read once per process."""

    name = "passerelledemo"
    verbose_name = "Passerelle: demo"

    def ready(self) -> None:
        ways_asked.connect(_ways, dispatch_uid="passerelledemo")
        autoreload_started.connect(_watch_courses, dispatch_uid="passerelledemo.courses")


def _ways(actor: Actor, **_signal: object) -> Iterator[Way]:
    if actor.is_operator:
        yield Way(url=reverse("admin:index"), name=_("Accounts and data"), place=99)


def _watch_courses(sender: BaseReloader, **_kwargs: object) -> None:
    from passerelle.courses import exports_root

    sender.watch_dir(exports_root(), "**/*.xml")
    sender.watch_dir(exports_root(), "**/*.html")
