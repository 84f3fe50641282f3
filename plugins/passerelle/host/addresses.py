"""Keys and numbers in addresses: `<course_key:…>`, `<usage_key:…>`, `<number:…>`.

Import this module where an app's addresses use them; `rest.py` does so for those that it makes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import register_converter
from django.urls.converters import IntConverter
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey

from .web import ROW_DIGITS


class KeyConverter:
    """An opaque key in an address; what is none gives 404."""

    regex = r"[^/]+"
    key_class: ClassVar[Any]

    def to_python(self, value: str) -> Any:
        try:
            return self.key_class.from_string(value)
        except InvalidKeyError as error:
            raise ValueError from error

    def to_url(self, value: object) -> str:
        return str(value)


class CourseKeyConverter(KeyConverter):
    """`course-v1:…`"""

    key_class = CourseKey


class UsageKeyConverter(KeyConverter):
    """`block-v1:…`, which holds no slash where the block's name holds none."""

    key_class = UsageKey


class NumberConverter(IntConverter):
    """A row's number; one that no database can hold gives 404."""

    regex = f"[0-9]{{1,{ROW_DIGITS}}}"


register_converter(CourseKeyConverter, "course_key")
register_converter(UsageKeyConverter, "usage_key")
register_converter(NumberConverter, "number")
