"""Public: which host this process runs on, and the moment a person's account is retired."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction
from django.dispatch import Signal
from django.utils import translation
from django.utils.module_loading import import_string
from opaque_keys.edx.keys import CourseKey, UsageKey

from .base import Host
from .data import ANONYMOUS, Actor, GradedWork, OwnStory

__all__ = [
    "ANONYMOUS",
    "Actor",
    "GradedWork",
    "Host",
    "OwnStory",
    "circles_attended",
    "circles_ended",
    "facilitated_courses",
    "host",
    "own_stories",
    "private_storage",
    "story_taken_back",
    "tell",
    "tell_later",
    "user_retired",
    "work_graded",
]

T = TypeVar("T")

user_retired = Signal()
"""Sent inside the platform's retirement of an account, with `user_id`. Every app erases what it holds of her."""

story_taken_back = Signal()
"""Sent when a person withdrew a story, with `reference` as in `OwnStory`. Whoever built on it drops what it built."""

work_graded = Signal()
"""Sent when a person's grades changed, with `user_id`, `course_key` and `work`: all `GradedWork` of one subsection.

It comes with every attempt, whether the points changed or not. On edx-platform it is sent in a background task.
"""

circles_ended = Signal()
"""Sent after a circle came to its end, with `user_ids` of those who were in it until then."""


@cache
def host() -> Host:
    """The host named by the setting `PASSERELLE_HOST` (dotted path of a class without arguments)."""
    host_class = import_string(settings.PASSERELLE_HOST)
    instance: Host = host_class()
    return instance


def tell(*, user_id: int, course_key: CourseKey, sentence: Callable[[], str], path: str) -> None:
    """After this transaction, tell the person that something waits for her at `path`, in her language. One query.

    What was done stands also where she cannot be told. The sentence names nobody.
    """
    with translation.override(host().languages_of(user_ids=[user_id]).get(user_id)):
        said = sentence()
    tell_later(user_id=user_id, course_key=course_key, sentence=said, path=path)


def tell_later(*, user_id: int, course_key: CourseKey, sentence: str, path: str) -> None:
    """The same with a sentence that is in her language already."""
    # No `partial`: it has no name, which Django logs where it fails.
    transaction.on_commit(
        lambda: host().notify(user_id=user_id, course_key=course_key, sentence=sentence, path=path), robust=True
    )


@cache
def private_storage() -> Storage:
    """Where people's files lie that only a permission-checked view may serve (setting `PASSERELLE_PRIVATE_STORAGE`)."""
    wanted: dict[str, Any] = settings.PASSERELLE_PRIVATE_STORAGE
    storage_class: type[Storage] = import_string(wanted["BACKEND"])
    return storage_class(**wanted.get("OPTIONS", {}))


class Provided(Generic[T]):
    """What one app knows of a person and others may ask without knowing the app; `nothing` where no app provides it."""

    def __init__(self, nothing: T) -> None:
        self._nothing = nothing
        self._provider: Callable[[int], T] | None = None

    def provided_by(self, provider: Callable[[int], T]) -> None:
        """Have this function answer; apps say so in `AppConfig.ready`."""
        self._provider = provider

    def __call__(self, *, user_id: int) -> T:
        return self._provider(user_id) if self._provider else self._nothing


facilitated_courses: Provided[frozenset[CourseKey]] = Provided(frozenset())
"""The course runs in which course staff appointed the person as a facilitator. One query."""

own_stories: Provided[tuple[OwnStory, ...]] = Provided(())
"""What the person told and has not withdrawn. One query."""

circles_attended: Provided[tuple[tuple[CourseKey, UsageKey], ...]] = Provided(())
"""Course run and block of every circle that the person took part in to its end. Three queries."""
