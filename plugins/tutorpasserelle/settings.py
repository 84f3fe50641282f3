"""What an operator may change, documented where it is defined; docs/operators/settings.md is made here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One entry of Tutor's configuration: its full name, its default, and what it does, in Markdown."""

    name: str
    default: Any
    doc: str


SETTINGS = (
    Setting(
        name="PASSERELLE_REQUIREMENT",
        default="",
        doc="""
What to install in the platform's image, as one requirement for pip: `openedx-passerelle[lms]==1.2.3`, or
`openedx-passerelle[lms] @ git+https://…`. While it is empty, the image gets the very version that is installed beside
Tutor, out of the build context, and nothing is fetched. The version named here should be the one beside Tutor.
""",
    ),
    Setting(
        name="PASSERELLE_LANGUAGES",
        default=[],
        doc="""
The languages that learners may choose from, as the platform spells them: `["en", "fr", "ar", "pt-pt", "tr-tr", "uk"]`.
The language selector is shown in the header, and `init` releases these languages in the platform's *dark language*
configuration, and no others. While the list is empty, the platform's languages are left as they are.
""",
    ),
)


def reference() -> str:
    """The settings reference, in Markdown."""
    parts = ["# Settings", "Made by `python -m tutorpasserelle.settings`; change the words in `settings.py`."]
    parts += ["Set one with `tutor config save --set NAME=VALUE`."]
    for setting in SETTINGS:
        parts += [f"## `{setting.name}`", f"Default: `{json.dumps(setting.default)}`", setting.doc.strip()]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201
