"""What makes badges look again: a certificate, a passed course, a changed claim, a circle's end; and a retirement."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.dispatch import Signal
from django.urls import reverse
from django.utils.translation import gettext as _

from passerelle.host.data import Actor, Way
from passerelle.host.errors import PasserelleError

log = logging.getLogger(__name__)


def connect() -> None:
    """Called once, when the app is ready."""
    from openedx_events.learning.signals import CERTIFICATE_CREATED, COURSE_PASSING_STATUS_UPDATED

    from passerelle.competences.api import claim_changed
    from passerelle.host.api import circles_ended, user_retired
    from passerelle.host.signals import health_asked, nightly_due, personal_data_requested, retention_due, ways_asked

    from . import keeping

    listeners: list[tuple[Signal, Any]] = [
        (CERTIFICATE_CREATED, on_certificate),
        (COURSE_PASSING_STATUS_UPDATED, on_passing_status),
        (claim_changed, on_claim_changed),
        (circles_ended, on_circles_ended),
        (user_retired, on_user_retired),
        (personal_data_requested, keeping.personal_data),
        (retention_due, keeping.purge),
        (health_asked, keeping.health),
        (nightly_due, on_night),
        (ways_asked, on_ways_asked),
    ]
    for signal, listener in listeners:
        signal.connect(listener, dispatch_uid=f"passerelle.badges.{listener.__name__}")


def on_ways_asked(actor: Actor, **_signal: object) -> Iterator[Way]:
    yield Way(url=reverse("passerelle_badges:mine"), name=_("My badges"), place=20)
    if actor.is_operator:
        yield Way(url=reverse("passerelle_badges:desk"), name=_("Badges that can be earned, and keys"), place=90)


def on_certificate(sender: object, certificate: Any, **_kwargs: object) -> None:
    _look_at([certificate.user.id])


def on_passing_status(sender: object, course_passing_status: Any, **_kwargs: object) -> None:
    if course_passing_status.is_passing:
        _look_at([course_passing_status.user.id])


def on_claim_changed(sender: object, user_id: int, **_kwargs: object) -> None:
    _look_at([user_id])


def on_circles_ended(sender: object, user_ids: Iterable[int], **_kwargs: object) -> None:
    _look_at(user_ids)


def on_night(**_signal: object) -> str:
    """What time does to badges."""
    from .api import check_again, expire

    ended = expire()
    looked_at, gone = check_again()
    return f"{ended} badges ended; {looked_at} from elsewhere looked at, {gone} of them taken back"


def on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)


def _look_at(user_ids: Iterable[int]) -> None:
    """Award what was earned. Whoever sent the signal must not fail for a badge: it is looked for again on demand."""
    from .awarding import evaluate

    for user_id in user_ids:
        try:
            evaluate(user_id=user_id)
        except PasserelleError as error:
            log.warning("No badge could be awarded: %s", error.code)
