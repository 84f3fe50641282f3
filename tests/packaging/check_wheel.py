"""The installed wheel holds all it needs: every entry point loads, the tables are made, data and words are there.

Run by nox (`python -I tests/packaging/check_wheel.py`) where the wheel is installed and its sources are out of sight.
"""

# ruff: noqa: E402 (Django is set up before its apps are imported)

import os
import tempfile
from importlib import metadata
from pathlib import Path

os.environ |= {"DJANGO_SETTINGS_MODULE": "passerelledemo.settings", "PASSERELLE_VAR": tempfile.mkdtemp()}

import django

django.setup()

import passerelle
import storytelling_circle
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template.loader import get_template
from django.utils import translation
from passerelle.circles import protocols
from passerelle.competences.api import framework
from passerelle.courses import exports_root
from storytelling_circle.strings import strings

REPOSITORY = Path(__file__).parents[2]
PLATFORM_ONLY = {"openedx.course_tab", "tutor.plugin.v1"}

assert not Path(passerelle.__file__).is_relative_to(REPOSITORY / "plugins"), "this is the source, not the wheel"
points = metadata.distribution("openedx-passerelle").entry_points
loaded = [point.name for point in points if point.group not in PLATFORM_ONLY and point.load()]
assert "storytelling_circle" in loaded
call_command("migrate", verbosity=0)
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
assert (exports_root() / "training_of_trainers" / "fr" / "course.xml").is_file()
assert protocols.names()
assert strings("fr") != strings("en"), "the catalogues are missing"
public = Path(storytelling_circle.__file__).parent / "public"
assert (public / "storytelling_circle.js").is_file()
assert (public / "storytelling_circle.css").is_file()
for competence in framework().competences:
    assert finders.find(f"passerelle_competences/pictograms/{competence.id}.svg"), competence.id
get_template("passerelle_circles/home.html")
with translation.override("fr"):
    assert translation.gettext("Choose at least one language.") != "Choose at least one language."
print(f"{len(loaded)} entry points loaded; all there")
