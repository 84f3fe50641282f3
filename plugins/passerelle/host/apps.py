"""The host as a Django app of the LMS and of Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string

SETTINGS_MODULES = {
    "common": {"relative_path": "settings.common"},
    "production": {"relative_path": "settings.production"},
    "devstack": {"relative_path": "settings.common"},
    "test": {"relative_path": "settings.common"},
}


class HostConfig(AppConfig):
    """Registers the suite's settings, and passes the platform's retirement and grades on to the apps."""

    name = "passerelle.host"
    label = "passerelle_host"
    verbose_name = "Passerelle: platform"

    plugin_app: ClassVar[dict[str, Any]] = {
        "settings_config": {"lms.djangoapp": SETTINGS_MODULES, "cms.djangoapp": SETTINGS_MODULES},
    }

    def ready(self) -> None:
        host_class = import_string(settings.PASSERELLE_HOST)
        for name in ("listen_for_retirement", "listen_for_grades"):
            listen = getattr(host_class, name, None)
            if listen:
                listen()
