"""What the framework says, in one language. Private: everyone else asks `api.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.templatetags.static import static

from passerelle.host.values import say

from . import experiences, frameworks
from .data import Competence, CompetenceView, Framework
from .esco.models import ConceptWords, Edition, Kind

STATIC = Path(__file__).parent / "static"


def framework() -> Framework:
    """The core framework."""
    return frameworks.load()


def esco_edition() -> str:
    """The version of ESCO that was imported last, "" where none was. One query."""
    return Edition.objects.order_by("-pk").values_list("version", flat=True).first() or ""


def areas(*, language: str) -> dict[str, str]:
    """Names of the framework's areas in this language, by id and in their order."""
    return {area: say(words, language) for area, words in framework().areas.items()}


def competences(*, language: str, ids: tuple[str, ...] | None = None) -> tuple[CompetenceView, ...]:
    """These competences in this language, in this order, unknown ids left out; without `ids`, all."""
    core = framework()
    by_id = {competence.id: competence for competence in core.competences}
    wanted = by_id if ids is None else ids
    return tuple(_competence_view(core, by_id[name], language) for name in wanted if name in by_id)


def _competence_view(core: Framework, competence: Competence, language: str) -> CompetenceView:
    return CompetenceView(
        id=competence.id,
        uri=competence.uri,
        area=say(core.areas[competence.area], language),
        name=say(competence.name, language),
        meaning=say(competence.meaning, language),
        levels=tuple(say(level.situation, language) for level in competence.levels),
        unreviewed=language.split("-", maxsplit=1)[0] in core.unreviewed,
        pictogram=pictogram(competence.id),
    )


@cache
def pictogram(competence_id: str) -> str:
    """The address of the competence's pictogram, "" where it has none."""
    name = f"passerelle_competences/pictograms/{competence_id}.svg"
    return static(name) if (STATIC / name).is_file() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A URI's words in one language: its name, its area's id and name; `levels` are situations, empty where none."""

    uri: str
    name: str
    area_id: str = ""
    area: str = ""
    meaning: str = ""
    id: str = ""
    levels: tuple[str, ...] = ()
    known: bool = True


def named(*, uris: Iterable[str], language: str) -> dict[str, Named]:
    """Words for each URI: the core framework's, else ESCO's, else a ready list's. One unknown is shown as it stands.

    One query where something is beyond the core framework.
    """
    core = framework()
    by_uri = {competence.uri: competence for competence in core.competences}
    asked = list(uris)
    beyond = _names_beyond([uri for uri in asked if uri not in by_uri], language)
    ours = {uri: _named(core, by_uri[uri], language) for uri in asked if uri in by_uri}
    return {uri: ours.get(uri) or beyond.get(uri) or Named(uri=uri, name=uri, known=False) for uri in asked}


def _names_beyond(uris: list[str], language: str) -> dict[str, Named]:
    """Names of skills that the core framework has not."""
    if not uris:
        return {}
    official: dict[str, dict[str, str]] = {}
    spoken = {language, language.split("-", maxsplit=1)[0], "en"}
    rows = ConceptWords.objects.filter(concept__uri__in=uris, concept__kind=Kind.SKILL, language__in=spoken)
    for uri, its_language, label in rows.values_list("concept__uri", "language", "label"):
        official.setdefault(uri, {})[its_language] = label
    listed = experiences.load().skills
    names = {uri: {**(listed[uri].name if uri in listed else {}), **official.get(uri, {})} for uri in uris}
    return {uri: Named(uri=uri, name=say(words, language)) for uri, words in names.items() if words}


def _named(core: Framework, found: Competence, language: str) -> Named:
    return Named(
        uri=found.uri,
        name=say(found.name, language),
        area_id=found.area,
        area=say(core.areas[found.area], language),
        meaning=say(found.meaning, language),
        id=found.id,
        levels=tuple(say(level.situation, language) for level in found.levels),
    )


def names(*, uris: Iterable[str], language: str) -> dict[str, str]:
    """The names in this language, else in English, of those of these URIs that are known here. At most one query."""
    found = named(uris=uris, language=language)
    return {uri: one.name for uri, one in found.items() if one.known}


def competence_words(*, name: str, language: str) -> Named | None:
    """The words of the competence with this short name, or of the ESCO skill whose URI ends so; None where none is."""
    for one in framework().competences:
        if name in (one.id, one.uri.rsplit("/", maxsplit=1)[-1]):
            return named(uris=[one.uri], language=language)[one.uri]
    skill = f"{frameworks.ESCO_SKILL}{name}"
    found = named(uris=[skill], language=language)[skill]
    return found if found.known else None
