"""The core framework as an Open edX taxonomy, with which authors tag units; and which unit teaches what.

A tag's id is the competence's ESCO URI, its value the English name; areas are the tags above. Where upstream's
competency applet is installed, the taxonomy is made as a `CompetencyTaxonomy`. Written through the tagging packages'
own API, which moved: `openedx_tagging.core.tagging` in `openedx-learning` 0.26 (Teak), `openedx_tagging` since.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

from django.apps import apps
from django.db import transaction
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import host

from .catalogue import framework

EXPORT_ID = "passerelle-competences"
NAME = "Competences (Passerelle)"
DESCRIPTION = "What learners can do after a unit. Tag a unit with what it teaches."
ENGLISH = "en"
AREA = "area:"


class NoTaggingError(RuntimeError):
    """No tagging package is installed here."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a synchronisation did: whether the taxonomy is new, is a competency taxonomy, and how many tags changed."""

    created: bool
    competency: bool
    changed: int


@dataclass(frozen=True, slots=True)
class _Tag:
    id: str
    value: str
    parent_id: str | None


def sync(*, dry_run: bool = False) -> Synced:
    """Bring the taxonomy to what the framework says. Where it says so already, nothing is written.

    Tags of competences that the framework has no more are deleted; what was tagged with them keeps the word.
    Raises NoTaggingError.
    """
    tagging, _formats = _tagging()
    found = tagging.get_taxonomy_by_export_id(EXPORT_ID)
    wanted = {tag.id: tag for tag in _wanted()}
    stored = _stored(tagging, found) if found else {}
    changed = {key for key in wanted.keys() | stored.keys() if wanted.get(key) != stored.get(key)}
    if not dry_run and (changed or not found):
        with transaction.atomic():
            found = found or _create(tagging)
            if changed:
                _write(found, list(wanted.values()))
            host().share_taxonomy(taxonomy=found)
    return Synced(created=not stored, competency=_competencies() is not None, changed=len(changed))


def _wanted() -> Iterator[_Tag]:
    core = framework()
    for area, words in core.areas.items():
        yield _Tag(f"{AREA}{area}", words[ENGLISH], None)
    for one in core.competences:
        yield _Tag(one.uri, one.name[ENGLISH], f"{AREA}{one.area}")


def _stored(tagging: Any, taxonomy: Any) -> dict[str, _Tag]:
    rows = list(tagging.get_tags(taxonomy))
    ids = {row["value"]: row["external_id"] for row in rows}
    tags = (_Tag(row["external_id"], row["value"], ids.get(row["parent_value"])) for row in rows)
    return {tag.id: tag for tag in tags}


def _create(tagging: Any) -> Any:
    competencies = _competencies()
    create = competencies.create_competency_taxonomy if competencies else tagging.create_taxonomy
    return create(name=NAME, description=DESCRIPTION, export_id=EXPORT_ID)


def _write(taxonomy: Any, tags: list[_Tag]) -> None:
    tagging, formats = _tagging()
    document = {"tags": [{"id": tag.id, "value": tag.value, "parent_id": tag.parent_id} for tag in tags]}
    importer = import_module(f"{tagging.__name__.rpartition('.')[0]}.import_export.api")
    done, task, _plan = importer.import_tags(
        taxonomy, BytesIO(json.dumps(document).encode()), formats.JSON, replace=True
    )
    if not done:
        raise RuntimeError(f"The tagging package refused the tags: {task.log}")


def _tagging() -> tuple[Any, Any]:
    """The tagging package's API, and its file formats."""
    for package in ("openedx_tagging", "openedx_tagging.core.tagging"):
        if apps.is_installed(package):
            parsers = import_module(f"{package}.import_export.parsers")
            return import_module(f"{package}.api"), parsers.ParserFormat
    raise NoTaggingError("There is no tagging here. It comes with Open edX (openedx-learning or openedx-core).")


def _competencies() -> Any:
    """The API of upstream's competency applet, or None."""
    if not apps.is_installed("openedx_learning"):
        return None
    try:
        return import_module("openedx_learning.applets.cbe.api")
    except ImportError:
        return None


# --- Which unit teaches what


def competences_taught(*, course_key: CourseKey) -> dict[UsageKey, tuple[str, ...]]:
    """What each tagged part of the course run teaches: ESCO URIs by its usage key, in the framework's order.

    An area's tag alone says too little, and is passed over.
    """
    uris = {tag.value.casefold(): tag.id for tag in _wanted() if tag.parent_id is not None}
    place = {uri: number for number, uri in enumerate(uris.values())}
    taught: dict[UsageKey, tuple[str, ...]] = {}
    for usage_key, values in host().tags_of(course_key=course_key, taxonomy=EXPORT_ID).items():
        known = {uris[value.casefold()] for value in values if value.casefold() in uris}
        if known:
            taught[usage_key] = tuple(sorted(known, key=place.__getitem__))
    return taught


def units_teaching(*, course_key: CourseKey) -> Mapping[str, tuple[UsageKey, ...]]:
    """Which parts of the course run teach a competence: usage keys by ESCO URI."""
    units: dict[str, list[UsageKey]] = {}
    for usage_key, uris in competences_taught(course_key=course_key).items():
        for uri in uris:
            units.setdefault(uri, []).append(usage_key)
    return {uri: tuple(keys) for uri, keys in units.items()}


# --- What upstream's competency applet found


def demonstrated_upstream(*, user_id: int) -> tuple[str, ...]:
    """The ESCO URIs that stand as *Demonstrated* for this person in upstream's applet; none where it is not installed.

    The applet's API only writes so far (1.15): what it writes is read from its public models. One query.
    """
    if _competencies() is None:
        return ()
    models = import_module("openedx_learning.applets.cbe.models")
    if not hasattr(models, "StudentCompetencyStatus"):
        return ()
    found = models.StudentCompetencyStatus.objects.filter(
        user_id=user_id, status_id=models.MasteryStatus.DEMONSTRATED, tag__taxonomy__export_id=EXPORT_ID
    ).values_list("tag__external_id", flat=True)
    known = {competence.uri for competence in framework().competences}
    return tuple(uri for uri in found if uri in known)
