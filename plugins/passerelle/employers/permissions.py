"""The permission table: who may do what. Every function of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError

from .data import Role
from .models import Member


class Relation(StrEnum):
    """What somebody is here. One person can be several."""

    ANONYMOUS = "anonymous"
    MASQUERADER = "masquerader"  # staff looking as somebody else; then nothing else counts
    PERSON = "person"  # anybody who is logged in, as herself
    MANAGER = "manager"  # these three: of the organisation that it is about
    RECRUITER = "recruiter"
    EDITOR = "editor"
    OPERATOR = "operator"


R = Relation
MEMBERS = frozenset({R.MANAGER, R.RECRUITER, R.EDITOR})
WITH_PEOPLE = frozenset({R.MANAGER, R.RECRUITER})

PERMISSIONS: dict[str, frozenset[Relation]] = {
    # what fits oneself
    "search": frozenset({R.PERSON}),
    "saved": frozenset({R.PERSON}),
    "save": frozenset({R.PERSON}),
    "hide": frozenset({R.PERSON}),
    "unmark": frozenset({R.PERSON}),
    "read": frozenset({R.PERSON}),  # what is on offer
    # oneself and an employer
    "mine": frozenset({R.PERSON}),
    "show_me": frozenset({R.PERSON}),
    "take_back": frozenset({R.PERSON}),
    "apply": frozenset({R.PERSON}),
    "withdraw": frozenset({R.PERSON}),
    "answer_contact": frozenset({R.PERSON}),
    "appeal": frozenset({R.PERSON}),
    # an organisation
    "register": frozenset({R.PERSON}),
    "my_organisations": frozenset({R.PERSON}),
    "organisation": MEMBERS | {R.OPERATOR},
    "describe": frozenset({R.MANAGER}),
    "members": MEMBERS,
    "add_member": frozenset({R.MANAGER}),
    "remove_member": frozenset({R.MANAGER}),
    "recognised_by": MEMBERS,
    "recognise": MEMBERS,
    "unrecognise": MEMBERS,
    # its opportunities
    "offers": MEMBERS,
    "draft": MEMBERS,
    "keep_draft": MEMBERS,
    "suggest": MEMBERS,
    "preview": MEMBERS | {R.OPERATOR},
    "submit": MEMBERS,
    "archive": MEMBERS,
    "import_file": MEMBERS,
    "feeds": MEMBERS,
    "add_feed": frozenset({R.MANAGER}),
    "remove_feed": frozenset({R.MANAGER, R.OPERATOR}),
    # people who showed themselves to it
    "people": WITH_PEOPLE,
    "ask_contact": WITH_PEOPLE,
    "decide": WITH_PEOPLE,
    # an operator
    "operator_desk": frozenset({R.OPERATOR}),
    "approve": frozenset({R.OPERATOR}),
    "disapprove": frozenset({R.OPERATOR}),
    "publish": frozenset({R.OPERATOR}),
    "unpublish": frozenset({R.OPERATOR}),
    "answer_appeal": frozenset({R.OPERATOR}),
    "read_feed": frozenset({R.OPERATOR}),
}


def relations(actor: Actor, organisation_id: int | None = None) -> frozenset[Relation]:
    """What the actor is, to this organisation where one is given. At most one query."""
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    found = {R.PERSON, *({R.OPERATOR} if actor.is_operator else ())}
    role = role_in(actor, organisation_id)
    return frozenset({*found, *({R(role.value)} if role else ())})


def role_in(actor: Actor, organisation_id: int | None) -> Role | None:
    """What the actor does in the organisation."""
    if organisation_id is None:
        return None
    role = Member.objects.filter(organisation_id=organisation_id, user_id=actor.pk).values_list("role", flat=True)
    return next((Role(each) for each in role), None)


def require(what: str, actor: Actor, organisation_id: int | None = None) -> None:
    """Raise NotAllowedError unless the actor may do this."""
    if not PERMISSIONS[what] & relations(actor, organisation_id):
        raise NotAllowedError
