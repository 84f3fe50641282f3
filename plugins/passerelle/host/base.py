"""What a platform has to offer. `edx.py` implements it for edx-platform, `passerelledemo.host` for the demo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.http import HttpRequest
from opaque_keys.edx.keys import CourseKey, UsageKey

from .data import Actor


class Host(Protocol):
    """A learning platform, as far as Passerelle needs one. Keys are opaque keys; a user is named by its integer id."""

    base_template: str
    """The Django template that pages extend. It offers the blocks `title`, `headextra`, `body` and `js_extra`."""

    def current_actor(self, *, course_key: CourseKey | None) -> Actor:
        """The person whose request is being answered; `ANONYMOUS` outside a request (a task, a command)."""

    def actor(self, *, request: HttpRequest, course_key: CourseKey | None) -> Actor:
        """The real person behind `request`, even while staff look at the course as somebody else."""

    def display_names(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        """How to greet people, by user id: the name they gave, else the username. One query, unknown ids left out."""

    def find_user(self, *, name: str) -> int | None:
        """The id of the active account with this username or e-mail address, or None."""

    def is_enrolled(self, *, user_id: int, course_key: CourseKey) -> bool:
        """Whether the person takes part in the course run."""

    def cohort_of(self, *, user_id: int, course_key: CourseKey) -> str | None:
        """The name of the person's cohort in the course run, or None where she has none."""

    def is_complete(self, *, user_id: int, usage_key: UsageKey) -> bool:
        """Whether the person has completed the block."""

    def course_name(self, *, course_key: CourseKey) -> str:
        """The course run's display name; the key as text where the course run no longer exists."""

    def course_language(self, *, course_key: CourseKey) -> str:
        """The course run's language code, "" where it names none."""

    def block_url(self, *, usage_key: UsageKey) -> str:
        """Where a learner opens the unit that holds the block."""
