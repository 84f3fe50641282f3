"""The work that fits a person and why, and what she keeps and hides of it. Private: ask `api.py`."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from heapq import nlargest

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.competences.api import claims_of, close_to, strongest
from passerelle.competences.data import SHARES, Claimed
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.values import as_uuid, say
from passerelle.matching.api import explain
from passerelle.matching.data import MOST_HELD, Held, Match, Profile, Reason, Standing, Wishes

from . import shelf
from .data import Kind, Marked, MatchCard, Need
from .models import Application, Mark, Opportunity
from .permissions import require

MOST = 50
"""The longest list that one call gives."""


# --- A person


def opportunities_for(
    *,
    actor: Actor,
    language: str,
    limit: int = 10,
    wishes: Wishes | None = None,
    about: Collection[str] | None = None,
) -> list[MatchCard]:
    """What fits the actor's claims best, with reasons; nothing that is over, and nothing that she hid.

    With `about` (URIs), by these of her claims alone; the reasons then still tell all. 7 queries, and 3 more after
    something on offer changed. Raises InvalidError for a limit that is not from 1 to MOST.
    """
    require("search", actor)
    if not 1 <= limit <= MOST:
        raise InvalidError(_("Choose a number from 1 to %(most)s.") % {"most": MOST}, field="limit")
    marks = marks_of(actor)
    hidden = {key for key, what in marks.items() if what == Marked.HIDDEN}
    asked = wishes or Wishes()
    asked = replace(asked, on=max(asked.on or timezone.localdate(), timezone.localdate()))
    profile = profile_of(claims_of(user_id=actor.pk))
    asking = (
        profile if about is None else Profile(held={uri: profile.held[uri] for uri in about if uri in profile.held})
    )
    found = shelf.index().top(asking, k=limit + len(hidden), wishes=asked)
    return _cards(actor, [key for key, _score in found if key not in hidden][:limit], profile, marks, language)


def saved(*, actor: Actor, language: str) -> list[MatchCard]:
    """What the actor saved and is still on offer, the best match first."""
    require("saved", actor)
    marks = marks_of(actor)
    rows = shelf.on_offer().filter(marks__user_id=actor.pk, marks__what=Marked.SAVED).prefetch_related("requirements")
    profile = profile_of(claims_of(user_id=actor.pk))
    found = [explain(shelf.work(row), profile) for row in rows if row.requirements.all()]
    found.sort(key=lambda match: (-match.score, match.id))
    return _cards(actor, [match.id for match in found], profile, marks, language)


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
    Mark.objects.filter(user_id=actor.pk, opportunity_id=as_uuid(opportunity_id)).delete()


# --- Rows and cards


def profile_of(claims: Iterable[Claimed]) -> Profile:
    """What claims, the newest first, come to: for each competence the one that counts, at the share of its basis.

    This is all that the engine learns of a person.
    """
    counted = strongest(tuple(claims))
    held = {uri: Held(level=claim.level, basis=SHARES[claim.basis]) for uri, claim in counted.items()}
    heaviest = nlargest(MOST_HELD, held.items(), key=lambda pair: pair[1].level * pair[1].basis)
    return Profile(held=dict(heaviest))


def marks_of(actor: Actor) -> dict[str, str]:
    """What the actor saved and hid, by opportunity."""
    rows = Mark.objects.filter(user_id=actor.pk).values_list("opportunity_id", "what")
    return {str(key): what for key, what in rows}


@transaction.atomic
def _mark(actor: Actor, opportunity_id: str, what: Marked) -> None:
    row = shelf.on_offer().filter(pk=as_uuid(opportunity_id)).first()
    if row is None:
        raise NotFoundError(_("This is no longer on offer. Reload the page to see what is."))
    Mark.objects.update_or_create(user_id=actor.pk, opportunity=row, defaults={"what": what})


def _cards(
    actor: Actor, found: list[str], profile: Profile, marks: Mapping[str, str], language: str
) -> list[MatchCard]:
    # What went off offer since the index was read is left out.
    rows = shelf.on_offer().filter(pk__in=found).select_related("organisation").prefetch_related("requirements")
    by_id = {str(row.pk): row for row in rows}
    related = close_to(uris={need.uri for row in by_id.values() for need in row.requirements.all()})
    applied = {str(key) for key in applied_to(actor)}
    return [
        replace(
            card(row, explain(shelf.work(row), profile, related), marks.get(key) == Marked.SAVED, language),
            applied=key in applied,
        )
        for key in found
        if (row := by_id.get(key))
    ]


def applied_to(actor: Actor) -> set[uuid.UUID]:
    """What the actor applied for, and did not take back."""
    rows = Application.objects.filter(user_id=actor.pk, applied_at__isnull=False, withdrawn_at__isnull=True)
    return set(rows.values_list("opportunity_id", flat=True))


def card(row: Opportunity, match: Match, is_saved: bool, language: str) -> MatchCard:
    """The opportunity as a person sees it; wants its organisation and requirements fetched."""
    why = reasons(row, match, language)
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
        covered=match.covered,
        use=match.use,
        score=match.score,
        saved=is_saved,
        held=why["held"],
        partly=why["partly"],
        related=why["related"],
        missing=why["missing"],
    )


def reasons(row: Opportunity, match: Match, language: str) -> dict[str, tuple[Need, ...]]:
    """What the work asks for, by how the person stands to it: `held`, `partly`, `related`, `missing`."""
    names = {need.uri: say(need.words, language) for need in row.requirements.all()}
    return {standing.value: tuple(_need(reason, names) for reason in match.standing(standing)) for standing in Standing}


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
