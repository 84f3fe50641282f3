"""The permission table: who may do what. Every function of `api.py` asks it, and a test walks it role by role."""

from __future__ import annotations

from enum import StrEnum

from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError


class Relation(StrEnum):
    """What somebody is here. One person can be several."""

    ANONYMOUS = "anonymous"
    MASQUERADER = "masquerader"  # staff looking as somebody else; then nothing else counts
    PERSON = "person"  # anybody who is logged in, as herself
    OPERATOR = "operator"


R = Relation

PERMISSIONS: dict[str, frozenset[Relation]] = {
    "search": frozenset({R.PERSON}),
    "saved": frozenset({R.PERSON}),
    "save": frozenset({R.PERSON}),
    "hide": frozenset({R.PERSON}),
    "unmark": frozenset({R.PERSON}),
    "approve": frozenset({R.OPERATOR}),
    "disapprove": frozenset({R.OPERATOR}),
    "publish": frozenset({R.OPERATOR}),
    "unpublish": frozenset({R.OPERATOR}),
}


def relations(actor: Actor) -> frozenset[Relation]:
    """What the actor is here. No query."""
    if actor.user_id is None:
        return frozenset({R.ANONYMOUS})
    if actor.masquerading:
        return frozenset({R.MASQUERADER})
    return frozenset({R.PERSON, R.OPERATOR} if actor.is_operator else {R.PERSON})


def require(what: str, actor: Actor) -> None:
    """Raise NotAllowedError unless the actor may do this."""
    if not PERMISSIONS[what] & relations(actor):
        raise NotAllowedError
