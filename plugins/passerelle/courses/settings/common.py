"""What courses add to the LMS's settings, in every environment."""

from __future__ import annotations

from typing import Any

from passerelle.host.settings.filters import add_steps

FILTER_STEPS = {
    "org.openedx.learning.vertical_block.render.completed.v1": ["passerelle.courses.pipeline.AskForFeedback"],
}


def plugin_settings(settings: Any) -> None:
    """Add our step to the platform's filters."""
    add_steps(settings, FILTER_STEPS)
