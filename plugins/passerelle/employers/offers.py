"""Opportunities at the employer's desk: written, suggested, previewed, sent to the operator, archived. Private."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.competences import api as competences
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.values import as_uuid, say
from passerelle.host.web import require_writable
from passerelle.matching.api import explain
from passerelle.matching.data import CEFR, LEVELS, Profile

from . import organisations, shelf
from .data import Draft, Kind, MatchCard, OfferView, Role, Source, Stage, Suggested, Wanted
from .models import Member, Opportunity, Requirement
from .permissions import require
from .searching import card

ESSENTIAL, USEFUL = 100, 40
"""Per cent of what an essential competence weighs."""

REMOTE = "remote"
MOST_WANTED, MOST_LANGUAGES, MOST_HOURS = 30, 5, 60
MOST_TITLE, MOST_ABOUT, MOST_PASTED = 150, 10_000, 20_000
LANGUAGE_FORM = re.compile(r"[a-z]{2,3}")

# A pasted text: lines, bullets and list items short enough to name a competence.
PIECE = re.compile(r"[\n;,•·.]|(?:^|\s)[-–*]\s")
SHORTEST_PIECE, LONGEST_PIECE, MOST_PIECES, MOST_SUGGESTED = 2, 6, 40, 20
BULLET = " -–*•·\t"


def offers(*, actor: Actor, organisation: str, language: str) -> tuple[OfferView, ...]:
    """All opportunities of the organisation, the one changed last first. Four queries."""
    org = organisations.find(organisation)
    require("offers", actor, org.pk)
    sees_people = Member.objects.filter(organisation=org, user_id=actor.pk).exclude(role=Role.EDITOR).exists()
    open_ones = Q(applications__applied_at__isnull=False, applications__withdrawn_at__isnull=True)
    rows = org.opportunities.annotate(applied=Count("applications", filter=open_ones)).order_by("-changed_at", "pk")
    return tuple(offer(row, org.name, language, row.applied if sees_people else 0) for row in rows)


def offer(row: Opportunity, organisation: str, language: str, applied: int = 0) -> OfferView:
    """The opportunity as a desk lists it."""
    return OfferView(
        id=str(row.pk),
        title=say(row.title, language),
        organisation=organisation,
        stage=Stage(row.stage),
        note=row.note,
        source=Source(row.source),
        over=shelf.is_over(row),
        applied=applied,
    )


def draft(*, actor: Actor, opportunity_id: str, language: str) -> Draft:
    """An opportunity to go on writing."""
    row = _find(opportunity_id)
    require("draft", actor, row.organisation_id)
    return Draft(
        id=str(row.pk),
        organisation=row.organisation.slug,
        stage=Stage(row.stage),
        note=row.note,
        kind=row.kind,
        titles=row.title,
        abouts=row.about,
        place="" if row.place == REMOTE else row.place,
        remote=row.place == REMOTE,
        region=row.region,
        hours=row.hours,
        languages=tuple(sorted(row.languages.items())),
        starts=_said(row.starts),
        ends=_said(row.ends),
        apply_by=_said(row.apply_by),
        wanted=tuple(wanted_of(row, language)),
    )


def wanted_of(row: Opportunity, language: str = "en") -> list[Wanted]:
    """What the opportunity asks for."""
    return [
        Wanted(uri=need.uri, name=say(need.words, language), level=need.level, essential=need.essential)
        for need in row.requirements.all()
    ]


@transaction.atomic
def keep_draft(*, actor: Actor, organisation: str, opportunity_id: str, given: Mapping[str, Any]) -> Stage:
    """Keep what the form holds, under an id (UUID) that the form made up; the same again changes nothing.

    An opportunity that people see goes off offer when it is changed, and waits for the operator again.
    Raises InvalidError with the faulty field.
    """
    org = organisations.find(organisation, lock=True)  # two taps at once write one opportunity
    require("keep_draft", actor, org.pk)
    key = as_uuid(opportunity_id)
    values, wanted = checked(given)
    row = Opportunity.objects.select_for_update().filter(pk=key).first()
    if row is None:
        row = Opportunity(pk=key, organisation=org, reference=f"own-{key.hex[:24]}")
    elif row.organisation_id != org.pk:
        raise NotFoundError
    return write(row, values, wanted)


def write(row: Opportunity, values: Mapping[str, Any], wanted: Sequence[Wanted]) -> Stage:
    """Save the row with these values and competences, if that changes anything. Returns its stage."""
    new = row._state.adding
    known = {} if new else {need.uri: need for need in row.requirements.all()}
    same_needs = [(need.uri, need.level, need.essential) for need in known.values()] == [
        (each.uri, each.level, each.essential) for each in wanted
    ]
    if not new and same_needs and all(getattr(row, name) == value for name, value in values.items()):
        return Stage(row.stage)
    for name, value in values.items():
        setattr(row, name, value)
    if row.stage == Stage.PUBLISHED:
        row.stage, row.published_at = Stage.WAITING, None
    row.note = ""
    row.save()
    if not same_needs:
        row.requirements.all().delete()
        names = organisations.names_of([each.uri for each in wanted if each.uri not in known])
        Requirement.objects.bulk_create(
            Requirement(
                opportunity=row,
                uri=each.uri,
                words=known[each.uri].words if each.uri in known else names.get(each.uri) or {"en": each.name},
                level=each.level,
                essential=each.essential,
                weight=ESSENTIAL if each.essential else USEFUL,
            )
            for each in wanted
        )
        shelf.changed([row.pk])
    return Stage(row.stage)


def suggest(*, actor: Actor, organisation: str, text: str, occupation: str = "", language: str) -> Suggested:
    """What a title or a pasted text seems to ask for, to be confirmed: from the occupation that its first line means
    (or the one chosen, a URI), and from what its short lines name."""
    org = organisations.find(organisation)
    require("suggest", actor, org.pk)
    text = text[:MOST_PASTED]
    first = next((line.strip(BULLET) for line in text.splitlines() if line.strip(BULLET)), "")[:MOST_TITLE]
    if not first:
        raise InvalidError(_("Paste a text, or write a title."), field="text")
    found = competences.find_occupations(actor=actor, title=first, language=language, limit=5)
    wanted = {each.uri: each for each in _named_in(actor, text, first, language)}
    chosen = occupation or (found[0].uri if found else "")
    if chosen:
        for skill in competences.skills_of_experience(
            actor=actor, experience=chosen, language=language, limit=MOST_SUGGESTED
        ):
            offered = Wanted(uri=skill.uri, name=skill.name, level=2, essential=skill.essential)
            wanted.setdefault(skill.uri, offered)
    return Suggested(
        occupations=tuple((each.uri, each.name) for each in found), wanted=tuple(wanted.values())[:MOST_SUGGESTED]
    )


def _named_in(actor: Actor, text: str, first: str, language: str) -> Iterable[Wanted]:
    """Competences whose names stand in the text, nearly word for word."""
    pieces = dict.fromkeys(piece.strip(BULLET) for piece in PIECE.split(text))
    short = [p for p in pieces if p != first and SHORTEST_PIECE <= len(p.split()) <= LONGEST_PIECE]
    for piece in short[:MOST_PIECES]:
        for hit in competences.find_competences(actor=actor, text=piece, language=language, limit=1):
            if _alike(piece, hit.matched):
                yield Wanted(uri=hit.uri, name=hit.name, level=2, essential=True)


def _alike(one: str, other: str) -> bool:
    """Whether `one` has most of both, and nearly all of `other`: a text must not ask for what it does not say."""
    a, b = (set(re.findall(r"\w{3,}", text.casefold())) for text in (one, other))
    return bool(a and b) and 2 * len(a & b) >= max(len(a), len(b)) + 1 and 4 * len(b - a) <= len(b)


def preview(*, actor: Actor, opportunity_id: str, language: str) -> tuple[MatchCard, str]:
    """The opportunity as a learner sees it who brings nothing of it yet: its card and its text."""
    row = _find(opportunity_id)
    require("preview", actor, row.organisation_id)
    if not row.requirements.all():
        raise InvalidError(_("Say first which competences the work asks for."), field="requirements")
    return card(row, explain(shelf.work(row), Profile(held={})), False, language), say(row.about, language)


@transaction.atomic
def submit(*, actor: Actor, opportunity_id: str) -> None:
    """Ask the operator to publish it."""
    row = _find(opportunity_id, lock=True)
    require("submit", actor, row.organisation_id)
    _require_complete(row)
    if row.stage in (Stage.DRAFT, Stage.ARCHIVED):
        row.stage, row.note = Stage.WAITING, ""
        row.save()


@transaction.atomic
def archive(*, actor: Actor, opportunity_id: str) -> None:
    """Take it off offer for good; what passed with people stays until it is purged."""
    row = _find(opportunity_id, lock=True)
    require("archive", actor, row.organisation_id)
    if row.stage != Stage.ARCHIVED:
        row.stage, row.published_at = Stage.ARCHIVED, None
        row.save()


# --- An operator


@transaction.atomic
def publish(*, actor: Actor, opportunity_id: str) -> None:
    """Show the opportunity. Raises InvalidError where it asks for no competence, since then nobody could find it."""
    require("publish", actor)
    row = _find(opportunity_id, lock=True)
    _require_complete(row)
    if row.published_at is None:
        row.published_at, row.stage, row.note = timezone.now(), Stage.PUBLISHED, ""
        row.save()


@transaction.atomic
def unpublish(*, actor: Actor, opportunity_id: str, reason: str = "") -> None:
    """Take the opportunity back, or send it back; its authors read why."""
    require("unpublish", actor)
    row = _find(opportunity_id, lock=True)
    if row.stage != Stage.ARCHIVED and (row.stage, row.note) != (Stage.DRAFT, reason.strip()):
        row.published_at, row.stage, row.note = None, Stage.DRAFT, reason.strip()[:MOST_ABOUT]
        row.save()


def waiting(language: str) -> tuple[OfferView, ...]:
    """What waits for the operator, the oldest first. One query."""
    rows = Opportunity.objects.filter(stage=Stage.WAITING).select_related("organisation").order_by("changed_at", "pk")
    return tuple(offer(row, row.organisation.name, language) for row in rows[:200])


# --- Rows


def _find(opportunity_id: str, *, lock: bool = False) -> Opportunity:
    rows = Opportunity.objects.select_for_update() if lock else Opportunity.objects.select_related("organisation")
    row = rows.filter(pk=as_uuid(opportunity_id)).prefetch_related("requirements").first()
    if row is None:
        raise NotFoundError
    return row


def _require_complete(row: Opportunity) -> None:
    if not row.requirements.all():
        raise InvalidError(_("Say first which competences the work asks for."), field="requirements")
    if shelf.is_over(row):
        raise InvalidError(_("Its last day is past. Change the dates first."), field="ends")


def checked(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Wanted]]:
    """What the form holds, as columns and competences. Raises InvalidError for the first thing that is wrong."""
    require_writable(given)
    values: dict[str, Any] = {
        "title": _words(given.get("titles"), MOST_TITLE, "titles"),
        "about": _words(given.get("abouts"), MOST_ABOUT, "abouts"),
        "kind": _kind(given.get("kind")),
        "place": _place(given),
        "region": str(given.get("region") or "").strip()[:100],
        "hours": _whole(given.get("hours") or 0, 0, MOST_HOURS, "hours"),
        "languages": _languages(given.get("languages") or []),
        **{name: _day(given.get(name), name) for name in ("starts", "ends", "apply_by")},
    }
    if not values["title"]:
        raise InvalidError(_("Write a title in at least one language."), field="titles")
    if values["starts"] and values["ends"] and values["ends"] < values["starts"]:
        raise InvalidError(_("The last day is before the first. Change one of them."), field="ends")
    return values, _wanted(given.get("wanted") or [])


def _words(given: Any, most: int, field: str) -> dict[str, str]:
    if given is not None and not isinstance(given, Mapping):
        raise InvalidError(field=field)
    texts = {str(code): str(text or "").strip() for code, text in (given or {}).items()}
    for code, text in texts.items():
        if not LANGUAGE_FORM.fullmatch(code):
            raise InvalidError(field=field)
        if len(text) > most:
            raise InvalidError(_("This is too long. Nothing is lost: shorten it here."), field=field)
    return {code: text for code, text in texts.items() if text}


def _kind(given: Any) -> str:
    if given not in list(Kind):
        raise InvalidError(_("Choose what kind of work it is."), field="kind")
    return str(given)


def _place(given: Mapping[str, Any]) -> str:
    place = REMOTE if given.get("remote") else str(given.get("place") or "").strip()
    if not place or len(place) > 100:  # noqa: PLR2004
        raise InvalidError(_("Write the town, or say that the work is done at a distance."), field="place")
    return place


def _whole(given: Any, least: int, most: int, field: str) -> int:
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
        number = least - 1
    if not least <= number <= most:
        said = _("Write a number from %(least)s to %(most)s.") % {"least": least, "most": most}
        raise InvalidError(said, field=field)
    return number


def _languages(given: Any) -> dict[str, str]:
    if not isinstance(given, list) or len(given) > MOST_LANGUAGES:
        raise InvalidError(field="languages")
    found: dict[str, str] = {}
    for each in given:
        code, level = (
            (str(each.get(name) or "") for name in ("code", "level")) if isinstance(each, Mapping) else ("", "")
        )
        if not code:
            continue
        if not LANGUAGE_FORM.fullmatch(code) or level not in CEFR:
            raise InvalidError(_("Choose each language with its level, from A1 to C2."), field="languages")
        found[code] = level
    return found


def _day(given: Any, field: str) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError as error:
        raise InvalidError(_("Write the date as year-month-day."), field=field) from error


def _wanted(given: Any) -> list[Wanted]:
    if not isinstance(given, list) or len(given) > MOST_WANTED:
        said = _("At most %(most)s competences, so that people understand what is asked.") % {"most": MOST_WANTED}
        raise InvalidError(said, field="wanted")
    found: dict[str, Wanted] = {}
    for each in given:
        if not isinstance(each, Mapping):
            raise InvalidError(field="wanted")
        uri, essential = str(each.get("uri") or ""), bool(each.get("essential"))
        found[uri] = Wanted(uri=uri, name="", level=_whole(each.get("level"), 1, LEVELS, "wanted"), essential=essential)
    if set(found) - set(competences.names(uris=list(found), language="en")):
        raise InvalidError(_("One of the competences is not in the list. Choose it again by its name."), field="wanted")
    return list(found.values())


def _said(day: date | None) -> str:
    return day.isoformat() if day else ""
