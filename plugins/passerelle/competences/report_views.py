"""The instructor's report as a page and as CSV."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from opaque_keys.edx.keys import CourseKey

from passerelle.host.web import actor_of, language_of, page, to_keep

from . import api, words
from .views import render_page


@login_required
@page
def report(request: HttpRequest, course_key: CourseKey, form: str = "page") -> HttpResponse:
    """What people answered in the course run, all together."""
    actor = actor_of(request, course_key)
    if actor.masquerading:
        return render_page(request, "report", actor)
    found = api.assessment_report(actor=actor, course_key=course_key, language=language_of())
    if form == "csv":
        return to_keep(api.report_csv(found), name="competences.csv", media_type="text/csv; charset=utf-8")
    context = {"report": found, "course_key": course_key, "moments": words.MOMENT_WORDS, "floor": api.FLOOR}
    return render_page(request, "report", actor, **context)
