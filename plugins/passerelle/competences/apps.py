"""Competences as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig


class CompetencesConfig(AppConfig):
    """Keeps assessments and claims, and erases what is a person's when the account is retired."""

    name = "passerelle.competences"
    label = "passerelle_competences"
    verbose_name = "Passerelle: competences"
    default_auto_field = "django.db.models.BigAutoField"

    # No settings and no pages of its own; but the platform passes over an app whose `plugin_app` is empty.
    plugin_app: ClassVar[dict[str, Any]] = {"settings_config": {"lms.djangoapp": {}, "cms.djangoapp": {}}}

    def ready(self) -> None:
        from passerelle.host.api import user_retired

        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.competences")


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)
