"""Value objects that cross the host's door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from opaque_keys.edx.keys import CourseKey, UsageKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The real person behind a request, and what the platform lets her be in one course run.

    `user_id` is None for somebody who is not logged in. `course_key` is None where a page belongs to no course run.
    While `masquerading`, the person looks at the course as somebody else, and no app may show or do anything of hers.
    """

    user_id: int | None
    course_key: CourseKey | None = None
    is_enrolled: bool = False
    is_course_staff: bool = False
    is_operator: bool = False
    masquerading: bool = False
    language: str = "en"

    @property
    def pk(self) -> int:
        """The user id for look-ups; 0, which no account has, for somebody who is not logged in."""
        return self.user_id or 0


ANONYMOUS = Actor(user_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A page that is open to somebody; `about` names its course run. Sorted by `place`: below 50 what is her own."""

    url: str
    name: str
    place: int
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStory:
    """Something that a person told, for her to use elsewhere. `reference` names it for good; `text` is in her words."""

    reference: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedWork:
    """What somebody earned with one graded block, out of what can be earned (weighted points); 0 where not tried.

    `within` names what holds the block, from its unit up to the subsection.
    """

    usage_key: UsageKey
    within: tuple[UsageKey, ...]
    earned: float
    possible: float


class Level(Enum):
    """How much a finding matters: nothing to do, better look, or something does not work."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One answer of the doctor: what was looked at and how it stands, and what the operator can do about it."""

    level: Level
    what: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many rows of one kind have been kept long enough, and were erased unless it was a dry run."""

    what: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """What one model holds of a person: `model` is its label, `files` are names in the private storage."""

    model: str
    rows: Sequence[Mapping[str, Any]]
    files: Sequence[str] = ()
