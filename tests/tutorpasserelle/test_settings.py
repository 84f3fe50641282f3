"""The rendered settings files, as they stand, imported by Django: the LMS's and Studio's, production and development.

Where `EDX_PLATFORM` and `EDX_PYTHON` name a prepared edx-platform (Teak's, which goes with Tutor 20), its own settings
are below them. Elsewhere `support/platform_settings.py` is. The container's paths are put into a folder.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from passerelle.host.settings import common
from tutor_host import REPOSITORY, Project, run

TEAK = bool(os.environ.get("EDX_PLATFORM")) and version("tutor").startswith("20.")
CASES = [
    *(("no platform", system, mode) for system in ("lms", "cms") for mode in ("production", "development")),
    # Its development settings want packages that only developers install.
    *(("Teak", system, "production") for system in ("lms", "cms") if TEAK),
]
SUITE = [str(REPOSITORY / name) for name in ("plugins", "xblocks")]

# What Tutor's files, and our apps when they start, import of the platform's.
MODULES = {
    "openedx/core/djangoapps/user_api/accounts/signals.py": (
        "from django.dispatch import Signal\nUSER_RETIRE_LMS_MISC = Signal()\n"
    ),
    "lms/djangoapps/grades/signals/signals.py": (
        "from django.dispatch import Signal\nSUBSECTION_SCORE_CHANGED = Signal()\n"
    ),
    "xmodule/modulestore/modulestore_settings.py": "def update_module_store_settings(*_given, **_named): pass\n",
    "codejail/jail_code.py": "def configure(*_given, **_named): pass\n",
    "codejail/django_integration.py": "",
}
PATCH = """
(patch,) = plugins.iter_patches("openedx-common-settings")
answer = env.render_str(config, patch)
"""
ASK = """
import json, sys
import {system}.envs
{system}.envs.__path__.append(sys.argv[1])
import django
django.setup()
from django.apps import apps
from django.conf import settings
from passerelle.host.api import private_storage
from passerelle.host.operations import doctor
from passerelle.host.operations.suite import backup_storage
def plain(value):
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return str(value)
answer = {{name: plain(getattr(settings, name)) for name in dir(settings) if name.startswith("PASSERELLE_")}}
answer["apps"] = sorted(app.label for app in apps.get_app_configs() if app.label.startswith("passerelle"))
answer["storages"] = [private_storage().location, backup_storage().location]
answer["filters"] = settings.OPEN_EDX_FILTERS_CONFIG
answer["overwritten"] = [found.what for found in doctor.overwritten_settings()]
answer["selector"] = settings.FEATURES.get("SHOW_HEADER_LANGUAGE_SELECTOR")
print(json.dumps(answer))
"""


def stand_in(folder: Path) -> None:
    for system in ("lms", "cms"):
        (folder / system / "envs").mkdir(parents=True)
        for kind in ("production", "devstack"):
            shutil.copy(REPOSITORY / "tests/support/platform_settings.py", folder / system / "envs" / f"{kind}.py")
    for name, text in MODULES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for package in ("lms", "cms", "lms/envs", "cms/envs", "codejail"):
        (folder / package / "__init__.py").touch()


def put_rendered(project: Project, folder: Path) -> None:
    """Put Tutor's packages of settings into `folder`/lms/tutor and …/cms/tutor, and the YAML beside them."""
    made = project.env / "apps" / "openedx"
    found = {file: folder / file.name for file in (made / "config").glob("*.yml")}
    for system in ("lms", "cms"):
        tutor = folder / system / "tutor"
        tutor.mkdir(parents=True)
        found |= {file: tutor / file.name for file in (made / "settings" / system).glob("*.py")}
    for source, target in found.items():
        target.write_text(source.read_text().replace("/openedx/", f"{folder}/openedx/"))


