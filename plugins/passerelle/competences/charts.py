"""Geometry of the profile's charts, which templates draw as SVG. Beside each stands a table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from .data import LEVELS, ProfileArea

SIZE = 320
CENTRE = SIZE / 2
RADIUS = 125
FEWEST = 3
"""A radar of fewer corners than this is a line."""


@dataclass(frozen=True, slots=True)
class Corner:
    """Where a radar's number stands, and whose it is."""

    number: int
    name: str
    average: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Radar:
    """SVG `points` of the rings from the innermost and of the figure, and the numbered corners."""

    size: int
    rings: tuple[str, ...]
    figure: str
    corners: tuple[Corner, ...]


def radar(areas: Sequence[ProfileArea]) -> Radar | None:
    """A radar of the areas' averages, 0 in the middle and the highest level outside; None for fewer than three."""
    count = len(areas)
    if count < FEWEST:
        return None
    rings = tuple(_points([level] * count) for level in range(1, LEVELS + 1))
    places = [_place(number, count, LEVELS * 1.12) for number in range(count)]
    corners = tuple(
        Corner(number, area.name, round(area.average, 1), x, y)
        for number, (area, (x, y)) in enumerate(zip(areas, places, strict=True), 1)
    )
    return Radar(SIZE, rings, _points([area.average for area in areas]), corners)


def _points(levels: Sequence[float]) -> str:
    places = (_place(number, len(levels), level) for number, level in enumerate(levels))
    return " ".join(f"{x},{y}" for x, y in places)


def _place(number: int, count: int, level: float) -> tuple[float, float]:
    """The first corner is at the top; the others follow clockwise."""
    angle = 2 * pi * number / count - pi / 2
    reach = RADIUS * level / LEVELS
    return round(CENTRE + reach * cos(angle), 1), round(CENTRE + reach * sin(angle), 1)
