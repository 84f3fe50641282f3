"""What an operator may change, documented where it is defined; docs/operators/settings.md is made here.

Every setting but one has a default. `PASSERELLE_BADGES_SECRET` is made at random for each platform and kept among its
other secrets.
"""

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
    Setting(
        name="PASSERELLE_IMPORT_COURSES",
        default=False,
        doc="""
Whether `init` imports the courses that the suite ships. A course that somebody has changed in Studio since stays as it
is. By hand: `tutor local do passerelle-courses import`.
""",
    ),
    Setting(
        name="PASSERELLE_PRIVATE_BUCKET",
        default="",
        doc="""
The bucket for people's private files (voices, pictures, evidence), in the platform's object storage; they go under
`passerelle-private/` there. The bucket must not be readable by the public. With the plugin `minio`, take
`{{ MINIO_FILE_UPLOAD_BUCKET_NAME }}`. While it is empty, they lie in `data/openedx-media-private/passerelle` of the
project root, which does for one machine; on Kubernetes they would be lost with the pod, so there it has to be set.
""",
    ),
    Setting(
        name="PASSERELLE_BACKUP_BUCKET",
        default="",
        doc="""
The bucket for the archives of `passerelle-backup`, under `passerelle-backup/`. It too must be private. While it is
empty, they lie in `data/passerelle/backups` of the project root; on Kubernetes it has to be set.
""",
    ),
    Setting(
        name="PASSERELLE_RETENTION_DAYS",
        default={"applications": 365, "receipts": 90, "reports": 730, "trail": 1825},
        doc="""
How many days rows of a kind are kept before the purge erases them; a kind that is left out is kept for good. `receipts`
tell that a request was carried out, so that the same request sent again does nothing. `applications` are what passed
between people and employers, counted from its end, and the notes of who saw whom. `reports` are reports of stories that
were decided. `trail` is what was done for safety (reported, hidden, passed on, decided, read from outside, exported),
counted from each step and kept beyond the report that it belongs to. A teller's consent to the readers and uses of a
story ends by itself, after five years, for showcase and training after one (`{"PASSERELLE_CONSENT_DAYS":
{"cohort": 365}}` in `PASSERELLE_DJANGO_SETTINGS` says otherwise, by purpose: facilitators, circle, cohort, showcase,
training). Then nobody but the teller reads it.
""",
    ),
    Setting(
        name="PASSERELLE_BADGES_URL",
        default="",
        doc="""
Where badges live, as a public https address, once and for good: every badge names it. While it is empty: the LMS's
address.
""",
    ),
    Setting(
        name="PASSERELLE_BADGES_ISSUER",
        default="",
        doc="""
The issuer's name on badges. While it is empty: `PLATFORM_NAME`.
""",
    ),
    Setting(
        name="PASSERELLE_SAFEGUARDING",
        default="",
        doc="""
The username or e-mail address of the person whom reports of stories are passed on to, where a course run names nobody.
""",
    ),
    Setting(
        name="PASSERELLE_QUICK_EXIT_URL",
        default="https://www.wikipedia.org/",
        doc="""
Where *Leave quickly* goes: a page that says nothing about whoever opens it.
""",
    ),
    Setting(
        name="PASSERELLE_PUBLIC_SHOWCASE",
        default=False,
        doc="""
Whether everyone may read a course run's showcase, without an account, at `/passerelle/courses/<course run>/showcase/`.
Otherwise the people of the course run may. Stories are there with their tellers' consent alone.
""",
    ),
    Setting(
        name="PASSERELLE_DJANGO_SETTINGS",
        default={},
        doc="""
Further Django settings of the suite, by name, which the guides tell of where they matter: for instance
`{"PASSERELLE_QUIET_HOURS": [22, 7], "PASSERELLE_SECOND_OPINION_DAYS": 21}`.
""",
    ),
    Setting(
        name="PASSERELLE_RUN_HOURLY",
        default=True,
        doc="""
Whether the background work runs by itself: on Kubernetes a CronJob `passerelle-hourly`, on one machine a service of
that name. It reads employers' feeds, and once a night, in the first run after three o'clock (UTC), asks whether badges
are still good and erases what was kept long enough. Set it to `false` where you schedule `passerelle.host.tasks.hourly`
with Celery beat, or run `tutor local do passerelle-hourly` from a cron of your own.
""",
    ),
)

SECRET = Setting(
    name="PASSERELLE_BADGES_SECRET",
    default="{{ 32|random_string }}",
    doc="""
Seals the keys that sign badges. Made at random when the plugin is first enabled, and kept in `config.yml` with the
platform's other secrets. Whoever changes it closes those keys: make a new one (`passerelle-badge-keys make`).
""",
)


def reference() -> str:
    """The settings reference, in Markdown."""
    parts = ["# Settings", "Made by `python -m tutorpasserelle.settings`; change the words in `settings.py`."]
    parts += ["Set one with `tutor config save --set NAME=VALUE`."]
    for setting in (*SETTINGS, SECRET):
        parts += [f"## `{setting.name}`", f"Default: `{json.dumps(setting.default)}`", setting.doc.strip()]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201
