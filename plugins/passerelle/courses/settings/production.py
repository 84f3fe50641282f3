"""Production: the platform's YAML has been read by now and may have overwritten what `common` set."""

from __future__ import annotations

from typing import Any

from .common import plugin_settings as common


def plugin_settings(settings: Any) -> None:
    """Set again what the YAML took away."""
    common(settings)
