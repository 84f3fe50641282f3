"""The wheel in the build context is the installed distribution, to the byte."""

from __future__ import annotations

import json
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from tutor.exceptions import TutorError
from tutor_host import REPOSITORY, run
from tutorpasserelle import wheel


def installed(python: Path) -> Distribution:
    code = "import importlib.metadata as m; print(m.distribution('openedx-passerelle')._path)"
    return Distribution.at(run(python, "-c", code, PYTHONPATH="").strip())


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_repacking_gives_back_the_wheel(host: Path, built_wheel: Path, tmp_path: Path) -> None:
    repacked = wheel.repack(installed(host), tmp_path)

    assert repacked.name == built_wheel.name
    ours, original = contents(repacked), contents(built_wheel)
    record = next(name for name in original if name.endswith(".dist-info/RECORD"))
    assert sorted(ours.pop(record).splitlines()) == sorted(original.pop(record).splitlines())
    assert ours == original


def test_same_installation_same_bytes(host: Path, tmp_path: Path) -> None:
    first = wheel.repack(installed(host), tmp_path).read_bytes()

    assert wheel.repack(installed(host), tmp_path).read_bytes() == first


def test_only_an_editable_installation_has_a_source(host: Path, editable_host: Path) -> None:
    assert wheel.editable_source(installed(host)) is None
    assert wheel.editable_source(installed(editable_host)) == REPOSITORY


def test_building_from_the_checkout_gives_the_wheel(built_wheel: Path, tmp_path: Path) -> None:
    assert wheel.build(REPOSITORY, tmp_path).read_bytes() == built_wheel.read_bytes()


def test_a_source_that_does_not_build_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="pip install hatchling"):
        wheel.build(tmp_path, tmp_path)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """The metadata of an installation whose files are gone."""
    metadata = tmp_path / "openedx_passerelle-0.1.0.dist-info"
    metadata.mkdir()
    metadata.joinpath("WHEEL").write_text("Wheel-Version: 1.0\nTag: py3-none-any\n")
    return metadata


def test_a_lost_file_is_reported(damaged: Path, tmp_path: Path) -> None:
    damaged.joinpath("RECORD").write_text("passerelle/lost.py,,\nopenedx_passerelle-0.1.0.dist-info/WHEEL,,\n")

    with pytest.raises(TutorError, match=r"passerelle/lost\.py is missing: reinstall"):
        wheel.repack(Distribution.at(damaged), tmp_path)


def test_an_installation_without_a_record_is_reported(damaged: Path, tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="no list of its files: reinstall"):
        wheel.repack(Distribution.at(damaged), tmp_path)


def test_installers_notes_and_launchers_stay_on_the_host(damaged: Path, tmp_path: Path) -> None:
    name = damaged.name
    listed = [f"{name}/{file}" for file in ("INSTALLER", "RECORD", "WHEEL", "direct_url.json", "uv_cache.json")]
    listed += ["../../../bin/passerelle", "passerelle/__init__.py", "passerelle/__pycache__/__init__.cpython-312.pyc"]
    damaged.joinpath("RECORD").write_text("".join(f"{path},,\n" for path in listed))
    damaged.joinpath("direct_url.json").write_text(json.dumps({"url": "file:///home/operator", "dir_info": {}}))
    tmp_path.joinpath("passerelle").mkdir()
    tmp_path.joinpath("passerelle/__init__.py").touch()

    repacked = wheel.repack(Distribution.at(damaged), tmp_path)

    assert list(contents(repacked)) == [f"{name}/WHEEL", "passerelle/__init__.py", f"{name}/RECORD"]
    assert wheel.editable_source(Distribution.at(damaged)) is None
