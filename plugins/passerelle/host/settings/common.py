"""Defaults for the LMS and Studio, in every environment."""

from __future__ import annotations

import os
from typing import Any

from .filters import add_steps

FILTER_STEPS = {
    "org.openedx.learning.dashboard.render.started.v1": ["passerelle.host.pipeline.DashboardEntry"],
}


def plugin_settings(settings: Any) -> None:
    """Set what is not yet set; an operator's own value stands."""
    # Beside the platform's data, where no web server looks.
    folder = os.path.join(os.path.dirname(str(getattr(settings, "DATA_DIR", "var")).rstrip("/")), "passerelle")
    defaults = {
        # Dotted path of the class that implements passerelle.host.base.Host.
        "PASSERELLE_HOST": "passerelle.host.edx.EdxHost",
        # Private files and backups, each like an entry of Django's STORAGES. Nobody but the suite may read them.
        "PASSERELLE_PRIVATE_STORAGE": _folder(os.path.join(folder, "private")),
        "PASSERELLE_BACKUP_STORAGE": _folder(os.path.join(folder, "backups")),
        # How many days rows of a kind are kept; `passerelle_purge` erases older ones. A receipt tells that a request
        # was carried out, so that the same request sent again does nothing: after days nobody sends it again.
        # Reports of stories are counted from when they were decided; the steps of the safety trail outlive them.
        "PASSERELLE_RETENTION_DAYS": {"applications": 365, "receipts": 90, "reports": 730, "trail": 1825},
        # Graded work shows a competence that its unit, subsection or problem is tagged with, once so great a share
        # of the points was earned; and it shows this level, from 1 to 4. None: grades show nothing.
        "PASSERELLE_DEMONSTRATED": {"share": 0.75, "level": 2},
        # How many days a second opinion on what somebody can do is left to other facilitators. Then the first one looks
        # again, so that nobody waits for good where there is but one.
        "PASSERELLE_SECOND_OPINION_DAYS": 14,
        # Where badges live, who issues them, what seals their keys. While empty: LMS_ROOT_URL, PLATFORM_NAME,
        # SECRET_KEY.
        "PASSERELLE_BADGES_URL": "",
        "PASSERELLE_BADGES_ISSUER": "",
        "PASSERELLE_BADGES_SECRET": "",
        # The version that the operator's host has, for `passerelle_doctor` to compare; "" where nobody said it.
        "PASSERELLE_EXPECTED_VERSION": "",
    }
    for name, value in defaults.items():
        if not hasattr(settings, name):
            setattr(settings, name, value)
    add_steps(settings, FILTER_STEPS)


def _folder(location: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": location,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
