"""Competences as a Django app of the LMS and of Studio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext as _

from passerelle.host.data import Actor, Way


class CompetencesConfig(AppConfig):
    """Keeps assessments, claims and evidence, serves their pages, and erases what is a person's with her account."""

    name = "passerelle.competences"
    label = "passerelle_competences"
    verbose_name = "Passerelle: competences"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, Any]] = {
        "url_config": {
            "lms.djangoapp": {"namespace": "passerelle_competences", "regex": r"^passerelle/", "relative_path": "urls"},
        },
    }

    def ready(self) -> None:
        from passerelle.host.api import story_taken_back, user_retired, work_graded
        from passerelle.host.signals import personal_data_requested, retention_due, ways_asked

        from .keeping import personal_data, purge

        user_retired.connect(_on_user_retired, dispatch_uid="passerelle.competences")
        work_graded.connect(_on_work_graded, dispatch_uid="passerelle.competences")
        story_taken_back.connect(_on_story_taken_back, dispatch_uid="passerelle.competences")
        personal_data_requested.connect(personal_data, dispatch_uid="passerelle.competences")
        retention_due.connect(purge, dispatch_uid="passerelle.competences")
        ways_asked.connect(_ways, dispatch_uid="passerelle.competences")


def _ways(actor: Actor, **_signal: object) -> Iterator[Way]:
    from passerelle.host.api import facilitated_courses

    yield Way(url=reverse("passerelle_competences:profile"), name=_("What I can do"), place=10)
    if facilitated_courses(user_id=actor.pk):
        yield Way(url=reverse("passerelle_competences:queue"), name=_("What people asked me to confirm"), place=60)


def _on_user_retired(sender: object, user_id: int, **_kwargs: object) -> None:
    from .api import retire_user

    retire_user(user_id=user_id)


def _on_story_taken_back(sender: object, reference: str, **_kwargs: object) -> None:
    from .api import story_is_gone

    story_is_gone(reference=reference)


def _on_work_graded(sender: object, user_id: int, course_key: Any, work: Any, **_kwargs: object) -> None:
    from .api import take_in_grades

    take_in_grades(user_id=user_id, course_key=course_key, work=work)
