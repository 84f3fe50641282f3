"""What comes in: texts and numbers out of what anyone may send."""

from __future__ import annotations

from typing import Any

import pytest
from passerelle.host import web


@pytest.mark.parametrize(
    ("given", "options", "number"),
    [
        ("7", {}, 7),
        (7, {}, 7),
        ("0", {}, 0),
        ("٧", {}, 7),  # as an Arabic keyboard writes it
        ("9" * 18, {}, 10**18 - 1),
        ("9" * 19, {}, None),
        ("1234567", {"digits": 6}, None),
        ("-1", {}, None),
        ("-1", {"least": -1}, -1),
        ("-2", {"least": -1}, None),
        ("0", {"least": 1}, None),
        ("1_000", {}, None),
        (" 7", {}, None),
        ("7.0", {}, None),
        ("", {}, None),
        (True, {}, None),
        (7.0, {}, None),
        (None, {}, None),
        (["7"], {}, None),
    ],
)
def test_numbers(given: object, options: dict[str, Any], number: int | None) -> None:
    assert web.number_of(given, **options) == number


@pytest.mark.parametrize(("given", "text"), [("so", "so"), (None, ""), (7, ""), (["so"], ""), ({"so": "so"}, "")])
def test_texts(given: object, text: str) -> None:
    assert web.text_in({"text": given}, "text") == text
    assert web.text_in({}, "text") == ""
