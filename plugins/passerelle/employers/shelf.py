"""The index of what is on offer, one in each process, and right in every request.

Each process holds an index of some moment, read from the last snapshot or built where there is none, and beside it a
small one of what changed since. Whatever changes is written down (`Changed`) in its own transaction, together with a
new stamp (`Edition`): a request that finds another stamp than the last one did reads anew what changed. `take_snapshot`
folds the changes in, once an hour; processes go on with the snapshot before until they have read the new one.

`save()` and `delete()` of what is on offer say so themselves; bulk writes call `changed`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from itertools import islice
from threading import Lock, Thread
from typing import Any, NamedTuple

import numpy as np
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from passerelle.host.api import private_storage
from passerelle.host.operations.suite import OWN_FOLDER
from passerelle.matching.api import Index, Patched
from passerelle.matching.data import Facts, Requirement
from passerelle.matching.data import Opportunity as Work

from .models import Changed, Edition, Opportunity

log = logging.getLogger(__name__)

EDITION = 1
"""The primary key of the one edition."""

FILES = f"{OWN_FOLDER}/matching-{Index.FORMAT}-"
"""What the names of snapshots begin with. No backup takes them along: they can always be made again."""

LEFT_ALONE = timedelta(hours=6)
"""As long as no snapshot takes to be written, on whatever pod: nobody is about to name a file older than this."""

BATCH = 500

Stamps = Mapping[uuid.UUID, uuid.UUID]
"""By opportunity that changed, its stamp."""


class _Edition(NamedTuple):
    stamp: uuid.UUID | None = None
    snapshot: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class _Base:
    """An index of some moment, while `snapshot` was the last one; it has the changes in `folded`."""

    snapshot: str
    index: Index
    folded: Stamps


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: uuid.UUID | None
    base: _Base
    index: Patched
    works: Mapping[uuid.UUID, tuple[uuid.UUID, Work | None]] = field(default_factory=dict)


_kept: _Kept | None = None
_read: _Base | None = None
"""The snapshot that was read beside the requests, waiting for the next one to take it up."""
_reading = Lock()


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


def index() -> Patched:
    """The index of what is on offer as of this request. One query when nothing changed."""
    global _kept  # noqa: PLW0603 - replaced whole, so that threads see the old one or the new one
    # The stamp is read before what changed: changes that are newer than it only cause another look.
    edition = _edition()
    kept = _kept
    if kept is None or kept.stamp != edition.stamp or _is_read(edition, kept):
        kept = _kept = _renewed(kept, edition)
    return kept.index


def changed(opportunities: Iterable[uuid.UUID]) -> None:
    """Have every process look at these opportunities again before its next search. In the transaction of the change."""
    with transaction.atomic():
        # First, since it makes one transaction wait for the other: stamps are seen in the order that they are made in.
        Edition.objects.update_or_create(pk=EDITION, defaults={"stamp": uuid.uuid4()})
        for some in _batches(opportunities):
            Changed.objects.filter(pk__in=some).delete()
            Changed.objects.bulk_create(Changed(opportunity_id=each, stamp=uuid.uuid4()) for each in some)


def opportunity_changed(*, instance: Any, **_signal: object) -> None:
    """An opportunity was saved or deleted."""
    changed([instance.pk])


def requirement_changed(*, instance: Any, **_signal: object) -> None:
    """What an opportunity asks for was saved or deleted."""
    changed([instance.opportunity_id])


def organisation_changed(*, instance: Any, **_signal: object) -> None:
    """An organisation was saved: it may have been approved, or no longer be. With its row go its opportunities."""
    changed(instance.opportunities.values_list("pk", flat=True))


# --- Snapshots


def take_snapshot() -> int | None:
    """Write what is on offer into the storage, for processes to read; how many opportunities. None: no need to."""
    _forget_orphans()
    edition = _edition()
    sound = edition.snapshot.startswith(FILES) and private_storage().exists(edition.snapshot)
    if sound and not Changed.objects.filter(folded=False).exists():
        return None
    # What the last snapshot has is forgotten below.
    base = _built("", Changed.objects.filter(folded=False))
    name = private_storage().save(f"{FILES}{uuid.uuid4()}.npz", ContentFile(_packed(base)))
    with transaction.atomic():
        Edition.objects.get_or_create(pk=EDITION, defaults={"stamp": uuid.uuid4()})
        row = Edition.objects.select_for_update().get(pk=EDITION)
        late = row.snapshot != edition.snapshot  # somebody else has made one meanwhile
        if not late:
            # Those who still go by the snapshot before this one need what it lacks; nobody needs what it has.
            Changed.objects.filter(folded=True).delete()
            for some in _batches(base.folded.values()):
                Changed.objects.filter(stamp__in=some).update(folded=True)
            row.before, row.snapshot, row.stamp = row.snapshot, name, uuid.uuid4()
            row.save()
    if old := name if late else edition.before:
        private_storage().delete(old)
    return None if late else len(base.index)


def _forget_orphans() -> None:
    """Delete the snapshots of processes that were killed before they could name them, and of other versions.

    A file that somebody is about to name is younger than this; one that was named since is in the edition, which is
    read after the files are.
    """
    storage = private_storage()
    try:
        names = [f"{OWN_FOLDER}/{name}" for name in storage.listdir(OWN_FOLDER)[1] if name.startswith("matching-")]
        old = [name for name in names if storage.get_modified_time(name) < timezone.now() - LEFT_ALONE]
    except (FileNotFoundError, NotImplementedError):
        return  # there are none yet, or this storage cannot list: then they stay
    edition = _edition()
    for name in old:
        if name not in (edition.snapshot, edition.before):
            storage.delete(name)


def _packed(base: _Base) -> bytes:
    target = BytesIO()
    pairs = b"".join(key.bytes + stamp.bytes for key, stamp in base.folded.items())
    arrays: dict[str, Any] = {**base.index.arrays(), "folded": np.frombuffer(pairs, dtype=np.uint8)}
    np.savez(target, **arrays)
    return target.getvalue()


def _unpacked(name: str) -> _Base | None:
    """The snapshot of this name; None where it is gone, or another version's."""
    try:
        with private_storage().open(name) as file, np.load(BytesIO(file.read())) as found:
            arrays = dict(found)
        pairs = arrays["folded"].reshape(-1, 2, 16)
        folded = {uuid.UUID(bytes=key.tobytes()): uuid.UUID(bytes=stamp.tobytes()) for key, stamp in pairs}
        return _Base(name, Index.from_arrays(arrays), folded)
    except Exception as error:  # each storage has errors of its own, and none may stop a request
        log.warning("The snapshot of opportunities cannot be read, so the index is built: %s", type(error).__name__)
        return None


