"""What our blocks have in common: what each needs to know of itself, and how it comes onto the page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from opaque_keys.edx.keys import CourseKey, UsageKey
from opaque_keys.edx.locator import LibraryLocator
from web_fragments.fragment import Fragment
from xblock.core import XBlock

from .api import Actor, host
from .errors import NotAllowedError

LANGUAGES = ("fr", "en", "ar", "pt", "tr", "uk")
"""The languages that the blocks' own words are in."""


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


def spoken(wanted: Any = None) -> str:
    """The language asked for where it is one of `LANGUAGES`, else the active one, else English. Without its region."""
    for candidate in (wanted, get_language()):
        base = str(candidate or "").split("-", maxsplit=1)[0]
        if base in LANGUAGES:
            return base
    return "en"


class BlockMixin:
    """What our blocks do alike. Their scripts and styles lie in `public/`."""

    runtime: Any
    has_author_view = True
    show_in_read_only_mode = True

    def _actor(self) -> Actor:
        return host().current_actor(course_key=course_key_of(self))

    def _require_author(self) -> None:
        # Studio runs any block's handler for anyone who is logged in, and the LMS has these handlers too.
        if not host().may_author(context_key=usage_key_of(self).context_key):
            raise NotAllowedError

    def _course_language(self) -> str:
        """The course run's language without its region, or ""."""
        course_key = course_key_of(self)
        language = host().course_language(course_key=course_key) if course_key else ""
        return language.replace("_", "-").split("-")[0]

    def _resource(self, name: str) -> str:
        return str(self.runtime.local_resource_url(self, f"public/{name}"))

    def _shown(self, html: str, style: str, script: str, *, starts: str, data: dict[str, Any]) -> Fragment:
        """The HTML with its style and script, whose function `starts` gets the data."""
        fragment = Fragment(html)
        fragment.add_css_url(self._resource(style))
        fragment.add_javascript_url(self._resource(script))
        fragment.initialize_js(starts, data)
        return fragment
