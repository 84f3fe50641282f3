"""Keys in addresses: `<course_key:…>` and `<usage_key:…>`. Import this module where an app's addresses use them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import register_converter
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey


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


register_converter(CourseKeyConverter, "course_key")
register_converter(UsageKeyConverter, "usage_key")
