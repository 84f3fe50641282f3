"""What circles add to the LMS's settings, in every environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passerelle.host.settings.filters import add_mako_folder, add_steps

FILTER_STEPS = {
    "org.openedx.learning.instructor.dashboard.render.started.v1": ["passerelle.circles.pipeline.InstructorSection"],
    "org.openedx.learning.instructor.dashboard.tabs.requested.v1": ["passerelle.circles.pipeline.InstructorTab"],
    "org.openedx.learning.course_about.render.started.v1": ["passerelle.circles.pipeline.CourseAboutNote"],
    "org.openedx.learning.certificate.creation.requested.v1": ["passerelle.circles.pipeline.PracticumGate"],
}


def plugin_settings(settings: Any) -> None:
    """Add our steps to the platform's filters, and the templates that two of them need."""
    add_steps(settings, FILTER_STEPS)
    add_mako_folder(settings, str(Path(__file__).parents[1] / "mako"))
