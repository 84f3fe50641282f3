"""*My badges* and the shared badge, as a learner and anybody else meet them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from passerelle.badges import drawing
from passerelle.badges.data import Picture
from playwright.sync_api import Browser, expect

People = Callable[..., Any]
ROOT = Path(__file__).parents[2]
TEAMWORK = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
VALIDATE = """
from django.contrib.auth.models import User
from passerelle.competences.claims import record
from passerelle.competences.data import Basis
user = User.objects.get(username={username!r})
record(user_id=user.pk, uri={uri!r}, level=3, basis=Basis.VALIDATED, source="browser")
"""


@pytest.fixture
def validated(demo: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """A facilitator has confirmed what this person can do in a team; from before, she has no badge."""
    var = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3")).parent
    environment = {
        **os.environ,
        "PASSERELLE_VAR": str(var),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "xblocks")]),
    }
    with closing(sqlite3.connect(var / "demo.sqlite3", timeout=20)) as connection:
        for table in ("look", "awardevent", "award"):
            connection.execute(f"DELETE FROM passerelle_badges_{table}")
        connection.execute("DELETE FROM passerelle_competences_claim WHERE uri = ?", (TEAMWORK,))
        connection.commit()

    def confirm(username: str) -> None:
        code = VALIDATE.format(username=username, uri=TEAMWORK)
        command = [sys.executable, "-m", "passerelledemo", "shell", "-c", code]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    return confirm


@pytest.mark.parametrize(("username", "language", "width"), [("claire", "fr", 1000), ("amal", "ar", 360)])
def test_from_not_yet_to_a_shared_badge(
    person: People, browser: Browser, validated: Callable[[str], None], username: str, language: str, width: int
) -> None:
    somebody = person(username, language, width)
    page = somebody.page
    page.goto(f"{somebody.demo}/passerelle/badges/")
    expect(page.locator("#pp-open-part .pp-card")).to_have_count(2)
    expect(page.locator("#pp-held-part .pp-card")).to_have_count(0)
    somebody.check_page(f"badges-not-yet-{language}")

    validated(username)  # the badge is awarded by the event alone
    page.reload()
    badge = page.locator("#pp-held-part .pp-card")
    expect(badge).to_have_count(1)
    somebody.check_page(f"badges-{language}")

    badge.locator("summary").first.click()
    badge.locator("form label").click()
    badge.locator("form button").click()
    link = badge.locator("input[readonly]")
    expect(link).to_be_visible()
    expect(page.locator("#pp-held")).to_be_focused()
    expect(page.locator(".pp-voice")).not_to_be_empty()
    address = link.input_value()
    somebody.check_page(f"badges-shared-{language}")

    context = browser.new_context(viewport={"width": width, "height": 800}, locale=language)
    anybody = context.new_page()
    anybody.context.add_cookies([{"name": "django_language", "value": language, "url": somebody.demo}])
    anybody.goto(address)
    expect(anybody.locator(".pp-verdict-valid .pp-big")).to_be_visible()
    expect(anybody.locator(".pp-facts")).to_contain_text(username.title())
    mine, somebody.page = somebody.page, anybody
    somebody.check_page(f"badge-public-{language}")
    somebody.page = mine

    page.reload()
    expect(badge.locator("time")).to_have_count(3)  # awarded, valid until, looked at
    badge.locator("details[open] .pp-danger").click()
    expect(link).to_have_count(0)
    assert (anybody.goto(address) or pytest.fail("no answer")).status == 404
    somebody.page = anybody
    somebody.check_page(f"badge-closed-{language}")
    context.close()


def test_a_file_that_is_no_badge_is_refused_in_words(person: People, demo: str) -> None:
    ifeoma = person("ifeoma", "en", 360)
    page = ifeoma.page
    page.goto(f"{demo}/passerelle/badges/")
    form = page.locator("#pp-brought-part form")
    dot = drawing.png(Picture())
    form.locator("input[type=file]").set_input_files([{"name": "a.png", "mimeType": "image/png", "buffer": dot}])
    form.locator("button").click()
    expect(form.locator(".pp-error")).to_be_focused()
    expect(form.locator(".pp-error")).to_contain_text("No badge was found in this.")
    ifeoma.check_page("badges-refused")


def test_the_operator_s_desk(person: People, demo: str) -> None:
    sam = person("sam", "en", 1000)
    page = sam.page
    page.goto(f"{demo}/passerelle/badges/desk/")
    expect(page.locator("#pp-desk-part > .pp-list > .pp-card")).to_have_count(2)
    form = page.locator("#pp-desk-part > form")
    form.locator("textarea").fill("slug: A B")
    form.locator("button").click()
    expect(form.locator(".pp-problems li").first).to_be_visible()
    expect(form.locator("textarea")).to_have_value("slug: A B")
    sam.check_page("badges-desk")
