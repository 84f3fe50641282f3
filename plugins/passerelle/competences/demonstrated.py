"""What graded work shows. Private: everyone else asks `api.py`.

A competence is demonstrated where what is tagged with it (a unit, a subsection, a problem) was graded and the
operator's share of its points was earned; no longer, once a new grade falls below that. Upstream's competency applet,
where it is installed, has criteria of its own: its *Demonstrated* counts too, and is never taken back, as it is not
there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import transaction
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import GradedWork, host

from .claims import checked_level, forget, record
from .data import Basis
from .models import Claim
from .taxonomy import competences_taught, demonstrated_upstream

TAKING_PART = frozenset({"competence_self_assessment", "storytelling_circle", "employer_badge_matching"})
"""Blocks whose points are for taking part: they say nothing of what somebody can do."""

UPSTREAM = "openedx_learning"
"""The source of what upstream's competency applet found."""


def take_in_grades(*, user_id: int, course_key: CourseKey, work: Collection[GradedWork]) -> None:
    """Bring the person's claims to what these grades show. May run twice.

    Of somebody who left the course run nothing is kept: grades are counted anew for retired accounts, too.
    """
    rule = settings.PASSERELLE_DEMONSTRATED
    if rule is None or not host().is_enrolled(user_id=user_id, course_key=course_key):
        return
    level = checked_level(rule["level"])
    taught = competences_taught(course_key=course_key)
    shares = {key: share for key in taught if (share := _share(work, key)) is not None}
    with transaction.atomic():
        for key, share in shares.items():
            for uri in taught[key]:
                _bring(user_id, uri, str(key), level if share >= rule["share"] else None)
        for uri in demonstrated_upstream(user_id=user_id):
            _bring(user_id, uri, UPSTREAM, level)


def _share(work: Iterable[GradedWork], tagged: object) -> float | None:
    """The share earned with what is tagged; None where nothing of it is graded."""
    mine = [
        one
        for one in work
        if tagged in (one.usage_key, *one.within) and one.usage_key.block_type not in TAKING_PART and one.possible > 0
    ]
    return sum(one.earned for one in mine) / sum(one.possible for one in mine) if mine else None


def _bring(user_id: int, uri: str, source: str, level: int | None) -> None:
    """Have this source show the level; None: show nothing."""
    claim = Claim.objects.filter(user_id=user_id, uri=uri, basis=Basis.DEMONSTRATED, source=source).first()
    if level is not None and (claim is None or claim.level != level):
        record(user_id=user_id, uri=uri, level=level, basis=Basis.DEMONSTRATED, source=source)
    elif claim and level is None:
        forget(user_id=user_id, uri=uri, basis=Basis.DEMONSTRATED, source=source)
