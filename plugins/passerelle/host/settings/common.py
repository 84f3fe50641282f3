"""Defaults for the LMS and Studio, in every environment."""

from __future__ import annotations

from typing import Any

from .filters import add_steps

FILTER_STEPS = {
    "org.openedx.learning.dashboard.render.started.v1": ["passerelle.host.pipeline.DashboardEntry"],
}


def plugin_settings(settings: Any) -> None:
    """Set what is not yet set; an operator's own value stands."""
    defaults = {
        # Dotted path of the class that implements passerelle.host.base.Host.
        "PASSERELLE_HOST": "passerelle.host.edx.EdxHost",
        # People's private files. The folder lies outside of MEDIA_ROOT, which the platform serves to everybody.
        "PASSERELLE_PRIVATE_STORAGE": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": "/openedx/data/passerelle", "base_url": None},
        },
    }
    for name, value in defaults.items():
        if not hasattr(settings, name):
            setattr(settings, name, value)
    add_steps(settings, FILTER_STEPS)
