"""A circle over days, in French and Arabic."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from passerelle.circles import codec, protocols
from passerelle.circles.data import Tempo
from playwright.sync_api import expect

People = Callable[..., Any]


def over_days(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The demo's block plays story circles, live: let the one that gathers be played over days."""
    protocol = codec.protocol_to_json(replace(protocols.load("story_circle"), min_size=2, max_size=6, tempo=Tempo.DAYS))
    database = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3"))
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.execute("UPDATE passerelle_circles_circle SET protocol = ?", [json.dumps(protocol)])
        connection.commit()


def test_a_circle_over_days(person: People, tmp_path_factory: pytest.TempPathFactory) -> None:
    nadia, claire, amal = person("nadia", "fr", 1000), person("claire", "fr", 360), person("amal", "ar", 360)
    nadia.go()
    nadia.press("open_it", heard="did_open")
    over_days(tmp_path_factory)
    for somebody in (claire, amal):
        somebody.go()
        somebody.join()
    nadia.press("start", heard="did_start")
    amal.page.reload()
    expect(amal.block.locator(".pc-deadline time")).to_be_visible()
    before = amal.block.locator(".pc-deadline time").get_attribute("datetime")
    amal.check_page("days-acquaint")
    nadia.press("extend_day", heard="did_extend")
    nadia.check_page("days-desk")
    amal.block.get_by_label(amal.words["story"]).fill("بيت جدتي.")
    amal.press("tell", heard="did_tell")
    assert amal.block.locator(".pc-deadline time").get_attribute("datetime") != before
    amal.sees(amal.words["part_done"])
    claire.page.reload()
    claire.press("pass", heard="did_pass")
    assert claire.state()["phase"]["id"] == "share"  # both were there, so the circle went on by itself
