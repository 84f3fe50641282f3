"""The index of what is on offer, one in each process, built again when the edition has changed.

`save()` and `delete()` of what is on offer change the edition; bulk writes call `new_edition` themselves.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from passerelle.matching.api import Index
from passerelle.matching.data import Facts, Requirement
from passerelle.matching.data import Opportunity as Work

from .models import Edition, Opportunity

EDITION = 1
"""The primary key of the one edition."""


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: uuid.UUID | None
    index: Index


_kept: _Kept | None = None


def on_offer() -> QuerySet[Opportunity]:
    """What people may see: published, of approved organisations; what is over too."""
    return Opportunity.objects.filter(published_at__isnull=False, organisation__approved=True)


def index() -> Index:
    """The index of what is on offer as of this request. One query when nothing changed."""
    global _kept  # noqa: PLW0603 - replaced whole, so that threads see the old one or the new one
    # The stamp is read before the rows: rows that are newer than it only cause another build.
    stamp = Edition.objects.filter(pk=EDITION).values_list("stamp", flat=True).first()
    kept = _kept
    if kept is None or kept.stamp != stamp:
        rows = on_offer().prefetch_related("requirements")
        kept = _kept = _Kept(stamp, Index(work(row) for row in rows if row.requirements.all()))
    return kept.index


def new_edition(**_signal: object) -> None:
    """Have every process build its index again before its next search."""
    Edition.objects.update_or_create(pk=EDITION, defaults={"stamp": uuid.uuid4()})


def work(row: Opportunity) -> Work:
    """The opportunity as the engine takes it; wants its requirements prefetched."""
    needs = (
        Requirement(uri=need.uri, level=need.level, weight=need.weight, essential=need.essential)
        for need in row.requirements.all()
    )
    languages = tuple(sorted(row.languages.items()))
    facts = Facts(languages=languages, place=row.place, kind=row.kind, starts=row.starts, ends=row.ends)
    return Work(id=str(row.pk), requirements=tuple(needs), facts=facts)
