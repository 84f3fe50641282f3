"""Badges as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Serves badges in the LMS, listens for what earns them, and erases what is a person's when she is retired."""

    name = "passerelle.badges"
    label = "passerelle_badges"
    verbose_name = "Passerelle: badges"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, Any]] = {
        "url_config": {
            "lms.djangoapp": {
                "namespace": "passerelle_badges",
                "regex": r"^passerelle/badges/",
                "relative_path": "urls",
            },
        },
        "settings_config": {"cms.djangoapp": {}},
    }

    def ready(self) -> None:
        from . import listeners

        listeners.connect()
