"""Real browsers on a real demo: one server for all tests, emptied of circles before each.

Set `PASSERELLE_SHOTS` to a folder to have pictures of the pages put there.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from storytelling_circle.strings import strings

ROOT = Path(__file__).parents[2]
COURSE = "course-v1:Passerelle+TOT101+{run}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a microphone that beeps
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
START_SECONDS = 90
MANY = 120
"""Presses of Tab after which a person gives up."""
OF_CIRCLES = (
    *("circle", "member", "consent", "contribution", "event", "receipt", "storyfile", "reminder", "message"),
    *("forming", "forminggroup", "place", "wish"),
)

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo of our own."""
    var = tmp_path_factory.mktemp("var")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    paths = os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "xblocks")])
    environment = {**os.environ, "PASSERELLE_VAR": str(var), "PYTHONPATH": paths}
    environment.pop("PASSERELLE_DB_URL", None)
    manage = [sys.executable, "-m", "passerelledemo"]
    subprocess.run([*manage, "demo_setup"], cwd=ROOT, env=environment, check=True, capture_output=True)
    # As `make demo` serves, but deaf to changes in the code.
    command = [*manage, "runserver", f"127.0.0.1:{port}", "--insecure", "--noreload"]
    log = var / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield _wait_for(f"http://127.0.0.1:{port}", server, log)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(address, timeout=2):
                return address
        except (URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"The demo did not start:\n{log.read_text()}")


@pytest.fixture(autouse=True)
def _no_circles(demo: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test begins without circles; the people and the facilitator's role stay."""
    database = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3"))
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'passerelle_circles_%'").fetchall()
        for (table,) in tables:
            if table.split("_")[-1] in OF_CIRCLES:
                connection.execute(f"DELETE FROM {table}")
        connection.commit()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Person:
    """Somebody in a browser of her own. `words` are the block's in her language."""

    def __init__(self, page: Page, demo: str, username: str, language: str) -> None:
        self.page = page
        self.demo = demo
        self.username = username
        self.words = strings(language)
        self.broken: list[str] = []
        page.on("pageerror", lambda error: self.broken.append(str(error)))

    @property
    def block(self) -> Locator:
        return self.page.locator(".passerelle-circle")

    @property
    def focused(self) -> Locator:
        return self.page.locator(":focus")

    def become(self) -> None:
        self.page.goto(f"{self.demo}/")
        self.page.locator(f"form[action='/become/{self.username}'] button").click()

    def go(self, run: str = "en") -> None:
        """Open the unit with the circle."""
        self.page.goto(f"{self.demo}/courses/{COURSE.format(run=run)}/units/take_part")
        expect(self.block.locator(".pc-title")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.block.get_by_role("button", name=self.words[name], exact=True)

    def press(self, name: str, *, heard: str = "") -> None:
        """Press the button with these words; wait until its answer is announced."""
        self.button(name).first.click()
        if heard:
            self.hears(heard)

    def hears(self, name: str) -> None:
        expect(self.block.locator(".pc-voice")).to_contain_text(self.words[name])

    def join(self, name: str = "") -> None:
        self.press("take_part")
        if name:
            self.block.get_by_label(self.words["name"]).fill(name)
        self.block.get_by_label(self.words["agree"]).check()
        self.press("take_part", heard="did_join")

    def begin(self, *others: Person) -> None:
        """Open a circle, and start it when the others have taken their seats."""
        self.go()
        self.press("open_it", heard="did_open")
        for somebody in others:
            somebody.go()
            somebody.join()
        self.press("start", heard="did_start")

    def tab_to(self, target: Locator) -> None:
        """Press Tab until the target has the focus, as a person without a mouse does."""
        for _ in range(MANY):
            if target.evaluate("node => node === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def tell(self, text: str, audience: str = "circle") -> None:
        self.block.get_by_label(self.words["story"]).fill(text)
        self.block.get_by_label(self.words[f"audience_{audience}"], exact=True).check()
        self.press("tell_and_end", heard="did_tell")

    def sees(self, text: str) -> None:
        expect(self.block).to_contain_text(text)

    def state(self) -> dict[str, Any]:
        """The person's circle as the server tells it."""
        answer = self.page.evaluate(
            """async () => {
                const holder = document.querySelector('.xblock[data-block-type=storytelling_circle]');
                const page = await (await fetch(`${holder.dataset.handlerBase}/page/`)).json();
                return page.page.circle;
            }"""
        )
        assert answer is not None
        return dict(answer)

    def check_page(self, name: str) -> None:
        """No accessibility fault, nothing wider than the screen, no error in a script."""
        found = Axe().run(self.page, options=WCAG)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        size = self.page.viewport_size or {"width": 0}
        assert self.page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name}: too wide"
        assert not self.broken, f"{name}: {self.broken}"
        folder = os.environ.get("PASSERELLE_SHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}-{self.username}-{size['width']}.png", full_page=True)


@pytest.fixture
def person(browser: Browser, demo: str) -> Iterator[Callable[..., Person]]:
    """Makes people: `person("claire", "fr", width=360)`."""
    contexts = []

    def make(username: str, language: str, width: int = 1000) -> Person:
        context = browser.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        somebody = Person(context.new_page(), demo, username, language)
        somebody.become()
        return somebody

    yield make
    for context in contexts:
        context.close()