# --- One process


def _edition() -> _Edition:
    row = Edition.objects.filter(pk=EDITION).values_list("stamp", "snapshot", "before").first()
    return _Edition(*row) if row else _Edition()


def _renewed(kept: _Kept | None, edition: _Edition) -> _Kept:
    stamps = dict(Changed.objects.values_list("opportunity_id", "stamp"))
    serving = [each for each in (_read, kept and kept.base) if each and _serves(each, edition, stamps)]
    base = min(serving, key=lambda each: each.snapshot != edition.snapshot, default=None)
    if base is None:
        base = (_unpacked(edition.snapshot) if edition.snapshot else None) or _built(
            edition.snapshot, Changed.objects.all()
        )
    elif base.snapshot != edition.snapshot:
        Thread(target=_read_beside, args=[edition.snapshot], daemon=True).start()
    newer = {key: stamp for key, stamp in stamps.items() if base.folded.get(key) != stamp}
    works = {key: known for key, known in (kept.works if kept else {}).items() if newer.get(key) == known[0]}
    for some in _batches(newer.keys() - works.keys()):
        rows = {row.pk: work(row) for row in _searchable(on_offer().filter(pk__in=some))}
        works |= {key: (newer[key], rows.get(key)) for key in some}
    patch = Index(each for _stamp, each in works.values() if each)
    gone = base.index.rows_of([str(key) for key in works])
    return _Kept(edition.stamp, base, Patched(base.index, patch, gone), works)


def _serves(base: _Base, edition: _Edition, stamps: Stamps) -> bool:
    """Whether `stamps` tell all that changed since. Where rows went back in time, some that it has are missing."""
    if base.snapshot == edition.snapshot:
        return base.folded.keys() <= stamps.keys()
    return base.snapshot == edition.before


def _built(snapshot: str, changes: QuerySet[Changed]) -> _Base:
    # Stamps before rows, as in `index`.
    folded = dict(changes.values_list("opportunity_id", "stamp"))
    return _Base(snapshot, Index(work(row) for row in _searchable(on_offer())), folded)


def _searchable(rows: QuerySet[Opportunity]) -> Iterator[Opportunity]:
    found = rows.prefetch_related("requirements").iterator(chunk_size=BATCH)
    return (row for row in found if row.requirements.all())


def _read_beside(name: str) -> None:
    """Read a snapshot while requests go on with the one before."""
    global _read  # noqa: PLW0603 - replaced whole
    if _reading.acquire(blocking=False):
        try:
            _read = _unpacked(name)
        finally:
            _reading.release()


def _is_read(edition: _Edition, kept: _Kept) -> bool:
    read = _read
    return read is not None and kept.base is not read and read.snapshot == edition.snapshot != kept.base.snapshot


def _batches(values: Iterable[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    left = iter(list(values))
    return iter(lambda: list(islice(left, BATCH)), [])


# --- Rows


def work(row: Opportunity) -> Work:
    """The opportunity as the engine takes it; wants its requirements prefetched."""
    needs = (
        Requirement(uri=need.uri, level=need.level, weight=need.weight, essential=need.essential)
        for need in row.requirements.all()
    )
    languages = tuple(sorted(row.languages.items()))
    facts = Facts(languages=languages, place=row.place, kind=row.kind, starts=row.starts, ends=_last_day(row))
    return Work(id=str(row.pk), requirements=tuple(needs), facts=facts)
