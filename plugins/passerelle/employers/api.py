"""Employers, public: the work that fits a person and why, what passes between her and an employer, and the desks.

Every function takes the acting person, asks the permission table and raises a `PasserelleError` whose text tells her
what to do. Writes set a state, or carry an id that the caller made up, so that the same one twice is the same as once.
"""

from __future__ import annotations

from django.db import transaction

from passerelle.host.api import Actor

from . import feeds as _feeds
from . import offers as _offers
from . import people as _people
from .data import OperatorDesk
from .feeds import add_feed, feeds, read_due, read_feed, remove_feed
from .importing import import_file
from .models import Mark, Organisation
from .offers import archive, draft, keep_draft, offers, preview, publish, submit, suggest, unpublish
from .organisations import (
    add_member,
    approve,
    describe,
    disapprove,
    members,
    my_organisations,
    organisation,
    recognise,
    recognised_by,
    register,
    remove_member,
    unrecognise,
    view,
)
from .people import (
    answer_appeal,
    answer_contact,
    appeal,
    apply,
    ask_contact,
    decide,
    mine,
    people,
    read,
    show_me,
    take_back,
    withdraw,
)
from .permissions import PERMISSIONS, require
from .searching import MOST, hide, opportunities_for, save, saved, unmark

__all__ = [
    "MOST",
    "PERMISSIONS",
    "add_feed",
    "add_member",
    "answer_appeal",
    "answer_contact",
    "appeal",
    "apply",
    "approve",
    "archive",
    "ask_contact",
    "decide",
    "describe",
    "disapprove",
    "draft",
    "feeds",
    "hide",
    "import_file",
    "keep_draft",
    "members",
    "mine",
    "my_organisations",
    "offers",
    "operator_desk",
    "opportunities_for",
    "organisation",
    "people",
    "preview",
    "publish",
    "read",
    "read_due",
    "read_feed",
    "recognise",
    "recognised_by",
    "register",
    "remove_feed",
    "remove_member",
    "retire_user",
    "save",
    "saved",
    "show_me",
    "submit",
    "suggest",
    "take_back",
    "unmark",
    "unpublish",
    "unrecognise",
    "withdraw",
]


def operator_desk(*, actor: Actor, language: str) -> OperatorDesk:
    """What waits for the operator: organisations, opportunities, appeals; and the feeds. Five queries."""
    require("operator_desk", actor)
    organisations = Organisation.objects.order_by("approved", "-registered_at")[:200]
    return OperatorDesk(
        organisations=tuple(view(row) for row in organisations),
        offers=_offers.waiting(language),
        appeals=_people.appeals(actor),
        feeds=_feeds.views(),
    )


@transaction.atomic
def retire_user(*, user_id: int) -> None:
    """Erase what is this person's. May run twice."""
    Mark.objects.filter(user_id=user_id).delete()
    _people.retire(user_id)
