"""The profile: what a person can do, by area, how it grew, and what is near. Private: everyone else asks `api.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError

from .catalogue import Named, areas, framework, named
from .claims import claims_of, strongest, supported
from .data import LEVELS, Claimed, Moment, NearView, Profile, ProfileArea, ProfileLine, Support
from .models import ProfileChoice, Rating
from .permissions import require
from .receipts import is_new
from .teaching import my_units

NEAR = 4
"""Competences proposed at once."""

Grown = dict[str, dict[str, int]]
"""Levels by moment by competence id."""


def profile(*, actor: Actor, language: str) -> Profile:
    """What the actor can do, by area in the framework's order. Four queries and a few for each of
    her course runs, however much there is."""
    require("own", actor)
    claims = claims_of(user_id=actor.pk)
    best, bases = strongest(claims), supported(claims)
    words = named(uris=best, language=language)
    grown = _growth(actor.pk)
    choice = ProfileChoice.objects.filter(user_id=actor.pk).first()
    hidden = set(choice.hidden) if choice else set()
    by_area: dict[str, list[ProfileLine]] = defaultdict(list)
    for uri, claim in best.items():
        by_area[words[uri].area_id].append(_line(words[uri], claim, bases[uri], grown))
    titles = {**areas(language=language), "": ""}
    found = tuple(_area(key, title, key in hidden, by_area[key]) for key, title in titles.items() if by_area[key])
    unreviewed = language.split("-", maxsplit=1)[0] in framework().unreviewed
    return Profile(areas=found, near=_near(actor, found, best, language), unreviewed=unreviewed)


def _growth(user_id: int) -> Grown:
    rows = Rating.objects.filter(assessment__user_id=user_id, assessment__submitted_at__isnull=False)
    levels: Grown = defaultdict(dict)
    ordered = rows.order_by("assessment__submitted_at", "pk")
    for competence, value, moment in ordered.values_list("competence", "value", "assessment__moment"):
        if value.isdigit():
            levels[competence][moment] = int(value)  # the latest of a moment counts
    return levels


def _line(words: Named, claim: Claimed, bases: Iterable[Claimed], grown: Grown) -> ProfileLine:
    levels = grown.get(words.id, {})
    start = levels.get(Moment.LOOKING_BACK, levels.get(Moment.BEFORE))
    return ProfileLine(
        uri=claim.uri,
        id=words.id,
        name=words.name,
        level=claim.level,
        basis=claim.basis.name.lower(),
        situation=words.levels[claim.level - 1] if words.levels else "",
        next=words.levels[claim.level] if claim.level < LEVELS and words.levels else "",
        others=tuple(
            Support(basis=one.basis.name.lower(), level=one.level) for one in bases if one.basis != claim.basis
        ),
        start=start if start is not None and start < claim.level else None,
        before=levels.get(Moment.BEFORE),
        looking_back=levels.get(Moment.LOOKING_BACK),
        after=levels.get(Moment.AFTER),
    )


def _area(key: str, title: str, hidden: bool, lines: list[ProfileLine]) -> ProfileArea:
    average = sum(line.level for line in lines) / len(lines)
    ordered = tuple(sorted(lines, key=lambda line: (-line.level, line.name)))
    return ProfileArea(id=key, name=title, hidden=hidden, average=average, lines=ordered)


def _near(actor: Actor, found: Iterable[ProfileArea], held: Iterable[str], language: str) -> tuple[NearView, ...]:
    """What she has not named yet in the areas where she can do most."""
    strong = sorted((area for area in found if area.id), key=lambda area: -area.average)
    known = set(held)
    free = [
        competence
        for area in strong
        for competence in framework().competences
        if competence.area == area.id and competence.uri not in known
    ][:NEAR]
    words = named(uris=[competence.uri for competence in free], language=language)
    units = my_units(actor=actor, uris=words)
    return tuple(
        NearView(
            uri=one.uri,
            id=one.id,
            name=words[one.uri].name,
            meaning=words[one.uri].meaning,
            units=units.get(one.uri, ()),
        )
        for one in free
    )


@transaction.atomic
def hide_areas(*, actor: Actor, hidden: Iterable[str], key: str) -> None:
    """Leave these areas out of the profile page and its exports from now on, and show all others."""
    require("own", actor)
    wanted = sorted(set(hidden))
    if not set(wanted) <= {*framework().areas, ""}:
        raise InvalidError(field="hidden")
    if is_new(actor, key, "hide"):
        ProfileChoice.objects.update_or_create(user_id=actor.pk, defaults={"hidden": wanted})
