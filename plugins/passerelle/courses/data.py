"""Value objects of the course exports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """Something to put right in a course export: the file, relative to the course's folder, a code, and what to do."""

    file: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message} [{self.code}]"


class Standing(StrEnum):
    """How a course run on the platform stands to the export that would be imported over it."""

    NEW = "new"
    SAME = "same"
    OLDER = "older"
    """It is what an earlier import left, and the export has changed since."""
    EDITED = "edited"
    """Somebody worked on it in Studio since the last import, or it was never imported by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import would do: to which course run, and to which of its files."""

    course_key: str
    folder: Path
    standing: Standing
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Opinion(StrEnum):
    """An answer to *was this clear?* and to *was it useful?*"""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackForm:
    """What a learner sees below a unit: what she said ("" before she did), and what the authors changed since."""

    usage_key: str
    clear: str
    useful: str
    remark: str
    signed: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark as the authors read it. `name` is "" where the learner did not sign."""

    unit: str
    text: str
    language: str
    name: str
    given_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleReport:
    """What learners said of a module in one language. The counts are empty below five people.

    `clear` and `useful` are counts by `Opinion`, in its order.
    """

    module: str
    language: str
    people: int
    enough: bool
    clear: tuple[int, ...]
    useful: tuple[int, ...]
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """A module for printing: its name, and name and HTML of each text in it, as its authors wrote it."""

    module: str
    texts: tuple[tuple[str, str], ...]
