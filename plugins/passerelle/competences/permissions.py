"""The permission table: who may do what. Every action of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from passerelle.host.api import Actor, facilitated_courses
from passerelle.host.errors import NotAllowedError


class Relation(StrEnum):
    """What a person is to a course run. One person can be several."""

    ANONYMOUS = "anonymous"
    MASQUERADER = "masquerader"  # staff looking at the course as somebody else; then nothing else counts
    STRANGER = "stranger"
    LEARNER = "learner"
    STAFF = "staff"
    FACILITATOR = "facilitator"  # appointed in the course run


R = Relation
SIGNED_IN = frozenset({R.STRANGER, R.LEARNER, R.STAFF, R.FACILITATOR})

PERMISSIONS: dict[str, frozenset[Relation]] = {
    "see": frozenset({R.LEARNER}),  # one's own assessment at a block
    "rate": frozenset({R.LEARNER}),
    "submit": frozenset({R.LEARNER}),
    "own": SIGNED_IN,  # one's own claims, evidence, profile and requests, enrolled or not
    "find": SIGNED_IN,  # competences, occupations, ready lists: what is nobody's own
    "ask_validation": frozenset({R.LEARNER}),
    "validate": frozenset({R.FACILITATOR}),  # others' requests, never one's own
    "report": frozenset({R.STAFF, R.FACILITATOR}),  # all together, never fewer than five people
    "rate_others": frozenset({R.FACILITATOR}),
}


def relations(actor: Actor) -> frozenset[Relation]:
    """What the actor is to her course run. One query where there is one."""
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    found = {
        R.LEARNER: actor.is_enrolled,
        R.STAFF: actor.is_course_staff,
        R.FACILITATOR: actor.course_key is not None and actor.course_key in facilitated_courses(user_id=actor.user_id),
    }
    return frozenset(relation for relation, holds in found.items() if holds) or frozenset({R.STRANGER})


def allowed(what: str, actor: Actor) -> bool:
    """Whether the actor may do this in her course run."""
    permitted = PERMISSIONS[what]
    if actor.user_id is None or actor.masquerading:
        return bool(permitted & relations(actor))
    # Without asking who the facilitators are, where that makes no difference.
    return (
        permitted >= SIGNED_IN or (actor.is_enrolled and R.LEARNER in permitted) or bool(permitted & relations(actor))
    )


def require(what: str, actor: Actor) -> None:
    """Raise NotAllowedError unless the actor may do this."""
    if not allowed(what, actor):
        raise NotAllowedError
