"""Loads organisations and what they offer from a YAML file, approved and published at once: for demos and trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from passerelle.employers import samples


class Command(BaseCommand):
    help = "Load organisations and their opportunities; what is there already is brought up to date, nothing goes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=samples.OPPORTUNITIES, help="YAML; default: samples")

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            new = samples.load(yaml.safe_load(file.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise CommandError(
                f"{file} is not laid out like {samples.OPPORTUNITIES}: {error!r}. Nothing is loaded."
            ) from error
        self.stdout.write(f"{new} new opportunities.")
