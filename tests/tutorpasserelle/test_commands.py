"""What runs in the platform's containers: the commands and the initialisation."""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tutor_host import REPOSITORY, Project, run
from tutorpasserelle import commands, settings

INIT = """
tasks = hooks.Filters.CLI_DO_INIT_TASKS.iterate_from_context("app:passerelle")
answer = [(service, env.render_str(config, task)) for service, task in tasks]
"""


def test_init_migrates(first_project: Project) -> None:
    ((service, script),) = first_project.ask(INIT)

    assert service == "lms"
    run("sh", "-n", "-c", script)
    assert next(line for line in script.splitlines() if line and line[0] != "#") == "./manage.py lms migrate"


def test_init_prepares_what_the_suite_needs(first_project: Project, tmp_path: Path) -> None:
    """One thing that fails does not stop the others, nor the platform's initialisation."""
    ((_service, script),) = first_project.ask(INIT)
    manage = tmp_path / "manage.py"
    manage.write_text("#!/bin/sh\necho $SERVICE_VARIANT $DJANGO_SETTINGS_MODULE: $@\ntest $2 = migrate\n")
    manage.chmod(0o755)

    said = run(
        "sh", "-e", "-c", script,
        cwd=tmp_path, SERVICE_VARIANT="lms", DJANGO_SETTINGS_MODULE="lms.envs.tutor.production",
    )  # fmt: skip

    assert said.startswith("lms lms.envs.tutor.production: lms migrate\n")
    assert "lms lms.envs.tutor.production: lms passerelle_badge_keys ensure" in said
    assert "cms cms.envs.tutor.production: cms passerelle_sync_taxonomy" in said
    assert "tutor local do passerelle-badge-keys make" in said


def test_init_releases_the_languages(new_project: Callable[..., Project]) -> None:
    ((_service, script),) = new_project(PASSERELLE_LANGUAGES=["en", "pt-pt"]).ask(INIT)

    python = script.partition('shell -c "')[2].rpartition('"')[0]
    compile(python, "init", "exec")
    assert "released = 'en,pt-pt'" in python


@pytest.mark.parametrize("mode", ["local", "dev", "k8s"])
def test_the_commands_are_offered(mode: str, first_project: Project) -> None:
    offered = first_project.tutor(mode, "do", "--help")

    for command in commands.COMMANDS:
        assert f"passerelle-{command.name}" in offered


def asked_of_docker(project: Project, folder: Path, *arguments: str) -> list[str]:
    """Docker is not here: a command of that name writes down what it was asked, and says that no project runs."""
    asked = folder / "asked"
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {asked}\necho "[]"\n')
    docker.chmod(0o755)
    project.tutor(*arguments, PATH=f"{folder}:{os.environ['PATH']}")
    return asked.read_text().splitlines()


@pytest.mark.parametrize("mode", ["local", "dev"])
def test_the_doctor_asks_the_lms(mode: str, first_project: Project, tmp_path: Path) -> None:
    words = asked_of_docker(first_project, tmp_path, mode, "do", "passerelle-doctor", "--strict")

    project_table = tomllib.loads(REPOSITORY.joinpath("pyproject.toml").read_text())["project"]
    labels = " ".join(sorted(project_table["entry-points"]["lms.djangoapp"]))
    assert "passerelle-job" in words
    assert words[-1] == f"./manage.py lms check {labels} && ./manage.py lms passerelle_doctor --strict"


def test_what_an_operator_types_arrives_as_it_is(first_project: Project, tmp_path: Path) -> None:
    typed = ["--file", "a b; rm -rf {{ LMS_HOST }}", "--dry-run"]

    words = asked_of_docker(first_project, tmp_path, "local", "do", "passerelle-backup", *typed)

    assert shlex.split(words[-1]) == ["./manage.py", "lms", "passerelle_backup", *typed]


@pytest.mark.parametrize(
    ("mode", "settings_module"), [("local", "lms.envs.tutor.production"), ("dev", "lms.envs.tutor.development")]
)
def test_studio_imports_courses(mode: str, settings_module: str, first_project: Project, tmp_path: Path) -> None:
    script = asked_of_docker(first_project, tmp_path, mode, "do", "passerelle-courses", "import")[-1]

    manage = tmp_path / "manage.py"
    manage.write_text("#!/bin/sh\necho $SERVICE_VARIANT $DJANGO_SETTINGS_MODULE $@\n")
    manage.chmod(0o755)
    said = run("sh", "-e", "-c", script, cwd=tmp_path, SERVICE_VARIANT="lms", DJANGO_SETTINGS_MODULE=settings_module)
    assert said.split() == ["cms", settings_module.replace("lms.", "cms."), "cms", "passerelle_courses", "import"]


def test_every_command_calls_one_that_there_is() -> None:
    there = {path.stem for path in REPOSITORY.glob("plugins/passerelle/*/management/commands/*.py")}

    for command in commands.COMMANDS:
        assert command.manage.split()[-1] in there


def test_init_imports_courses_when_asked(new_project: Callable[..., Project]) -> None:
    ((_service, script),) = new_project(PASSERELLE_IMPORT_COURSES=True).ask(INIT)

    run("sh", "-n", "-c", script)
    assert "./manage.py cms passerelle_courses import" in script


def test_the_settings_reference_is_current() -> None:
    reference = REPOSITORY / "docs" / "operators" / "settings.md"

    assert reference.read_text() == settings.reference(), (
        "run: PYTHONPATH=plugins python -m tutorpasserelle.settings > docs/operators/settings.md"
    )


def test_every_setting_has_its_default(first_project: Project) -> None:
    found = first_project.ask("answer = {k: v for k, v in config.items() if k.startswith('PASSERELLE_')}")

    assert found.pop("PASSERELLE_BADGES_SECRET")
    assert found == {setting.name: setting.default for setting in settings.SETTINGS}


def test_every_platform_has_a_secret_of_its_own(first_project: Project) -> None:
    secret = yaml.safe_load((first_project.root / "config.yml").read_text())["PASSERELLE_BADGES_SECRET"]

    assert len(secret) == 32
    assert first_project.ask("answer = config['PASSERELLE_BADGES_SECRET']") == secret


def test_tests_travel_with_the_plugin(first_project: Project) -> None:
    found = first_project.ask("""
tests = hooks.Filters.TESTS.iterate() if hasattr(hooks.Filters, "TESTS") else None
answer = tests and [path for service, suite, path in tests if (service, suite) == ("lms", "passerelle")]
""")

    if found is None:
        return  # Tutor before 21.0.8 does not offer them
    (path,) = map(Path, found)
    assert path.is_file()
    assert not path.is_relative_to(REPOSITORY)
