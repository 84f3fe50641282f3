"""From *before* through evidence and a confirmation to *after*, the profile and its PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from competence_self_assessment.strings import strings
from django.utils import translation
from django.utils.translation import gettext
from PIL import Image
from playwright.sync_api import Page, expect

People = Callable[..., Any]
UNIT = "/courses/course-v1:Passerelle+TOT101+fr/units/{unit}"


@pytest.mark.parametrize(("username", "language", "width"), [("claire", "fr", 1100), ("amal", "ar", 360)])
def test_from_before_to_after(person: People, username: str, language: str, width: int, tmp_path: Any) -> None:
    learner, nadia = person(username, language, width), person("nadia", "fr")
    page, words = learner.page, strings(language)
    with translation.override(language):
        said = {text: gettext(text) for text in TEXTS}

    # Before: each answer is kept; the page can be left and found again.
    answer(page, learner.demo + UNIT.format(unit="what_i_can_do"), 1, words, learner, language)

    # Evidence: a few words, and a picture.
    page.goto(f"{learner.demo}/passerelle/profile/")
    learner.check_page(f"profile-before-{language}")
    # Something that none of the demo's badges backs: a badge would count for more than what follows.
    page.locator(".can-card h3 a[href$='/manage_time/']").click()
    heading = page.locator("h1").inner_text()
    add(page, "text", "Avec mes voisins, nous avons préparé la fête.", level=3)
    picture = tmp_path / "fete.png"
    Image.new("RGB", (400, 300), "teal").save(picture)
    add(page, "file", "La fête.", level=3, file=str(picture))
    expect(page.locator("#shows ~ ul .can-card")).to_have_count(2)
    learner.check_page(f"competence-{language}")

    # Asking for confirmation; the facilitator looks at it and confirms.
    page.locator("summary", has_text=said["Ask a facilitator"]).click()
    ask = page.locator("form[data-post$='/ask']")
    ask.locator("input[name=level][value='3']").check()
    ask.locator("button").click()
    expect(page.locator(".can-phases")).to_be_visible()
    learner.check_page(f"validation-{language}")
    validation = page.url
    nadia.page.goto(f"{nadia.demo}/passerelle/validations/")
    expect(nadia.page.locator(".passerelle-can")).to_contain_text(learner_name(username))
    nadia.check_page(f"queue-{language}")
    nadia.page.goto(validation)
    step(nadia.page, "take")
    nadia.check_page(f"validation-facilitator-{language}")
    step(nadia.page, "assess", level=3)
    step(nadia.page, "certify")
    page.goto(validation)
    expect(page.locator(".can-note").first).to_contain_text(said["I manage on my own"])

    # After: what grew is said, what did not is not.
    answer(page, learner.demo + UNIT.format(unit="what_has_grown"), 3, words, learner, language)
    expect(page.locator(".passerelle-csa")).to_contain_text(words["grew"].split("{")[0].strip())
    learner.check_page(f"after-{language}")

    # The profile, and its PDF in two languages.
    page.goto(f"{learner.demo}/passerelle/profile/")
    card = page.locator(".can-card", has_text=heading).first
    expect(card).to_contain_text(said["Confirmed by a facilitator"])
    learner.check_page(f"profile-after-{language}")
    page.locator("#take-first").select_option(language)
    page.locator("#take-second").select_option("en" if language == "fr" else "fr")
    with page.expect_download() as download:
        page.get_by_role("button", name=said["Save as PDF"]).click()
    path = tmp_path / "profile.pdf"
    download.value.save_as(path)
    text = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
    assert all(word in text for word in heading.split())
    assert "Confirm" in text


TEXTS = [
    "I looked at myself in a course",
    "Ask a facilitator",
    "I manage on my own",
    "Confirmed by a facilitator",
    "Save as PDF",
]


def learner_name(username: str) -> str:
    return username.capitalize()


def answer(page: Page, address: str, level: int, words: dict[str, str], learner: Any, language: str) -> None:
    """Answer all cards with this level, leave in the middle, come back, look at the answers and send them."""
    page.goto(address)
    block = page.locator(".passerelle-csa")
    expect(block.locator("h4")).to_be_visible()
    count = 5
    for number in range(count):
        expect(block).to_contain_text(words["step"].format(number=number + 1, count=count))
        block.locator(f"input[type=radio][value='{level}']").check()
        expect(block.locator(".csa-status")).to_have_text(words["saved"])
        if number == 1:
            learner.check_page(f"card-{language}")
            page.reload()
            continue
        block.get_by_role("button", name=words["to_review" if number == count - 1 else "next"], exact=True).click()
    block.get_by_role("button", name=words["submit"], exact=True).click()
    expect(block).to_contain_text(words["done_hint"])


def add(page: Page, kind: str, text: str, *, level: int, file: str = "") -> None:
    """Add evidence and wait for it to be there."""
    there = page.locator("#shows ~ ul .can-card").count()
    form = page.locator("form[data-post$='/evidence/add']")
    if not form.is_visible():
        page.locator("#add summary").click()
    form.locator(f"input[name=kind][value={kind}]").check()
    form.locator("textarea").fill(text)
    form.locator("select[name=level]").select_option(str(level))
    if file:
        form.locator("input[type=file]").set_input_files(file)
    form.locator("button").click()
    expect(page.locator("#shows ~ ul .can-card")).to_have_count(there + 1)


def step(page: Page, name: str, level: int = 0) -> None:
    form = page.locator("form", has=page.locator(f"input[name=step][value={name}]"))
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    if level:
        form.locator(f"input[name=level][value='{level}']").check()
    with page.expect_navigation():  # the page shows itself anew
        form.locator("button").click()
    expect(page.locator(".can-voice")).not_to_be_empty()
