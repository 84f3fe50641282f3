"""The pages and addresses of learners' feedback. Thin: each asks `api.py`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import host
from passerelle.host.errors import PasserelleError
from passerelle.host.web import actor_of, asks, json_view, page, shown, text_in

from . import api


@json_view("POST")
def give(request: HttpRequest, usage_key: UsageKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Keep what a learner says of a unit."""
    api.give(
        actor=actor_of(request, usage_key.course_key),
        usage_key=usage_key,
        clear=text_in(payload, "clear"),
        useful=text_in(payload, "useful"),
        remark=text_in(payload, "remark"),
        signed=payload.get("signed") is True,
    )
    return {}


@login_required
@require_GET
def handout(request: HttpRequest, usage_key: UsageKey) -> HttpResponse:
    """The module that holds this unit, on paper."""
    course_key = usage_key.course_key
    context: dict[str, Any] = {
        "language": host().course_language(course_key=course_key) or "en",
        "course_name": host().course_name(course_key=course_key),
    }
    try:
        context["handout"] = api.handout(actor=actor_of(request, course_key), usage_key=usage_key)
    except PasserelleError as error:
        return render(request, "passerelle_courses/handout.html", context | {"refused": error}, status=error.status)
    return render(request, "passerelle_courses/handout.html", context)


@login_required
@page
def report(request: HttpRequest, course_key: CourseKey) -> HttpResponse:
    """For the authors: what learners said, by module and language."""
    actor = actor_of(request, course_key)
    modules = api.report(actor=actor, course_key=course_key)
    return shown(
        request,
        "passerelle_courses/report.html",
        course_key=course_key,
        course_name=host().course_name(course_key=course_key),
        modules=modules,
        floor=api.FLOOR,
    )


answer = asks(api.answer, "module", "text", "key")
