"""Badges, public: what pages, commands and other apps may ask and do.

Every function that concerns a person takes the acting one (`passerelle.host.data.Actor`), asks the permission table and
raises a `PasserelleError` whose text tells her what to do. Writes are idempotent by what they say: the same share,
award, revocation, definition or import again changes nothing and gives the same answer. Functions that take a `user_id`
instead are for other apps, which checked what they do.
"""

from __future__ import annotations

from django.db import transaction

from passerelle.host.api import Actor

from .achievements import (
    DefinitionError,
    archive,
    course_of_achievement,
    course_of_award,
    define,
    desk,
    offered,
    publish,
    sources,
)
from .awarding import check, confirm, evaluate, expire, not_yet, revoke
from .bringing import bring, check_again, drop, my_imported
from .data import MyBadges, SharedView
from .holders import holders, renew
from .models import Award, AwardEvent, Confirmation, Imported
from .permissions import PERMISSIONS, require
from .publishing import (
    achievement_json,
    did_document,
    issuer_keys,
    jwks,
    new_key,
    picture,
    status_list,
    take_key,
    withdraw_key,
)
from .sharing import FORMS, badges_held, download, my_badges, share, shared_credential, unshare
from .sharing import shared as _shared
from .verification import Refusal, RefusedError

__all__ = [
    "FORMS",
    "PERMISSIONS",
    "DefinitionError",
    "Refusal",
    "RefusedError",
    "achievement_json",
    "archive",
    "badges_held",
    "bring",
    "check",
    "check_again",
    "confirm",
    "course_of_achievement",
    "course_of_award",
    "define",
    "desk",
    "did_document",
    "download",
    "drop",
    "evaluate",
    "expire",
    "holders",
    "issuer_keys",
    "jwks",
    "new_key",
    "offered",
    "own",
    "picture",
    "publish",
    "renew",
    "retire_user",
    "revoke",
    "share",
    "shared",
    "shared_credential",
    "sources",
    "status_list",
    "take_key",
    "unshare",
    "withdraw_key",
]


def own(*, actor: Actor, language: str) -> MyBadges:
    """The actor's badges, those from elsewhere, and what is still missing for others. Writes nothing."""
    require("own", actor)
    return MyBadges(
        badges=my_badges(user_id=actor.pk, language=language),
        imported=my_imported(user_id=actor.pk, language=language),
        not_yet=not_yet(user_id=actor.pk, language=language),
    )


def shared(*, actor: Actor, token: str, language: str, who: str = "") -> SharedView:
    """The badge behind a link, for anyone who has it; the holder learns that somebody looked."""
    require("shared", actor)
    return _shared(token=token, language=language, who=who)


@transaction.atomic
def retire_user(*, user_id: int) -> None:
    """Erase what is this person's. Copies of her badges that she keeps elsewhere stay good. May run twice."""
    Award.objects.filter(user_id=user_id).delete()
    Imported.objects.filter(user_id=user_id).delete()
    Confirmation.objects.filter(user_id=user_id).delete()
    for model in (AwardEvent, Confirmation):
        model.objects.filter(by_id=user_id).update(by=None)
