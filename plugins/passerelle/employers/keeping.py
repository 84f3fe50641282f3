"""What employers keep of a person."""

from __future__ import annotations

from passerelle.host.data import PersonalData
from passerelle.host.operations import person

from .models import Mark


def personal_data(user_id: int, **_signal: object) -> list[PersonalData]:
    """All rows about the person."""
    return [person.table(Mark.objects.filter(user_id=user_id))]
