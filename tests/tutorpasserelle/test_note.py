"""Disabling the suite leaves a note in its blocks' places; disabling that too brings the stock platform back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from tutor_host import Project, carry_out, passerelle_lines, run

LOAD_NOTES = """
import importlib.metadata as metadata, json
points = [(p.group, p.name) for p in metadata.distribution("openedx-passerelle-note").entry_points if p.load()]
print(json.dumps(points))
"""


def enabled(project: Project) -> list[str]:
    """Our plugins; Tutor enables some of its own by itself."""
    plugins = yaml.safe_load((project.root / "config.yml").read_text())["PLUGINS"]
    return [name for name in plugins if name.startswith("passerelle")]


def copied(project: Project, folder: Path) -> Project:
    return Project(project.python, Path(shutil.copytree(project.root, folder / "project")))


@pytest.fixture(scope="module")
def left(first_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose operator disabled the suite."""
    project = copied(first_project, tmp_path_factory.mktemp("left"))
    assert "a note where Passerelle's blocks stood" in project.tutor("plugins", "disable", "passerelle")
    return project


def test_a_note_stays(left: Project, built_wheel: Path) -> None:
    version = built_wheel.name.split("-")[1]
    name = f"openedx_passerelle_note-{version}-py3-none-any.whl"

    assert enabled(left) == ["passerelle-note"]
    assert passerelle_lines(left.dockerfile) == [
        f"COPY passerelle/wheel/{name} ./passerelle/",
        f"RUN ${{PIP_COMMAND:-pip}} install --no-deps ./passerelle/{name}",
    ]
    assert left.build_context.joinpath("passerelle", "wheel", name).is_file()


def test_saved_again_it_is_the_same(left: Project) -> None:
    before = {path: path.read_bytes() for path in left.env.rglob("*") if path.is_file()}

    left.tutor("config", "save")

    assert {path: path.read_bytes() for path in left.env.rglob("*") if path.is_file()} == before
    image = left.tutor("config", "printvalue", "DOCKER_IMAGE_OPENEDX").strip()
    assert "-passerelle-note-" in image
    assert f"image: {image}\n" in left.env.joinpath("local", "docker-compose.yml").read_text()


def test_of_the_suite_nothing_else_stays(left: Project) -> None:
    rendered = [path for path in left.env.rglob("*") if path.is_file() and path.suffix != ".whl"]

    for path in rendered:
        lines = path.read_text("utf-8", "replace").splitlines()
        named = [line for line in lines if "passerelle" in line.lower()]
        if path != left.build_context / "Dockerfile":
            assert all("-passerelle-note-" in line for line in named), path  # the image's name


def test_the_image_has_the_notes(left: Project, tmp_path: Path) -> None:
    folder = tmp_path / "image"
    folder.mkdir()
    points = json.loads(run(carry_out(left, folder), "-c", LOAD_NOTES, PYTHONPATH=""))

    assert sorted(points) == [
        ["xblock.v1", "competence_self_assessment"],
        ["xblock.v1", "employer_badge_matching"],
        ["xblock.v1", "storytelling_circle"],
    ]


def test_the_suite_comes_back(left: Project, tmp_path: Path) -> None:
    left = copied(left, tmp_path)
    left.tutor("plugins", "enable", "passerelle")

    assert enabled(left) == ["passerelle"]
    assert not [line for line in passerelle_lines(left.dockerfile) if "note" in line]


def test_without_the_note_the_stock_platform_is_back(left: Project, tmp_path: Path) -> None:
    left = copied(left, tmp_path)
    left.tutor("plugins", "disable", "passerelle-note")

    assert enabled(left) == []
    named = [path for path in left.env.rglob("*") if path.is_file() and b"passerelle" in path.read_bytes()]
    # Tutor leaves them in the build context, where no instruction names them any more.
    assert {path.suffix for path in named} == {".whl"}
