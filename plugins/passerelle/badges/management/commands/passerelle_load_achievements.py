"""`passerelle_load_achievements`: achievements from files, published; those of the suite where no file is named.

With `--course` they are a course run's: its team looks after them, and `${course}` and `${run}` stand for its key and
its run, so that one file serves every language.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from string import Template
from typing import Any

from django.core.management import BaseCommand, CommandError
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey

from passerelle.badges import achievements
from passerelle.badges.api import DefinitionError, define, publish
from passerelle.host.api import Actor

OURS = Path(achievements.__file__).parent / "samples"


class Command(BaseCommand):
    help = (
        "Define and publish achievements for the whole site, or for a course run (--course), whose team then looks "
        "after them. Run again, it changes only what the files changed. Without files: those of the suite."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="YAML or JSON, one achievement each")
        parser.add_argument("--course", default="", help="the key of a course run")

    def handle(self, *_args: Any, files: list[Path], course: str = "", verbosity: int = 1, **_options: Any) -> None:
        operator = Actor(user_id=0, is_operator=True)
        course_key = _course_key(course)
        for path in files or sorted((OURS / "courses" if course_key else OURS).glob("*.yaml")):
            try:
                text = path.read_text(encoding="utf-8")
                if course_key is not None:
                    text = Template(text).safe_substitute(course=course_key, run=str(course_key.run).lower())
                made = define(actor=operator, course_key=course_key, text=text)
            except DefinitionError as error:
                faults = "\n".join(f"  {each.field}: {each.message}" for each in error.problems)
                raise CommandError(f"{path.name} is not right; nothing of it was loaded.\n{faults}") from error
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error}") from error
            publish(actor=operator, achievement_id=made)
            if verbosity:
                self.stdout.write(f"{path.stem}: there.")


def _course_key(text: str) -> Any:
    if not text:
        return None
    try:
        return CourseKey.from_string(text)
    except InvalidKeyError as error:
        raise CommandError(f"{text!r} is no course key. Copy it from Studio: course-v1:…") from error
