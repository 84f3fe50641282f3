"""The permission table: who may do what. Every action of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError

from .models import Circle, Facilitator, Member


class Relation(StrEnum):
    """What a person is to a course run and to a circle in it. One person can be several."""

    ANONYMOUS = "anonymous"
    MASQUERADER = "masquerader"  # staff looking at the course as somebody else; then nothing else counts
    STRANGER = "stranger"
    LEARNER = "learner"
    COURSE_FACILITATOR = "course facilitator"
    STAFF = "staff"
    MEMBER = "member"  # of this circle
    FACILITATOR = "facilitator"  # of this circle


R = Relation

PERMISSIONS: dict[str, frozenset[Relation]] = {
    "list": frozenset({R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),
    "see": frozenset({R.MEMBER, R.FACILITATOR}),
    "shared": frozenset({R.LEARNER, R.COURSE_FACILITATOR}),
    "open": frozenset({R.COURSE_FACILITATOR}),
    "join": frozenset({R.LEARNER}),
    "leave": frozenset({R.MEMBER}),
    "start": frozenset({R.FACILITATOR}),
    "next": frozenset({R.FACILITATOR}),
    "skip": frozenset({R.FACILITATOR}),
    "close": frozenset({R.FACILITATOR}),
    "extend": frozenset({R.FACILITATOR, R.MEMBER}),  # a member: in her own turn
    "pause": frozenset({R.FACILITATOR, R.MEMBER}),
    "resume": frozenset({R.FACILITATOR, R.MEMBER}),
    "done": frozenset({R.MEMBER}),
    "pass": frozenset({R.MEMBER}),
    "tell": frozenset({R.MEMBER}),
    "reply": frozenset({R.MEMBER}),
    "answer": frozenset({R.MEMBER}),
    "own": frozenset({R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),  # one's own circles and stories
    "withdraw": frozenset({R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),  # one's own words, enrolled or not
    "appoint": frozenset({R.STAFF}),
    "dismiss": frozenset({R.STAFF}),
    "facilitators": frozenset({R.STAFF}),
    "overview": frozenset({R.STAFF}),
}


def relations(actor: Actor, circle: Circle | None = None, member: Member | None = None) -> frozenset[Relation]:
    """What the actor is to her course run and, where given, to this circle. One query."""
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    course_facilitator = is_facilitator(user_id=actor.user_id, course_key=actor.course_key)
    found = {
        R.LEARNER: actor.is_enrolled,
        R.STAFF: actor.is_course_staff,
        R.COURSE_FACILITATOR: course_facilitator,
        R.MEMBER: member is not None and member.left_at is None,
        # A dismissed facilitator loses her circles too.
        R.FACILITATOR: circle is not None and circle.facilitator_id == actor.user_id and course_facilitator,
    }
    return frozenset(relation for relation, holds in found.items() if holds) or frozenset({R.STRANGER})


def is_facilitator(*, user_id: int, course_key: object) -> bool:
    """Whether course staff appointed this person in the course run."""
    return Facilitator.objects.filter(user_id=user_id, course_key=course_key).exists() if course_key else False


def allowed(what: str, held: frozenset[Relation]) -> bool:
    """Whether any of these relations may do this."""
    return bool(PERMISSIONS[what] & held)


def require(what: str, held: frozenset[Relation]) -> None:
    """Raise NotAllowedError unless one of these relations may do this."""
    if not allowed(what, held):
        raise NotAllowedError