def django_with(project: Project, platform: str, system: str, mode: str, folder: Path) -> dict[str, Any]:
    """What Django has when it has read the settings."""
    put_rendered(project, folder)
    (folder / "openedx" / "data" / "logs").mkdir(parents=True)
    environment = {
        "LMS_CFG": str(folder / "lms.env.yml"),
        "CMS_CFG": str(folder / "cms.env.yml"),
        "SERVICE_VARIANT": system,
        "DJANGO_SETTINGS_MODULE": f"{system}.envs.tutor.{mode}",
        "PLATFORM_FOLDER": str(folder),
        "PYTHONWARNINGS": "ignore",
    }
    code = ASK.format(system=system)
    if platform == "Teak":
        overlay = folder / "overlay"
        overlay.mkdir()
        edx, python = Path(os.environ["EDX_PLATFORM"]), os.environ["EDX_PYTHON"]
        run(python, REPOSITORY / "tests/lms/entry_points.py", REPOSITORY / "pyproject.toml", overlay)
        path = [str(overlay), *SUITE, str(edx)]
        cwd: Path | None = edx
    else:
        stand_in(folder / "platform")
        path, python, cwd = [str(folder / "platform"), *SUITE], sys.executable, None
    said = run(python, "-c", code, folder / system, cwd=cwd, PYTHONPATH=os.pathsep.join(path), **environment)
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer


@pytest.mark.parametrize(("platform", "system", "mode"), CASES)
def test_django_imports_them(
    platform: str, system: str, mode: str, first_project: Project, built_wheel: Path, tmp_path: Path
) -> None:
    found = django_with(first_project, platform, system, mode, tmp_path)

    assert "passerelle_host" in found["apps"]
    assert len(found["apps"]) == 6
    assert found["PASSERELLE_EXPECTED_VERSION"] == built_wheel.name.split("-")[1]
    assert len(found["PASSERELLE_BADGES_SECRET"]) == 32
    defaults = SimpleNamespace()
    common.plugin_settings(defaults)
    assert found["PASSERELLE_RETENTION_DAYS"] == defaults.PASSERELLE_RETENTION_DAYS
    assert not found["selector"]
    places = ["openedx/media-private/passerelle", "openedx/passerelle/backups"]
    assert [Path(place).relative_to(tmp_path).as_posix() for place in found["storages"]] == places
    assert found["overwritten"] == ["No setting of ours was overwritten"]
    steps = found["filters"]["org.openedx.learning.dashboard.render.started.v1"]["pipeline"]
    assert steps == ["passerelle.host.pipeline.DashboardEntry"]


def test_django_takes_other_settings(new_project: Callable[..., Project], tmp_path: Path) -> None:
    project = new_project(
        PASSERELLE_LANGUAGES=["en", "ar"],
        PASSERELLE_RETENTION_DAYS={"receipts": 7, "others": 30},
        PASSERELLE_REQUIREMENT="openedx-passerelle==1.2.3",
        PASSERELLE_BADGES_ISSUER='L\'école "des ponts"',
        PASSERELLE_PUBLIC_SHOWCASE=True,
        PASSERELLE_DJANGO_SETTINGS={"PASSERELLE_QUIET_HOURS": [22, 7], "PASSERELLE_STORY_FILES": {"audio_minutes": 5}},
    )

    found = django_with(project, "no platform", "lms", "production", tmp_path / "django")

    assert found["PASSERELLE_RETENTION_DAYS"] == {"receipts": 7, "others": 30}
    assert found["PASSERELLE_EXPECTED_VERSION"] == ""
    assert found["PASSERELLE_BADGES_ISSUER"] == 'L\'école "des ponts"'
    assert found["PASSERELLE_PUBLIC_SHOWCASE"] is True
    assert found["PASSERELLE_QUIET_HOURS"] == [22, 7]
    assert found["PASSERELLE_STORY_FILES"] == {"audio_minutes": 5}
    assert found["selector"]


def test_buckets_are_private(new_project: Callable[..., Project]) -> None:
    project = new_project(PASSERELLE_PRIVATE_BUCKET="closed", PASSERELLE_BACKUP_BUCKET="our-backups")

    found: dict[str, Any] = {}
    exec(project.ask(PATCH), found)
    private, backup = (found[f"PASSERELLE_{name}_STORAGE"]["OPTIONS"] for name in ("PRIVATE", "BACKUP"))
    assert private["bucket_name"] == "closed"
    assert backup["bucket_name"] == "our-backups"
    for options in (private, backup):
        assert (options["default_acl"], options["querystring_auth"]) == ("private", True)
