"""A whole module of a course: read, tried and judged with the keyboard alone, on a narrow screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from passerelle.courses.olx import read_run
from playwright.sync_api import Locator, expect

People = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def enter(somebody: Any, target: Locator) -> None:
    somebody.tab_to(target)
    somebody.page.keyboard.press("Enter")


def say(somebody: Any, remark: str) -> None:
    """Leave feedback below the unit."""
    feedback = somebody.page.locator(".passerelle-feedback")
    enter(somebody, feedback.locator("summary"))
    enter(somebody, feedback.locator("button"))
    expect(feedback.locator(".pf-voice")).to_have_text(feedback.get_attribute("data-missing") or "")
    for name in ("clear", "useful"):
        first = feedback.locator(f"input[name={name}]").first
        first.focus()  # by now the focus is on one of the two groups, and Tab enters each at its first answer
        somebody.page.keyboard.press("Space")
        expect(first).to_be_checked()
    somebody.tab_to(feedback.locator("textarea"))
    somebody.page.keyboard.type(remark)
    enter(somebody, feedback.locator("button"))
    expect(feedback.locator(".pf-voice")).to_have_text(feedback.get_attribute("data-sent") or "")


@pytest.mark.parametrize(
    ("username", "language", "remark"), [("claire", "fr", "Plus d’exemples."), ("amal", "ar", "أمثلة أكثر.")]
)
def test_a_module_from_its_first_page_to_feedback(person: People, username: str, language: str, remark: str) -> None:
    run = read_run(ROOT / "course_exports" / "pathways" / language)
    module = run.root.children[2]
    units = [unit for part in module.children for unit in part.children]
    somebody = person(username, language, 360)
    somebody.page.goto(f"{somebody.demo}/courses/{run.key}/")
    somebody.check_page(f"module-outline-{language}")
    enter(somebody, somebody.page.get_by_role("link", name=units[0].name, exact=True).first)
    for position, unit in enumerate(units):
        expect(somebody.page.locator("h1")).to_have_text(unit.name)
        problems = somebody.page.locator(".problem")
        for number, node in enumerate(node for node in unit.children if node.block_type == "problem"):
            right = [choice.get("correct") == "true" for choice in node.element.iter("choice")]
            if node.element.find("multiplechoiceresponse") is not None:
                answer(somebody, problems.nth(number), right.index(True))
        somebody.check_page(f"module-{position}-{language}")
        if position < len(units) - 1:
            enter(somebody, somebody.page.locator("a[rel=next]"))
    say(somebody, remark)
    somebody.check_page(f"module-feedback-{language}")
    somebody.page.reload()
    expect(somebody.page.locator(".passerelle-feedback textarea")).to_have_value(remark)

    jonas = person("jonas", "en", 360)
    jonas.page.goto(f"{jonas.demo}/passerelle/feedback/courses/{run.key}/")
    expect(jonas.page.locator(".passerelle-page")).to_contain_text(remark)
    jonas.check_page(f"module-report-{language}")
    module = jonas.page.locator("section", has_text=remark)
    module.locator("summary").click()
    module.locator("button").click()
    expect(module.locator("textarea")).to_be_focused()  # nothing was written
    module.locator("textarea").fill("Shorter now.")
    module.locator("button").click()
    expect(module.locator(".pp-note")).to_have_text("Shorter now.")
    expect(jonas.page.locator(".pp-voice")).not_to_be_empty()


def answer(somebody: Any, problem: Locator, index: int) -> None:
    """Choose this answer of a multiple choice and send it."""
    choice = problem.locator("input[type=radio]").nth(index)
    choice.focus()
    somebody.page.keyboard.press("Space")
    expect(choice).to_be_checked()
    enter(somebody, problem.locator("button.submit"))
    expect(problem.locator(".choicegroup_correct, .status.correct").first).to_be_visible()
