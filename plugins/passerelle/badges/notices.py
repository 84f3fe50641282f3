"""What badges tell the platform: openedx-events' `BADGE_AWARDED` and `BADGE_REVOKED`, without names or addresses."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from passerelle.host.values import say

from . import credentials
from .definitions import load
from .models import Award

log = logging.getLogger(__name__)


def tell_awarded(award_id: UUID) -> None:
    """After an award was committed. A listener's failure stays its own."""
    from openedx_events.learning.signals import BADGE_AWARDED

    _send(BADGE_AWARDED, award_id)


def tell_revoked(award_id: UUID) -> None:
    """After a revocation was committed."""
    from openedx_events.learning.signals import BADGE_REVOKED

    _send(BADGE_REVOKED, award_id)


def _send(signal: Any, award_id: UUID) -> None:
    from openedx_events.learning.data import BadgeData, BadgeTemplateData, UserData, UserPersonalData

    award = Award.objects.select_related("achievement").filter(pk=award_id).first()
    if award is None:
        return
    definition = load(award.achievement.definition)
    image_url = f"{credentials.base_url()}/achievements/{award.achievement_id}.png"
    template = BadgeTemplateData(
        uuid=str(award.achievement_id),
        origin="openedx-passerelle",
        name=say(definition.name, award.language),
        description=say(definition.description, award.language),
        image_url=image_url,
    )
    # The id is enough to find a person here; an event bus carries events further.
    user = UserData(pii=UserPersonalData(username="", email="", name=""), id=award.user_id, is_active=True)
    signal.send_event(badge=BadgeData(uuid=str(award.pk), user=user, template=template))
