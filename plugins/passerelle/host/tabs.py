"""The course tab that leads to a learner's circles."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop
from xmodule.tabs import CourseTab


class PasserelleTab(CourseTab):
    """Shown to everyone who takes part in the course run or runs it."""

    type = "passerelle"
    title = gettext_noop("My Passerelle")
    priority = 45
    is_dynamic = True
    is_default = True
    is_hideable = True

    def __init__(self, tab_dict: dict[str, Any]) -> None:
        tab_dict["link_func"] = lambda course, _reverse: reverse("passerelle:course", args=[str(course.id)])
        super().__init__(tab_dict)

    @classmethod
    def is_enabled(cls, course: Any, user: Any = None) -> bool:
        from .edx import EdxHost, is_course_staff

        if user is None or not user.is_authenticated:
            return False
        return EdxHost().is_enrolled(user_id=user.pk, course_key=course.id) or is_course_staff(user, course.id)
