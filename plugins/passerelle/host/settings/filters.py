"""How an app's settings add steps to Open edX's filters, and Mako templates to the platform's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def add_steps(settings: Any, steps: Mapping[str, Sequence[str]]) -> None:
    """Append each filter's steps (dotted paths, by filter type) to what is configured; twice is the same as once.

    Call it in the common settings and again in the production settings: the platform's YAML replaces
    `OPEN_EDX_FILTERS_CONFIG` in between. What operators configured stays, in whichever of the three shapes that
    openedx-filters takes: a dictionary, a list of paths, or one path.
    """
    filters = dict(getattr(settings, "OPEN_EDX_FILTERS_CONFIG", None) or {})
    for filter_type, paths in steps.items():
        configured = filters.get(filter_type) or {}
        if not isinstance(configured, dict):
            configured = {"pipeline": [configured] if isinstance(configured, str) else configured}
        pipeline = list(configured.get("pipeline") or [])
        pipeline += [path for path in paths if path not in pipeline]
        filters[filter_type] = {"fail_silently": True, **configured, "pipeline": pipeline}
    settings.OPEN_EDX_FILTERS_CONFIG = filters


def add_mako_folder(settings: Any, folder: str) -> None:
    """Let the platform's pages include the Mako templates in this folder."""
    # In place: the template engines were given this very list.
    folders = getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", None)
    if folders is not None and folder not in folders:
        folders.append(folder)
