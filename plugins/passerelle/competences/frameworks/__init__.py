"""Frameworks as data: one YAML file each beside this module, checked when read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..data import LEVELS, Competence, Framework, Level, Words

CORE = "core"
ESCO_SKILL = "http://data.europa.eu/esco/skill/"


class FrameworkError(ValueError):
    """A framework file is wrong; the message names the file, the place and what is expected."""


@cache
def load(name: str = CORE) -> Framework:
    """The framework with this id, which is its file's name. Raises FrameworkError for a broken file."""
    path = Path(__file__).parent / f"{name}.yaml"
    return parse(yaml.safe_load(path.read_text(encoding="utf-8")), source=path.name)


def parse(raw: Mapping[str, Any], *, source: str) -> Framework:
    """Turn a YAML document into a Framework. Raises FrameworkError naming `source` and the faulty place."""
    try:
        framework = Framework(
            id=raw["id"],
            version=int(raw["version"]),
            languages=tuple(raw["languages"]),
            unreviewed=tuple(raw.get("unreviewed", ())),
            areas={area: dict(words) for area, words in raw["areas"].items()},
            competences=tuple(_competence(entry) for entry in raw["competences"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FrameworkError(f"{source}: {error!r} is missing or not of the expected form.") from error
    _check(framework, source=source)
    return framework


def _competence(raw: Mapping[str, Any]) -> Competence:
    return Competence(
        id=raw["id"],
        area=raw["area"],
        uri=raw["uri"],
        esco_label=raw["esco"],
        name=dict(raw["name"]),
        meaning=dict(raw["meaning"]),
        levels=tuple(Level(number=number, situation=dict(words)) for number, words in enumerate(raw["levels"], 1)),
    )


def _check(framework: Framework, *, source: str) -> None:
    ids: set[str] = set()
    uris: set[str] = set()
    for competence in framework.competences:
        here = f"{source}: {competence.id!r}"
        if competence.id in ids or competence.uri in uris:
            raise FrameworkError(f"{here} or its URI is there twice.")
        if competence.area not in framework.areas:
            raise FrameworkError(f"{here}: there is no area {competence.area!r}.")
        if not competence.uri.startswith(ESCO_SKILL):
            raise FrameworkError(f"{here}: 'uri' must begin with {ESCO_SKILL}.")
        if len(competence.levels) != LEVELS:
            raise FrameworkError(f"{here}: {LEVELS} levels are needed, there are {len(competence.levels)}.")
        ids.add(competence.id)
        uris.add(competence.uri)
    for place, words in _texts(framework):
        if set(words) != set(framework.languages) or not all(words.values()):
            raise FrameworkError(f"{source}: {place!r}: every text is needed in {sorted(framework.languages)}.")


def _texts(framework: Framework) -> Iterator[tuple[str, Words]]:
    yield from framework.areas.items()
    for competence in framework.competences:
        for words in (competence.name, competence.meaning, *(level.situation for level in competence.levels)):
            yield competence.id, words


def say(words: Words, language: str) -> str:
    """The text in this language, else in its base language, in English, or in whichever there is."""
    for candidate in (language, language.split("-", maxsplit=1)[0], "en"):
        if words.get(candidate):
            return words[candidate]
    return next(iter(words.values()), "")
