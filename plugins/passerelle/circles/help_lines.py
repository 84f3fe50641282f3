"""Help lines as a file: CSV in UTF-8 with the columns country, language, name, phone, url, hours."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TextIO

from babel import Locale, UnknownLocaleError

from .data import HelpLineView
from .models import HelpLine

UNION = "EU"
"""The European Union among the countries: what can be called in all of it stands first."""

SAMPLE = Path(__file__).parent / "help_lines.csv"
COLUMNS = ("country", "language", "name", "phone", "url", "hours")
KEY = COLUMNS[:3]


class HelpLinesError(ValueError):
    """The file cannot be used; the message names the line and what is expected."""


def read(file: TextIO) -> Iterator[HelpLineView]:
    """The lines of a file. Raises HelpLinesError."""
    rows = csv.DictReader(file)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise HelpLinesError(f"The first line must be: {','.join(COLUMNS)}")
    for row in rows:
        values = {name: str(row[name] or "").strip() for name in COLUMNS}
        if len(values["country"]) != 2 or not values["name"] or not (values["phone"] or values["url"]):  # noqa: PLR2004
            raise HelpLinesError(
                f"Line {rows.line_num}: a country of two letters, a name, and a phone or url is needed."
            )
        if values["url"] and not values["url"].startswith(("https://", "http://")):
            raise HelpLinesError(f"Line {rows.line_num}: a url begins with https:// or http://.")
        yield HelpLineView(**{**values, "country": values["country"].upper()})


@cache
def sample() -> list[HelpLineView]:
    """What is right without the operator: the emergency number of the European Union."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(read(file))


def named(line: HelpLineView, language: str) -> HelpLineView:
    """The line with country and language as people who read this language call them (CLDR); a code without a name
    stays."""
    known = _locale(language)
    return replace(
        line,
        country_name=known.territories.get(line.country, line.country),
        language_name=known.languages.get(line.language, line.language),
    )


@cache
def _locale(language: str) -> Locale:
    for tag in (language, language.partition("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def view(row: HelpLine) -> HelpLineView:
    """A row as a value object."""
    return HelpLineView(**{name: getattr(row, name) for name in COLUMNS})


def load(lines: list[HelpLineView]) -> int:
    """Enter the lines, or change those that are there; returns how many. Run again, it changes nothing."""
    for line in lines:
        key = {name: getattr(line, name) for name in KEY}
        rest = {name: getattr(line, name) for name in COLUMNS if name not in KEY}
        HelpLine.objects.update_or_create(**key, defaults=rest)
    return len(lines)
