"""Pages for the forming of circles: what one says oneself, and a facilitator's draft. Thin: each asks `api.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_info
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import PasserelleError
from passerelle.host.web import json_view

from . import api, protocols, wishes

SELECTABLE = 60
"""With more circles than this, the one to move somebody to is typed, not chosen from a list."""


@login_required
@require_GET
def wish(request: HttpRequest, course_key: CourseKey) -> HttpResponse:
    """When and in which languages one can take part, and where one belongs: one's own to say, change and erase."""
    actor = _actor(request, course_key)
    context = _context(course_key, actor)
    language = get_language() or "en"
    try:
        said = api.my_wish(actor=actor, course_key=course_key)
    except PasserelleError as error:
        return render(request, "passerelle_circles/wish.html", context | {"refused": error}, status=error.status)
    known = protocols.load("story_circle").languages
    ordered = [*said.languages, *(code for code in known if code not in said.languages)]
    context |= {
        "wish": said,
        "languages": [(code, get_language_info(code)["name_local"]) for code in ordered],
        "days": [
            (name, [(f"{day}-{part}", title) for part, title in wishes.PARTS.items()])
            for day, name in wishes.DAYS.items()
        ],
        "affiliations": wishes.affiliations(language).items(),
        "longest": wishes.ORGANISATION_LENGTH,
    }
    return render(request, "passerelle_circles/wish.html", context)


@json_view("POST")
def say_wish(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Keep what one says for the forming of circles."""
    api.say_wish(actor=_actor(request, course_key), course_key=course_key, wish=payload, key=_key(payload))
    return {}


@json_view("POST")
def forget_wish(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Erase it."""
    api.forget_wish(actor=_actor(request, course_key), course_key=course_key, key=_key(payload))
    return {}


@json_view("POST")
def choose_reminders(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Be reminded of circles, or not: `wanted`."""
    actor = host().actor(request=request, course_key=None)
    api.choose_reminders(actor=actor, wanted=payload.get("wanted") == "yes", key=_key(payload))
    return {}


@login_required
@require_GET
def forming(request: HttpRequest, course_key: CourseKey, forming_id: UUID) -> HttpResponse:
    """A draft of circles, for the facilitator who makes it."""
    actor = _actor(request, course_key)
    context = _context(course_key, actor)
    raw = request.GET.get("page", "")
    try:
        draft = api.draft(
            actor=actor,
            forming_id=str(forming_id),
            language=get_language() or "en",
            page=int(raw) if raw.isdecimal() and len(raw) < 7 else 1,  # noqa: PLR2004
        )
    except PasserelleError as error:
        return render(request, "passerelle_circles/forming.html", context | {"refused": error}, status=error.status)
    numbers = range(1, draft.count + 1) if draft.count <= SELECTABLE else None
    return render(request, "passerelle_circles/forming.html", context | {"draft": draft, "numbers": numbers})


@json_view("POST")
def propose(request: HttpRequest, course_key: CourseKey, forming_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Propose circles anew, of the kind asked for."""
    kind = {name: payload.get(name) in (True, "on") for name in ("mix", "common_time", "everyone")}
    actor = _actor(request, course_key)
    api.propose(actor=actor, forming_id=str(forming_id), key=_key(payload), **kind)
    return {}


@json_view("POST")
def move(request: HttpRequest, course_key: CourseKey, forming_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Move somebody: `user_id`, `to` a circle's number, 0 to the waiting list, -1 to a new circle."""
    user_id, to = (_number(payload.get(name)) for name in ("user_id", "to"))
    actor = _actor(request, course_key)
    api.move(actor=actor, forming_id=str(forming_id), user_id=user_id, to=to, key=_key(payload))
    return {}


@json_view("POST")
def confirm(request: HttpRequest, course_key: CourseKey, forming_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Open the circles, and keep the seats."""
    api.confirm(actor=_actor(request, course_key), forming_id=str(forming_id), key=_key(payload))
    return {}


@json_view("POST")
def place_late(
    request: HttpRequest, course_key: CourseKey, forming_id: UUID, payload: dict[str, Any]
) -> dict[str, Any]:
    """Seat those who came since."""
    found = api.place_late(actor=_actor(request, course_key), forming_id=str(forming_id), key=_key(payload))
    return {"placed": found}


def _number(raw: object) -> int:
    try:
        return int(str(raw))
    except ValueError:
        return 0


def _context(course_key: CourseKey, actor: Actor) -> dict[str, Any]:
    return {
        "base_template": host().base_template,
        "masquerading": actor.masquerading,
        "course_key": course_key,
        "course_name": host().course_name(course_key=course_key),
    }


def _key(payload: dict[str, Any]) -> str:
    return str(payload.get("key") or "")


def _actor(request: HttpRequest, course_key: CourseKey) -> Actor:
    return host().actor(request=request, course_key=course_key)
