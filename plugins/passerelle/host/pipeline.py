"""Our steps in the platform's own pages that belong to no course run."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from .filters import SafeStep


class DashboardEntry(SafeStep):
    """The way to *My Passerelle* on the learner dashboard.

    Filter: `org.openedx.learning.dashboard.render.started.v1`, which the LMS's own dashboard runs. It has no place for
    such an entry, so this one stands among its notices, above the courses. Where the dashboard is a micro-frontend the
    filter never runs, and the link in the header (`tutorpasserelle.slots`) is the way.
    """

    def change(self, *, context: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        notice = context.get("enrollment_message") or ""
        return {"context": {**context, "enrollment_message": notice + render_to_string("passerelle/dashboard.html")}}
