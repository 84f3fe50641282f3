"""What courses keep of a person."""

from __future__ import annotations

from passerelle.host.data import PersonalData
from passerelle.host.operations import person

from . import api


def personal_data(user_id: int, **_signal: object) -> list[PersonalData]:
    """All that the person said of units, signed or not."""
    return [person.table(api.feedback_of(user_id=user_id), without=["voice"])]
