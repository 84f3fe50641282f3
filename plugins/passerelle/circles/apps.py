"""Circles as a Django app of the LMS and of Studio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext as _

from passerelle.host.data import Actor, Way


class CirclesConfig(AppConfig):
    """Serves the circles' pages in the LMS, and erases what is a person's when the account is retired."""

    name = "passerelle.circles"
    label = "passerelle_circles"
    verbose_name = "Passerelle: circles"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, Any]] = {
        "url_config": {
            "lms.djangoapp": {"namespace": "passerelle", "regex": r"^passerelle/", "relative_path": "urls"},
        },
        "settings_config": {
            "lms.djangoapp": {
                "common": {"relative_path": "settings.common"},
                "production": {"relative_path": "settings.production"},
                "devstack": {"relative_path": "settings.common"},
                "test": {"relative_path": "settings.common"},
            },
        },
    }

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from passerelle.host.api import circles_attended, facilitated_courses, own_stories, user_retired
        from passerelle.host.signals import health_asked, hourly_due, personal_data_requested, retention_due, ways_asked

        from . import api  # here: models are not loaded before
        from .keeping import health, personal_data, purge
        from .models import StoryFile
        from .signals import circle_closed, story_withdrawn
        from .uploads import file_is_gone

        post_delete.connect(file_is_gone, sender=StoryFile, dispatch_uid="passerelle.circles")
        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.circles")
        facilitated_courses.provided_by(api.facilitated_courses)
        own_stories.provided_by(api.own_stories)
        circles_attended.provided_by(api.circles_attended)
        story_withdrawn.connect(_on_story_withdrawn, dispatch_uid="passerelle.circles")
        circle_closed.connect(_release_certificates, dispatch_uid="passerelle.circles.certificates")
        circle_closed.connect(_announce_end, dispatch_uid="passerelle.circles.end")
        personal_data_requested.connect(personal_data, dispatch_uid="passerelle.circles")
        retention_due.connect(purge, dispatch_uid="passerelle.circles")
        ways_asked.connect(_ways, dispatch_uid="passerelle.circles")
        hourly_due.connect(_on_hour, dispatch_uid="passerelle.circles")
        health_asked.connect(health, dispatch_uid="passerelle.circles")


def _ways(actor: Actor, **_signal: object) -> Iterator[Way]:
    """The desks of the course runs that she facilitates; a course run's own page names its desk itself."""
    from passerelle.host.api import facilitated_courses, host

    courses = frozenset() if actor.course_key else facilitated_courses(user_id=actor.pk)
    for course_key, name in host().course_names(course_keys=set(courses)).items():
        url = reverse("passerelle:desk", kwargs={"course_key": course_key})
        yield Way(url=url, name=_("The desk: reports and circles"), about=name, place=50)


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)


def _on_story_withdrawn(sender: object, contribution_id: str, **_kwargs: object) -> None:
    from passerelle.host.api import story_taken_back

    story_taken_back.send(sender=CirclesConfig, reference=contribution_id)


def _release_certificates(sender: object, circle_id: str, **_kwargs: object) -> None:
    from .practicum import release_certificates

    release_certificates(circle_id=circle_id)


def _announce_end(sender: object, circle_id: str, **_kwargs: object) -> None:
    from .api import announce_end

    announce_end(circle_id)


def _on_hour(**_signal: object) -> str:
    from django.utils import timezone

    from .reminders import tick

    went_on, told = tick(now=timezone.now())
    return f"{went_on} circles over days went on, {told} reminders"
