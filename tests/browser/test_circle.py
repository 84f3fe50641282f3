"""Two learners and a facilitator play a circle to its end, in writing and by voice, each in a browser of her own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

People = Callable[..., Any]
STORY = "I crossed the square and asked for bread.\n<script>document.title = 'broken'</script>"

# Name of the pictures, two learners with their languages, run of the course, width of the screens. Two, for
# a whole circle takes long; other tests look at pages in each language and width.
CASTS = [
    ("fr-wide", ("ifeoma", "en"), ("claire", "fr"), "fr", 1000),
    ("ar-narrow", ("amal", "ar"), ("ifeoma", "en"), "en", 360),
]


@pytest.mark.parametrize("cast", CASTS, ids=lambda cast: cast[0])
def test_a_circle_to_its_end(person: People, cast: tuple[str, tuple[str, str], tuple[str, str], str, int]) -> None:
    name, one, two, run, width = cast
    nadia, first, second = person("nadia", "fr", width), person(*one, width), person(*two, width)

    def look(step: str) -> None:
        for somebody in (nadia, first, second):
            somebody.check_page(f"{name}-{step}")

    for somebody in (nadia, first, second):
        somebody.go(run)
    look("0-empty")

    nadia.press("open_it", heard="did_open")
    expect(nadia.focused).to_have_attribute("data-next", "")
    first.press("look_again")
    first.press("take_part")
    expect(first.focused).to_have_text(first.words["before"])
    first.press("take_part")  # without having agreed
    box = first.block.get_by_role("checkbox")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    look("1-invitation")
    first.block.get_by_label(first.words["name"]).fill("Rose")
    box.check()
    first.press("take_part", heard="did_join")
    expect(first.focused).to_have_attribute("data-next", "")
    second.press("look_again")
    second.join()
    second.sees("Rose")
    look("2-gathering")

    nadia.press("start", heard="did_start")
    expect(nadia.focused).to_contain_text("Rose")
    first.hears("your_turn")
    expect(first.block.locator(".pc-time")).to_have_text(re.compile(r"^[12]:\d\d$"))
    look("3-first-turn")
    second.block.get_by_role("button", name=second.words["say_heard"].format(name="Rose"), exact=True).click()
    second.hears("did_say_heard")
    second.sees(second.words["heard"].format(name="Rose"))
    expect(second.focused).to_be_visible()
    first.sees(first.words["heard_by"])
    look("3-heard")
    for action in ("extend", "pause", "resume"):
        first.press(action, heard=f"did_{action}")
        expect(first.focused).to_be_visible()
    first.tell(STORY)
    expect(first.focused).to_have_attribute("data-next", "")
    second.hears("your_turn")
    second.sees("asked for bread")
    second.sees("<script>")
    second.press("pass", heard="did_pass")
    second.sees(second.words["round_over"])
    look("4-round-over")

    nadia.press("next_phase", heard="did_next")
    first.hears("your_turn")
    first.press("add_audio")
    first.press("record", heard="did_record")
    expect(first.block.locator(".pc-elapsed")).to_have_text("0:01")
    first.tell("The second story is for the circle.")
    second.hears("your_turn")
    expect(second.block.locator(".pc-media audio")).to_be_visible()
    second.tell("This one is for the facilitator.", "facilitators")
    nadia.sees("This one is for the facilitator.")
    assert "This one is for" not in first.block.inner_text()
    look("5-second-round")

    nadia.press("next_phase", heard="did_next")
    second.sees(second.words["reply"].format(name="Rose"))
    look("6-flashbacks")
    second.block.get_by_label(second.words["reply"].format(name="Rose")).fill("The smell of bread.")
    second.press("send", heard="did_reply")
    second.sees(second.words["all_replied"])
    first.sees("The smell of bread.")

    nadia.press("next_phase", heard="did_next")
    for somebody in (first, second):
        answer = somebody.block.get_by_label(somebody.words["answer"]).first
        answer.fill(f"Courage, says {somebody.username}.")
        somebody.press("send", heard="did_answer")
        expect(somebody.focused).to_have_attribute("data-slot", "answer:1")
    first.sees(f"Courage, says {second.username}.")
    look("7-debrief")

    nadia.press("next_phase", heard="did_next")
    first.sees(first.words["position"].format(index=6, count=6))
    nadia.press("finish", heard="ended")
    for somebody in (first, second):
        somebody.sees(somebody.words["ended"])
    look("8-ended")
    assert first.page.title() != "broken"

    story = first.block.locator(".pc-told > li").filter(has_text="The second story")
    expect(story).to_contain_text("The smell of bread.")
    story.get_by_role("button", name=first.words["withdraw"], exact=True).first.click()
    expect(first.focused).to_have_text(first.words["withdraw_what"])
    look("9-withdrawing")
    first.press("keep")
    expect(first.focused).to_have_text(first.words["withdraw"])
    first.focused.press("Enter")
    first.press("withdraw_yes", heard="did_withdraw")
    expect(first.focused).to_have_attribute("data-next", "")
    expect(story).to_have_count(0)
    look("10-afterwards")
    second.go(run)
    second.press("look_back")
    expect(second.focused).to_have_text(second.words["ended"])
    text = second.block.inner_text()
    assert "The second story" not in text
    assert "The smell of bread." not in text
