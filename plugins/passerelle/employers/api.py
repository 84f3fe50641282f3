"""Employers, public: the work that fits a person and why, and what she does with it.

Every function takes the acting person, asks the permission table and raises a `PasserelleError` whose text tells her
what to do. Writes set a state, so that the same one twice is the same as once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.competences.api import my_claims
from passerelle.competences.data import Basis
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.matching.api import explain
from passerelle.matching.data import Held, Match, Profile, Reason, Standing, Wishes

from . import shelf
from .data import Kind, Marked, MatchCard, Need
from .models import Mark, Opportunity, Organisation
from .permissions import PERMISSIONS, require

__all__ = [
    "MOST",
    "PERMISSIONS",
    "approve",
    "disapprove",
    "hide",
    "opportunities_for",
    "publish",
    "retire_user",
    "save",
    "saved",
    "unmark",
    "unpublish",
]

MOST = 50
"""The longest list that one call gives."""

BASIS_SHARES: dict[Basis, int] = {
    Basis.STATED: 40,
    Basis.SELF_ASSESSED: 60,
    Basis.EVIDENCED: 70,
    Basis.DEMONSTRATED: 85,
    Basis.VALIDATED: 95,
    Basis.BADGE_BACKED: 100,
}
"""What a competence counts in a match, in per cent, by what the claim rests on."""


# --- A person


def opportunities_for(*, actor: Actor, language: str, limit: int = 10, wishes: Wishes | None = None) -> list[MatchCard]:
    """What fits the actor's claims best, with reasons; nothing that is over, and nothing that she hid.

    5 queries, and 2 more after something on offer changed. Raises InvalidError for a limit that is not from 1 to MOST.
    """
    require("search", actor)
    if not 1 <= limit <= MOST:
        raise InvalidError(_("Choose a number from 1 to %(most)s.") % {"most": MOST}, field="limit")
    marks = _marks(actor)
    hidden = {key for key, what in marks.items() if what == Marked.HIDDEN}
    asked = wishes or Wishes()
    asked = replace(asked, on=max(asked.on or timezone.localdate(), timezone.localdate()))
    found = shelf.index().search(_profile(actor), k=limit + len(hidden), wishes=asked)
    return _cards([match for match in found if match.id not in hidden][:limit], marks, language)


def saved(*, actor: Actor, language: str) -> list[MatchCard]:
    """What the actor saved and is still on offer, the best match first."""
    require("saved", actor)
    marks = _marks(actor)
    rows = shelf.on_offer().filter(marks__user_id=actor.pk, marks__what=Marked.SAVED).prefetch_related("requirements")
    profile = _profile(actor)
    found = [explain(shelf.work(row), profile, {}) for row in rows if row.requirements.all()]
    return _cards(sorted(found, key=lambda match: (-match.score, match.id)), marks, language)


def save(*, actor: Actor, opportunity_id: str) -> None:
    """Keep an opportunity on the actor's list. One that she hid comes back."""
    require("save", actor)
    _mark(actor, opportunity_id, Marked.SAVED)


def hide(*, actor: Actor, opportunity_id: str) -> None:
    """Show the opportunity to the actor no more; `unmark` brings it back."""
    require("hide", actor)
    _mark(actor, opportunity_id, Marked.HIDDEN)


def unmark(*, actor: Actor, opportunity_id: str) -> None:
    """Neither saved nor hidden."""
    require("unmark", actor)
    Mark.objects.filter(user_id=actor.pk, opportunity_id=_as_uuid(opportunity_id)).delete()


def retire_user(*, user_id: int) -> None:
    """Erase what is this person's. May run twice."""
    Mark.objects.filter(user_id=user_id).delete()


# --- An operator


def approve(*, actor: Actor, organisation: str) -> None:
    """Show the work of the organisation with this slug."""
    require("approve", actor)
    _set_approved(organisation, approved=True)


def disapprove(*, actor: Actor, organisation: str) -> None:
    """Show nothing of the organisation any more."""
    require("disapprove", actor)
    _set_approved(organisation, approved=False)


def publish(*, actor: Actor, opportunity_id: str) -> None:
    """Show the opportunity. Raises InvalidError where it asks for no competence, since then nobody could find it."""
    require("publish", actor)
    _set_published(opportunity_id, published=True)


