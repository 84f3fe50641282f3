"""For the whole suite: where skips are forbidden, a skipped test is a failed run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PASSERELLE_NO_SKIPS") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("Tests were skipped, and PASSERELLE_NO_SKIPS forbids it.", red=True)
        session.exitstatus = 1


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that was asked for in one test leaves its language active, which the next one has no business with."""
    yield
    if settings.configured:  # the Tutor plugin's tests run without Django
        translation.deactivate()
