"""Ready lists for unpaid work: what people do, and the skills that it takes. `unpaid.yaml`, checked when read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .. import frameworks
from ..data import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """An ESCO skill that the core framework has not, with a name of our own."""

    uri: str
    esco_label: str
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """Something that people do unpaid, and the URIs of skills that it commonly takes, the most telling first."""

    id: str
    name: Words
    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """All ready lists, and the skills beyond the core framework by URI."""

    experiences: tuple[Experience, ...]
    skills: dict[str, Skill]


@cache
def load() -> Lists:
    """The ready lists. Raises FrameworkError naming the faulty place."""
    path = Path(__file__).parent / "unpaid.yaml"
    raw = frameworks.read(path)
    uris = {competence.id: competence.uri for competence in frameworks.load().competences}
    skills = {}
    for entry in raw["skills"]:
        if entry["id"] in uris or entry["uri"] in uris.values():
            raise frameworks.FrameworkError(f"{path.name}: {entry['id']!r} or its URI is there already.")
        uris[entry["id"]] = entry["uri"]
        skills[entry["uri"]] = Skill(uri=entry["uri"], esco_label=entry["esco"], name=dict(entry["name"]))
    for entry in raw["experiences"]:
        if unknown := [name for name in entry["skills"] if name not in uris]:
            raise frameworks.FrameworkError(f"{path.name}: {entry['id']!r} names {unknown}, which are no skills here.")
    for entry in (*raw["skills"], *raw["experiences"]):
        if set(entry["name"]) != set(raw["languages"]) or not all(entry["name"].values()):
            raise frameworks.FrameworkError(f"{path.name}: {entry['id']!r} is needed in {raw['languages']}.")
    experiences = tuple(
        Experience(id=entry["id"], name=dict(entry["name"]), uris=tuple(uris[name] for name in entry["skills"]))
        for entry in raw["experiences"]
    )
    return Lists(experiences=experiences, skills=skills)
