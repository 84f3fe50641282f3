"""What badges keep of a person, for how long, and what the doctor asks them."""

from __future__ import annotations

from datetime import datetime

from passerelle.host.data import Finding, Level, PersonalData, Purged
from passerelle.host.errors import PasserelleError
from passerelle.host.operations import person, retention

from . import keys
from .models import Achievement, Award, AwardEvent, Confirmation, Imported, Look


def personal_data(user_id: int, **_signal: object) -> list[PersonalData]:
    """All rows about the person."""
    return [
        person.table(Award.objects.filter(user_id=user_id)),
        person.table(AwardEvent.objects.filter(award__user_id=user_id), without=["by_id"]),
        person.table(Look.objects.filter(award__user_id=user_id)),
        person.table(Confirmation.objects.filter(user_id=user_id), without=["by_id"]),
        person.table(Imported.objects.filter(user_id=user_id)),
    ]


def purge(now: datetime, dry_run: bool, **_signal: object) -> list[Purged]:
    """Forget who looked at shared badges long ago."""
    before = retention.limit("receipts", now)
    old = Look.objects.filter(day__lt=before.date()) if before else Look.objects.none()
    return [retention.erase(old, what="looks at shared badges", dry_run=dry_run)]


def health(**_signal: object) -> list[Finding]:
    """Whether badges can be signed."""
    try:
        row, _key = keys.current()
    except PasserelleError as error:
        if not Achievement.objects.exists():
            return []
        advice = "Make a key: tutor local do passerelle-badge-keys make"
        return [Finding(level=Level.ERROR, what=f"No badge can be signed: {error}", advice=advice)]
    return [Finding(level=Level.OK, what=f"Badges are signed with key {row.kid}")]
