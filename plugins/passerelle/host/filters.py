"""What our steps in Open edX's filters have in common: a page of the platform never breaks because of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from openedx_filters import PipelineStep
from openedx_filters.exceptions import OpenEdxFilterException

log = logging.getLogger(__name__)


class SafeStep(PipelineStep):
    """A step that answers with its changes, and changes nothing when something goes wrong in it.

    The pipeline ends at a step that answers with no dictionary, so ours always does. An operator's `fail_silently:
    False` then concerns other people's steps alone.
    """

    change: Callable[..., dict[str, Any]]
    """Each step's own method: from the payload, by name, to its entries that change. Later releases may send more."""

    def run_filter(self, **payload: Any) -> dict[str, Any]:
        """What the pipeline calls, with the filter's payload by name."""
        try:
            return self.change(**payload)
        except OpenEdxFilterException:
            raise  # the step's answer: the filter's own way to say no
        except Exception:
            log.exception("%s changed nothing", type(self).__name__)
            return {}
