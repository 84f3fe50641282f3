"""Frameworks as data, checked when read: `<name>.yaml` says what there is, `<name>.<language>.yaml` how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ..data import ALIGNED, FITS, LEVELS, Competence, Framework, Level

CORE = "core"
ESCO_SKILL = "http://data.europa.eu/esco/skill/"

Kind = TypeVar("Kind", str, int, list[Any], dict[str, Any])


class FrameworkError(ValueError):
    """A framework file is wrong; the message names the file, the place and what is expected."""


@cache
def load(name: str = CORE) -> Framework:
    """The framework with this id, which is its files' name. Raises FrameworkError for a broken file."""
    folder = Path(__file__).parent
    return parse({path.name: read(path) for path in sorted(folder.glob(f"{name}*.yaml"))}, name=name)


def read(path: Path) -> Any:
    """The YAML document in this file, as libyaml reads it where PyYAML was built with it (ten times as fast)."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise FrameworkError(f"{path.name}: {error}") from error


def parse(documents: Mapping[str, Any], *, name: str = CORE) -> Framework:
    """Turn YAML documents, by file name, into a Framework. Raises FrameworkError naming file and faulty place."""
    source = f"{name}.yaml"
    raw = documents.get(source, {})
    languages = _get(raw, "languages", list, source)
    unreviewed = raw.get("unreviewed") or []
    areas = _get(raw, "areas", list, source)
    entries = _get(raw, "competences", list, source)
    ids = [_get(entry, "id", str, f"{source}: competence {number}") for number, entry in enumerate(entries, 1)]
    _check_unique("id", ids, source)
    _check_unique("uri", [entry.get("uri") for entry in entries], source)
    if unknown := set(unreviewed) - set(languages):
        raise FrameworkError(f"{source}: 'unreviewed' names {sorted(unknown)}, which 'languages' does not.")
    texts = {language: _Texts(documents, f"{name}.{language}.yaml", areas, ids) for language in languages}
    return Framework(
        id=_get(raw, "id", str, source),
        version=_get(raw, "version", int, source),
        languages=tuple(languages),
        unreviewed=tuple(unreviewed),
        areas={area: {language: text.area(area) for language, text in texts.items()} for area in areas},
        competences=tuple(_competence(entry, areas, texts, source) for entry in entries),
    )


class _Texts:
    """One language's file: what areas and competences are called, mean and look like in daily life."""

    def __init__(self, documents: Mapping[str, Any], source: str, areas: list[str], ids: list[str]) -> None:
        self.source = source
        self.areas = _get(documents.get(source), "areas", dict, source)
        self.competences = _get(documents.get(source), "competences", dict, source)
        for place, found, known in (("areas", self.areas, areas), ("competences", self.competences, ids)):
            if strangers := set(found) - set(known):
                raise FrameworkError(f"{source}: {place}: nothing is called {sorted(strangers)}.")

    def area(self, area: str) -> str:
        return _get(self.areas, area, str, f"{self.source}: areas")

    def text(self, competence: str, what: str) -> str:
        return _get(self._entry(competence), what, str, f"{self.source}: {competence}")

    def levels(self, competence: str) -> list[str]:
        here = f"{self.source}: {competence}"
        levels = _get(self._entry(competence), "levels", list, here)
        if len(levels) != LEVELS or not all(isinstance(level, str) and level for level in levels):
            raise FrameworkError(f"{here}: {LEVELS} levels are needed, each a sentence; there are {len(levels)}.")
        _check_unique("level", levels, here)
        return levels

    def _entry(self, competence: str) -> dict[str, Any]:
        return _get(self.competences, competence, dict, f"{self.source}: competences")


def _competence(raw: Any, areas: list[str], texts: Mapping[str, _Texts], source: str) -> Competence:
    name = raw["id"]
    here = f"{source}: {name}"
    area, uri = _get(raw, "area", str, here), _get(raw, "uri", str, here)
    aligned, fit = raw.get("aligned", {}), raw.get("fit", FITS[0])
    if area not in areas:
        raise FrameworkError(f"{here}: there is no area {area!r}.")
    if not uri.startswith(ESCO_SKILL):
        raise FrameworkError(f"{here}: 'uri' must begin with {ESCO_SKILL}.")
    if strangers := set(aligned) - set(ALIGNED):
        raise FrameworkError(f"{here}: 'aligned' knows {sorted(ALIGNED)}, not {sorted(strangers)}.")
    if fit not in FITS:
        raise FrameworkError(f"{here}: 'fit' is one of {FITS}, not {fit!r}.")
    situations = {language: text.levels(name) for language, text in texts.items()}
    return Competence(
        id=name,
        area=area,
        uri=uri,
        esco_label=_get(raw, "esco", str, here),
        fit=fit,
        aligned={scheme: _get(aligned, scheme, str, f"{here}: aligned") for scheme in aligned},
        name={language: text.text(name, "name") for language, text in texts.items()},
        meaning={language: text.text(name, "meaning") for language, text in texts.items()},
        levels=tuple(
            Level(number=number, situation={language: levels[number - 1] for language, levels in situations.items()})
            for number in range(1, LEVELS + 1)
        ),
    )


def _get(raw: Any, key: str, kind: type[Kind], here: str) -> Kind:
    """What stands under `key`. Raises FrameworkError where it is missing, empty or of another kind."""
    found = raw.get(key) if isinstance(raw, dict) else None
    if not found or not isinstance(found, kind):
        raise FrameworkError(f"{here}: {key!r} is missing, empty or not of the expected form ({kind.__name__}).")
    return found


def _check_unique(what: str, values: list[Any], here: str) -> None:
    for value in values:
        if values.count(value) > 1:
            raise FrameworkError(f"{here}: the {what} {value!r} is there twice.")
