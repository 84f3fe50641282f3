"""Employers as a Django app of the LMS and of Studio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.urls import reverse
from django.utils.translation import gettext as _

from passerelle.host.data import Actor, Way


class EmployersConfig(AppConfig):
    """Keeps the index in step with what is on offer, and erases what is a person's when the account is retired."""

    name = "passerelle.employers"
    label = "passerelle_employers"
    verbose_name = "Passerelle: employers"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, Any]] = {
        "url_config": {
            "lms.djangoapp": {
                "namespace": "passerelle_employers",
                "regex": r"^passerelle/employers/",
                "relative_path": "urls",
            },
        },
        "settings_config": {"cms.djangoapp": {}},
    }

    def ready(self) -> None:
        from passerelle.host.api import user_retired
        from passerelle.host.signals import hourly_due, personal_data_requested, retention_due, ways_asked

        from .keeping import personal_data, purge
        from .shelf import opportunity_changed, organisation_changed, requirement_changed

        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.employers")
        personal_data_requested.connect(personal_data, dispatch_uid="passerelle.employers")
        retention_due.connect(purge, dispatch_uid="passerelle.employers")
        ways_asked.connect(_ways, dispatch_uid="passerelle.employers")
        hourly_due.connect(_on_hour, dispatch_uid="passerelle.employers")
        watched = (
            ("Opportunity", opportunity_changed),
            ("Requirement", requirement_changed),
            ("Organisation", organisation_changed),
        )
        for name, receiver in watched:
            for signal in (post_save, post_delete):
                signal.connect(receiver, sender=self.get_model(name), dispatch_uid=f"passerelle.employers.{name}")


def _ways(actor: Actor, **_signal: object) -> Iterator[Way]:
    from .models import Member

    yield Way(url=reverse("passerelle_employers:opportunities"), name=_("Opportunities for me"), place=30)
    if Member.objects.filter(user_id=actor.pk).exists():
        yield Way(url=reverse("passerelle_employers:desk"), name=_("Employer's desk"), place=70)
    if actor.is_operator:
        yield Way(url=reverse("passerelle_employers:operator_desk"), name=_("Employers: what waits for you"), place=80)


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)


def _on_hour(**_signal: object) -> str:
    from .api import read_due
    from .shelf import take_snapshot

    read, taken = len(read_due()), take_snapshot()
    return f"{read} employers' feeds read" + (
        f", a snapshot of {taken} opportunities taken" if taken is not None else ""
    )
