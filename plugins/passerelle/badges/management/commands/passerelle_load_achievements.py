"""`passerelle_load_achievements`: achievements from files, published; those of the suite where no file is named."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from passerelle.badges import achievements
from passerelle.badges.api import DefinitionError, define, publish
from passerelle.host.api import Actor

OURS = Path(achievements.__file__).parent / "samples"


class Command(BaseCommand):
    help = "Define and publish achievements for the whole site. Run again, it changes only what the files changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="YAML or JSON, one achievement each")

    def handle(self, *_args: Any, files: list[Path], verbosity: int = 1, **_options: Any) -> None:
        operator = Actor(user_id=0, is_operator=True)
        for path in files or sorted(OURS.glob("*.yaml")):
            try:
                made = define(actor=operator, course_key=None, text=path.read_text(encoding="utf-8"))
            except DefinitionError as error:
                faults = "\n".join(f"  {each.field}: {each.message}" for each in error.problems)
                raise CommandError(f"{path.name} is not right; nothing of it was loaded.\n{faults}") from error
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error}") from error
            publish(actor=operator, achievement_id=made)
            if verbosity:
                self.stdout.write(f"{path.stem}: there.")
