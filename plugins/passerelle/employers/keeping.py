"""What employers keep of a person, and for how long."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from passerelle.host.data import PersonalData, Purged
from passerelle.host.operations import person, retention

from .models import Application, Mark, Member, Shown, Trace


def personal_data(user_id: int, **_signal: object) -> list[PersonalData]:
    """All rows about the person. Who acted for an employer is somebody else's."""
    return [
        person.table(Mark.objects.filter(user_id=user_id)),
        person.table(Member.objects.filter(user_id=user_id)),
        person.table(Shown.objects.filter(user_id=user_id)),
        person.table(Application.objects.filter(user_id=user_id)),
        person.table(Trace.objects.filter(user_id=user_id), without=["by_id"]),
    ]


def purge(now: datetime, dry_run: bool, **_signal: object) -> list[Purged]:
    """Forget what passed about opportunities long ago, who looked at whom, and consents taken back."""
    before = retention.limit("applications", now)
    if before is None:
        return []
    ended = (
        Q(withdrawn_at__lt=before)
        | Q(decided_at__lt=before)
        | Q(opportunity__published_at__isnull=True)
        | Q(opportunity__ends__lt=before.date())
        | Q(opportunity__apply_by__lt=before.date())
    )
    # An appeal that nobody answered is not over.
    over = Application.objects.filter(ended, changed_at__lt=before).exclude(
        appealed_at__isnull=False, answered_at__isnull=True
    )
    return [
        retention.erase(over, what="applications that are over", dry_run=dry_run),
        retention.erase(Trace.objects.filter(at__lt=before), what="notes of who saw a person", dry_run=dry_run),
        retention.erase(Shown.objects.filter(withdrawn_at__lt=before), what="consents taken back", dry_run=dry_run),
    ]
