"""What a platform has to offer. `edx.py` implements it for edx-platform, `passerelledemo.host` for the demo."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Protocol

import crum
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest
from opaque_keys.edx.keys import CourseKey, LearningContextKey, UsageKey

from .data import ANONYMOUS, Actor


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

    def languages_of(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        """The language that each of these people chose to read in; those who chose none left out. One query."""

    def time_zones_of(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        """The time zone (a name of the IANA's database) that each of these people set; others left out. One query."""

    def learners_of(self, *, course_key: CourseKey) -> list[int]:
        """The ids of those who take part in the course run and have active accounts, in the order of the ids.

        Those who run it, or help to, are left out.
        """

    def notify(self, *, user_id: int, course_key: CourseKey, sentence: str, path: str) -> None:
        """Tell the person a sentence, in the way that the platform tells such things, with the page to open.

        The sentence is in her language already. It names nobody, and says nothing of what people told.
        """

    def find_user(self, *, name: str) -> int | None:
        """The id of the active account with this username or e-mail address, or None."""

    def may_author(self, *, context_key: LearningContextKey) -> bool:
        """Whether the person at the current request may change blocks of this course run or library, here.

        Blocks ask it before they take an author's settings. In the LMS nobody may: it keeps no author's changes.
        """

    def is_enrolled(self, *, user_id: int, course_key: CourseKey) -> bool:
        """Whether the person takes part in the course run."""

    def cohort_of(self, *, user_id: int, course_key: CourseKey) -> str | None:
        """The name of the person's cohort in the course run, or None where she has none."""

    def complete(self, *, user_id: int, usage_key: UsageKey) -> None:
        """Mark the block as completed by the person; a second time changes nothing."""

    def is_complete(self, *, user_id: int, usage_key: UsageKey) -> bool:
        """Whether the person has completed the block."""

    def completed(self, *, user_id: int, usage_keys: Collection[UsageKey]) -> set[UsageKey]:
        """Those of these units and blocks that the person has completed; of a unit, everything in it."""

    def passed(self, *, user_id: int, course_keys: Collection[CourseKey]) -> set[CourseKey]:
        """Those of these course runs that the person has passed, by grade or by certificate."""

    def course_name(self, *, course_key: CourseKey) -> str:
        """The course run's display name; the key as text where the course run no longer exists."""

    def course_names(self, *, course_keys: Collection[CourseKey]) -> dict[CourseKey, str]:
        """The same of each of these course runs. One query."""

    def course_language(self, *, course_key: CourseKey) -> str:
        """The course run's language code, "" where it names none."""

    def block_url(self, *, usage_key: UsageKey) -> str:
        """Where a learner opens the unit that holds the block."""

    def site_url(self, *, path: str) -> str:
        """The absolute address of a path of the site, for pages that live on another host."""

    def course_setting(self, *, course_key: CourseKey, name: str) -> Any:
        """What authors set for this name under `passerelle` in the course run's other settings; else None."""

    def has_block(self, *, course_key: CourseKey, block_type: str) -> bool:
        """Whether learners find a block of this type in the course run."""

    def request_certificate(self, *, user_id: int, course_key: CourseKey) -> None:
        """Have the platform look again whether the person's certificate is due. One that is not, or was, stays so."""

    def tags_of(self, *, course_key: CourseKey, taxonomy: str) -> dict[UsageKey, tuple[str, ...]]:
        """The values of the taxonomy's tags by what they are on in the course run. `taxonomy` is its export id."""

    def share_taxonomy(self, *, taxonomy: Any) -> None:
        """Let authors of all organisations tag with this taxonomy of the tagging package."""

    def place_of(self, *, usage_key: UsageKey) -> tuple[str, ...]:
        """The names of what holds the block, from the course's chapter down to the block itself.

        Raises LookupError for a block that no longer exists.
        """

    def names_of(self, *, usage_keys: Collection[UsageKey]) -> dict[UsageKey, str]:
        """The names of these blocks of one course run; of those that still exist. A constant number of queries."""

    def texts_around(self, *, user_id: int, usage_key: UsageKey) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The chapter that holds this unit: its name, and name and HTML of each text that the person may see there.

        Raises LookupError for a unit that no longer exists, or that she may not see.
        """


class CommonHost(Protocol):
    """What the hosts do alike, both being Django with the platform's models of people."""

    def actor(self, *, request: HttpRequest, course_key: CourseKey | None) -> Actor: ...

    def current_actor(self, *, course_key: CourseKey | None) -> Actor:
        request = crum.get_current_request()
        return self.actor(request=request, course_key=course_key) if request else ANONYMOUS

    def display_names(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        rows = get_user_model().objects.filter(pk__in=set(user_ids)).values_list("pk", "username", "profile__name")
        return {pk: name or username for pk, username, name in rows}

    def find_user(self, *, name: str) -> int | None:
        found = get_user_model().objects.filter(Q(username=name) | Q(email__iexact=name), is_active=True)
        return found.values_list("pk", flat=True).first()

    def block_url(self, *, usage_key: UsageKey) -> str:
        return f"/courses/{usage_key.course_key}/jump_to/{usage_key}"
