"""Small helpers of the competences' templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from passerelle.host.values import own_name

register = template.Library()


@register.filter
def at(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """What the mapping has under this key, "" where nothing."""
    return (mapping or {}).get(key, "")


@register.filter
def times(value: int, factor: int) -> int:
    return value * factor


@register.filter
def plus(value: int, addend: int) -> int:
    return value + addend


@register.filter
def text(value: object) -> str:
    return str(value)


@register.filter
def unlocalized(value: float) -> str:
    """A number as SVG wants it: with a point, whatever the language."""
    return f"{value:.1f}"


@register.filter
def language_name(code: str) -> str:
    """A language's own name; its code where Django knows none."""
    return own_name(code)


@register.filter
def last_part(uri: str) -> str:
    """The end of a URI: what names an ESCO skill in an address."""
    return uri.rsplit("/", maxsplit=1)[-1]
