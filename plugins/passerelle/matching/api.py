"""Matching, public: rank opportunities for a person, and say for one of them why it fits."""

from __future__ import annotations

from .explain import explain
from .index import Index, Patched

__all__ = ["Index", "Patched", "explain"]
