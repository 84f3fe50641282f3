"""Achievements as data: the schema of a definition, and what is wrong with one, in words.

A definition is a mapping, in YAML or JSON:

    slug: story-companion
    name: {en: …, fr: …}            description, how: the same languages
    picture: {shape: hexagon, symbol: bridge, colour: "#00688d"}
    alignment: [{uri: http://data.europa.eu/esco/skill/…, level: 2}]
    valid_days: 0
    criteria: {all: [{claim: {uri: …, level: 2, basis: validated}}, {circle: {times: 1}}]}

Criteria are `all`/`any` (lists of criteria), `claim`, `circle` (`block`, `course`, `times`, all optional), `unit` (a
usage key), `course` (a course key: passed), `practicum` (`part`, `name`): something that course staff confirm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.utils.translation import gettext as _
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.competences.data import LEVELS, Basis

from .data import Alignment, Criterion, Definition, Kind, Picture, Problem, Shape, Symbol, Words

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
LONGEST_NAME, LONGEST_TEXT = 100, 1000
MOST_CRITERIA, DEEPEST, MOST_ALIGNED, MOST_TIMES, MOST_DAYS = 30, 4, 10, 100, 3660
LONGEST_SOURCE = 64 * 1024


def read(text: str) -> tuple[Definition | None, list[Problem]]:
    """The definition in this YAML or JSON text, or None and what is wrong with it."""
    if len(text) > LONGEST_SOURCE:
        return None, [Problem(field="", message=_("This is too long. Split it into several badges."))]
    try:
        raw = yaml.safe_load(text)
        definition, problems = parse(raw)
        if definition is not None:
            json.dumps(raw, ensure_ascii=False).encode()  # YAML has dates and halves of characters, columns have not
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        return None, [Problem(field="", message=_("This is neither YAML nor JSON. Check colons, quotes and indents."))]
    return definition, problems


def parse(raw: Any) -> tuple[Definition | None, list[Problem]]:
    """The definition that this mapping holds, or None and what is wrong with it, in the active language."""
    parser = _Parser()
    definition = parser.definition(raw)
    return (None, parser.problems) if parser.problems else (definition, [])


def load(raw: Any) -> Definition:
    """A definition that was stored, and so was found to be right before."""
    return _Parser().definition(raw)


class _Parser:
    """Reads as far as it gets, so that an author sees all problems at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._count = 0
        self._parts: set[str] = set()

    def wrong(self, field: str, message: str) -> None:
        self.problems.append(Problem(field=field, message=message))

    def definition(self, raw: Any) -> Definition:
        raw = self.mapping(raw, "", {*Definition.__dataclass_fields__})
        slug = str(raw.get("slug") or "")
        if not SLUG.fullmatch(slug):
            self.wrong("slug", _("Give it a short name of its own: small letters, digits and hyphens."))
        name = self.words(raw.get("name"), "name", LONGEST_NAME)
        description = self.words(raw.get("description"), "description", LONGEST_TEXT)
        how = self.words(raw.get("how"), "how", LONGEST_TEXT)
        for field, words in (("description", description), ("how", how)):
            if missing := sorted(set(name) ^ set(words)):
                self.wrong(field, _("Every text is needed in the same languages. Look at: %s") % ", ".join(missing))
        return Definition(
            slug=slug,
            name=name,
            description=description,
            how=how,
            picture=self.picture(raw.get("picture")),
            alignment=self.alignment(raw.get("alignment")),
            criteria=self.criterion(raw.get("criteria"), "criteria", 1),
            valid_days=self.number(raw.get("valid_days", 0), "valid_days", 0, MOST_DAYS),
        )

    def mapping(self, raw: Any, field: str, known: set[str]) -> Mapping[str, Any]:
        if not isinstance(raw, dict):
            self.wrong(field, _("Names and values are expected here, each as “name: value”."))
            return {}
        for name in raw:
            if name not in known:
                words = {"name": name, "known": ", ".join(sorted(known))}
                self.wrong(field, _("“%(name)s” has no meaning here. Known are: %(known)s.") % words)
        return raw

    def words(self, raw: Any, field: str, longest: int) -> Words:
        if not isinstance(raw, dict) or not raw:
            self.wrong(field, _("Write this in at least one language, as “en: …”."))
            return {}
        for language, text in raw.items():
            if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
                self.wrong(field, _("“%s” is no language code. Use en, fr, ar and the like.") % language)
            elif not isinstance(text, str) or not text.strip():
                self.wrong(f"{field}.{language}", _("Write something here, or take the language away."))
            elif len(text) > longest:
                self.wrong(f"{field}.{language}", _("This has more than %d characters. Shorten it.") % longest)
        return {str(language): str(text).strip() for language, text in raw.items()}

    def number(self, raw: Any, field: str, least: int, most: int) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
            self.wrong(field, _("Enter a number from %(least)d to %(most)d.") % {"least": least, "most": most})
            return least
        return raw

    def picture(self, raw: Any) -> Picture:
        raw = self.mapping({} if raw is None else raw, "picture", {"shape", "symbol", "colour"})
        chosen = {}
        for field, kinds in (("shape", Shape), ("symbol", Symbol)):
            value = raw.get(field)
            if value is not None and value not in list(kinds):
                known = ", ".join(kind.value for kind in kinds)
                self.wrong(f"picture.{field}", _("Choose one of: %s.") % known)
            elif value is not None:
                chosen[field] = kinds(value)
        colour = raw.get("colour", Picture().colour)
        if not isinstance(colour, str) or not COLOUR.fullmatch(colour):
            self.wrong("picture.colour", _("Write the colour as # and six digits or letters a to f, in quotes."))
            colour = Picture().colour
        return Picture(colour=colour.lower(), **chosen)  # type: ignore[arg-type]

    def alignment(self, raw: Any) -> tuple[Alignment, ...]:
        if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_ALIGNED:
            self.wrong("alignment", _("List at least one competence that this badge stands for, and at most %d.") % 10)
            return ()
        found = []
        for number, entry in enumerate(raw):
            here = f"alignment.{number}"
            entry = self.mapping(entry, here, {"uri", "level"})  # noqa: PLW2901
            level = self.number(entry.get("level"), f"{here}.level", 1, LEVELS)
            found.append(Alignment(uri=self.uri(entry.get("uri"), f"{here}.uri"), level=level))
        if len({entry.uri for entry in found}) < len(found):
            self.wrong("alignment", _("A competence is there twice. Remove one of them."))
        return tuple(found)

    def uri(self, raw: Any, field: str) -> str:
        if not isinstance(raw, str) or len(raw) > 255 or not _is_web_address(raw):  # noqa: PLR2004
            self.wrong(field, _("Name the competence by its address, http://data.europa.eu/esco/skill/…"))
            return ""
        return raw

    def criterion(self, raw: Any, field: str, depth: int) -> Criterion:
        self._count += 1
        if self._count > MOST_CRITERIA or depth > DEEPEST:
            self.wrong(field, _("This is more than anyone can keep in mind. Ask for less, or make two badges of it."))
            return Criterion(kind=Kind.ALL)
        if not isinstance(raw, dict) or len(raw) != 1 or next(iter(raw)) not in list(Kind):
            self.wrong(field, _("Exactly one of these is expected here: %s.") % ", ".join(Kind))
            return Criterion(kind=Kind.ALL)
        ((name, value),) = raw.items()
        return getattr(self, f"_{name}")(value, f"{field}.{name}", depth)  # type: ignore[no-any-return]

    def _group(self, kind: Kind, raw: Any, field: str, depth: int) -> Criterion:
        if not isinstance(raw, list) or not raw:
            self.wrong(field, _("List at least one condition here."))
            return Criterion(kind=kind)
        parts = (self.criterion(part, f"{field}.{number}", depth + 1) for number, part in enumerate(raw))
        return Criterion(kind=kind, parts=tuple(parts))

    def _all(self, raw: Any, field: str, depth: int) -> Criterion:
        return self._group(Kind.ALL, raw, field, depth)

    def _any(self, raw: Any, field: str, depth: int) -> Criterion:
        return self._group(Kind.ANY, raw, field, depth)

    def _claim(self, raw: Any, field: str, _depth: int) -> Criterion:
        raw = self.mapping(raw, field, {"uri", "level", "basis"})
        # A badge that rested on a badge could keep itself alive.
        known = [basis.name.lower() for basis in Basis if basis < Basis.BADGE_BACKED]
        basis = raw.get("basis", Basis.SELF_ASSESSED.name.lower())
        if basis not in known:
            self.wrong(f"{field}.basis", _("Choose one of: %s.") % ", ".join(known))
        level = self.number(raw.get("level"), f"{field}.level", 1, LEVELS)
        return Criterion(
            kind=Kind.CLAIM, target=self.uri(raw.get("uri"), f"{field}.uri"), level=level, basis=str(basis)
        )

    def _circle(self, raw: Any, field: str, _depth: int) -> Criterion:
        raw = self.mapping({} if raw is None else raw, field, {"block", "course", "times"})
        block = self.key(UsageKey, raw["block"], f"{field}.block") if raw.get("block") else ""
        course = self.key(CourseKey, raw["course"], f"{field}.course") if raw.get("course") else ""
        times = self.number(raw.get("times", 1), f"{field}.times", 1, MOST_TIMES)
        return Criterion(kind=Kind.CIRCLE, target=block, course=course, times=times)

    def _unit(self, raw: Any, field: str, _depth: int) -> Criterion:
        return Criterion(kind=Kind.UNIT, target=self.key(UsageKey, raw, field))

    def _course(self, raw: Any, field: str, _depth: int) -> Criterion:
        return Criterion(kind=Kind.COURSE, target=self.key(CourseKey, raw, field))

    def _practicum(self, raw: Any, field: str, _depth: int) -> Criterion:
        raw = self.mapping(raw, field, {"part", "name"})
        part = str(raw.get("part") or "")
        if not SLUG.fullmatch(part) or part in self._parts:
            self.wrong(f"{field}.part", _("Give it a short name of its own: small letters, digits and hyphens."))
        self._parts.add(part)
        return Criterion(
            kind=Kind.PRACTICUM, target=part, name=self.words(raw.get("name"), f"{field}.name", LONGEST_NAME)
        )

    def key(self, kind: Any, raw: Any, field: str) -> str:
        try:
            found = kind.from_string(raw)
            if kind is UsageKey and not (found.context_key.is_course and found.context_key.run):
                raise InvalidKeyError(kind, raw)  # of a library, or an old one that leads to no course run
            return str(found)
        except (InvalidKeyError, TypeError, AttributeError):
            example = "course-v1:…" if kind is CourseKey else "block-v1:…"
            self.wrong(field, _("Copy the key here as Studio shows it: %s") % example)
            return ""


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"[\s<>\"]", text)


def practica(criterion: Criterion) -> dict[str, Words]:
    """The practicum parts in these criteria: name by part id."""
    found = {criterion.target: criterion.name or {}} if criterion.kind is Kind.PRACTICUM else {}
    for part in criterion.parts:
        found |= practica(part)
    return found


def course_runs(criterion: Criterion) -> set[str]:
    """The course runs that these criteria name."""
    found = {criterion.course, criterion.target if criterion.kind is Kind.COURSE else ""} - {""}
    return found.union(*map(course_runs, criterion.parts))


def targets(criterion: Criterion, kind: Kind) -> set[str]:
    """What criteria of this kind are about."""
    found = {criterion.target} if criterion.kind is kind else set()
    for part in criterion.parts:
        found |= targets(part, kind)
    return found
