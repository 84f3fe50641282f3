"""Hosts, and projects on them."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tutor_host import INSTALL, PIP, REPOSITORY, Project, make_environment, render_pilot, run


@pytest.fixture(scope="session")
def built_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as it goes to a package index."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=REPOSITORY)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory, built_wheel: Path) -> Path:
    """The interpreter of a host where the suite was installed from its wheel."""
    python = make_environment(tmp_path_factory.mktemp("host"))
    run(*PIP, python, *INSTALL, built_wheel)
    return python


@pytest.fixture(scope="session")
def editable_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a host where the suite was installed from this checkout, editable."""
    python = make_environment(tmp_path_factory.mktemp("editable_host"))
    run(*PIP, python, *INSTALL, "--no-build-isolation", "--editable", REPOSITORY)
    return python


@pytest.fixture(scope="session")
def first_project(tmp_path_factory: pytest.TempPathFactory, host: Path) -> Project:
    """A project that was enabled and saved once. Tests copy it: keys and passwords take a while to make."""
    project = Project(host, tmp_path_factory.mktemp("project"))
    project.tutor("plugins", "enable", "passerelle")
    project.tutor("config", "save")
    return project


@pytest.fixture
def new_project(tmp_path: Path, first_project: Project) -> Callable[..., Project]:
    """Make a project with the first one's secrets, and other settings: `new_project(NAME=value)`."""

    def make(*, python: Path = first_project.python, **settings: Any) -> Project:
        project = Project(python, tmp_path / "project")
        project.root.mkdir()
        shutil.copy(first_project.root / "config.yml", project.root)
        pairs = [part for name, value in settings.items() for part in ("--set", f"{name}={json.dumps(value)}")]
        project.tutor("config", "save", *pairs)
        return project

    return make


@pytest.fixture(scope="session")
def pilots(tmp_path_factory: pytest.TempPathFactory, first_project: Project) -> Callable[[str], Project]:
    """A pilot's project, rendered once. To be read, not changed."""

    @functools.cache
    def pilot(name: str) -> Project:
        return render_pilot(first_project, name, tmp_path_factory.mktemp("pilot") / "project")

    return pilot
