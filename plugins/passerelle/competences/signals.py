"""What competences tell others in this process. Payloads hold ids and levels, never words."""

from __future__ import annotations

from django.dispatch import Signal

claim_changed = Signal()
"""After the commit: what is known of what a person can do has changed. `user_id`, `uris`; more: `api.claims_of`."""
