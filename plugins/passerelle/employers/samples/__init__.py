"""Opportunities in a file: how they become rows, and the ones to try the suite with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from passerelle.employers.data import Kind, Stage
from passerelle.employers.models import Opportunity, Organisation, Requirement
from passerelle.employers.shelf import changed, work

OPPORTUNITIES = Path(__file__).parent / "opportunities.yaml"

WEIGHTS = {"essential": 100, "useful": 40}
"""Per cent of what an essential competence weighs."""


@transaction.atomic
def load(content: Mapping[str, Any]) -> int:
    """Bring the rows in line with the content; returns how many opportunities are new.

    Raises KeyError, TypeError, AttributeError or ValueError for content that is not laid out like `OPPORTUNITIES`; then
    nothing is loaded.
    """
    new = 0
    for given in content["organisations"]:
        values = {"name": given["name"], "approved": True}
        organisation, _is_new = Organisation.objects.update_or_create(slug=given["slug"], defaults=values)
        for offer in given["opportunities"]:
            new += _load_offer(organisation, offer, content["competences"])
    return new


def _load_offer(organisation: Organisation, offer: Mapping[str, Any], competences: Mapping[str, Any]) -> bool:
    values = {
        "title": dict(offer["title"]),
        "kind": Kind(offer["kind"]).value,
        "place": offer["place"],
        "hours": int(offer["hours"]),
        "languages": dict(offer["languages"]),
        "starts": offer.get("starts"),
        "ends": offer.get("ends"),
    }
    row, is_new = Opportunity.objects.update_or_create(
        organisation=organisation, reference=offer["reference"], defaults=values
    )
    if is_new:  # later an operator may have taken it back, and that stays
        row.published_at, row.stage = timezone.now(), Stage.PUBLISHED
        row.save(update_fields=["published_at", "stage"])
    row.requirements.all().delete()
    Requirement.objects.bulk_create(
        Requirement(
            opportunity=row,
            uri=competences[name]["uri"],
            words=dict(competences[name]["words"]),
            level=level,
            weight=WEIGHTS[word],
            essential=word == "essential",
        )
        for word, needs in offer["needs"].items()
        for name, level in needs.items()
    )
    changed([row.pk])
    work(row)  # raises ValueError for levels and repetitions that the engine would not take
    return is_new
