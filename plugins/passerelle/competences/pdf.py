"""The profile on paper: A4, in one language or in two side by side, each in its own direction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from .data import LEVELS, Profile, ProfileArea, ProfileLine
from .words import BASIS_WORDS, LEVEL_WORDS

FONTS = Path(__file__).parent / "fonts"
MARGIN = 16
GAP = 8
BAR = 2.4
"""Millimetres: the page's edges, between columns, the height of a level's bar."""
BRAND = (10, 48, 85)
QUIET = (70, 70, 70)
BLACK = (0, 0, 0)


class Block(NamedTuple):
    """A paragraph: its words, "B" for bold, points, and red, green, blue."""

    text: str
    weight: str
    size: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One language of the document: its profile, and where its text stands."""

    language: str
    profile: Profile
    x: float
    width: float

    @property
    def mirrored(self) -> bool:
        return bool(get_language_info(self.language)["bidi"])


def profile_pdf(*, person: str, profiles: dict[str, Profile]) -> bytes:
    """The document for one or two languages; the profiles hold the same lines. The first language leads."""
    paper = _Paper(person, list(profiles))
    width = paper.w - 2 * MARGIN
    if len(profiles) > 1:
        width = (width - GAP) / 2
    columns = [
        Column(language=language, profile=profile, x=MARGIN + index * (width + GAP), width=width)
        for index, (language, profile) in enumerate(_in_reading_order(profiles))
    ]
    paper.add_page()
    paper.heads(columns, person)
    areas = [[area for area in column.profile.areas if not area.hidden] for column in columns]
    for beside in zip(*areas, strict=True):
        paper.area(columns, beside)
        # The order of the leading language counts: names sort differently in each.
        leading = next(area for column, area in zip(columns, beside, strict=True) if column.language == paper.leading)
        for line in leading.lines:
            same = [next(one for one in area.lines if one.uri == line.uri) for area in beside]
            paper.line_of(columns, same)
    paper.source(columns)
    return bytes(paper.output())


def _in_reading_order(profiles: dict[str, Profile]) -> list[tuple[str, Profile]]:
    """From left to right: who reads from the right begins there."""
    found = list(profiles.items())
    return found[::-1] if get_language_info(found[0][0])["bidi"] else found


class _Paper(FPDF):
    """A4 with our fonts, a page number, and blocks of text that stand beside each other."""

    def __init__(self, person: str, languages: list[str]) -> None:
        super().__init__(format="A4")
        self.leading = languages[0]
        for family in ("NotoSans", "NotoSansArabic"):
            self.add_font(family, "", FONTS / f"{family}-Regular.ttf")
            self.add_font(family, "B", FONTS / f"{family}-Bold.ttf")
        self.set_fallback_fonts(["NotoSansArabic", "NotoSans"], exact_match=True)
        self.set_text_shaping(True)
        self.set_margin(MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, margin=MARGIN + 6)
        self.set_lang(self.leading)
        with translation.override(self.leading):
            self.set_title(_("What I can do"))
        self.set_author(person)

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self._style("", 9, QUIET, "en")
        self.cell(0, 5, f"{self.page_no()}", align="C")

    def _style(self, weight: str, size: float, colour: tuple[int, int, int], language: str) -> None:
        self.set_font("NotoSansArabic" if language.startswith("ar") else "NotoSans", weight, size)
        self.set_text_color(*colour)

    def heads(self, columns: list[Column], person: str) -> None:
        texts = []
        for column in columns:
            with translation.override(column.language):
                day = date_format(timezone.localdate(), "DATE_FORMAT", use_l10n=True)
                texts.append(
                    [
                        Block(_("What I can do"), "B", 18, BRAND),
                        Block(person, "B", 12, BRAND),
                        Block(day, "", 10, QUIET),
                    ]
                )
        self._beside(columns, texts)
        self.ln(3)

    def area(self, columns: list[Column], beside: tuple[ProfileArea, ...]) -> None:
        texts = []
        for column, area in zip(columns, beside, strict=True):
            with translation.override(column.language):
                texts.append([Block(area.name or _("More"), "B", 13, BRAND)])
        # A heading does not stay behind alone at the foot of a page.
        if self.will_page_break(40):
            self.add_page()
        self.ln(2)
        self._beside(columns, texts)
        self.ln(1.5)

    def line_of(self, columns: list[Column], same: list[ProfileLine]) -> None:
        texts = []
        for column, line in zip(columns, same, strict=True):
            with translation.override(column.language):
                level, basis = str(LEVEL_WORDS[line.level]), str(BASIS_WORDS[line.basis])
                others = [f"{BASIS_WORDS[one.basis]} · {LEVEL_WORDS[one.level]}" for one in line.others]
                grown = _("before: %(words)s") % {"words": LEVEL_WORDS[line.start]} if line.start else ""
            below = " · ".join(part for part in (level, grown) if part)
            texts.append(
                [
                    Block(line.name, "B", 11, BRAND),
                    Block(below, "", 10, QUIET),
                    Block(basis, "", 10, BLACK),
                    *(Block(other, "", 10, QUIET) for other in others),
                    *([Block(line.situation, "", 10, BLACK)] if line.situation else []),
                ]
            )
        if self.will_page_break(max(self._height(*pair) for pair in zip(columns, texts, strict=True)) + BAR + 6):
            self.add_page()
        self._bars(columns, same[0].level)
        self._beside(columns, texts)
        self.ln(3)

    def source(self, columns: list[Column]) -> None:
        """Where the skills are named: ESCO asks for it wherever its words are used."""
        texts = []
        for column in columns:
            with translation.override(column.language):
                named = _("This service uses the ESCO classification of the European Commission.")
                ours = _("The plain words, levels and pictures are our own.")
            texts.append([Block(f"{named} {ours}", "", 9, QUIET)])
        if self.will_page_break(max(self._height(*pair) for pair in zip(columns, texts, strict=True)) + 3):
            self.add_page()
        self.ln(2)
        self._beside(columns, texts)

    def _bars(self, columns: list[Column], level: int) -> None:
        y = self.get_y()
        self.set_draw_color(*QUIET)
        self.set_fill_color(*BRAND)
        for column in columns:
            step = min(column.width, 60) / LEVELS
            for number in range(LEVELS):
                x = column.x + column.width - (number + 1) * step if column.mirrored else column.x + number * step
                self.rect(x + 0.4, y, step - 0.8, BAR, style="DF" if number < level else "D")
        self.set_y(y + BAR + 1)

    def _height(self, column: Column, texts: list[Block]) -> float:
        height = 0.0
        for text, weight, size, colour in texts:
            self._style(weight, size, colour, column.language)
            found = self.multi_cell(column.width, size * 0.5, text, dry_run=True, output=MethodReturnValue.HEIGHT)
            height += cast(float, found)
        return height

    def _beside(self, columns: list[Column], texts: list[list[Block]]) -> None:
        """One column's text beside the other's, from the same height on."""
        top, bottom = self.get_y(), self.get_y()
        for column, blocks in zip(columns, texts, strict=True):
            self.set_y(top)
            for text, weight, size, colour in blocks:
                self._style(weight, size, colour, column.language)
                self.set_x(column.x)
                align = "R" if column.mirrored else "L"
                self.multi_cell(column.width, size * 0.5, text, align=align, new_x="LEFT", new_y="NEXT")
            bottom = max(bottom, self.get_y())
        self.set_y(bottom)
