"""What competences keep of a person, and for how long."""

from __future__ import annotations

from datetime import datetime

from passerelle.host.data import PersonalData, Purged
from passerelle.host.operations import person, retention

from .models import (
    Assessment,
    Claim,
    Evidence,
    Experience,
    FacilitatorRating,
    ProfileChoice,
    Rating,
    Receipt,
    Validation,
    ValidationStep,
)


def personal_data(user_id: int, **_signal: object) -> list[PersonalData]:
    """All rows about the person."""
    return [
        person.table(Assessment.objects.filter(user_id=user_id)),
        person.table(Rating.objects.filter(assessment__user_id=user_id)),
        person.table(FacilitatorRating.objects.filter(assessment__user_id=user_id), without=["rater_id"]),
        person.table(Evidence.objects.filter(user_id=user_id), files=["path"]),
        person.table(Experience.objects.filter(user_id=user_id)),
        person.table(Validation.objects.filter(user_id=user_id), without=["assessor_id"]),
        person.table(ValidationStep.objects.filter(validation__user_id=user_id), without=["by_id"]),
        person.table(ProfileChoice.objects.filter(user_id=user_id)),
        person.table(Claim.objects.filter(user_id=user_id)),
        person.table(Receipt.objects.filter(user_id=user_id)),
    ]


def purge(now: datetime, dry_run: bool, **_signal: object) -> list[Purged]:
    """Forget old receipts."""
    before = retention.limit("receipts", now)
    old = Receipt.objects.filter(at__lt=before) if before else Receipt.objects.none()
    return [retention.erase(old, what="receipts of competences", dry_run=dry_run)]
