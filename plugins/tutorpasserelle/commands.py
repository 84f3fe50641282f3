"""`tutor local|dev|k8s do passerelle-…`: the suite's management commands, run in a container of their own.

Whatever follows the command's name goes to the management command as it stands. Files go in and out through the folder
`data/passerelle` of the project root, which is `/openedx/passerelle` in the container (not on Kubernetes).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import click

from .__about__ import APP_LABELS

SERVICE = "passerelle"
"""The job's name; its container is described in `patches/local-docker-compose-jobs-services` and `patches/k8s-jobs`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One do-command: its name after `passerelle-`, the management command it calls, and what its help says."""

    name: str
    manage: str
    help: str


DRY_RUN = "--dry-run says what it would do."

COMMANDS = (
    Command(
        name="doctor",
        manage=f"lms check {' '.join(APP_LABELS)} && ./manage.py lms passerelle_doctor",
        help="Look at the installation and say what is wrong and what to do. --strict: warnings fail too.",
    ),
    Command(
        name="courses",
        manage="cms passerelle_courses",
        help=(
            "Check, import or export courses: `passerelle-courses import`, or `import COURSE/RUN`; courses of your own "
            f"from --root FOLDER. {DRY_RUN}"
        ),
    ),
    Command(
        name="import-esco",
        manage="lms passerelle_import_esco",
        help=f"Import ESCO from the FOLDER in which you unpacked its official download. {DRY_RUN}",
    ),
    Command(
        name="import-digcomp",
        manage="lms passerelle_import_digcomp",
        help=f"Import DigComp 3.0 from the FILE that you downloaded (JSON-LD). {DRY_RUN}",
    ),
    Command(
        name="sync-taxonomy",
        manage="cms passerelle_sync_taxonomy",
        help=f"Bring the taxonomy up to date that authors tag units with. Runs at init. {DRY_RUN}",
    ),
    Command(
        name="badge-keys",
        manage="lms passerelle_badge_keys",
        help="Keys that sign badges: `list`, `make`, `ensure` (runs at init), `withdraw KID`.",
    ),
    Command(
        name="achievements",
        manage="lms passerelle_load_achievements",
        help="Define and publish achievements: the suite's own, or those in FILES.",
    ),
    Command(
        name="help-lines",
        manage="lms passerelle_help_lines",
        help="Enter help lines from a CSV FILE (country,language,name,phone,url,hours).",
    ),
    Command(
        name="audit-matching",
        manage="lms audit_matching",
        help="Report whether matching serves people of all languages, and work of all regions, alike.",
    ),
    Command(
        name="demo-people",
        manage="lms passerelle_demo_people",
        help=f"Create people to try the suite with; --password PASSWORD is theirs. For trials only. {DRY_RUN}",
    ),
    Command(
        name="hourly",
        manage="lms passerelle_hourly",
        help=f"Do the background work that is due: feeds, badges, the purge. Runs every hour by itself. {DRY_RUN}",
    ),
    Command(
        name="purge",
        manage="lms passerelle_purge",
        help=f"Erase what was kept as long as PASSERELLE_RETENTION_DAYS allows. Runs every night by itself. {DRY_RUN}",
    ),
    Command(
        name="backup",
        manage="lms passerelle_backup",
        help=f"Write the suite's rows and private files into one archive, or into --file FILE. {DRY_RUN}",
    ),
    Command(
        name="restore",
        manage="lms passerelle_restore",
        help=f"Restore a BACKUP, by name or file: all of it or nothing. --replace throws away what is here. {DRY_RUN}",
    ),
    Command(
        name="export-person",
        manage="lms passerelle_export_person",
        help=f"Write all that is held of a PERSON (username, e-mail) into an archive, or --file FILE. {DRY_RUN}",
    ),
    Command(
        name="uninstall",
        manage="lms passerelle_uninstall",
        help=f"Export people's data into an archive, or --file FILE; with --yes, then remove it for good. {DRY_RUN}",
    ),
)


def script(command: Command, arguments: tuple[str, ...]) -> str:
    """What the container's shell runs."""
    # Studio's commands want Studio's settings, in production and in development.
    prefix = "SERVICE_VARIANT=cms DJANGO_SETTINGS_MODULE=cms.${DJANGO_SETTINGS_MODULE#lms.} "
    line = f"./manage.py {command.manage} {shlex.join(arguments)}".rstrip()
    line = f"{prefix}{line}" if command.manage.startswith("cms ") else line
    # Tutor renders scripts as templates; what an operator typed is to stay as it is.
    return f"{{% raw %}}{line}{{% endraw %}}"


def do_command(command: Command) -> click.Command:
    """The command as Tutor takes it."""

    def run(arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        yield SERVICE, script(command, arguments)

    return click.Command(
        f"passerelle-{command.name}",
        callback=run,
        help=command.help,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
    )
