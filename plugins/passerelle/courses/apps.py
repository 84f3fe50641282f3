"""Course exports as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Brings the command for course exports, serves learners' feedback, and erases it with the account."""

    name = "passerelle.courses"
    label = "passerelle_courses"
    verbose_name = "Passerelle: courses"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, Any]] = {
        "url_config": {
            "lms.djangoapp": {
                "namespace": "passerelle_courses",
                "regex": r"^passerelle/feedback/",
                "relative_path": "urls",
            },
        },
        "settings_config": {
            "lms.djangoapp": {
                "common": {"relative_path": "settings.common"},
                "production": {"relative_path": "settings.production"},
                "devstack": {"relative_path": "settings.common"},
                "test": {"relative_path": "settings.common"},
            },
        },
    }

    def ready(self) -> None:
        from passerelle.host.api import user_retired
        from passerelle.host.signals import personal_data_requested

        from .keeping import personal_data

        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.courses")
        personal_data_requested.connect(personal_data, dispatch_uid="passerelle.courses")


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)
