"""A goal circle of two meetings, played to its end: in French and in Arabic, on narrow screens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from passerelle.circles import codec, protocols
from playwright.sync_api import expect

People = Callable[..., Any]


def as_goal_circle(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The demo's block opens story circles: let the one that gathers play the other protocol."""
    import json

    protocol = codec.protocol_to_json(protocols.load("goal_circle"))
    protocol["group"]["min"] = 2
    database = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3"))
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.execute("UPDATE passerelle_circles_circle SET protocol = ?", [json.dumps(protocol)])
        connection.commit()


def go_on_to(facilitator: Any, phase: str) -> None:
    """Press the facilitator's one blue button until the circle is there."""
    go_on = facilitator.block.locator(".pc-desk .pc-primary")
    while facilitator.state()["phase"]["id"] != phase:
        go_on.click()
        expect(facilitator.block.locator(".pc-primary[aria-disabled]")).to_have_count(0)


def test_two_meetings(person: People, tmp_path_factory: pytest.TempPathFactory) -> None:
    nadia, claire, amal = person("nadia", "fr", 360), person("claire", "fr", 360), person("amal", "ar", 360)
    nadia.go()
    nadia.press("open_it", heard="did_open")
    as_goal_circle(tmp_path_factory)
    for somebody in (claire, amal):
        somebody.go()
        somebody.join()
    nadia.press("start", heard="did_start")
    amal.sees(amal.words["session"].format(index=1, count=2))
    amal.check_page("goal-agreement")
    go_on_to(nadia, "plan")
    amal.sees(amal.words["answer"])
    amal.block.get_by_label(amal.words["answer"]).first.fill("On Monday I call.")
    amal.press("send", heard="did_answer")
    go_on_to(nadia, "again")

    amal.sees(amal.words["session"].format(index=2, count=2))
    amal.press("arrive", heard="did_arrive")
    amal.check_page("goal-again")
    expect(nadia.block).to_contain_text(nadia.words["arrived"].format(here=1, all=2), timeout=30_000)
    nadia.block.get_by_role("button", name=nadia.words["arrive_other"].format(name="Claire"), exact=True).click()
    expect(nadia.block).to_contain_text(nadia.words["arrived"].format(here=2, all=2))
    nadia.check_page("goal-arrivals")
    nadia.press("start", heard="did_start")
    claire.sees("On Monday I call.")
    go_on_to(nadia, "next_steps")
    nadia.press("finish", heard="ended")
    amal.sees(amal.words["ended"])

    nadia.page.goto(f"{nadia.demo}/passerelle/courses/course-v1:Passerelle+TOT101+en/desk/")
    nadia.page.get_by_role("link", name="Cercle d’objectifs").click()
    register = nadia.page.locator("section", has=nadia.page.locator("#pp-register"))
    expect(register).to_contain_text("Rencontre 2")
    expect(nadia.page.locator("main")).to_contain_text("On Monday I call.")
    nadia.page.get_by_label("Une note").fill("Appeler Amal mardi.")
    nadia.page.get_by_role("button", name="Garder la note").click()
    expect(nadia.page.locator("#pp-notes-part .pp-card")).to_contain_text("Appeler Amal mardi.")
    nadia.page.get_by_label("Ce que vous souhaitez dire").fill("Merci à vous deux.")
    nadia.page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(nadia.page.locator("#pp-messages-part .pp-card")).to_contain_text("Merci à vous deux.")
    nadia.check_page("circle-desk")
    nadia.page.emulate_media(media="print")
    for selector, is_printed in (("#pp-register", True), ("#pp-notes", False), ("#pp-messages", False)):
        expect(nadia.page.locator(selector)).to_be_visible(visible=is_printed)
    amal.page.goto(f"{amal.demo}/passerelle/")
    expect(amal.page.locator("main")).to_contain_text("Merci à vous deux.")
    amal.check_page("home-message")
