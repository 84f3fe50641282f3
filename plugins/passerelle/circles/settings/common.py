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


DEFAULTS = {
    # Username or e-mail address of whom reports are passed on to, where a course run names nobody (`safeguarding` under
    # `passerelle` in its Other Course Settings); "" for nobody.
    "PASSERELLE_SAFEGUARDING": "",
    # How many days a teller's consent stands, by purpose (facilitators, circle, cohort, showcase, training), where that
    # is to differ from `consents.yaml`. Then it ends by itself: nobody reads on, but the teller keeps her story.
    "PASSERELLE_CONSENT_DAYS": {},
    # Whether the showcase of a course run is open to everyone, signed in or not; else to the people of the course run.
    "PASSERELLE_PUBLIC_SHOWCASE": False,
    # From which hour of the day to which nobody is reminded of a circle, in each person's time zone.
    "PASSERELLE_QUIET_HOURS": (21, 8),
    # Where *Leave quickly* goes: a page that says nothing about whoever opens it.
    "PASSERELLE_QUICK_EXIT_URL": "https://www.wikipedia.org/",
}


def plugin_settings(settings: Any) -> None:
    """Set what is not yet set; add our steps to the platform's filters, and the templates that two of them need."""
    for name, value in DEFAULTS.items():
        if not hasattr(settings, name):
            setattr(settings, name, value)
    add_steps(settings, FILTER_STEPS)
    add_mako_folder(settings, str(Path(__file__).parents[1] / "mako"))
