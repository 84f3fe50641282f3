"""What every page's frame shows: who is here, whom she looks as, how to get back to the people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .masquerade import real_user


def chrome(request: HttpRequest) -> dict[str, Any]:
    """`person`: the name of whoever is here, or None. Errors outside the middleware have no `request.user`."""
    user = real_user(request) if hasattr(request, "user") else None
    if user is None or not user.is_authenticated:
        return {"person": None}
    profile = getattr(user, "profile", None)
    return {"person": (profile and profile.name) or user.get_username()}
