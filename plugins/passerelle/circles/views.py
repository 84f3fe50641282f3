"""The circles' pages and the address that a running circle polls. Thin: each asks `api.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.web import json_view

from . import api


@login_required
@require_GET
def home(request: HttpRequest, course_key: CourseKey | None = None) -> HttpResponse:
    """*My Passerelle*: one's circles and stories, in one course run or in all; for staff also the facilitators."""
    actor = host().actor(request=request, course_key=course_key)
    language = get_language() or "en"
    context: dict[str, Any] = {"base_template": host().base_template, "masquerading": actor.masquerading}
    if not actor.masquerading:
        context |= {
            "circles": api.my_circles(actor=actor, language=language),
            "stories": api.my_stories(actor=actor, language=language),
        }
        if course_key is not None and actor.is_course_staff:
            context["facilitators"] = api.facilitators(actor=actor, course_key=course_key)
    if course_key is not None:
        context |= {"course_key": course_key, "course_name": host().course_name(course_key=course_key)}
    return render(request, "passerelle_circles/home.html", context)


@json_view("POST")
def appoint(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Appoint the person called `name` as a facilitator."""
    name = str(payload.get("name") or "")
    user_id = api.appoint_facilitator(actor=_actor(request, course_key), course_key=course_key, name=name)
    return {"user_id": user_id}


@json_view("POST")
def dismiss(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Take the role from the person with `user_id`."""
    user_id = payload.get("user_id")
    if isinstance(user_id, int):
        api.dismiss_facilitator(actor=_actor(request, course_key), course_key=course_key, user_id=user_id)
    return {}


@json_view("GET")
def state(request: HttpRequest, circle_id: UUID) -> Any:
    """The circle as this person sees it; 304 while nothing has changed since `If-None-Match`."""
    name = str(circle_id)
    actor = _actor(request, api.course_of(circle_id=name))
    language = request.GET.get("lang", "")[:16] or get_language() or "en"
    tag = f'"{api.etag(actor=actor, circle_id=name, language=language)}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    return api.circle(actor=actor, circle_id=name, language=language)


@json_view("POST")
def withdraw(request: HttpRequest, contribution_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Take a contribution of one's own back."""
    key = str(payload.get("key") or "")
    api.withdraw(actor=_actor(request, None), contribution_id=str(contribution_id), key=key)
    return {}


def _actor(request: HttpRequest, course_key: CourseKey | None) -> Actor:
    return host().actor(request=request, course_key=course_key)
