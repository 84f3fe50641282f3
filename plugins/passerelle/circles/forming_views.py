"""Pages for the forming of circles: what one says oneself, and a facilitator's draft. Thin: each asks `api.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_info
from opaque_keys.edx.keys import CourseKey

from passerelle.host.web import INT_DIGITS, PAGE_DIGITS, actor_of, asks, json_view, key_in, language_of, number_of, page

from . import api, protocols, wishes
from .views import render_page, steps

SELECTABLE = 60
"""With more circles than this, the one to move somebody to is typed, not chosen from a list."""


@login_required
@page
def wish(request: HttpRequest, course_key: CourseKey) -> HttpResponse:
    """When and in which languages one can take part, and where one belongs: one's own to say, change and erase."""
    actor = actor_of(request, course_key)
    said = api.my_wish(actor=actor, course_key=course_key)
    known = protocols.load("story_circle").languages
    ordered = [*said.languages, *(code for code in known if code not in said.languages)]
    context: dict[str, Any] = {
        "wish": said,
        "languages": [(code, get_language_info(code)["name_local"]) for code in ordered],
        "days": [
            (name, [(f"{day}-{part}", title) for part, title in wishes.PARTS.items()])
            for day, name in wishes.DAYS.items()
        ],
        "affiliations": wishes.affiliations(language_of()).items(),
        "longest": wishes.ORGANISATION_LENGTH,
    }
    return render_page(request, "wish", actor, **context)


@json_view("POST")
def say_wish(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Keep what one says for the forming of circles."""
    api.say_wish(actor=actor_of(request, course_key), course_key=course_key, wish=payload, key=key_in(payload))
    return {}


forget_wish = asks(api.forget_wish, "key")


@json_view("POST")
def choose_reminders(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Be reminded of circles, or not: `wanted`."""
    actor = actor_of(request)
    api.choose_reminders(actor=actor, wanted=payload.get("wanted") == "yes", key=key_in(payload))
    return {}


@login_required
@page
def forming(request: HttpRequest, course_key: CourseKey, forming_id: UUID) -> HttpResponse:
    """A draft of circles, for the facilitator who makes it."""
    actor = actor_of(request, course_key)
    draft = api.draft(
        actor=actor,
        forming_id=str(forming_id),
        language=language_of(),
        page=number_of(request.GET.get("page"), digits=PAGE_DIGITS) or 1,
        waiting_page=number_of(request.GET.get("waiting"), digits=PAGE_DIGITS) or 1,
    )
    numbers = range(1, draft.count + 1) if draft.count <= SELECTABLE else None
    circles = steps(request, "page", draft.page, more=draft.page < draft.pages)
    waiting = steps(request, "waiting", draft.waiting_page, more=draft.waiting_page < draft.waiting_pages)
    return render_page(request, "forming", actor, draft=draft, numbers=numbers, circles=circles, waiting=waiting)


@json_view("POST")
def propose(request: HttpRequest, course_key: CourseKey, forming_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Propose circles anew, of the kind asked for."""
    kind = {name: payload.get(name) in (True, "on") for name in ("mix", "common_time", "everyone")}
    actor = actor_of(request, course_key)
    api.propose(actor=actor, forming_id=str(forming_id), key=key_in(payload), **kind)
    return {}


@json_view("POST")
def move(request: HttpRequest, course_key: CourseKey, forming_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Move somebody: `user_id`, `to` a circle's number, 0 to the waiting list, -1 to a new circle."""
    user_id = number_of(payload.get("user_id"), digits=INT_DIGITS) or 0
    to = number_of(payload.get("to"), digits=INT_DIGITS, least=-1) or 0
    actor = actor_of(request, course_key)
    api.move(actor=actor, forming_id=str(forming_id), user_id=user_id, to=to, key=key_in(payload))
    return {}


confirm = asks(api.confirm, "key")
place_late = asks(api.place_late, "key", answer="placed")
