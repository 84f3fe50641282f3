"""Course exports as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Brings the management command that checks, packs, imports and exports courses."""

    name = "passerelle.courses"
    label = "passerelle_courses"
    verbose_name = "Passerelle: courses"
    default_auto_field = "django.db.models.BigAutoField"

    # No settings and no pages of its own; but the platform passes over an app whose `plugin_app` is empty.
    plugin_app: ClassVar[dict[str, Any]] = {"settings_config": {"lms.djangoapp": {}, "cms.djangoapp": {}}}
