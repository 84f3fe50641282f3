"""The permission table: who may do what. Every function of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError


class Relation(StrEnum):
    """What a person is to a course run. One person can be several."""

    ANONYMOUS = "anonymous"
    MASQUERADER = "masquerader"  # staff looking at the course as somebody else; then nothing else counts
    STRANGER = "stranger"
    LEARNER = "learner"
    STAFF = "staff"


R = Relation

PERMISSIONS: dict[str, frozenset[Relation]] = {
    "give": frozenset({R.LEARNER}),  # feedback on a unit, and see one's own
    "print": frozenset({R.LEARNER, R.STAFF}),  # a module's texts
    "read": frozenset({R.STAFF}),  # what learners said
    "answer": frozenset({R.STAFF}),  # with a note about what changed
}


def relations(actor: Actor) -> frozenset[Relation]:
    """What the actor is to her course run."""
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    found = {R.LEARNER: actor.is_enrolled, R.STAFF: actor.is_course_staff}
    return frozenset(relation for relation, holds in found.items() if holds) or frozenset({R.STRANGER})


def allowed(what: str, actor: Actor) -> bool:
    """Whether the actor may do this."""
    return bool(PERMISSIONS[what] & relations(actor))


def require(what: str, actor: Actor) -> None:
    """Raise NotAllowedError unless the actor may do this."""
    if not allowed(what, actor):
        raise NotAllowedError
