"""What can be earned: defined, published and archived by course staff or the operator. Private: ask `api.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.competences import api as competences
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid, say

from . import credentials, definitions
from .data import AchievementView, Definition, Problem, Stage
from .models import Achievement
from .permissions import require


class DefinitionError(InvalidError):
    """A definition is not right. `problems` holds everything that is wrong with it; the text is the first of them."""

    code = "definition"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].message, field=problems[0].field)
        self.problems = problems


@transaction.atomic
def define(*, actor: Actor, course_key: CourseKey | None, text: str) -> str:
    """Keep the achievement in this YAML or JSON text as a draft, or change the one of the same slug; returns its id.

    The same text again changes nothing. What was awarded keeps the words that it was awarded with.
    Raises DefinitionError.
    """
    require("define", actor, course_key)
    definition, problems = definitions.read(text)
    if definition is None:
        raise DefinitionError(problems)
    raw = yaml.safe_load(text)
    found = Achievement.objects.select_for_update().filter(slug=definition.slug).first()
    if found is None:
        made = Achievement.objects.create(
            slug=definition.slug, course_key=course_key, definition=raw, stage=Stage.DRAFT
        )
        return str(made.pk)
    if found.course_key != course_key:
        taken = _("This short name is taken by a badge elsewhere. Choose another one.")
        raise DefinitionError([Problem(field="slug", message=taken)])
    if found.definition != raw:
        found.definition = raw
        found.version += 1
        found.save(update_fields=["definition", "version", "changed_at"])
    return str(found.pk)


def publish(*, actor: Actor, achievement_id: str) -> None:
    """Let people earn it from now on."""
    _move("publish", actor, achievement_id, Stage.PUBLISHED)


def archive(*, actor: Actor, achievement_id: str) -> None:
    """Nobody earns it any more. Badges that people hold stay."""
    _move("archive", actor, achievement_id, Stage.ARCHIVED)


@transaction.atomic
def _move(what: str, actor: Actor, achievement_id: str, stage: Stage) -> None:
    found = find(achievement_id, lock=True)
    require(what, actor, found.course_key)
    if stage is Stage.ARCHIVED and found.stage == Stage.DRAFT:
        raise NotNowError(_("This is still a draft. Nobody can earn it."))
    if found.stage != stage:
        found.stage = stage
        found.save(update_fields=["stage", "changed_at"])


def desk(*, actor: Actor, course_key: CourseKey | None, language: str) -> list[AchievementView]:
    """The achievements of the course run, or those of the whole site; the newest first. Two queries at most."""
    require("desk", actor, course_key)
    return views(_at_desk(course_key).order_by("-changed_at"), language)


def offered(*, language: str) -> list[AchievementView]:
    """Everything that can be earned at present, by name, for other apps. At most two queries."""
    rows = Achievement.objects.filter(stage=Stage.PUBLISHED)
    return sorted(views(rows, language), key=lambda each: (each.name, each.id))


def sources(*, actor: Actor, course_key: CourseKey | None, achievement_ids: Iterable[str]) -> dict[str, str]:
    """The definitions as YAML, to be changed, of these of what `desk` lists. One query."""
    require("desk", actor, course_key)
    rows = _at_desk(course_key).filter(pk__in=list(achievement_ids))
    return {
        str(row.pk): str(yaml.safe_dump(row.definition, allow_unicode=True, sort_keys=False, width=100)) for row in rows
    }


def _at_desk(course_key: CourseKey | None) -> QuerySet[Achievement]:
    return Achievement.objects.filter(course_key=course_key) if course_key else Achievement.objects.all()


def find(achievement_id: str, *, lock: bool = False) -> Achievement:
    """The achievement with this id. Raises NotFoundError."""
    rows = Achievement.objects.select_for_update() if lock else Achievement.objects.all()
    found = rows.filter(pk=as_uuid(achievement_id)).first()
    if found is None:
        raise NotFoundError
    return found


def course_of_achievement(*, achievement_id: str) -> CourseKey | None:
    """The course run whose staff look after the achievement; None where that is the operator. Raises NotFoundError."""
    return find(achievement_id).course_key


def course_of_award(*, award_id: str) -> CourseKey | None:
    """The same for a badge that was awarded. None too where there is no such badge."""
    rows = Achievement.objects.filter(awards__pk=as_uuid(award_id))
    return rows.values_list("course_key", flat=True).first()


def definition_of(row: Achievement) -> Definition:
    """The row's definition, which was checked when it was stored."""
    return definitions.load(row.definition)


def views(rows: Iterable[Achievement], language: str) -> list[AchievementView]:
    """The achievements in this language."""
    read = [(row, definition_of(row)) for row in rows]
    names = competence_names({each.uri for _row, definition in read for each in definition.alignment}, language)
    return [_view(row, definition, names, language) for row, definition in read]


def view(row: Achievement, language: str) -> AchievementView:
    """The achievement in this language."""
    return views([row], language)[0]


def _view(row: Achievement, definition: Definition, names: dict[str, str], language: str) -> AchievementView:
    return AchievementView(
        id=str(row.pk),
        slug=row.slug,
        course_key=str(row.course_key or ""),
        name=say(definition.name, language),
        description=say(definition.description, language),
        how=say(definition.how, language),
        picture_url=f"/passerelle/badges/achievements/{row.pk}.svg",
        aligned=tuple((names[each.uri], each.uri, each.level) for each in definition.alignment),
        stage=row.stage,
        version=row.version,
    )


def competence_names(uris: Iterable[str], language: str) -> dict[str, str]:
    """What to call these competences; one that no framework here knows by the end of its address."""
    known = {each.uri: each.name for each in competences.competences(language=language)}
    return {uri: known.get(uri) or uri.rstrip("/").rpartition("/")[2] for uri in uris}


def as_json(row: Achievement, language: str) -> dict[str, Any]:
    """The achievement as Open Badges 3.0 writes it."""
    definition = definition_of(row)
    names = competence_names([each.uri for each in definition.alignment], language)
    levels = _("Level %(level)d of %(levels)d")
    where = f"{credentials.base_url()}/achievements/{row.pk}"
    said_in = next(
        (code for code in (language, language.split("-", maxsplit=1)[0], "en") if code in definition.name), None
    )
    return {
        "id": where,
        "type": ["Achievement"],
        "achievementType": "Badge",
        "name": say(definition.name, language),
        "description": say(definition.description, language),
        "criteria": {"narrative": say(definition.how, language)},
        "image": {"id": f"{where}.png", "type": "Image"},
        "inLanguage": said_in or next(iter(definition.name)),
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": names[each.uri],
                "targetUrl": each.uri,
                "targetFramework": "ESCO",
                "targetDescription": levels % {"level": each.level, "levels": 4},
            }
            for each in definition.alignment
        ],
    }
