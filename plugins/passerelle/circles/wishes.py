"""What somebody says for the forming of circles: languages, times, where she belongs. Optional, and hers to erase.

Public through `api.py`. Facilitators see languages, times and affiliation; the organisation is for `forming` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotAllowedError

from . import hours, protocols
from .data import WishView
from .models import Wish
from .permissions import relations, require
from .receipts import receipt_for
from .texts import clean

DAYS = dict(zip(hours.DAYS, WEEKDAYS.values(), strict=True))
PARTS = {
    "am": pgettext_lazy("time of day", "morning"),
    "pm": pgettext_lazy("time of day", "afternoon"),
    "eve": pgettext_lazy("time of day", "evening"),
}
ORGANISATION_LENGTH = 120


def time_in_words(window: str, *, zone: str, near: datetime) -> str:
    """ "Monday, 18:00–20:00 (CET)" in the active language, by the clocks of this zone; "" for no particular time."""
    begin = hours.begins(window, near)
    if begin is None:
        return ""
    local = begin.astimezone(hours.zone_of(zone))
    end = local + timedelta(minutes=hours.MEETING)
    return f"{WEEKDAYS[local.weekday()]}, {local:%H:%M}–{end:%H:%M} ({local.tzname()})"


def affiliations(language: str) -> dict[str, str]:
    """What people may say they belong to: titles by id."""
    known = protocols.load("mixed_circle").affiliations
    return {name: protocols.say(title, language) for name, title in known.items()}


def my_wish(*, actor: Actor, course_key: CourseKey) -> WishView:
    """What the actor said in this course run; `said` is False for nothing. Two queries beyond the permission’s."""
    _require(actor, course_key)
    row = Wish.objects.filter(user_id=actor.pk, course_key=course_key).first()
    if row is None:
        return WishView(time_zone=_zone(actor, ""))
    return WishView(
        said=True,
        languages=tuple(row.languages),
        times=tuple(row.times),
        affiliation=row.affiliation,
        organisation=row.organisation,
        leads=row.leads,
        time_zone=row.time_zone,
    )


@transaction.atomic
def say_wish(*, actor: Actor, course_key: CourseKey, wish: Mapping[str, Any], key: str) -> None:
    """Keep what the actor says: `languages`, `times`, `affiliation`, `organisation`, `leads`.

    The first of the languages is her best, unless `best` names another of them. Her times are those of the time zone of
    her account; where it has none, of `time_zone`, which her browser knows.

    Raises InvalidError naming the field.
    """
    _require(actor, course_key)
    spoken = _chosen(wish.get("languages"), protocols.load("story_circle").languages, "languages")
    if not spoken:
        raise InvalidError(_("Choose at least one language in which you can tell and listen."), field="languages")
    said = {
        "languages": sorted(spoken, key=lambda code: code != wish.get("best")),
        "times": _chosen(wish.get("times"), hours.PARTS, "times"),
        "time_zone": _zone(actor, wish.get("time_zone")),
        "affiliation": "".join(_chosen([wish.get("affiliation") or ""], ("", *affiliations("en")), "affiliation")),
        "organisation": " ".join(clean(str(wish.get("organisation") or "")).split()),
        "leads": wish.get("leads") is True or wish.get("leads") == "on",
    }
    if len(str(said["organisation"])) > ORGANISATION_LENGTH:
        message = _("This has at most %d characters. Shorten it.") % ORGANISATION_LENGTH
        raise InvalidError(message, field="organisation")
    _receipt, is_new = receipt_for(actor, key, "say_wish")
    if is_new:
        Wish.objects.update_or_create(user_id=actor.pk, course_key=course_key, defaults=said)


@transaction.atomic
def forget_wish(*, actor: Actor, course_key: CourseKey, key: str) -> None:
    """Erase what the actor said in this course run, enrolled or not."""
    require("own", relations(actor))
    _receipt, is_new = receipt_for(actor, key, "forget_wish")
    if is_new:
        Wish.objects.filter(user_id=actor.pk, course_key=course_key).delete()


def _zone(actor: Actor, sent: object) -> str:
    of_account = host().time_zones_of(user_ids=[actor.pk]).get(actor.pk, "")
    return next((str(name) for name in (of_account, sent) if isinstance(name, str) and hours.is_zone(name)), "")


def _chosen(raw: object, known: tuple[str, ...], field: str) -> list[str]:
    if raw is not None and not isinstance(raw, (list, tuple)):
        raise InvalidError(field=field)
    wanted = list(raw or ())
    if any(not isinstance(one, str) or one not in known for one in wanted):
        raise InvalidError(_("Choose one of the list, or leave it open."), field=field)
    return list(dict.fromkeys(wanted))


def _require(actor: Actor, course_key: CourseKey) -> None:
    if actor.course_key != course_key:
        raise NotAllowedError
    require("wish", relations(actor))
