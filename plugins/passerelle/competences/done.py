"""What a person has done, paid or not, and which of its skills are hers. Private: everyone else asks `api.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.values import say

from . import experiences
from .catalogue import named
from .claims import STATED_HERE, checked_level, forget, record_all
from .data import Basis, Claimed, ExperienceSheet, OfferedSkill, OwnExperience
from .esco.models import Concept, ConceptWords, Kind
from .finding import MOST, needed_by
from .models import Claim, Experience
from .permissions import require
from .receipts import is_new

WORDS_LIMIT = 200
"""Characters in which a person says what she did."""
MOST_KEPT = 50
"""Experiences that one person keeps."""


def knows_occupations() -> bool:
    """Whether there is anything to find job titles in. One query."""
    return _occupations().filter(hidden=False, obsolete=False).exists()


def my_experiences(*, actor: Actor, language: str) -> tuple[OwnExperience, ...]:
    """What the actor said that she has done, the newest first. Two queries."""
    require("own", actor)
    rows = list(Experience.objects.filter(user_id=actor.pk).order_by("-at", "-pk"))
    names = _names([row.what for row in rows], language)
    return tuple(
        OwnExperience(id=_short(row.what), name=names[row.what], words=row.words) for row in rows if row.what in names
    )


def experience(*, actor: Actor, name: str, language: str) -> ExperienceSheet:
    """A ready list (its id) or an occupation (the end of its URI), with the skills to confirm or strike.

    The essential ones come first. Raises NotFoundError where there is no such thing.
    """
    require("own", actor)
    what = _what(name)
    wanted = needed_by(what)
    kept = Experience.objects.filter(user_id=actor.pk, what=what).first()
    stated = _stated(actor.pk, wanted)
    words = named(uris=wanted, language=language)
    return ExperienceSheet(
        id=name,
        name=_names([what], language)[what],
        words=kept.words if kept else "",
        kept=kept is not None,
        skills=tuple(
            OfferedSkill(
                uri=uri,
                name=words[uri].name,
                meaning=words[uri].meaning,
                essential=essential,
                level=stated.get(uri),
            )
            for uri, essential in list(wanted.items())[:MOST]
        ),
    )


@transaction.atomic
def keep_experience(*, actor: Actor, name: str, words: str, levels: Mapping[str, int | None], key: str) -> int:
    """The actor has done this, and of its skills she confirms some, each with her level; None strikes what she stated.

    `levels` by URI; skills that the experience does not ask for are refused. Returns how many she confirms.
    """
    require("own", actor)
    what = _what(name)
    if len(words.strip()) > WORDS_LIMIT:
        message = _("This is too long. Nothing is lost: shorten it to %d signs.") % WORDS_LIMIT
        raise InvalidError(message, field="words")
    if not set(levels) <= set(needed_by(what)):
        raise InvalidError(_("This is not in the list. Choose something from the list."), field="levels")
    confirmed = {uri: checked_level(level) for uri, level in levels.items() if level is not None}
    if is_new(actor, key, "experience"):
        mine = Experience.objects.filter(user_id=actor.pk)
        if mine.count() >= MOST_KEPT and not mine.filter(what=what).exists():
            raise InvalidError(_("You have listed very many things. Remove one that matters less, then add this one."))
        Experience.objects.update_or_create(user_id=actor.pk, what=what, defaults={"words": words.strip()})
        _state(actor.pk, levels, confirmed)
    return len(confirmed)


@transaction.atomic
def remove_experience(*, actor: Actor, name: str, key: str) -> None:
    """Take an experience off the list. What the actor stated of its skills stays hers."""
    require("own", actor)
    if is_new(actor, key, "no experience"):
        Experience.objects.filter(user_id=actor.pk, what=_what(name, gone=True)).delete()


def _state(user_id: int, levels: Mapping[str, int | None], confirmed: Mapping[str, int]) -> None:
    stated = _stated(user_id, levels)
    for uri, level in levels.items():
        if level is None and uri in stated:
            forget(user_id=user_id, uri=uri, basis=Basis.STATED)
    now = timezone.now()
    new = [
        Claimed(uri=uri, level=level, basis=Basis.STATED, source=STATED_HERE, at=now)
        for uri, level in confirmed.items()
        if stated.get(uri) != level
    ]
    record_all(user_id=user_id, claims=new)


def _stated(user_id: int, uris: Mapping[str, object]) -> dict[str, int]:
    """The levels that the person stated of these, the newest word of each."""
    rows = Claim.objects.filter(user_id=user_id, uri__in=list(uris), basis=Basis.STATED)
    return dict(rows.order_by("at", "pk").values_list("uri", "level"))


def _what(name: str, *, gone: bool = False) -> str:
    """A ready list's id, or the URI of the occupation that ends so; `gone`: even of one that is no longer offered."""
    if name in {one.id for one in experiences.load().experiences}:
        return name
    found = _occupations().filter(uri__endswith=f"/{name}")
    uri = (found if gone else found.filter(hidden=False)).values_list("uri", flat=True).first()
    if uri is None:
        raise NotFoundError(_("This occupation is not in the list any more. Type the title again and choose another."))
    return uri


def known_experiences(whats: Iterable[str]) -> set[str]:
    """Those of these that are a ready list's id or an occupation's URI. At most one query."""
    asked = set(whats)
    listed = asked & {one.id for one in experiences.load().experiences}
    return listed | set(_occupations().filter(uri__in=asked - listed).values_list("uri", flat=True))


def _occupations() -> QuerySet[Concept]:
    return Concept.objects.filter(kind=Kind.OCCUPATION)


def _short(what: str) -> str:
    return what.rsplit("/", maxsplit=1)[-1]


def _names(whats: list[str], language: str) -> dict[str, str]:
    """What experiences are called. At most one query."""
    names = {one.id: say(one.name, language) for one in experiences.load().experiences}
    uris = [what for what in whats if what not in names]
    if not uris:
        return names
    base = language.split("-", maxsplit=1)[0]
    by_uri: dict[str, dict[str, str]] = {}
    rows = ConceptWords.objects.filter(concept__uri__in=uris, language__in={language, base, "en"})
    for uri, spoken, label in rows.values_list("concept__uri", "language", "label"):
        by_uri.setdefault(uri, {})[spoken] = label
    return {**names, **{uri: say(labels, language) for uri, labels in by_uri.items()}}
