"""The form below a unit, as a fragment that the platform's filter and the demo add to what the unit shows."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import UsageKey
from web_fragments.fragment import Fragment

from passerelle.host.api import host
from passerelle.host.values import direction

from . import api
from .data import Opinion


def feedback_fragment(*, usage_key: UsageKey) -> Fragment | None:
    """The questions for the learner at the request, in a run that asks for feedback; None for everybody else."""
    course_key = usage_key.course_key
    if not api.wanted_in(course_key=course_key):
        return None  # before anything is asked about the person: most units of a platform end here
    actor = host().current_actor(course_key=course_key)
    if not api.allowed("give", actor):
        return None
    language = get_language() or "en"
    context = {
        "form": api.form(actor=actor, usage_key=usage_key),
        "opinions": ((Opinion.YES, _("Yes")), (Opinion.PARTLY, _("Partly")), (Opinion.NO, _("No"))),
        "url": reverse("passerelle_courses:give", args=[usage_key]),
        "handout": reverse("passerelle_courses:handout", args=[usage_key]),
        "language": language,
        "direction": direction(language),
        "longest": api.LONGEST,
    }
    fragment = Fragment(render_to_string("passerelle_courses/feedback.html", context))
    fragment.add_css_url(static("passerelle_courses/feedback.css"))
    fragment.add_javascript_url(static("passerelle_courses/feedback.js"))
    return fragment
