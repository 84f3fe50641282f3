"""Steps in Open edX's filters: how they are registered, and that nothing breaks because of them."""

from __future__ import annotations

import copy
import importlib
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import override_settings
from django.utils.module_loading import import_string
from openedx_filters.exceptions import OpenEdxFilterException
from openedx_filters.learning.filters import DashboardRenderStarted
from passerelle.host.filters import SafeStep
from passerelle.host.settings.filters import add_mako_folder, add_steps

APPS = ("passerelle.host", "passerelle.circles", "passerelle.courses")
DASHBOARD = "org.openedx.learning.dashboard.render.started.v1"
OURS = "passerelle.host.pipeline.DashboardEntry"


def apply_all(settings: Any, environment: str) -> None:
    for app in APPS:
        importlib.import_module(f"{app}.settings.{environment}").plugin_settings(settings)


def registered() -> Any:
    settings = SimpleNamespace(MAKO_TEMPLATE_DIRS_BASE=["/platform"])
    apply_all(settings, "common")
    return settings


def test_each_step_can_be_imported_and_says_what_it_does() -> None:
    filters = registered().OPEN_EDX_FILTERS_CONFIG
    assert len(filters) == 6
    for filter_type, configured in filters.items():
        assert configured["fail_silently"]
        for path in configured["pipeline"]:
            step = import_string(path)
            assert issubclass(step, SafeStep)
            assert filter_type in step.__doc__


def test_registered_once_however_often() -> None:
    settings = registered()
    before = copy.deepcopy(vars(settings))
    for environment in ("common", "production", "production"):
        apply_all(settings, environment)
    assert vars(settings) == before


def test_registered_again_after_the_platform_s_yaml() -> None:
    settings = registered()
    before = copy.deepcopy(settings.OPEN_EDX_FILTERS_CONFIG)
    settings.OPEN_EDX_FILTERS_CONFIG = {"org.openedx.learning.other.v1": {"pipeline": ["theirs.Step"]}}
    apply_all(settings, "production")
    theirs = settings.OPEN_EDX_FILTERS_CONFIG.pop("org.openedx.learning.other.v1")
    assert theirs == {"pipeline": ["theirs.Step"]}
    assert before == settings.OPEN_EDX_FILTERS_CONFIG


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (None, {"fail_silently": True, "pipeline": [OURS]}),
        ({}, {"fail_silently": True, "pipeline": [OURS]}),
        ("theirs.Step", {"fail_silently": True, "pipeline": ["theirs.Step", OURS]}),
        (["theirs.Step"], {"fail_silently": True, "pipeline": ["theirs.Step", OURS]}),
        (
            {"pipeline": ["theirs.Step"], "fail_silently": False, "level": 3},
            {"pipeline": ["theirs.Step", OURS], "fail_silently": False, "level": 3},
        ),
        ({"pipeline": [OURS, "theirs.Step"]}, {"fail_silently": True, "pipeline": [OURS, "theirs.Step"]}),
    ],
)
def test_what_operators_configured_stays(theirs: Any, expected: Any) -> None:
    given = {DASHBOARD: theirs}
    before = copy.deepcopy(given)
    settings = SimpleNamespace(OPEN_EDX_FILTERS_CONFIG=given)
    add_steps(settings, {DASHBOARD: [OURS]})
    assert {DASHBOARD: expected} == settings.OPEN_EDX_FILTERS_CONFIG
    assert given == before  # it may be the platform's own default, shared between processes' settings modules


def test_the_template_engines_list_grows_in_place() -> None:
    folders = ["/platform"]
    settings = SimpleNamespace(MAKO_TEMPLATE_DIRS_BASE=folders)
    for _time in range(2):
        add_mako_folder(settings, "/ours")
    assert folders == ["/platform", "/ours"]
    add_mako_folder(SimpleNamespace(), "/ours")  # Studio, or a release without Mako


class Broken(SafeStep):
    """org.openedx.learning.dashboard.render.started.v1"""

    def change(self, **_rest: Any) -> dict[str, Any]:
        raise ZeroDivisionError


class Stubborn(SafeStep):
    """org.openedx.learning.dashboard.render.started.v1"""

    def change(self, **_rest: Any) -> dict[str, Any]:
        raise DashboardRenderStarted.RedirectToPage("elsewhere", redirect_to="/elsewhere/")


def configured(*steps: Any, fail_silently: bool) -> Any:
    paths = [step if isinstance(step, str) else f"{__name__}.{step.__name__}" for step in steps]
    return override_settings(OPEN_EDX_FILTERS_CONFIG={DASHBOARD: {"pipeline": paths, "fail_silently": fail_silently}})


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test modules have no importable name, and filters take dotted paths."""
    import sys

    monkeypatch.setitem(sys.modules, __name__, SimpleNamespace(Broken=Broken, Stubborn=Stubborn))


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("fail_silently", [True, False])
def test_a_broken_step_changes_nothing_and_those_after_it_run(
    caplog: pytest.LogCaptureFixture, fail_silently: bool
) -> None:
    with configured(Broken, OURS, fail_silently=fail_silently), caplog.at_level(logging.ERROR):
        context, template = DashboardRenderStarted.run_filter(context={}, template_name="dashboard.html")
    assert "My Passerelle" in context["enrollment_message"]
    assert template == "dashboard.html"
    assert "Broken changed nothing" in caplog.text


@pytest.mark.usefixtures("importable")
def test_a_step_may_say_no() -> None:
    with configured(Stubborn, fail_silently=True), pytest.raises(OpenEdxFilterException):
        DashboardRenderStarted.run_filter(context={}, template_name="dashboard.html")


@pytest.mark.parametrize("notice", [None, "", "<p>You are enrolled.</p>"])
def test_the_dashboard_s_entry_joins_its_notices(notice: str | None) -> None:
    given = {"enrollment_message": notice, "user": 1}
    with configured(OURS, fail_silently=False):
        context, _template = DashboardRenderStarted.run_filter(context=given, template_name="dashboard.html")
    assert context["user"] == 1
    assert context["enrollment_message"].startswith(notice or "<p")
    assert 'href="/passerelle/"' in context["enrollment_message"]
    assert given["enrollment_message"] == notice
