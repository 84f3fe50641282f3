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
        name="demo-people",
        manage="lms passerelle_demo_people",
        help=f"Create people to try the suite with; --password PASSWORD is theirs. For trials only. {DRY_RUN}",
    ),
    Command(
        name="purge",
        manage="lms passerelle_purge",
        help=f"Erase what was kept as long as PASSERELLE_RETENTION_DAYS allows. Runs daily by itself. {DRY_RUN}",
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
        help=f"Write all that the suite holds of a PERSON (username, e-mail address) into --file FILE. {DRY_RUN}",
    ),
    Command(
        name="uninstall",
        manage="lms passerelle_uninstall",
        help=f"Export people's data into --file FILE; with --yes, then remove the suite's data for good. {DRY_RUN}",
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
