"""What runs in the platform's containers: the commands and the initialisation."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tutor_host import REPOSITORY, Project
from tutorpasserelle import settings

INIT = """
tasks = hooks.Filters.CLI_DO_INIT_TASKS.iterate_from_context("app:passerelle")
answer = [(service, env.render_str(config, task)) for service, task in tasks]
"""


def test_init_migrates(first_project: Project) -> None:
    ((service, script),) = first_project.ask(INIT)

    assert service == "lms"
    assert [line for line in script.splitlines() if not line.startswith("#")] == ["./manage.py lms migrate"]


def test_init_releases_the_languages(new_project: Callable[..., Project]) -> None:
    ((_service, script),) = new_project(PASSERELLE_LANGUAGES=["en", "pt-pt"]).ask(INIT)

    python = script.partition('shell -c "')[2].rpartition('"')[0]
    compile(python, "init", "exec")
    assert "released = 'en,pt-pt'" in python


@pytest.mark.parametrize("mode", ["local", "dev", "k8s"])
def test_the_check_is_offered(mode: str, first_project: Project) -> None:
    assert "passerelle-check" in first_project.tutor(mode, "do", "--help")


@pytest.mark.parametrize("mode", ["local", "dev"])
def test_the_check_asks_the_lms(mode: str, first_project: Project, tmp_path: Path) -> None:
    """Docker is not here: a command of that name writes down what it was asked, and says that no project runs."""
    asked = tmp_path / "asked"
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {asked}\necho "[]"\n')
    docker.chmod(0o755)

    first_project.tutor(mode, "do", "passerelle-check", PATH=f"{tmp_path}:{os.environ['PATH']}")

    words = asked.read_text().splitlines()
    project_table = tomllib.loads(REPOSITORY.joinpath("pyproject.toml").read_text())["project"]
    labels = " ".join(sorted(project_table["entry-points"]["lms.djangoapp"]))
    assert "lms-job" in words
    assert words[-1].split(" && ") == [
        f"./manage.py lms check {labels}",
        f"./manage.py lms showmigrations {labels}",
        "./manage.py lms migrate --check",
    ]


def test_the_settings_reference_is_current() -> None:
    reference = REPOSITORY / "docs" / "operators" / "settings.md"

    assert reference.read_text() == settings.reference(), (
        "run: PYTHONPATH=plugins python -m tutorpasserelle.settings > docs/operators/settings.md"
    )


def test_every_setting_has_its_default(first_project: Project) -> None:
    defaults = {setting.name: setting.default for setting in settings.SETTINGS}

    assert first_project.ask("answer = {k: v for k, v in config.items() if k.startswith('PASSERELLE_')}") == defaults
