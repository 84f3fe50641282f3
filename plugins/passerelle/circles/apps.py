"""Circles as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig


class CirclesConfig(AppConfig):
    """Serves the circles' pages in the LMS, and erases what is a person's when the account is retired."""

    name = "passerelle.circles"
    label = "passerelle_circles"
    verbose_name = "Passerelle: circles"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, Any]] = {
        "url_config": {
            "lms.djangoapp": {"namespace": "passerelle", "regex": r"^passerelle/", "relative_path": "urls"},
        },
    }

    def ready(self) -> None:
        from passerelle.host.api import user_retired

        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.circles")


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)