def unpublish(*, actor: Actor, opportunity_id: str) -> None:
    """Take the opportunity back: the next search does not find it."""
    require("unpublish", actor)
    _set_published(opportunity_id, published=False)


@transaction.atomic
def _set_approved(slug: str, *, approved: bool) -> None:
    row = Organisation.objects.select_for_update().filter(slug=slug).first()
    if row is None:
        raise NotFoundError
    if row.approved != approved:
        row.approved = approved
        row.save(update_fields=["approved"])


@transaction.atomic
def _set_published(opportunity_id: str, *, published: bool) -> None:
    row = Opportunity.objects.select_for_update().filter(pk=_as_uuid(opportunity_id)).first()
    if row is None:
        raise NotFoundError
    if published and not row.requirements.exists():
        raise InvalidError(_("Say first which competences the work asks for."), field="requirements")
    if (row.published_at is not None) != published:
        row.published_at = timezone.now() if published else None
        row.save(update_fields=["published_at"])


# --- Rows and cards


def _profile(actor: Actor) -> Profile:
    """What the actor's claims come to: for each competence the one with the strongest basis, of those the newest."""
    strongest: dict[str, Held] = {}
    for claim in my_claims(actor=actor, language=actor.language):  # the newest first
        held = Held(level=claim.level, basis=BASIS_SHARES[Basis[claim.basis.upper()]])
        if claim.uri not in strongest or held.basis > strongest[claim.uri].basis:
            strongest[claim.uri] = held
    return Profile(held=strongest)


def _marks(actor: Actor) -> dict[str, str]:
    rows = Mark.objects.filter(user_id=actor.pk).values_list("opportunity_id", "what")
    return {str(key): what for key, what in rows}


@transaction.atomic
def _mark(actor: Actor, opportunity_id: str, what: Marked) -> None:
    row = shelf.on_offer().filter(pk=_as_uuid(opportunity_id)).first()
    if row is None:
        raise NotFoundError(_("This is no longer on offer. Reload the page to see what is."))
    Mark.objects.update_or_create(user_id=actor.pk, opportunity=row, defaults={"what": what})


def _cards(matches: Iterable[Match], marks: Mapping[str, str], language: str) -> list[MatchCard]:
    found = list(matches)
    # What went off offer since the index was read is left out.
    rows = shelf.on_offer().filter(pk__in=[match.id for match in found])
    by_id = {str(row.pk): row for row in rows.select_related("organisation").prefetch_related("requirements")}
    return [
        _card(by_id[match.id], match, marks.get(match.id) == Marked.SAVED, language)
        for match in found
        if match.id in by_id
    ]


def _card(row: Opportunity, match: Match, is_saved: bool, language: str) -> MatchCard:
    names = {need.uri: say(need.words, language) for need in row.requirements.all()}

    def needs(standing: Standing) -> tuple[Need, ...]:
        return tuple(_need(reason, names) for reason in match.standing(standing))

    return MatchCard(
        id=match.id,
        title=say(row.title, language),
        organisation=row.organisation.name,
        kind=Kind(row.kind),
        place=row.place,
        hours=row.hours,
        languages=tuple(sorted(row.languages.items())),
        starts=row.starts.isoformat() if row.starts else None,
        ends=row.ends.isoformat() if row.ends else None,
        score=match.score,
        use=match.use,
        saved=is_saved,
        held=needs(Standing.HELD),
        partly=needs(Standing.PARTLY),
        related=needs(Standing.RELATED),
        missing=needs(Standing.MISSING),
    )


def _need(reason: Reason, names: Mapping[str, str]) -> Need:
    asked = reason.requirement
    return Need(
        uri=asked.uri,
        name=names.get(asked.uri, asked.uri),
        essential=asked.essential,
        level=asked.level,
        level_held=reason.held.level if reason.held else 0,
        via=reason.via,
        covered=reason.covered,
    )


def say(words: Mapping[str, str], language: str) -> str:
    """The words in this language, else in English, else in the first there is."""
    return words.get(language) or words.get("en") or next(iter(words.values()), "")


def _as_uuid(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise NotFoundError from error
