"""Which distribution this is. Host and image share one version, so it is asked of the installed package."""

from __future__ import annotations

import importlib.metadata

DISTRIBUTION = importlib.metadata.distribution("openedx-passerelle")

__version__ = DISTRIBUTION.version

# Every Django app of ours is announced to the LMS under its own label.
APP_LABELS = sorted(entry.name for entry in DISTRIBUTION.entry_points if entry.group == "lms.djangoapp")
