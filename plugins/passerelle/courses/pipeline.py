"""Steps for the platform's filters (`openedx-filters`)."""

from __future__ import annotations

import logging
from typing import Any

from openedx_filters import PipelineStep

from passerelle.host.api import host

log = logging.getLogger(__name__)


class AskForFeedback(PipelineStep):
    """`org.openedx.learning.vertical_block.render.completed.v1`: ask below each unit whether it was clear and useful.

    Only in course runs whose authors want it. Whatever goes wrong, the unit is shown.
    """

    def run_filter(self, block: Any, fragment: Any, context: dict[str, Any] | None, view: str) -> dict[str, Any]:
        unchanged = {"block": block, "fragment": fragment, "context": context, "view": view}
        if view != "student_view":
            return unchanged
        try:
            from .below import feedback_fragment  # here: models are not loaded before

            usage_key = block.scope_ids.usage_id.for_branch(None).for_version(None)
            actor = host().current_actor(course_key=usage_key.course_key)
            below = feedback_fragment(actor=actor, usage_key=usage_key)
            if below:
                fragment.add_content(below.content)
                fragment.add_resources([below])
        except Exception:
            log.exception("The questions below a unit could not be shown")
        return unchanged
