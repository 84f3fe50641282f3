"""Circles formed from what people said: a mixed one, played over two meetings, in French and Arabic; by keyboard."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from passerelle.circles import codec, protocols
from playwright.sync_api import expect

People = Callable[..., Any]
RUN = "course-v1:Passerelle+TOT101+en"


def plays(tmp_path_factory: pytest.TempPathFactory, table: str, name: str) -> None:
    """The demo's block plays story circles, live: let what was opened at it be of another kind."""
    protocol = codec.protocol_to_json(replace(protocols.load(name), min_size=2, max_size=6))
    database = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3"))
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.execute(f"UPDATE passerelle_circles_{table} SET protocol = ?", [json.dumps(protocol)])
        connection.commit()


def says(somebody: Any, languages: tuple[str, ...], affiliation: str, shot: str = "") -> None:
    """She opens the page for it, says what suits her, and it is kept."""
    page = somebody.page
    page.goto(f"{somebody.demo}/passerelle/courses/{RUN}/when/")
    for language in languages:
        page.locator(f"input[name=languages][value={language}]").check()
    for time in ("mon-eve", "sat-am"):
        page.locator(f"input[value={time}]").check()
    page.locator("[name=affiliation]").select_option(affiliation)
    zone = page.evaluate("new Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.locator("[data-zone]")).to_have_text(zone)
    if shot:
        somebody.check_page(shot)
    page.locator("#pp-wish-part form button").click()
    expect(page.locator("#pp-wish-part .pp-danger")).to_be_visible()
    expect(page.locator("[data-zone]")).to_have_text(zone)  # as it was kept


def test_a_mixed_circle_is_formed_and_meets_twice(person: People, tmp_path_factory: pytest.TempPathFactory) -> None:
    nadia, claire, amal = person("nadia", "fr", 360), person("claire", "fr", 360), person("amal", "ar", 360)
    says(claire, ("en", "fr"), "ngo")
    says(amal, ("ar", "en"), "migrant", "wish")

    nadia.go()
    nadia.button("form").click()
    expect(nadia.page.get_by_role("button", name="Proposer des cercles")).to_be_visible()
    plays(tmp_path_factory, "forming", "mixed_circle")
    nadia.page.get_by_role("button", name="Proposer des cercles").click()
    cards = nadia.page.locator("#pp-draft-part > .pp-list > .pp-card")
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("Claire")
    expect(cards.first).to_contain_text("Amal")
    nadia.check_page("forming")
    nadia.page.locator("summary", has_text="Amal").click()
    nadia.page.locator("details[open] select").select_option("0")
    nadia.page.locator("details[open] button").click()
    expect(cards.first).not_to_contain_text("Amal")
    expect(cards.first).to_contain_text("Moins de personnes")
    nadia.page.locator("summary", has_text="Amal").click()
    nadia.page.locator("details[open] select").select_option("1")
    nadia.page.locator("details[open] button").click()
    expect(cards.first).to_contain_text("Amal")
    nadia.page.get_by_role("button", name="Confirmer").click()
    expect(nadia.page.get_by_role("button", name="Confirmer")).to_have_count(0)

    for somebody in (claire, amal):
        somebody.go()
        somebody.join()
    amal.block.locator("summary", has_text=amal.words["rename"]).click()
    amal.block.get_by_label(amal.words["name"]).fill("نجمة")
    amal.button("rename_keep").click()
    expect(amal.block.locator(".pc-ring")).to_contain_text("نجمة")
    amal.block.locator("summary", has_text=amal.words["affiliation"]).click()
    amal.block.get_by_label(amal.words["affiliation"]).select_option("migrant")
    amal.press("affiliation_keep", heard="did_affiliate")
    amal.block.get_by_label(amal.words["affiliation"]).select_option("")  # and it is erased again
    amal.press("affiliation_keep", heard="did_affiliate")
    nadia.go()
    nadia.press("start", heard="did_start")
    amal.press("raise_hand", heard="did_raise_hand")
    expect(nadia.block.locator(".pc-hands")).to_contain_text("نجمة", timeout=30_000)
    amal.check_page("mixed-acquaint")
    go_on = nadia.block.locator(".pc-desk .pc-primary")

    def on_to(phase: str) -> None:
        while nadia.state()["phase"]["id"] != phase:
            go_on.click()
            expect(nadia.block.locator(".pc-primary[aria-disabled]")).to_have_count(0)

    on_to("first_day")
    claire.hears("your_turn")
    claire.tell("Mon premier jour au marché.")
    amal.hears("your_turn")
    amal.tell("أول يوم في المدينة.")
    on_to("echoes")
    claire.sees("أول يوم")
    on_to("again")
    for somebody in (claire, amal):
        somebody.press("arrive", heard="did_arrive")
    amal.check_page("mixed-again")
    nadia.press("start", heard="did_start")
    on_to("together")
    amal.block.get_by_label(amal.words["answer"]).first.fill("مكتبة في الحي.")
    amal.press("send", heard="did_answer")
    nadia.press("finish", heard="ended")
    amal.sees(amal.words["ended"])
    amal.check_page("mixed-ended")


def said(tmp_path_factory: pytest.TempPathFactory, **people: dict[str, Any]) -> None:
    """What these people said on the page for it, which has a test of its own."""
    database = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3"))
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        for name, given in people.items():
            row = {"languages": ["en"], "times": ["mon-eve"], "affiliation": "", "organisation": "", "leads": False}
            values = [json.dumps(value) if isinstance(value, list) else value for value in {**row, **given}.values()]
            connection.execute(
                "INSERT INTO passerelle_circles_wish (course_key, time_zone, said_at, user_id, languages, times, "
                "affiliation, organisation, leads) SELECT ?, 'Europe/Paris', '2026-01-01', id, ?, ?, ?, ?, ? "
                "FROM auth_user WHERE username = ?",
                [RUN, *values, name],
            )
        connection.commit()


def test_a_draft_is_made_put_right_and_confirmed_by_keyboard(
    person: People, tmp_path_factory: pytest.TempPathFactory
) -> None:
    at_work = {"organisation": "Acme", "affiliation": "company"}
    said(tmp_path_factory, **{"amal": {**at_work, "leads": True}, "elif": at_work, "claire": {"affiliation": "ngo"}})
    nadia = person("nadia", "fr", 360)
    page, keyboard = nadia.page, nadia.page.keyboard
    nadia.go()
    nadia.tab_to(nadia.button("form"))
    keyboard.press("Enter")
    propose = page.get_by_role("button", name="Proposer des cercles")
    expect(propose).to_be_visible()

    def use(wanted: Any, key: str = "Enter") -> None:
        nadia.tab_to(wanted)
        keyboard.press(key)

    def move(name: str, choice: str) -> None:
        """Open what moves her, choose by typing, send; the focus is at the draft's beginning afterwards."""
        use(page.locator("summary", has_text=name))
        nadia.tab_to(page.locator("details[open] select"))
        keyboard.type(choice)
        use(page.locator("details[open] button"))
        expect(nadia.focused).to_have_id("pp-draft")

    mix = page.locator("input[name=mix]")
    use(mix, "Space")
    expect(mix).to_be_checked()
    use(propose)
    expect(nadia.focused).to_have_id("pp-draft")
    circle = page.locator("#pp-draft-part > .pp-list").first.locator("> .pp-card")
    waiting = page.locator("#pp-draft-part > .pp-list").last.locator("> .pp-card")
    expect(circle).to_have_count(1)
    expect(circle).to_contain_text("Claire")
    expect(waiting).to_have_count(1)
    expect(waiting).to_contain_text("Elif")  # never alone with whoever leads where she works
    expect(waiting).to_contain_text("sans collègue")
    nadia.check_page("forming-waiting")
    move("Elif", "1")
    expect(circle).to_contain_text("Elif")
    expect(circle.locator(".pp-note")).to_contain_text("sans collègue")  # by hand it can be done, and is said
    nadia.check_page("forming-by-hand")
    move("Elif", "Liste")
    expect(circle).not_to_contain_text("Elif")
    use(page.get_by_role("button", name="Confirmer"))
    expect(page.get_by_role("button", name="Confirmer")).to_have_count(0)
    expect(nadia.focused).to_have_id("pp-draft")

    said(tmp_path_factory, mariana=at_work, oksana={"languages": ["uk"]}, ifeoma={})
    use(page.locator("[data-post$='/late']"))
    expect(circle).to_contain_text("Ifeoma")
    expect(waiting).to_have_count(3)  # one comes late, but is at work with whoever leads; one speaks no language here
    expect(nadia.focused).to_have_id("pp-draft")
    nadia.check_page("forming-late")
