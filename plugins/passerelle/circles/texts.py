"""What people write, as circles keep it; and what they take along, as a spreadsheet reads it. Private to this app."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from passerelle.host.errors import InvalidError

NAME_LENGTH = 40

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""


def clean(text: str) -> str:
    """The text in NFC without control characters other than line ends and tabs, and without blanks around it."""
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def table(rows: Iterable[Sequence[str]]) -> str:
    """CSV with a byte order mark, or spreadsheets read another encoding; and with no cell that they would carry out."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return out.getvalue()


def entered(raw: object, longest: int, *, field: str) -> str:
    """What somebody entered there, cleaned; "" for nothing. Raises InvalidError where it is too long."""
    text = clean(raw) if isinstance(raw, str) else ""
    if len(text) > longest:
        limits = {"longest": longest, "over": len(text) - longest}
        message = _("This is %(over)d characters too long; %(longest)d are possible. Nothing is lost: shorten it here.")
        raise InvalidError(message % limits, field=field)
    return text
