"""Units that teach a competence, in the course runs where a person takes part. Private: everyone else asks `api.py`."""

from __future__ import annotations

from collections.abc import Collection

from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import Actor, host

from .data import Unit
from .models import Assessment
from .permissions import require
from .taxonomy import units_teaching

MOST_COURSES = 5
"""Course runs that are looked through: those where the person answered last."""


def my_courses(*, actor: Actor) -> list[CourseKey]:
    """Course runs where the actor answered an assessment and still takes part, the newest first."""
    require("own", actor)
    rows = Assessment.objects.filter(user_id=actor.pk).order_by("-started_at").values_list("course_key", flat=True)
    recent = list(dict.fromkeys(rows))[:MOST_COURSES]
    return [key for key in recent if host().is_enrolled(user_id=actor.pk, course_key=key)]


def my_units(*, actor: Actor, uris: Collection[str]) -> dict[str, tuple[Unit, ...]]:
    """Units of the actor's course runs that teach these competences, by URI."""
    found: dict[str, tuple[Unit, ...]] = {}
    for course_key in my_courses(actor=actor):
        taught = {uri: keys for uri, keys in units_teaching(course_key=course_key).items() if uri in uris}
        keys = {key for some in taught.values() for key in some}
        done = host().completed(user_id=actor.pk, usage_keys=keys) if keys else set()
        names = host().names_of(usage_keys=keys) if keys else {}  # without those that were tagged once, and are gone
        units = {key: _unit(key, name, complete=key in done) for key, name in names.items()}
        for uri, some in taught.items():
            found[uri] = (*found.get(uri, ()), *(units[key] for key in some if key in units))
    return found


def _unit(usage_key: UsageKey, name: str, *, complete: bool) -> Unit:
    return Unit(reference=str(usage_key), name=name, url=host().block_url(usage_key=usage_key), complete=complete)
