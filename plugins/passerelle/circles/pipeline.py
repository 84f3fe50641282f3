"""Our steps in the platform's pages of a course run, and before its certificates."""

from __future__ import annotations

import logging
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey
from openedx_filters.learning.filters import CertificateCreationRequested

from passerelle.host.api import Actor, host
from passerelle.host.filters import SafeStep

from . import api, practicum

log = logging.getLogger(__name__)

BLOCK_TYPE = "storytelling_circle"
SECTION = "passerelle"
AFTER_ALL_OTHERS = 120
"""The platform's own tabs have 10 to 110."""


class InstructorSection(SafeStep):
    """The course staff's section on the LMS's own instructor dashboard: facilitators, circles, and the way to them.

    Filter: `org.openedx.learning.instructor.dashboard.render.started.v1`. The dashboard includes the Mako template
    `{template_path_prefix}{section_key}.html`, which lies in our folder `mako`. Facilitators who are not on the course
    team cannot open the dashboard; the course tab *My Passerelle* is theirs.
    """

    def change(self, *, context: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        sections = context["sections"]
        course_key = context["course"].id
        actor = host().current_actor(course_key=course_key)
        if not _runs_the_course(actor) or any(section["section_key"] == SECTION for section in sections):
            return {}
        seen = {
            "overview": api.overview(actor=actor, course_key=course_key),
            "url": _course_page(course_key),
            "course_key": course_key,
        }
        section = {
            "section_key": SECTION,
            "section_display_name": _("Circles"),
            "template_path_prefix": "/passerelle_circles/",
            "course_id": str(course_key),
            "body": render_to_string("passerelle_circles/instructor.html", seen),
        }
        return {"context": {**context, "sections": [*sections, section]}}


class InstructorTab(SafeStep):
    """The same people's tab on Verawood's instructor dashboard, which leads to the course's page of *My Passerelle*.

    Filter: `org.openedx.learning.instructor.dashboard.tabs.requested.v1`. Each tab is a dictionary of `tab_id`,
    `title`, `url` and `sort_order`; the dashboard opens an absolute address as a page of its own.
    """

    def change(self, *, tabs: list[dict[str, Any]], course_key: CourseKey, **_rest: Any) -> dict[str, Any]:
        actor = host().current_actor(course_key=course_key)
        if not _runs_the_course(actor) or any(tab["tab_id"] == SECTION for tab in tabs):
            return {}
        tab = {
            "tab_id": SECTION,
            "title": _("Circles"),
            "url": host().site_url(path=_course_page(course_key)),
            "sort_order": AFTER_ALL_OTHERS,
        }
        return {"tabs": [*tabs, tab]}


class CourseAboutNote(SafeStep):
    """What a circle is and whose one's words stay, on the about page of course runs that hold circles.

    Filter: `org.openedx.learning.course_about.render.started.v1`. Our Mako template inherits the one that was to be
    shown, whatever that is, and adds the note to its block `course_about_details`.
    """

    def change(self, *, context: dict[str, Any], template_name: str, **_rest: Any) -> dict[str, Any]:
        if not host().has_block(course_key=context["course"].id, block_type=BLOCK_TYPE):
            return {}
        ours = {
            "passerelle_inherits": f"/{template_name.lstrip('/')}",
            "passerelle_note": render_to_string("passerelle_circles/about_note.html"),
        }
        return {"context": {**context, **ours}, "template_name": "passerelle_circles/course_about.html"}


class PracticumGate(SafeStep):
    """Holds a certificate until the course run's practicum was attended; `practicum.py` says how one is asked for.

    Filter: `org.openedx.learning.certificate.creation.requested.v1`. When the circle ends, the certificate is requested
    again. Exceptions for single learners do not lift it. Where nobody can say whether a practicum is asked for, the
    certificate is let through like all others; where one is and the register cannot be read, it waits, since it can be
    requested again, and a certificate given by mistake is not easily taken back.
    """

    def change(self, *, user: Any, course_key: CourseKey, **_rest: Any) -> dict[str, Any]:
        asked = practicum.required(course_key=course_key)
        try:
            missing = practicum.is_missing(asked=asked, user_id=user.pk, course_key=course_key)
        except Exception:
            log.exception("A certificate waits: the circles' register could not be read")
            missing = True
        if missing:
            raise CertificateCreationRequested.PreventCertificateCreation(
                _("Your certificate is waiting for you: take part in a circle of this course to its end.")
            )
        return {}


def _runs_the_course(actor: Actor) -> bool:
    return actor.is_course_staff and not actor.masquerading


def _course_page(course_key: CourseKey) -> str:
    return reverse("passerelle:course", kwargs={"course_key": course_key})
