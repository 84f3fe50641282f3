"""The keyboard alone; the own language on the spot; right to left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

People = Callable[..., Any]


def key_press(somebody: Any, name: str, *, heard: str = "") -> None:
    somebody.tab_to(somebody.button(name).first)
    somebody.page.keyboard.press("Enter")
    if heard:
        somebody.hears(heard)


def test_a_learner_with_the_keyboard_alone(person: People) -> None:
    nadia, first, second = person("nadia", "fr"), person("ifeoma", "en"), person("claire", "fr")
    nadia.go()
    nadia.press("open_it", heard="did_open")
    first.go()
    key_press(first, "take_part")
    expect(first.focused).to_have_text(first.words["before"])
    box = first.block.get_by_role("checkbox")
    first.tab_to(box)
    first.page.keyboard.press("Space")
    expect(box).to_be_checked()
    key_press(first, "take_part", heard="did_join")
    second.go()
    second.join()
    nadia.press("start", heard="did_start")
    first.hears("your_turn")
    for action in ("extend", "pause", "resume"):
        key_press(first, action, heard=f"did_{action}")
        expect(first.focused).to_be_visible()
    first.tab_to(first.block.get_by_label(first.words["story"]))
    first.page.keyboard.type("Told without a mouse.")
    first.tab_to(first.block.get_by_label(first.words["audience_circle"]))
    first.page.keyboard.press("ArrowDown")
    expect(first.block.get_by_label(first.words["audience_facilitators"])).to_be_checked()
    first.page.keyboard.press("ArrowUp")
    key_press(first, "tell_and_end", heard="did_tell")
    second.press("pass", heard="did_pass")
    nadia.press("next_phase", heard="did_next")
    first.hears("your_turn")
    key_press(first, "pass", heard="did_pass")
    second.hears("your_turn")
    second.tell("A story to answer.")
    nadia.press("next_phase", heard="did_next")
    line = first.block.get_by_label(first.words["reply"].format(name="Claire"))
    expect(line).to_be_visible()
    first.tab_to(line)
    first.page.keyboard.type("It stayed with me.")
    key_press(first, "send", heard="did_reply")
    nadia.press("next_phase", heard="did_next")
    answer = first.block.get_by_label(first.words["answer"]).first
    expect(answer).to_be_visible()
    first.tab_to(answer)
    first.page.keyboard.type("Courage.")
    key_press(first, "send", heard="did_answer")
    key_press(first, "withdraw")
    expect(first.focused).to_have_text(first.words["withdraw_what"])
    key_press(first, "withdraw_yes", heard="did_withdraw")
    key_press(first, "leave")
    expect(first.focused).to_have_text(first.words["leave_what"])
    key_press(first, "leave_yes", heard="did_leave")
    expect(first.focused).to_be_visible()
    key_press(nadia, "close")
    expect(nadia.focused).to_have_text(nadia.words["close_what"])
    key_press(nadia, "close_yes", heard="did_close")


def test_another_language_on_the_spot(person: People) -> None:
    """What was typed, and where the cursor stands, outlive the change; the page mirrors."""
    nadia, first, second = person("nadia", "fr"), person("ifeoma", "en"), person("claire", "fr")
    nadia.begin(first, second)
    first.hears("your_turn")
    box = first.block.locator("textarea")
    box.fill("Typed before the change")
    first.block.get_by_label(first.words["audience_self"]).check()
    before = edges(first)

    first.block.get_by_label(first.words["language"]).select_option("ar")
    first.press("language_change")
    arabic = person("amal", "ar").words
    expect(first.block.locator(".pc-voice")).to_contain_text(arabic["did_language"])
    expect(first.block).to_have_attribute("dir", "rtl")
    expect(first.block).to_have_attribute("lang", "ar")
    expect(box).to_have_value("Typed before the change")
    expect(first.block.get_by_label(arabic["audience_self"], exact=True)).to_be_checked()
    expect(first.focused).to_have_text(arabic["language_change"])
    first.check_page("mirrored")
    after = edges(first)
    assert before.keys() == after.keys()
    for name, (start, _end) in before.items():
        assert after[name][1] == pytest.approx(start, abs=2), name


def edges(somebody: Any) -> dict[str, tuple[float, float]]:
    """How far each thing lies from the block's left and right edge, in pixels."""
    found = somebody.page.evaluate(
        """() => {
            const block = document.querySelector('.passerelle-circle').getBoundingClientRect();
            const names = ['.pc-now', '.pc-ring', '.pc-clock', '.pc-prompt', '.pc-primary', '.pc-audience input',
                           '.pc-ring li', '.pc-language label', '.pc-rules'];
            return names.map((name) => {
                const box = document.querySelector(`.passerelle-circle ${name}`).getBoundingClientRect();
                return [name, [box.left - block.left, block.right - box.right]];
            });
        }"""
    )
    return {name: (left, right) for name, (left, right) in found}


def test_masquerading_staff_and_visitors_meet_a_note(person: People) -> None:
    jonas = person("jonas", "en")
    jonas.page.goto(f"{jonas.demo}/courses/course-v1:Passerelle+TOT101+en/")
    jonas.page.get_by_label("See the course as").select_option("ifeoma")
    jonas.page.get_by_role("button", name="Look", exact=True).click()
    jonas.go()
    jonas.sees(jonas.words["masquerade"])
    expect(jonas.button("look_again")).to_have_count(0)
    jonas.check_page("masquerade")
    marta = person("marta", "en")
    marta.go()
    marta.sees(marta.words["signed_out"])
    marta.check_page("visitor")
