"""An operator's host: a virtual environment with the suite installed, beside whichever Tutor runs these tests.

Nothing here needs Docker or a package index. Hosts see the packages of the environment that runs the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python"]
INSTALL = ["install", "--quiet", "--no-index", "--no-deps", "--ignore-installed"]

# What Tutor's command line does before any command, without its commands.
LOAD_TUTOR = """
import json, sys, tutor.commands.cli
from tutor import config as tutor_config, env, hooks, plugins
hooks.Actions.CORE_READY.do()
hooks.Actions.PROJECT_ROOT_READY.do(sys.argv[1])
plugins.load_all(["passerelle"])
config = tutor_config.load_full(sys.argv[1])
"""


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def passerelle_lines(dockerfile: str) -> list[str]:
    """The instructions of a Dockerfile, or of one of its stages, that concern us."""
    ours = ("passerelle", "./platform.txt")
    return [line for line in dockerfile.splitlines() if any(name in line for name in ours) and not line.startswith("#")]


def make_environment(folder: Path) -> Path:
    """A virtual environment that also sees the packages of this one; return its interpreter."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # This environment may see another one's packages in turn.
    packages.joinpath("tests.pth").write_text(
        "\n".join(path for path in sys.path if Path(path).name == "site-packages")
    )
    return python


@dataclass(frozen=True)
class Project:
    """A Tutor project root on a host."""

    python: Path
    root: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"TUTOR_ROOT": str(self.root), "TUTOR_PLUGINS_ROOT": str(self.root / "no-plugins"), "PYTHONPATH": ""}

    @property
    def env(self) -> Path:
        """The rendered environment."""
        return self.root / "env"

    @property
    def build_context(self) -> Path:
        return self.env / "build" / "openedx"

    @property
    def dockerfile(self) -> str:
        return self.build_context.joinpath("Dockerfile").read_text()

    def tutor(self, *arguments: str | Path, **environment: str) -> str:
        return run(self.python, "-m", "tutor.commands.cli", *arguments, cwd=None, **self.environment | environment)

    def ask(self, code: str) -> Any:
        """Run code in Tutor, with the plugin loaded; it puts its answer, plain data, into `answer`."""
        code = f"{LOAD_TUTOR}\n{code}\nprint(json.dumps(answer))"
        return json.loads(run(self.python, "-c", code, self.root, cwd=None, **self.environment).splitlines()[-1])


def render_pilot(first: Project, pilot: str, root: Path) -> Project:
    """A project in a new folder, with the first one's secrets and a pilot's configuration, rendered."""
    pilot_settings = yaml.safe_load((REPOSITORY / "tutor_config" / pilot / "config.yml").read_text())
    assert "passerelle" in pilot_settings["PLUGINS"]
    secrets = yaml.safe_load((first.root / "config.yml").read_text())
    root.mkdir()
    root.joinpath("config.yml").write_text(yaml.safe_dump(secrets | pilot_settings))
    project = Project(first.python, root)
    project.tutor("config", "save")
    return project


# What the suite needs is in the environment that runs these tests, and the new one sees it; nothing is fetched.
NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_IGNORE_INSTALLED": "1"}


def carry_out(project: Project, folder: Path, *, python: Path | None = None) -> Path:
    """Carry out our COPY and RUN instructions as they stand, in `folder`; return the interpreter installed into.

    Into that environment, or into a new one that sees this one's packages, where nothing has to be fetched.
    """
    variables = {} if python else NO_INDEX
    python = python or make_environment(folder / "venv")
    for line in passerelle_lines(project.dockerfile):
        instruction, _space, rest = line.partition(" ")
        if instruction == "COPY":
            source, target = rest.split()
            (folder / target).mkdir(exist_ok=True)
            shutil.copy(project.build_context / source, folder / target)
        else:
            assert instruction == "RUN"
            pip = " ".join([*PIP, str(python)])
            run("/bin/sh", "-c", rest, cwd=folder, PIP_COMMAND=pip, **variables)
    return python
