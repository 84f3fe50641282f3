"""Finding, as JSON. Words that people type go in the body of a request, never into an address that a log may keep."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from passerelle.host.errors import InvalidError
from passerelle.host.web import actor_of, json_view, language_of, plain

from . import api


def _asked(payload: dict[str, Any], name: str, default: int) -> tuple[str, int]:
    text, limit = payload.get(name), payload.get("limit", default)
    if not isinstance(text, str):
        raise InvalidError(field=name)
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise InvalidError(field="limit")
    return text, limit


@json_view("POST")
def find(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Competences for what is typed so far (`text`)."""
    actor, language = actor_of(request), language_of()
    text, limit = _asked(payload, "text", 10)
    return {"competences": plain(api.find_competences(actor=actor, text=text, language=language, limit=limit))}


@json_view("POST")
def occupations(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Occupations for a job title (`title`)."""
    actor, language = actor_of(request), language_of()
    title, limit = _asked(payload, "title", 5)
    return {"occupations": plain(api.find_occupations(actor=actor, title=title, language=language, limit=limit))}


@json_view("GET")
def experiences(request: HttpRequest) -> dict[str, Any]:
    """The ready lists for unpaid work."""
    actor, language = actor_of(request), language_of()
    return {"experiences": plain(api.unpaid_experiences(actor=actor, language=language))}


@json_view("POST")
def skills(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """A first set of skills of an `experience`: the id of a ready list or the URI of an occupation."""
    actor, language = actor_of(request), language_of()
    experience, limit = _asked(payload, "experience", 30)
    offers = api.skills_of_experience(actor=actor, experience=experience, language=language, limit=limit)
    return {"skills": plain(offers)}
