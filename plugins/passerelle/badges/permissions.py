"""The permission table: who may do what. Every action of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError


class Relation(StrEnum):
    """What a person is to badges. One person can be several."""

    ANONYMOUS = "anonymous"
    MASQUERADER = "masquerader"  # staff looking at a course as somebody else; then nothing else counts
    PERSON = "person"  # logged in
    STAFF = "staff"  # of the achievement's course run
    OPERATOR = "operator"


R = Relation
ANYONE = frozenset(R)

PERMISSIONS: dict[str, frozenset[Relation]] = {
    "own": frozenset({R.PERSON}),  # one's own badges, and what is still missing
    "check": frozenset({R.PERSON}),  # look now whether something is earned
    "download": frozenset({R.PERSON}),
    "share": frozenset({R.PERSON}),
    "unshare": frozenset({R.PERSON}),
    "bring": frozenset({R.PERSON}),  # a badge issued elsewhere
    "drop": frozenset({R.PERSON}),
    "desk": frozenset({R.STAFF, R.OPERATOR}),
    "define": frozenset({R.STAFF, R.OPERATOR}),
    "publish": frozenset({R.STAFF, R.OPERATOR}),
    "archive": frozenset({R.STAFF, R.OPERATOR}),
    "confirm": frozenset({R.STAFF, R.OPERATOR}),
    "holders": frozenset({R.STAFF, R.OPERATOR}),
    "revoke": frozenset({R.STAFF, R.OPERATOR}),
    "renew": frozenset({R.STAFF, R.OPERATOR}),
    "issuer_keys": frozenset({R.OPERATOR}),
    "new_key": frozenset({R.OPERATOR}),
    "take_key": frozenset({R.OPERATOR}),
    "shared": ANYONE,  # with the link
}


def relations(actor: Actor, course_key: CourseKey | None = None) -> frozenset[Relation]:
    """What the actor is, to the achievements of this course run where one is given. No query."""
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    staff = course_key is not None and actor.is_course_staff and actor.course_key == course_key
    found = {R.PERSON: True, R.STAFF: staff, R.OPERATOR: actor.is_operator}
    return frozenset(relation for relation, holds in found.items() if holds)


def require(what: str, actor: Actor, course_key: CourseKey | None = None) -> None:
    """Raise NotAllowedError unless the actor may do this."""
    if not PERMISSIONS[what] & relations(actor, course_key):
        raise NotAllowedError
