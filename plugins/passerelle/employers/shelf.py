"""The index of what is on offer, one in each process, built again when the edition has changed.

`save()` and `delete()` of what is on offer change the edition; bulk writes call `new_edition` themselves.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

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
    """What people may see: published, of approved organisations, and not over."""
    today = timezone.localdate()
    return Opportunity.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=today),
        Q(apply_by__isnull=True) | Q(apply_by__gte=today),
        published_at__isnull=False,
        organisation__approved=True,
    )


def is_on_offer(row: Opportunity) -> bool:
    """The same of one opportunity; wants its organisation fetched."""
    return row.published_at is not None and row.organisation.approved and not is_over(row)


def is_over(row: Opportunity) -> bool:
    """Whether its last day, or the last one to apply on, is past."""
    last = _last_day(row)
    return last is not None and last < timezone.localdate()


def _last_day(row: Opportunity) -> date | None:
    return min((day for day in (row.ends, row.apply_by) if day), default=None)


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


def changed(_opportunities: Iterable[uuid.UUID]) -> None:
    """Say that these opportunities changed in bulk, so that no signal said it."""
    new_edition()


def work(row: Opportunity) -> Work:
    """The opportunity as the engine takes it; wants its requirements prefetched."""
    needs = (
        Requirement(uri=need.uri, level=need.level, weight=need.weight, essential=need.essential)
        for need in row.requirements.all()
    )
    languages = tuple(sorted(row.languages.items()))
    facts = Facts(languages=languages, place=row.place, kind=row.kind, starts=row.starts, ends=_last_day(row))
    return Work(id=str(row.pk), requirements=tuple(needs), facts=facts)
