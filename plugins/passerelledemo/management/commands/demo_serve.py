"""`demo_serve`: prepare the demo, say where each kind of user goes, and serve."""

from __future__ import annotations

import os
import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV
from passerelle.courses.olx import course_runs

from passerelledemo.people import AUTHOR, EMPLOYER, FACILITATOR, LEARNER, OPERATOR, PEOPLE

ERRANDS = {
    LEARNER: "opens a course, reads, and takes her place in a circle",
    FACILITATOR: "finds her circles, opens one in a course, leads it",
    AUTHOR: "opens a unit and edits a block with the link below it",
    EMPLOYER: "writes opportunities, sees who is interested",
    OPERATOR: "approves organisations and opportunities, looks after keys, accounts and data",
}


class Command(BaseCommand):
    help = "Prepare the demo and serve it on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        if os.environ.get(DJANGO_AUTORELOAD_ENV) != "true":  # the first of the two processes that the reloader makes
            require_free(port)
            call_command("demo_setup")
            self.stdout.write(where_to_go(f"http://127.0.0.1:{port}"))
            self.stdout.flush()
        # Static files are served although DEBUG is off: people are to meet the pages that they would meet in earnest.
        call_command("runserver", f"127.0.0.1:{port}", insecure_serving=True)


def require_free(port: int) -> None:
    """Raise CommandError where something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} is taken, or not yours to use. Choose another one: make demo PORT={port + 1}"
            ) from error


def where_to_go(base: str) -> str:
    """Each kind of user: who plays it, where she starts, what she can do."""
    lines = ["", f"The demo runs at {base}/ : choose a person there.", ""]
    for role, errand in ERRANDS.items():
        people = [person for person in PEOPLE if person.role == role]
        names = ", ".join(f"{person.name} ({person.language})" for person in people)
        lines += [f"  {role}: {names}", f"    {errand}", f"    {base}{people[0].start}"]
    lines += ["", "  Course runs:", *(f"    {base}/courses/{key}/" for key in course_runs())]
    lines += ["", "Stop with Ctrl+C. What people did stays; `make demo-reset` begins anew.", ""]
    return "\n".join(lines)
