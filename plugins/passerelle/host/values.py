"""Small things that every app asks of what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

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
