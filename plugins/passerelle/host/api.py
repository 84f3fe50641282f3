"""Public: which host this process runs on, and the moment a person's account is retired."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.dispatch import Signal
from django.utils.module_loading import import_string

from .base import Host
from .data import ANONYMOUS, Actor

__all__ = ["ANONYMOUS", "Actor", "Host", "host", "user_retired"]

user_retired = Signal()
"""Sent inside the platform's retirement of an account, with `user_id`. Every app erases what it holds of her."""


@cache
def host() -> Host:
    """The host named by the setting `PASSERELLE_HOST` (dotted path of a class without arguments)."""
    host_class = import_string(settings.PASSERELLE_HOST)
    instance: Host = host_class()
    return instance
