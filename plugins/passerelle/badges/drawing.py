"""Badges' pictures, drawn from data: the same discs, polygons and lines as SVG and as PNG. No text, so no fonts."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

from .data import Picture, Shape, Symbol

SIDE = 400
"""Width and height of a picture, in units and in the PNG's pixels."""
SMOOTHING = 2
WHITE = "#ffffff"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Disc:
    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[Point, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[Point, ...]
    width: float
    colour: str


Stroke = Disc | Polygon | Line


def svg(picture: Picture) -> bytes:
    """The picture as an SVG document."""
    drawn = "".join(_svg_stroke(stroke) for stroke in _strokes(picture))
    root = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
    return f"{root}{drawn}</svg>".encode()


def png(picture: Picture) -> bytes:
    """The picture as a PNG with a transparent ground."""
    large = SIDE * SMOOTHING
    image = Image.new("RGBA", (large, large), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for stroke in _strokes(picture):
        _png_stroke(pen, stroke)
    out = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.BOX).save(out, "PNG", optimize=True)
    return out.getvalue()


def _strokes(picture: Picture) -> list[Stroke]:
    return [*_outline(picture), *SYMBOLS[picture.symbol](picture.colour)]


def _outline(picture: Picture) -> list[Stroke]:
    if picture.shape is Shape.CIRCLE:
        return [
            Disc(200, 200, 196, picture.colour),
            Disc(200, 200, 178, WHITE),
            Disc(200, 200, 170, picture.colour),
        ]
    points = SHAPES[picture.shape]
    inner = tuple(_towards_middle(point, 0.91) for point in points)
    core = tuple(_towards_middle(point, 0.87) for point in points)
    return [Polygon(points, picture.colour), Polygon(inner, WHITE), Polygon(core, picture.colour)]


def _towards_middle(point: Point, factor: float) -> Point:
    return 200 + (point[0] - 200) * factor, 200 + (point[1] - 200) * factor


def _arc(x: float, y: float, radius: float, start: float, end: float) -> tuple[Point, ...]:
    """Points on a circle between two angles in degrees, clockwise from the right."""
    steps = 24
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return tuple((round(x + radius * math.cos(angle), 1), round(y + radius * math.sin(angle), 1)) for angle in angles)


SHAPES: dict[Shape, tuple[Point, ...]] = {
    Shape.HEXAGON: tuple(_arc(200, 200, 196, angle, angle)[0] for angle in range(30, 390, 60)),
    Shape.SQUARE: ((24, 24), (376, 24), (376, 376), (24, 376)),
    Shape.SHIELD: (
        (40, 30),
        (360, 30),
        (360, 210),
        (330, 285),
        (275, 345),
        (200, 390),
        (125, 345),
        (70, 285),
        (40, 210),
    ),
}


def _bridge(_ground: str) -> list[Stroke]:
    posts = [Line(((x, 215), (x, 265)), 12, WHITE) for x in (110, 290)]
    return [Line(_arc(200, 300, 130, 205, 335), 16, WHITE), Line(((80, 215), (320, 215)), 16, WHITE), *posts]


def _ring(_ground: str) -> list[Stroke]:
    places = [_arc(200, 200, 85, angle, angle)[0] for angle in range(0, 360, 45)]
    return [Disc(x, y, 20, WHITE) for x, y in places]


def _speech(ground: str) -> list[Stroke]:
    bubble = Polygon(((100, 130), (300, 130), (300, 245), (190, 245), (150, 290), (150, 245), (100, 245)), WHITE)
    return [bubble, *(Disc(x, 188, 13, ground) for x in (150, 200, 250))]


def _star(_ground: str) -> list[Stroke]:
    points = (_arc(200, 205, 110 if turn % 2 == 0 else 46, -90 + 36 * turn, 0)[0] for turn in range(10))
    return [Polygon(tuple(points), WHITE)]


def _steps(_ground: str) -> list[Stroke]:
    return [
        Polygon(((x, y), (x + 56, y), (x + 56, 280), (x, 280)), WHITE) for x, y in ((105, 230), (172, 180), (239, 125))
    ]


def _tick(_ground: str) -> list[Stroke]:
    return [Line(((120, 205), (180, 265), (285, 145)), 30, WHITE)]


SYMBOLS = {
    Symbol.BRIDGE: _bridge,
    Symbol.CIRCLE: _ring,
    Symbol.SPEECH: _speech,
    Symbol.STAR: _star,
    Symbol.STEPS: _steps,
    Symbol.TICK: _tick,
}


def _joined(points: tuple[Point, ...]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _svg_stroke(stroke: Stroke) -> str:
    match stroke:
        case Disc():
            return f'<circle cx="{stroke.x:g}" cy="{stroke.y:g}" r="{stroke.radius:g}" fill="{stroke.colour}"/>'
        case Polygon():
            return f'<polygon points="{_joined(stroke.points)}" fill="{stroke.colour}"/>'
        case Line():
            how = f'fill="none" stroke="{stroke.colour}" stroke-width="{stroke.width:g}"'
            return f'<polyline points="{_joined(stroke.points)}" {how} stroke-linecap="round" stroke-linejoin="round"/>'


def _png_stroke(pen: ImageDraw.ImageDraw, stroke: Stroke) -> None:
    match stroke:
        case Disc():
            _png_disc(pen, stroke.x, stroke.y, stroke.radius, stroke.colour)
        case Polygon():
            pen.polygon([(x * SMOOTHING, y * SMOOTHING) for x, y in stroke.points], fill=stroke.colour)
        case Line():
            points = [(x * SMOOTHING, y * SMOOTHING) for x, y in stroke.points]
            pen.line(points, fill=stroke.colour, width=round(stroke.width * SMOOTHING), joint="curve")
            for x, y in (stroke.points[0], stroke.points[-1]):
                _png_disc(pen, x, y, stroke.width / 2, stroke.colour)


def _png_disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    box = [(x - radius) * SMOOTHING, (y - radius) * SMOOTHING, (x + radius) * SMOOTHING, (y + radius) * SMOOTHING]
    pen.ellipse(box, fill=colour)
