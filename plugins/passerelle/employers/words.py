"""Words that pages need beside their own."""

from __future__ import annotations

LANGUAGE_NAMES: dict[str, str] = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pt": "Português",
    "tr": "Türkçe",
    "uk": "Українська",
}
"""Languages that work is often done in, by code, as their speakers call them."""
