"""Who holds a badge: seen by those who give it, taken back or renewed by them. Private: ask `api.py`."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from passerelle.competences import api as competences
from passerelle.host.api import Actor, host
from passerelle.host.errors import NotFoundError, NotNowError
from passerelle.host.values import as_uuid

from .achievements import definition_of, find, view
from .awarding import badge_name, give
from .data import HoldersView, HolderView, Standing
from .models import Award, AwardEvent
from .permissions import require
from .sharing import standing

ON_A_PAGE = 50
RENEW_BEFORE = timedelta(days=60)
"""How long before its end a badge can be renewed."""


def holders(*, actor: Actor, achievement_id: str, language: str, page: int = 1) -> HoldersView:
    """The people who were given this badge, the latest first, fifty at a time. A constant number of queries."""
    found = find(achievement_id)
    require("holders", actor, found.course_key)
    rows = Award.objects.filter(achievement=found).order_by("-awarded_at", "pk")
    shown = Paginator(rows, ON_A_PAGE).get_page(page)
    names = host().display_names(user_ids=[row.user_id for row in shown])
    return HoldersView(
        achievement=view(found, language),
        people=tuple(
            HolderView(
                award_id=str(row.pk),
                name=names.get(row.user_id, ""),
                standing=standing(row.expires_at, row.revoked_at),
                awarded_at=row.awarded_at.isoformat(),
                expires_at=row.expires_at.isoformat() if row.expires_at else None,
                reason=row.reason,
                renewable=_is_renewable(row),
            )
            for row in shown
        ),
        page=shown.number,
        pages=shown.paginator.num_pages,
        count=shown.paginator.count,
    )


def renew(*, actor: Actor, award_id: str) -> str:
    """Give the badge again for another term, on the word of those who give it; returns the new one's id.

    Possible from `RENEW_BEFORE` its end on. Done twice, the first renewal stands.
    """
    with transaction.atomic():
        award = Award.objects.select_for_update().select_related("achievement").filter(pk=as_uuid(award_id)).first()
        if award is None:
            require("renew", actor)
            raise NotFoundError
        require("renew", actor, award.achievement.course_key)
        newer = Award.objects.filter(
            user_id=award.user_id, achievement=award.achievement, living=True, awarded_at__gt=award.awarded_at
        ).first()
        if newer is not None:
            return str(newer.pk)
        if not _is_renewable(award):
            raise NotNowError(
                _("This badge cannot be renewed: it was taken back, has no end, or is good for long yet.")
            )
        return _renewed(actor, award)


def _renewed(actor: Actor, award: Award) -> str:
    if award.living:
        award.living = None
        award.save(update_fields=["living"])
        competences.withdraw_badge(user_id=award.user_id, badge=badge_name(award))  # the new one backs them instead
    AwardEvent.objects.create(award=award, what="renewed", by_id=actor.user_id)
    person = get_user_model().objects.get(pk=award.user_id)
    with override(award.language):
        made = give(person, (award.achievement, definition_of(award.achievement)), award.language)
    return str(made.pk)


def _is_renewable(award: Award) -> bool:
    held = standing(award.expires_at, award.revoked_at)
    if held is Standing.REVOKED or award.expires_at is None or not definition_of(award.achievement).valid_days:
        return False
    return award.expires_at - RENEW_BEFORE <= timezone.now()
