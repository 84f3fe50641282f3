"""The instructor's report as a page and as CSV."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import host
from passerelle.host.errors import PasserelleError

from . import api, words


@login_required
@require_GET
def report(request: HttpRequest, course_key: CourseKey, form: str = "page") -> HttpResponse:
    """What people answered in the course run, all together."""
    actor = host().actor(request=request, course_key=course_key)
    context: dict[str, Any] = {"base_template": host().base_template, "masquerading": actor.masquerading}
    status, template = 200, "report"
    if not actor.masquerading:
        try:
            found = api.assessment_report(actor=actor, course_key=course_key, language=get_language() or "en")
        except PasserelleError as error:
            status, template, context["message"] = error.status, "refused", str(error)
        else:
            if form == "csv":
                return _csv(api.report_csv(found))
            context |= {"report": found, "course_key": course_key, "moments": words.MOMENT_WORDS, "floor": api.FLOOR}
    response = render(request, f"passerelle_competences/{template}.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _csv(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="competences.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
