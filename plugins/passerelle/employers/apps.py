"""Employers as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


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
        from passerelle.host.signals import hourly_due, personal_data_requested, retention_due

        from .keeping import personal_data, purge
        from .shelf import new_edition

        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.employers")
        personal_data_requested.connect(personal_data, dispatch_uid="passerelle.employers")
        retention_due.connect(purge, dispatch_uid="passerelle.employers")
        hourly_due.connect(_on_hour, dispatch_uid="passerelle.employers")
        for name in ("Organisation", "Opportunity", "Requirement"):
            for signal in (post_save, post_delete):
                signal.connect(new_edition, sender=self.get_model(name), dispatch_uid=f"passerelle.employers.{name}")


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)


def _on_hour(**_signal: object) -> str:
    from .api import read_due

    return f"{len(read_due())} employers' feeds read"
