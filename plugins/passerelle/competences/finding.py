"""Finding a competence by name, an occupation by title, the skills that an experience has given. Private to the app.

The indexes are built once in a process, shared by its requests, and built anew after an import or an operator's change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from threading import Lock
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.values import say

from . import experiences
from .catalogue import framework, named
from .data import ExperienceView, FoundCompetence, FoundOccupation, SkillOffer
from .esco.models import Concept, ConceptTie, ConceptWords, Kind, Tie
from .permissions import require
from .search import Name, NameIndex
from .titles import TitleIndex

MOST = 50
"""More answers than this nobody reads."""

ENGLISH = "en"
KNOWLEDGE = "knowledge"
"""ESCO's type of a skill that is something to know of, not to do."""
T = TypeVar("T")


class _Shared(Generic[T]):
    """The last thing built, for as long as the data are the same. One thread builds while the others wait."""

    def __init__(self, build: Callable[[], T]) -> None:
        self._build, self._lock = build, Lock()
        self._built: tuple[str, T] | None = None

    def get(self) -> T:
        version = data_version()
        built = self._built
        if built is None or built[0] != version:
            with self._lock:
                built = self._built
                if built is None or built[0] != version:
                    built = self._built = (version, self._build())
        return built[1]


def data_version() -> str:
    """Changes whenever what can be found changes. One query, answered from an index."""
    changed = Concept.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()
    return f"{framework().version} {changed}"


# --- Competences by name


def find_competences(*, actor: Actor, text: str, language: str, limit: int = 10) -> tuple[FoundCompetence, ...]:
    """What can be found under these words, or under what they begin, in whatever language; the best first.

    Names are in `language` where there are some. At most one query.
    """
    require("find", actor)
    hits = _competences.get().search(text, language=language, limit=_at_most(limit))
    ids = {competence.uri: competence.id for competence in framework().competences}
    return tuple(
        FoundCompetence(
            uri=hit.concept,
            id=ids.get(hit.concept, ""),
            name=hit.label,
            language=hit.language,
            matched=hit.matched,
            matched_language=hit.matched_language,
        )
        for hit in hits
    )


def _competence_index() -> NameIndex:
    return NameIndex(_competence_names())


def _competence_names() -> Iterator[Name]:
    """Our own names come first, and are the ones to show: they are the plainer ones."""
    hidden = set(Concept.objects.filter(hidden=True).values_list("uri", flat=True))
    ours = set()
    for one in framework().competences:
        if one.uri not in hidden:
            ours.add(one.uri)
            yield from (Name(one.uri, language, name, preferred=True) for language, name in one.name.items())
            yield Name(one.uri, ENGLISH, one.esco_label)
    official: set[str] = set()
    rows = ConceptWords.objects.filter(
        concept__kind=Kind.SKILL, concept__hidden=False, concept__obsolete=False
    ).values_list("concept__uri", "language", "label", "other_labels", "hidden_labels")
    for uri, language, label, others, also in rows.iterator(chunk_size=2000):
        official.add(uri)
        yield Name(uri, language, label, preferred=uri not in ours)
        yield from (Name(uri, language, name) for name in (*others.splitlines(), *also.splitlines()))
    for uri, skill in experiences.load().skills.items():
        if uri not in hidden:
            shown = uri not in official
            yield from (Name(uri, language, name, preferred=shown) for language, name in skill.name.items())


# --- Occupations by title


def find_occupations(*, actor: Actor, title: str, language: str, limit: int = 5) -> tuple[FoundOccupation, ...]:
    """The ESCO occupations that a job title in the person's own words may mean, the best first.

    Titles are compared with the names in her language, and with the English ones. Without an imported ESCO: none.
    """
    require("find", actor)
    base = language.split("-", maxsplit=1)[0]
    found: dict[str, tuple[float, FoundOccupation]] = {}
    shelf = _occupations.get()
    for spoken in dict.fromkeys((base, ENGLISH)):
        for score, occupation in shelf.search(title, spoken, limit=_at_most(limit)):
            if occupation.uri not in found or found[occupation.uri][0] < score:
                found[occupation.uri] = (score, occupation)
    best = sorted(found.values(), key=lambda each: (-each[0], each[1].uri))[: _at_most(limit)]
    names = _occupation_names([occupation.uri for _score, occupation in best], base)
    return tuple(
        FoundOccupation(uri=one.uri, code=one.code, name=names.get(one.uri, one.name), matched=one.matched)
        for _score, one in best
    )


def _occupation_names(uris: list[str], language: str) -> dict[str, str]:
    rows = ConceptWords.objects.filter(concept__uri__in=uris, language=language)
    return dict(rows.values_list("concept__uri", "label"))


