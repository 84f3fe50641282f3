"""`passerelle_doctor`: is the installation well, and if not, what to do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from passerelle.host.data import Level
from passerelle.host.operations import doctor

SIGNS = {Level.OK: "ok     ", Level.WARNING: "warning", Level.ERROR: "ERROR  "}


class Command(BaseCommand):
    help = "Look at the installation and say what is wrong and what to do. Exit code 1 where something does not work."
    # Where a system check fails the doctor is wanted most.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--strict", action="store_true", help="warnings fail too")

    def handle(self, *_args: Any, strict: bool, **_options: Any) -> None:
        findings = doctor.examine()
        for finding in findings:
            self.stdout.write(f"{SIGNS[finding.level]} {finding.what}")
            if finding.advice:
                self.stdout.write(f"        → {finding.advice}")
        errors = sum(finding.level == Level.ERROR for finding in findings)
        warnings = sum(finding.level == Level.WARNING for finding in findings)
        self.stdout.write(f"{errors} errors, {warnings} warnings.")
        if errors or (strict and warnings):
            raise SystemExit(1)
