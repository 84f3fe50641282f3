"""What circles keep of a person, and for how long."""

from __future__ import annotations

from datetime import datetime

from passerelle.host.api import private_storage
from passerelle.host.data import Finding, Level, PersonalData, Purged
from passerelle.host.files import delete_files
from passerelle.host.operations import person, retention

from .consents import end_expired
from .data import ReportStatus
from .models import (
    Circle,
    Consent,
    Contribution,
    Facilitator,
    Forming,
    Member,
    Message,
    NoReminders,
    Place,
    Receipt,
    Reminder,
    Report,
    SafetyStep,
    StoryConsent,
    StoryFile,
    Wish,
)
from .safety import close_file, rows_about
from .uploads import abandoned, ownerless


def personal_data(user_id: int, **_signal: object) -> list[PersonalData]:
    """All rows about the person. Of a circle that she held: that she did, not what others told there."""
    return [
        person.table(Facilitator.objects.filter(user_id=user_id), without=["appointed_by_id"]),
        person.table(Circle.objects.filter(facilitator_id=user_id), without=["protocol", "state"]),
        person.table(Member.objects.filter(user_id=user_id)),
        person.table(Consent.objects.filter(member__user_id=user_id)),
        person.table(Contribution.objects.filter(member__user_id=user_id)),
        person.table(StoryFile.objects.filter(member__user_id=user_id), without=["parts"], files=["path"]),
        person.table(StoryConsent.objects.filter(contribution__member__user_id=user_id)),
        person.table(Receipt.objects.filter(user_id=user_id)),
        person.table(Wish.objects.filter(user_id=user_id)),
        person.table(Place.objects.filter(user_id=user_id)),
        person.table(Forming.objects.filter(facilitator_id=user_id), without=["protocol"]),
        person.table(Message.objects.filter(author_id=user_id), without=["circle_id"]),
        person.table(Reminder.objects.filter(user_id=user_id)),
        person.table(NoReminders.objects.filter(user_id=user_id)),
        *(person.table(rows, without=["circle_id", "report_id", "contribution_id"]) for rows in rows_about(user_id)),
    ]


LOOKED_AT = 50


def health(**_signal: object) -> list[Finding]:
    """Whether the newest voices and pictures lie where their rows say."""
    newest = StoryFile.objects.exclude(path="").order_by("-started_at").values_list("path", flat=True)[:LOOKED_AT]
    paths = list(newest)
    lost = sum(not private_storage().exists(path) for path in paths)
    if not paths:
        return []
    if lost:
        what = f"{lost} of the {len(paths)} newest voices and pictures of stories are not in the private storage."
        return [Finding(level=Level.ERROR, what=what, advice="Look whether PASSERELLE_PRIVATE_STORAGE was changed.")]
    return [Finding(level=Level.OK, what="The newest voices and pictures of stories are there")]


def purge(now: datetime, dry_run: bool, **_signal: object) -> list[Purged]:
    """End consents to stories that have expired; forget old receipts, reports long decided, files not told.

    The trail of a report outlives it, for as long as `trail` says.
    """
    before = retention.limit("receipts", now)
    old = Receipt.objects.filter(at__lt=before) if before else Receipt.objects.none()
    ended = Reminder.objects.exclude(circle__closed_at=None)
    told = ended.filter(at__lt=before) if before else ended.none()
    written = Message.objects.exclude(circle__closed_at=None)
    read = written.filter(at__lt=before, circle__closed_at__lt=before) if before else written.none()
    decided_before = retention.limit("reports", now)
    closed = Report.objects.filter(status=ReportStatus.CLOSED)
    decided = closed.filter(closed_at__lt=decided_before) if decided_before else closed.none()
    trail_before = retention.limit("trail", now)
    trail = SafetyStep.objects.filter(report=None)
    old_trail = trail.filter(at__lt=trail_before) if trail_before else trail.none()
    lost = ownerless(now)
    if not dry_run:
        delete_files(lost)
        close_file(decided)
    return [
        Purged(what="purposes of stories whose consent expired", rows=end_expired(now=now, dry_run=dry_run)),
        retention.erase(old, what="receipts of circles", dry_run=dry_run),
        retention.erase(told, what="reminders of circles that ended", dry_run=dry_run),
        retention.erase(read, what="messages to circles that ended", dry_run=dry_run),
        retention.erase(decided, what="reports", dry_run=dry_run),
        retention.erase(old_trail, what="steps of the safety trail", dry_run=dry_run),
        retention.erase(abandoned(now), what="voices and pictures that were never told", dry_run=dry_run),
        Purged(what="files of stories that nothing names", rows=len(lost)),
    ]
