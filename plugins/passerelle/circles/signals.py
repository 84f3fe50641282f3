"""What circles tell the rest of the suite. Payloads name rows; they never carry words or people."""

from __future__ import annotations

from django.dispatch import Signal

circle_closed = Signal()
"""After a circle has ended, with `circle_id` (str)."""

story_withdrawn = Signal()
"""After a contribution's words were taken back, with `contribution_id` (str). Whoever kept a copy erases it."""
