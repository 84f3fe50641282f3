"""What every block of ours needs to know of itself: its key, its course run, and the language that it speaks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import get_language, get_language_info
from opaque_keys.edx.keys import CourseKey, UsageKey
from opaque_keys.edx.locator import LibraryLocator
from xblock.core import XBlock

from .errors import NotAllowedError


def usage_key_of(block: XBlock) -> UsageKey:
    """The block's key as learners know it: without Studio's branch and version.

    Raises NotAllowedError for a block that has no key, as in a runtime that is no platform.
    """
    key = block.scope_ids.usage_id
    if not isinstance(key, UsageKey):
        raise NotAllowedError
    plain_key = key.for_branch(None) if hasattr(key, "for_branch") else key
    return plain_key.for_version(None) if hasattr(plain_key, "for_version") else plain_key


def course_key_of(block: XBlock) -> CourseKey | None:
    """The course run that holds the block; None in a library, where nobody takes part."""
    key = getattr(usage_key_of(block), "course_key", None)
    return key if isinstance(key, CourseKey) and not isinstance(key, LibraryLocator) else None


def spoken(wanted: Any, languages: Collection[str]) -> str:
    """The language asked for where it is one of these, else the active one, else English. Without its region."""
    for candidate in (wanted, get_language()):
        base = str(candidate or "").split("-", maxsplit=1)[0]
        if base in languages:
            return base
    return "en"


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if get_language_info(language)["bidi"] else "ltr"