class _Occupations:
    """An index of titles for each language that has been asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._indexes: dict[str, tuple[TitleIndex, list[tuple[str, str, str]], list[str]]] = {}

    def search(self, title: str, language: str, *, limit: int) -> list[tuple[float, FoundOccupation]]:
        with self._lock:
            if language not in self._indexes:
                self._indexes[language] = self._build(language)
        index, occupations, names = self._indexes[language]
        found = []
        for match in index.search(title, limit=limit):
            uri, code, label = occupations[match.occupation]
            one = FoundOccupation(uri=uri, code=code, name=label, matched=names[match.name])
            found.append((match.score, one))
        return found

    @staticmethod
    def _build(language: str) -> tuple[TitleIndex, list[tuple[str, str, str]], list[str]]:
        occupations: list[tuple[str, str, str]] = []
        owners: list[int] = []
        names: list[str] = []
        rows = ConceptWords.objects.filter(
            language=language, concept__kind=Kind.OCCUPATION, concept__hidden=False, concept__obsolete=False
        ).values_list("concept__uri", "concept__code", "label", "other_labels", "hidden_labels")
        for uri, code, label, others, hidden in rows.order_by("concept__uri").iterator(chunk_size=2000):
            for name in (label, *others.splitlines(), *hidden.splitlines()):
                owners.append(len(occupations))
                names.append(name)
            occupations.append((uri, code, label))
        return TitleIndex(zip(owners, names, strict=True)), occupations, names


_competences = _Shared(_competence_index)
_occupations = _Shared(_Occupations)


# --- Skills of an experience


def unpaid_experiences(*, actor: Actor, language: str) -> tuple[ExperienceView, ...]:
    """The ready lists for unpaid work, by name. No query."""
    require("find", actor)
    return tuple(ExperienceView(id=one.id, name=say(one.name, language)) for one in experiences.load().experiences)


def skills_of_experience(*, actor: Actor, experience: str, language: str, limit: int = 30) -> tuple[SkillOffer, ...]:
    """A first set of skills to confirm or strike: of a ready list (its id), or of an occupation (its URI).

    Essential skills come first, among them those of the core framework. Raises NotFoundError for an unknown experience.
    """
    require("find", actor)
    wanted = needed_by(experience)
    ours = {competence.uri: competence.id for competence in framework().competences}
    uris = list(wanted)[: _at_most(limit)]
    names = named(uris=uris, language=language)
    return tuple(SkillOffer(uri=uri, id=ours.get(uri, ""), name=names[uri].name, essential=wanted[uri]) for uri in uris)


def needed_by(what: str) -> dict[str, bool]:
    """The skills of a ready list (its id) or an occupation (its URI), the first to offer first; whether essential.

    Raises NotFoundError.
    """
    for one in experiences.load().experiences:
        if one.id == what:
            hidden = set(Concept.objects.filter(uri__in=one.uris, hidden=True).values_list("uri", flat=True))
            return {uri: True for uri in one.uris if uri not in hidden}
    return _needed_by_occupation(what)


def close_to(*, uris: Collection[str]) -> dict[str, frozenset[str]]:
    """By each of these competences: those that ESCO relates it to, where ESCO is imported. One query."""
    ties = ConceptTie.objects.filter(
        source__kind=Kind.SKILL, tie__in=(Tie.ESSENTIAL, Tie.OPTIONAL), target__hidden=False, source__hidden=False
    ).values_list("source__uri", "target__uri")
    found: dict[str, set[str]] = {}
    for one, other in ties.filter(source__uri__in=uris).union(ties.filter(target__uri__in=uris)):
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {uri: frozenset(found[uri]) for uri in uris if uri in found}


def _needed_by_occupation(occupation: str) -> dict[str, bool]:
    """Essential skills first; among them ours, then what one does, then what one knows of."""
    if not Concept.objects.filter(uri=occupation, kind=Kind.OCCUPATION, hidden=False).exists():
        raise NotFoundError(_("This occupation is not in the list any more. Type the title again and choose another."))
    ties = ConceptTie.objects.filter(
        source__uri=occupation, tie__in=(Tie.ESSENTIAL, Tie.OPTIONAL), target__hidden=False, target__obsolete=False
    )
    rows = ties.order_by("pk").values_list("target__uri", "tie", "target__skill_type")
    ours = {competence.uri for competence in framework().competences}
    ordered = sorted(rows, key=lambda row: (row[1] != Tie.ESSENTIAL, row[0] not in ours, row[2] == KNOWLEDGE))
    wanted: dict[str, bool] = {}
    for uri, tie, _type in ordered:
        wanted.setdefault(uri, tie == Tie.ESSENTIAL)
    return wanted


def _at_most(limit: int) -> int:
    if limit < 1:
        raise InvalidError(field="limit")
    return min(limit, MOST)
