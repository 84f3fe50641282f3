"""The wheel, in an environment of its own: it holds all it needs, every entry point loads, the tables are made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOAD = """
import importlib.metadata as metadata, os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "passerelledemo.settings"
django.setup()
points = metadata.distribution("openedx-passerelle").entry_points
platform_only = {"openedx.course_tab", "tutor.plugin.v1"}
for point in points:
    if point.group not in platform_only:
        point.load()
        print("loaded", point.group, point.name)
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
from passerelle.courses import exports_root
from passerelle.circles import protocols
from storytelling_circle.strings import strings
import storytelling_circle, pathlib
assert (exports_root() / "training_of_trainers" / "fr" / "course.xml").is_file()
assert protocols.names()
assert strings("fr") != strings("en"), "the catalogues are missing"
public = pathlib.Path(storytelling_circle.__file__).parent / "public"
assert (public / "storytelling_circle.js").is_file() and (public / "storytelling_circle.css").is_file()
from passerelle.competences.api import framework
from django.contrib.staticfiles import finders
for competence in framework().competences:
    assert finders.find(f"passerelle_competences/pictograms/{competence.id}.svg"), competence.id
from django.template.loader import get_template
get_template("passerelle_circles/home.html")
from django.utils import translation
with translation.override("fr"):
    assert translation.gettext("Choose at least one language.") != "Choose at least one language."
print("all there")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that sees the dependencies of this one, and of the suite nothing but the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", str(folder / "venv"))
    fresh = folder / "venv" / "bin" / "python"
    run(str(fresh), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[lms]")
    return fresh


def run(*command: str, **options: object) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE")}
    environment = {**kept, **(options.pop("env", None) or {})}  # type: ignore[dict-item]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def test_the_wheel_holds_all_it_needs(python: Path, tmp_path: Path) -> None:
    said = run(str(python), "-c", LOAD, cwd=tmp_path, env={"PASSERELLE_VAR": str(tmp_path)})
    assert "all there" in said
    assert "loaded xblock.v1 storytelling_circle" in said
