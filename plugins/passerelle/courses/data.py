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
