"""Small things that every app asks of what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import get_language_info

from .errors import InvalidError, NotFoundError


def as_uuid(given: object) -> UUID:
    """The UUID that this spells. Raises NotFoundError for what is none."""
    try:
        return UUID(str(given))
    except ValueError as error:
        raise NotFoundError from error


def checked_key(given: object) -> str:
    """The key that somebody made up for a request. Raises InvalidError for what cannot be one."""
    if isinstance(given, str) and 8 <= len(given) <= 64 and given.isascii() and given.isprintable():  # noqa: PLR2004
        return given
    raise InvalidError(field="key")


def say(words: Mapping[str, str], language: str) -> str:
    """The text in this language, else in its base language, in English, or in whichever there is."""
    for candidate in (language, language.split("-", maxsplit=1)[0], "en"):
        if words.get(candidate):
            return words[candidate]
    return next(iter(words.values()), "")


def own_name(language: str) -> str:
    """What people who speak the language call it; its code where Django knows none."""
    return _known(language, "name_local") or language


def name_here(language: str) -> str:
    """What the reader's own language calls it; its code where Django knows none."""
    return _known(language, "name_translated") or language


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if _known(language, "bidi") else "ltr"


def _known(language: str, what: str) -> str:
    try:
        return str(get_language_info(language)[what] or "")
    except KeyError:
        return ""
