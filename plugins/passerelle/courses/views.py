"""The pages and addresses of learners' feedback. Thin: each asks `api.py`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import NotAllowedError, PasserelleError
from passerelle.host.web import json_view

from . import api
from .data import Opinion


@json_view("POST")
def give(request: HttpRequest, usage_key: UsageKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Keep what a learner says of a unit."""
    api.give(
        actor=_actor(request, usage_key.course_key),
        usage_key=usage_key,
        clear=str(payload.get("clear") or ""),
        useful=str(payload.get("useful") or ""),
        remark=str(payload.get("remark") or ""),
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
        context["handout"] = api.handout(actor=_actor(request, course_key), usage_key=usage_key)
    except PasserelleError as error:
        return render(request, "passerelle_courses/handout.html", context | {"refused": error}, status=error.status)
    return render(request, "passerelle_courses/handout.html", context)


@login_required
@require_GET
def report(request: HttpRequest, course_key: CourseKey) -> HttpResponse:
    """For the authors: what learners said, by module and language."""
    actor = _actor(request, course_key)
    context: dict[str, Any] = {
        "base_template": host().base_template,
        "course_key": course_key,
        "course_name": host().course_name(course_key=course_key),
        "floor": api.FLOOR,
        "opinions": list(Opinion),
    }
    try:
        context["modules"] = api.report(actor=actor, course_key=course_key)
    except NotAllowedError as error:
        return render(request, "passerelle_courses/report.html", context | {"refused": str(error)}, status=error.status)
    return render(request, "passerelle_courses/report.html", context)


@json_view("POST")
def answer(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Tell the learners of a module what has changed."""
    api.answer(
        actor=_actor(request, course_key),
        course_key=course_key,
        module=str(payload.get("module") or ""),
        text=str(payload.get("text") or ""),
        key=str(payload.get("key") or ""),
    )
    return {}


def _actor(request: HttpRequest, course_key: CourseKey) -> Actor:
    return host().actor(request=request, course_key=course_key)
