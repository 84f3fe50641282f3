"""The permission table: who may do what. Every action of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
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
    SAFEGUARDING = "safeguarding contact"  # of the course run


R = Relation

PERMISSIONS: dict[str, frozenset[Relation]] = {
    "list": frozenset({R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),
    "see": frozenset({R.MEMBER, R.FACILITATOR}),
    "shared": frozenset({R.LEARNER, R.COURSE_FACILITATOR}),
    "open": frozenset({R.COURSE_FACILITATOR}),
    "join": frozenset({R.LEARNER}),
    "arrive": frozenset({R.FACILITATOR, R.MEMBER}),  # a member: herself
    "affiliate": frozenset({R.MEMBER}),
    "rename": frozenset({R.MEMBER}),
    "raise_hand": frozenset({R.MEMBER}),
    "lower_hand": frozenset({R.FACILITATOR, R.MEMBER}),  # a member: her own
    "say_heard": frozenset({R.MEMBER}),
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
    "upload": frozenset({R.MEMBER}),
    "answer": frozenset({R.MEMBER}),
    "own": frozenset({R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),  # one's own circles and stories
    "hear": frozenset(
        {R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}
    ),  # what one may read: asked story by story
    "withdraw": frozenset({R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),  # one's own words, enrolled or not
    "give_consent": frozenset({R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),
    "withdraw_consent": frozenset({R.STRANGER, R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),
    "wish": frozenset({R.LEARNER}),  # what one says oneself for the forming of circles
    "form": frozenset({R.COURSE_FACILITATOR}),  # circles, and one's own drafts alone
    "appoint": frozenset({R.STAFF}),
    "take_over": frozenset({R.COURSE_FACILITATOR, R.STAFF}),  # staff: hand it to a facilitator
    "step_back": frozenset({R.FACILITATOR}),
    "dismiss": frozenset({R.STAFF}),
    "facilitators": frozenset({R.STAFF}),
    "overview": frozenset({R.STAFF}),
    "report": frozenset({R.MEMBER}),
    "hide": frozenset({R.FACILITATOR}),
    "release": frozenset({R.FACILITATOR, R.SAFEGUARDING}),
    "reports": frozenset({R.COURSE_FACILITATOR, R.SAFEGUARDING}),
    "escalate": frozenset({R.FACILITATOR}),
    "close_report": frozenset({R.FACILITATOR, R.SAFEGUARDING}),
    "read_report": frozenset({R.SAFEGUARDING}),
    "break_glass": frozenset({R.STAFF}),
    "notes": frozenset({R.FACILITATOR}),
    "add_note": frozenset({R.FACILITATOR}),
    "delete_note": frozenset({R.FACILITATOR}),
    "messages": frozenset({R.MEMBER, R.FACILITATOR}),
    "send_message": frozenset({R.FACILITATOR}),
    "take_back_message": frozenset({R.FACILITATOR}),
    "register": frozenset({R.FACILITATOR}),
    "transcript": frozenset({R.FACILITATOR}),
    "course_report": frozenset({R.STAFF}),
    "showcase": frozenset({R.LEARNER, R.COURSE_FACILITATOR, R.STAFF}),  # where the operator made it public, everyone
    "training_export": frozenset({R.STAFF}),
    "desk_circles": frozenset({R.COURSE_FACILITATOR, R.STAFF}),
}


def relations(
    actor: Actor, circle: Circle | None = None, member: Member | None = None, *, holder: int | None = None
) -> frozenset[Relation]:
    """What the actor is to her course run and, where given, to this circle. One query.

    With `holder`, the account that holds the circle in question (0: nobody), whether anybody else is a facilitator is
    not asked: there it makes no difference.
    """
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    found = {
        R.LEARNER: actor.is_enrolled,
        R.STAFF: actor.is_course_staff,
        R.COURSE_FACILITATOR: holder in (None, actor.user_id)
        and is_facilitator(user_id=actor.user_id, course_key=actor.course_key),
    }
    held = frozenset(relation for relation, holds in found.items() if holds) or frozenset({R.STRANGER})
    return held if circle is None else seated(held, actor, circle, member)


def seated(held: frozenset[Relation], actor: Actor, circle: Circle, member: Member | None) -> frozenset[Relation]:
    """What the actor is to her course run, with what she is to this circle besides. No query."""
    if held & {R.ANONYMOUS, R.MASQUERADER}:
        return held
    found = {
        R.MEMBER: member is not None and member.left_at is None,
        # A dismissed facilitator loses her circles too.
        R.FACILITATOR: circle.facilitator_id == actor.user_id and R.COURSE_FACILITATOR in held,
    }
    here = frozenset(relation for relation, holds in found.items() if holds)
    return (held - {R.STRANGER}) | here if here else held


def with_safeguarding(held: frozenset[Relation], actor: Actor) -> frozenset[Relation]:
    """The relations, with the safeguarding contact's where that is the actor.

    Who that is costs a look at the course run's settings: asked for where it matters alone.
    """
    if actor.user_id is None or actor.masquerading or actor.course_key is None:
        return held
    if safeguarding_contact(course_key=actor.course_key) != actor.user_id:
        return held
    return held | {R.SAFEGUARDING}


def safeguarding_contact(*, course_key: CourseKey) -> int | None:
    """The account whom the course run, else the operator (`PASSERELLE_SAFEGUARDING`), names by username or e-mail."""
    name = host().course_setting(course_key=course_key, name="safeguarding") or settings.PASSERELLE_SAFEGUARDING
    return host().find_user(name=str(name)) if name else None


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


def require_in(what: str, actor: Actor, course_key: CourseKey) -> None:
    """Raise NotAllowedError unless the actor acts in this course run and may do this there."""
    if actor.course_key != course_key:
        raise NotAllowedError
    require(what, relations(actor))
