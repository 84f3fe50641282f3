"""Feeds: addresses from which opportunities are read again and again. Private: ask `api.py`.

A feed that cannot be read, or is broken, changes nothing of what was read before, and is asked again later and later.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.competences import api as competences
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError, PasserelleError
from passerelle.host.fetch import Fetched, FetchError, fetch

from . import organisations
from .data import FeedView, Source, Stage
from .importing import Posting, postings, take
from .models import Feed, Opportunity
from .permissions import require

log = logging.getLogger(__name__)

EVERY = timedelta(hours=6)
LONGEST = timedelta(days=4)
MOST_FEEDS = 5
MOST_BYTES = 4 * 1024 * 1024
MOST_SECONDS = 30.0
MOST_REPORTED = 50


def feeds(*, actor: Actor, organisation: str) -> tuple[FeedView, ...]:
    """The organisation's feeds."""
    org = organisations.find(organisation)
    require("feeds", actor, org.pk)
    return views(org.pk)


@transaction.atomic
def add_feed(*, actor: Actor, organisation: str, url: str) -> None:
    """Read opportunities from this https address from now on."""
    org = organisations.find(organisation, lock=True)
    require("add_feed", actor, org.pk)
    url = url.strip()
    if not url.startswith("https://") or len(url) > 700:  # noqa: PLR2004
        raise InvalidError(_("The address begins with https://."), field="url")
    if org.feeds.exclude(url=url).count() >= MOST_FEEDS:
        raise InvalidError(_("An organisation has at most %(most)s feeds.") % {"most": MOST_FEEDS}, field="url")
    Feed.objects.get_or_create(organisation=org, url=url)


@transaction.atomic
def remove_feed(*, actor: Actor, organisation: str, feed_id: int) -> None:
    """Read it no more. What was read stays, as if it had been written here."""
    org = organisations.find(organisation)
    require("remove_feed", actor, org.pk)
    Feed.objects.filter(organisation=org, pk=feed_id).delete()


def read_feed(*, actor: Actor, feed_id: int) -> None:
    """An operator has the feed read now."""
    require("read_feed", actor)
    row = Feed.objects.select_related("organisation").filter(pk=feed_id).first()
    if row is None:
        raise NotFoundError
    read(row)


def read_due(now: datetime | None = None) -> dict[str, int]:
    """Read every feed of an approved organisation that is due; how many opportunities of each changed, by address.

    For a command and for a task alike. One feed's failure stops no other.
    """
    due = Feed.objects.filter(due_at__lte=now or timezone.now(), organisation__approved=True)
    return {row.url: read(row) for row in due.select_related("organisation").order_by("due_at")}


def read(row: Feed) -> int:
    """Read one feed; returns how many opportunities changed. Never raises for what is wrong with it."""
    try:
        return _read(row)
    except Exception:  # whatever a document holds that nobody has thought of
        log.exception("Feed %s could not be read", row.pk)
        return _failed(row, _("What lies at this address cannot be read: it is cut off, or no JSON."))


def _read(row: Feed) -> int:
    try:
        found = fetch(
            row.url,
            accept="application/ld+json, application/json, text/html;q=0.5",
            etag=row.etag,
            last_modified=row.last_modified,
            most_bytes=MOST_BYTES,
            most_seconds=MOST_SECONDS,
        )
        posted, report = ([], list(row.report)) if found.not_modified else postings(found.body)
    except (FetchError, InvalidError) as error:
        return _failed(row, str(error))
    return _succeeded(row, found, posted, report)


def _failed(row: Feed, said: str) -> int:
    row.failures += 1
    row.due_at = timezone.now() + min(EVERY * 2 ** min(row.failures, 8), LONGEST)
    row.report = [said]
    _keep(row)
    return 0


def _succeeded(row: Feed, found: Fetched, posted: list[Posting], report: list[str]) -> int:
    changed = 0
    if not found.not_modified:
        complete = not report
        for posting in posted:
            try:
                changed += take(row.organisation, posting.reference, _known(posting), source=Source.FEED, feed=row)
            except PasserelleError as error:
                report.append(f"{next(iter(posting.given['titles'].values()), '?')}: {error}")
        # What a whole and sound feed no longer names is over. An empty one is rather broken than out of work.
        if complete and posted:
            changed += _archive_others(row, {posting.reference for posting in posted})
        row.etag, row.last_modified = found.etag[:200], found.last_modified[:200]
    row.failures, row.read_at, row.due_at = 0, timezone.now(), timezone.now() + EVERY
    row.report = report[:MOST_REPORTED]
    _keep(row)
    return changed


def _keep(row: Feed) -> None:
    """Keep how the reading went. A feed that was removed meanwhile stays away, as it would not with `save`."""
    row.report = [line.encode(errors="replace").decode() for line in row.report]
    names = ("etag", "last_modified", "failures", "read_at", "due_at", "report")
    Feed.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in names})


def _known(posting: Posting) -> dict[str, object]:
    """The posting without competences that are not in the list here: the others still say what the work asks for."""
    wanted = posting.given["wanted"]
    known = competences.names(uris=[each["uri"] for each in wanted], language="en")
    return {**posting.given, "wanted": [each for each in wanted if each["uri"] in known]}


@transaction.atomic
def _archive_others(row: Feed, references: set[str]) -> int:
    gone = Opportunity.objects.filter(feed=row).exclude(reference__in=references).exclude(stage=Stage.ARCHIVED)
    count = 0
    for each in gone.select_for_update():
        each.stage, each.published_at = Stage.ARCHIVED, None
        each.save()
        count += 1
    return count


def views(organisation_id: int | None = None) -> tuple[FeedView, ...]:
    """Feeds as desks show them: of one organisation, or all. One query."""
    rows = Feed.objects.select_related("organisation").order_by("-failures", "pk")
    rows = rows.filter(organisation_id=organisation_id) if organisation_id is not None else rows
    return tuple(
        FeedView(
            id=row.pk,
            organisation=row.organisation.name,
            url=row.url,
            read_at=row.read_at.isoformat() if row.read_at else None,
            due_at=row.due_at.isoformat(),
            failures=row.failures,
            report=tuple(str(each) for each in row.report),
        )
        for row in rows[:200]
    )
