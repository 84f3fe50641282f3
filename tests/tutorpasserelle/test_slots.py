"""The link in the header of the micro-frontends, as tutor-mfe renders it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tutor.__about__
from tutor_host import Project, run

TUTOR = int(tutor.__about__.__version__.split(".")[0])
MENUS = ("desktop", "mobile", "learning")


@pytest.fixture(scope="module")
def micro_frontends(tmp_path_factory: pytest.TempPathFactory, host: Path) -> Path:
    """The build context of the micro-frontends' image, with both plugins enabled."""
    pytest.importorskip("tutormfe", reason="needs tutor-mfe")
    project = Project(host, tmp_path_factory.mktemp("project"))
    project.tutor("plugins", "enable", "mfe", "passerelle")
    project.tutor("config", "save")
    return project.env / "plugins" / "mfe" / "build" / "mfe"


def test_each_user_menu_has_the_link(micro_frontends: Path) -> None:
    rendered = micro_frontends.joinpath("env.config.jsx").read_text()
    for menu in MENUS:
        slot = f"addPlugins(config, 'org.openedx.frontend.layout.header_{menu}_user_menu.v1', [{{"
        assert rendered.count(slot) == 1, menu
        assert rendered.count(f"addPlugins(config, '{menu}_user_menu_slot'") == (1 if TUTOR == 20 else 0), menu
    for component in set(re.findall(r"RenderWidget: (Passerelle\w+)", rendered)):
        assert rendered.count(f"const {component} = ") == 1, component
    for name in ("passerelleConfig", "passerelleLocale"):
        assert f" as {name} }} from '@edx/frontend-platform" in rendered


@pytest.mark.skipif(TUTOR < 22, reason="this Tutor has no such site")  # in nox alone, where skips are in order
def test_the_site_s_user_menu_has_the_link(micro_frontends: Path) -> None:
    rendered = micro_frontends.joinpath("site", "src", "customApp.tsx").read_text()
    assert (
        rendered.count("addSlot(customApp, {\n  slotId: 'org.openedx.frontend.slot.header.authenticatedMenu.v1'") == 1
    )
    assert rendered.index("function PasserelleMenuItem()") < rendered.index("component: PasserelleMenuItem")
    for name in ("passerelleLocale", "passerelleConfig", "PasserelleLink", "PasserelleOperation"):
        assert rendered.count(f" as {name},") == 1


def test_without_micro_frontends_nothing_is_missing(host: Path, tmp_path: Path) -> None:
    code = """
import sys
sys.modules["tutormfe"] = None  # as where it is not installed
import tutor.commands.cli
from tutor import hooks
hooks.Actions.CORE_READY.do()
from tutorpasserelle import plugin
print("loaded")
"""
    assert run(host, "-c", code, TUTOR_ROOT=str(tmp_path)).split() == ["loaded"]
