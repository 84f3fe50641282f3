"""The tests that travel with the Tutor plugin, run as Tutor runs them, against the demo."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import installation
import pytest
from installation import REPOSITORY

SMOKE = REPOSITORY / "plugins" / "tutorpasserelle" / "tests" / "test_smoke.py"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    made = installation.new(tmp_path_factory.mktemp("var"))
    made.manage("demo_setup")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "passerelledemo", "runserver", f"127.0.0.1:{free}", "--noreload", "--insecure"]
    server = subprocess.Popen(command, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", free)) and time.monotonic() < until:
                time.sleep(0.1)
        yield free
    finally:
        server.terminate()
        server.wait()


def smoke(port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "", "LMS_HOST": "127.0.0.1", "LMS_PORT": str(port), "ENABLE_HTTPS": "false"}
    command = [sys.executable, "-m", "pytest", "--tb=short", "-v", "-p", "no:django", "-p", "no:cacheprovider", SMOKE]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_platform_with_the_suite_passes(port: int, tmp_path: Path) -> None:
    done = smoke(port, tmp_path)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_a_platform_without_it_fails(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"PYTHONUNBUFFERED": "1"}
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split(" port ")[1].split()[0])
        done = smoke(port, tmp_path)
    finally:
        server.terminate()
        server.wait()
    assert done.returncode == 1
    assert "is the image the suite's?" in done.stdout
