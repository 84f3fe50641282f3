"""The course exports that the suite ships."""

from __future__ import annotations

from pathlib import Path

__all__ = ["exports_root"]


def exports_root() -> Path:
    """The folder with one folder a course, holding one OLX folder a language run.

    A wheel carries it as package data; an editable install has none, so there the repository's own folder serves.
    Raises FileNotFoundError where neither is there.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here / "course_exports", here.parents[2] / "course_exports"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError("No course exports: this installation of openedx-passerelle lacks its package data.")
