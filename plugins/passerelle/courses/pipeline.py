"""Our step in the platform's units."""

from __future__ import annotations

from typing import Any

from passerelle.host.blocks import usage_key_of
from passerelle.host.filters import SafeStep

from .below import feedback_fragment


class AskForFeedback(SafeStep):
    """Below each unit: was it clear, was it useful? Only in course runs whose authors want to know.

    Filter: `org.openedx.learning.vertical_block.render.completed.v1`. What the unit shows stays; the questions follow.
    """

    def change(self, *, block: Any, fragment: Any, view: str, **_rest: Any) -> dict[str, Any]:
        if view != "student_view":
            return {}
        below = feedback_fragment(usage_key=usage_key_of(block))
        if below:
            fragment.add_content(below.content)
            fragment.add_resources([below])
        return {"fragment": fragment}
