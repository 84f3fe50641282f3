"""A cheap phone with a bad line: nothing typed is lost, everything is sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

People = Callable[..., Any]


@pytest.fixture
def turn(person: People) -> tuple[Any, Any, Any]:
    """Nadia holds a circle; it is Ifeoma's turn, then Claire's."""
    nadia, first, second = person("nadia", "fr"), person("ifeoma", "en"), person("claire", "fr")
    nadia.begin(first, second)
    first.hears("your_turn")
    return nadia, first, second


def mine(somebody: Any) -> list[str]:
    return [told["text"] for told in somebody.state()["contributions"] if told["mine"]]


def test_a_line_cut_in_mid_typing(turn: tuple[Any, Any, Any]) -> None:
    _nadia, first, second = turn
    box = first.block.get_by_label(first.words["story"])
    box.press_sequentially("I crossed the square ")
    first.page.context.set_offline(True)
    first.sees(first.words["line_down"])
    box.press_sequentially("and asked for bread.")
    expect(box).to_be_focused()
    first.check_page("line-down")
    first.press("tell_and_end", heard="saved_here")
    expect(box).to_have_value("I crossed the square and asked for bread.")
    expect(box).to_have_attribute("readonly", "")
    expect(first.block.locator(".pc-audience")).to_have_attribute("disabled", "")
    first.check_page("line-waiting")
    assert mine(second) == []

    first.page.context.set_offline(False)
    first.hears("sent")
    second.sees("I crossed the square and asked for bread.")
    second.hears("your_turn")
    expect(box).to_have_count(0)
    first.page.wait_for_timeout(4000)  # time enough for a second sending, if there were one
    assert mine(first) == ["I crossed the square and asked for bread."]


def test_an_answer_that_never_came(turn: tuple[Any, Any, Any]) -> None:
    """The server has it, the answer got lost: the second sending changes nothing."""
    _nadia, first, _second = turn
    sent: list[Any] = []

    def swallow(route: Route) -> None:
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    first.page.route("**/handler/act/**", swallow)
    first.block.get_by_label(first.words["story"]).fill("Told once.")
    first.press("tell_and_end")
    first.hears("sent")
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert mine(first) == ["Told once."]
    assert first.state()["floor"]["mine"] is False


def test_typing_survives_a_reload(turn: tuple[Any, Any, Any]) -> None:
    _nadia, first, _second = turn
    first.block.get_by_label(first.words["story"]).fill("Half a sentence")
    first.block.get_by_label(first.words["audience_self"], exact=True).check()
    first.page.reload()
    box = first.block.get_by_label(first.words["story"])
    expect(box).to_have_value("Half a sentence")
    expect(first.block.get_by_label(first.words["audience_self"], exact=True)).to_be_checked()
    first.press("tell_and_end", heard="did_tell")
    assert mine(first) == ["Half a sentence"]
    assert first.page.evaluate("Object.values(localStorage).join()") == ""


def test_what_waited_over_a_reload_is_sent(turn: tuple[Any, Any, Any]) -> None:
    _nadia, first, second = turn
    first.page.route("**/handler/act/**", lambda route: route.abort())
    first.block.get_by_label(first.words["story"]).fill("Kept on the phone.")
    first.press("tell_and_end", heard="saved_here")
    first.page.unroute("**/handler/act/**")
    first.page.reload()
    second.sees("Kept on the phone.")
    assert mine(first) == ["Kept on the phone."]


def test_a_circle_that_went_on_meanwhile(turn: tuple[Any, Any, Any]) -> None:
    """A story of the first round never lands in the second; it stays on the device, to copy or to delete."""
    nadia, first, second = turn
    first.page.context.set_offline(True)
    first.block.get_by_label(first.words["story"]).fill("Too late for the first round.")
    first.press("tell_and_end", heard="saved_here")
    nadia.press("next_person", heard="did_next")
    second.hears("your_turn")
    second.press("pass", heard="did_pass")
    nadia.press("next_phase", heard="did_next")
    first.page.context.set_offline(False)
    first.sees(first.words["kept"])
    first.sees("Too late for the first round.")
    assert mine(first) == []
    first.check_page("line-kept")
    first.press("delete", heard="did_delete")
    expect(first.block.locator(".pc-kept")).to_have_count(0)


def test_buttons_that_make_sense_only_now_do_not_wait(turn: tuple[Any, Any, Any]) -> None:
    _nadia, first, _second = turn
    first.page.context.set_offline(True)
    first.press("done")
    first.sees(first.words["no_line"])
    first.page.context.set_offline(False)
    expect(first.block.locator(".pc-waiting")).to_have_count(0)
    assert first.state()["floor"]["mine"] is True
    first.press("done", heard="did_done")
    assert first.state()["floor"]["mine"] is False
