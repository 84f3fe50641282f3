"""The image's installation, done as the Dockerfile says, in a fresh virtual environment and without a package index."""

from __future__ import annotations

import compileall
import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from tutor_host import PIP, REPOSITORY, Project, carry_out, run

# Loads every entry point of ours; says which failed for want of which module. The platform is not there; the demo's
# settings stand in for its own.
LOAD_ENTRY_POINTS = """
import importlib.metadata, json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "passerelledemo.settings"
import django
django.setup()
entries = importlib.metadata.distribution("openedx-passerelle").entry_points
failed = {}
for entry in entries:
    try:
        entry.load()
    except ModuleNotFoundError as error:
        failed[f"{entry.group}: {entry.name}"] = error.name
print(json.dumps(failed))
"""


PLATFORMS_OWN = {"lms", "cms", "openedx", "xmodule", "common", "tutor"}


def check_installation(python: Path) -> None:
    files = "import importlib.metadata as m; d = m.distribution('openedx-passerelle'); print(d.locate_file(''))"
    packages = Path(run(python, "-c", files, PYTHONPATH="").strip())
    assert packages.is_relative_to(python.parents[1])
    for folder in filter(Path.is_dir, packages.iterdir()):
        assert compileall.compile_dir(folder, quiet=1, force=True)
    missing = json.loads(run(python, "-c", LOAD_ENTRY_POINTS, PYTHONPATH="")).values()
    assert {name.partition(".")[0] for name in missing} <= PLATFORMS_OWN


@pytest.fixture(scope="module")
def image(first_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of what the first project's image has. An editable host gives it the same wheel: test_render."""
    return carry_out(first_project, tmp_path_factory.mktemp("image"))


def test_the_image_gets_what_the_host_has(image: Path) -> None:
    check_installation(image)


def test_another_requirement_is_installed(
    new_project: Callable[..., Project], built_wheel: Path, tmp_path: Path
) -> None:
    project = new_project(PASSERELLE_REQUIREMENT=f"openedx-passerelle @ {built_wheel.as_uri()}")

    check_installation(carry_out(project, tmp_path))


@pytest.mark.skipif(not REPOSITORY.joinpath("course_exports").exists(), reason="a checkout has them")
def test_course_exports_travel_with_it(image: Path) -> None:
    exports = "import passerelle.courses as c, pathlib; print(pathlib.Path(c.__file__).parent / 'course_exports')"
    folder = Path(run(image, "-c", exports, PYTHONPATH="").strip())
    original = REPOSITORY / "course_exports"
    files = {path.relative_to(original) for path in original.rglob("*") if path.is_file()}
    assert files == {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


NEWEST = int(version("tutor").split(".")[0]) == 22
if NEWEST:  # its pins are at hand, and this takes half a minute

    def test_an_image_with_the_platforms_pins_gets_all_and_keeps_them(first_project: Project, tmp_path: Path) -> None:
        """In an environment that has what Verawood pins, and nothing else."""
        run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
        python = tmp_path / "venv" / "bin" / "python"
        pins = REPOSITORY / "tests" / "releases" / "verawood.txt"
        run(*PIP, python, "install", "--quiet", "--no-compile", "--requirement", pins)
        before = set(run(*PIP, python, "list", "--format=freeze").splitlines())

        carry_out(first_project, tmp_path, python=python)

        after = set(run(*PIP, python, "list", "--format=freeze").splitlines())
        assert before <= after
        assert {line.split("==")[0] for line in after - before} >= {"openedx-passerelle", "openbadgeslib", "fpdf2"}
        assert "No broken requirements" in run(*PIP, python, "check")
        check_installation(python)
