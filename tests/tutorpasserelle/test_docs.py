"""What the operators' guides tell people to type can be typed: each command is there, and each of its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tutor import hooks
from tutor.commands import cli as _cli  # noqa: F401  (adds Tutor's own to the hook)
from tutor_host import REPOSITORY
from tutorpasserelle.commands import COMMANDS

GUIDES = [*sorted((REPOSITORY / "docs" / "operators").glob("*.md")), REPOSITORY / "tutor_config" / "README.md"]
OURS = {f"passerelle-{command.name}": command.manage.split()[-1] for command in COMMANDS}
TUTORS_JOBS = {"createuser", "init", "tests"}  # of `tutor … do`, which the project's plugins make up
PLATFORMS = {"cert_generation", "migrate"}  # edx-platform's own management commands
FENCED = re.compile(r"^```(?:sh|bash|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:tutor|\./manage\.py|kubectl) [^`]*)`|^\| `(passerelle-[^`]*)`", re.MULTILINE)


def typed(guide: Path) -> Iterator[str]:
    """Every command line in a guide: in blocks, and in running text."""
    text = guide.read_text(encoding="utf-8")
    lines = text.splitlines()
    yield from (line.strip() for line in lines if line.startswith("    ") and not line.lstrip().startswith("#"))
    yield from (line for block in FENCED.findall(text) for line in block.splitlines() if line)
    yield from (found.replace("\n", " ") for pair in INLINE.findall(text) for found in pair if found)


def words(line: str) -> list[str]:
    """The words of a command line, without comments and what stands in for something."""
    line = line.replace("\\|", "|").replace("…", " … ")
    parts = line.split() if line.count("'") % 2 else shlex.split(line, comments=True)
    return [word for word in parts if word not in ("…", "[", "]")]


def faults(line: str) -> Iterator[str]:
    inner = re.compile(r"\$\((.*?)\)")
    for command in inner.findall(line):
        yield from faults(command)
    for part in re.split(r"\s\|\s|&&", inner.sub("…", line)):
        found = words(part)
        if found and found[0] == "tutor":
            yield from tutor_faults(found[1:])
        elif found and found[0].startswith("passerelle-"):
            yield from job_faults(found)
        elif "./manage.py" in found:
            yield from manage_faults(found[found.index("./manage.py") + 1 :])


COMMANDS_OF_TUTOR = {command.name: command for command in hooks.Filters.CLI_COMMANDS.iterate()}


def tutor_faults(found: list[str]) -> Iterator[str]:
    group: click.Command = click.Group("tutor", COMMANDS_OF_TUTOR)
    while found and isinstance(group, click.Group):
        name, *found = found
        if name == "do" and found:  # local, dev and k8s get it when a project is loaded
            yield from [] if found[0] in TUTORS_JOBS else job_faults(found)
            return
        if name.startswith("-"):
            return
        below = group.get_command(click.Context(group), name)
        if below is None:
            yield f"tutor {group.name} has no {name}"
            return
        group = below
    options = {option for parameter in group.params for option in parameter.opts}
    yield from (f"{group.name} has no {word}" for word in found if word.startswith("--") and word not in options)


def job_faults(found: list[str]) -> Iterator[str]:
    if found[0] not in OURS:
        yield f"{found[0]} is no command of ours"
    else:
        yield from manage_faults(["lms", OURS[found[0]], *found[1:]])


def manage_faults(found: list[str]) -> Iterator[str]:
    name = found[1] if len(found) > 1 else ""
    if name in PLATFORMS:
        return
    source = next(REPOSITORY.glob(f"plugins/passerelle/*/management/commands/{name}.py"), None)
    if not name or source is None:
        yield f"there is no management command {name}"
        return
    text = source.read_text()
    asked = (word.strip("[]") for word in found[2:])
    yield from (f"{name} has no {word}" for word in asked if word.startswith("--") and f'"{word}"' not in text)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_what_is_to_be_typed_is_there(guide: Path) -> None:
    assert [(line, fault) for line in typed(guide) for fault in faults(line)] == []


def test_the_guides_are_read() -> None:
    lines = [line for guide in GUIDES for line in typed(guide)]
    told = {word for line in lines for word in line.split() if word in OURS}

    assert len(lines) > 80
    assert told == set(OURS), "a command of ours is told of in no guide"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("tutor local do passerelle-doctr", "passerelle-doctr is no command of ours"),
        ("tutor local do passerelle-backup --fil x", "passerelle_backup has no --fil"),
        ("tutor plugin enable passerelle", "tutor tutor has no plugin"),
        ("tutor config save --sett A=1", "save has no --sett"),
        ("./manage.py lms passerelle_nothing", "there is no management command passerelle_nothing"),
        ('export A="$(tutor confg printroot)"', "tutor tutor has no confg"),
        ("kubectl exec pod -- ./manage.py lms passerelle_x", "there is no management command passerelle_x"),
    ],
)
def test_a_slip_is_found(line: str, fault: str) -> None:
    assert list(faults(line)) == [fault]
