"""From *before* through a tagged unit, evidence and a confirmation to *after*, the profile, its PDF and its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from competence_self_assessment.block import FIRST_COMPETENCES
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
    page.add_init_script(VOICE)
    with translation.override(language):
        said = {text: gettext(text) for text in TEXTS}

    # Before: each answer is kept; the page can be left and found again.
    answer(page, learner.demo + UNIT.format(unit="what_i_can_do"), 1, words, learner, language)

    # A tagged unit: its graded problems, solved, show what it is tagged with.
    page.goto(learner.demo + UNIT.format(unit="self_check"))
    for problem, choices in SOLVED.items():
        solve(page, problem, choices)

    # What she has done, and the skills in it, with the keyboard.
    begin_with_what_was_done(learner, language, said)

    # Evidence: a few words, the unit that she finished, and a picture.
    page.goto(f"{learner.demo}/passerelle/profile/")
    learner.check_page(f"profile-before-{language}")
    # Something that none of the demo's badges backs: a badge would count for more than what follows.
    page.locator(".pp-card h3 a[href$='/exercise_rights/']").click()
    heading = page.locator("h1").inner_text()
    expect(page.locator(".pp-list").first).to_contain_text(said["Shown in graded work"])
    add(page, "text", "Avec mes voisins, nous avons demandé une réparation.", level=3)
    add(page, "unit", "Ce que j’ai appris.", level=3)
    picture = tmp_path / "fete.png"
    Image.new("RGB", (400, 300), "teal").save(picture)
    add(page, "file", "La fête.", level=3, file=str(picture))
    expect(page.locator("#shows ~ ul .pp-card")).to_have_count(3)
    learner.check_page(f"competence-{language}")

    # Asking for confirmation; the facilitator looks at it and confirms.
    page.locator("summary", has_text=said["Ask a facilitator"]).click()
    ask = page.locator("form[data-post$='/ask']")
    ask.locator("input[name=level][value='3']").check()
    ask.locator("button").click()
    expect(page.locator(".pp-phases")).to_be_visible()
    learner.check_page(f"validation-{language}")
    validation = page.url
    nadia.page.goto(f"{nadia.demo}/passerelle/validations/")
    expect(nadia.page.locator(".passerelle-page")).to_contain_text(learner_name(username))
    nadia.check_page(f"queue-{language}")
    nadia.page.goto(validation)
    step(nadia.page, "take")
    nadia.check_page(f"validation-facilitator-{language}")
    step(nadia.page, "assess", level=3)
    step(nadia.page, "certify")
    page.goto(validation)
    expect(page.locator(".pp-note").first).to_contain_text(said["I manage on my own"])

    # After: what grew is said, what did not is not.
    answer(page, learner.demo + UNIT.format(unit="what_has_grown"), 3, words, learner, language)
    expect(page.locator(".passerelle-csa")).to_contain_text(words["grew"].split("{")[0].strip())
    learner.check_page(f"after-{language}")

    # The profile, and its PDF in two languages.
    page.goto(f"{learner.demo}/passerelle/profile/")
    card = page.locator(".pp-card", has_text=heading).first
    expect(card).to_contain_text(said["Confirmed by a facilitator"])
    expect(card).to_contain_text(said["Shown in graded work"])
    learner.check_page(f"profile-after-{language}")
    page.locator("#take-first").select_option(language)
    page.locator("#take-second").select_option("en" if language == "fr" else "fr")
    with page.expect_download() as download:
        page.get_by_role("button", name=said["Save as PDF"]).click()
    path = tmp_path / "profile.pdf"
    download.value.save_as(path)
    text = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))
    assert all(word in text for word in heading.split())
    assert "Confirm" in text

    # Her file, brought back elsewhere: what it says is that person's word.
    with page.expect_download() as download:
        page.locator("a[href$='.json']").click()
    download.value.save_as(tmp_path / "profile.json")
    other = person("ifeoma", "en", width)
    other.page.goto(f"{other.demo}/passerelle/profile/")
    take_in(other.page, tmp_path / "profile.json")
    card = other.page.locator(".pp-card", has=other.page.locator("a[href$='/exercise_rights/']"))
    expect(card.first).to_contain_text("I say so")


def begin_with_what_was_done(learner: Any, language: str, said: dict[str, str]) -> None:
    page = learner.page
    page.goto(f"{learner.demo}/passerelle/profile/experiences/")
    learner.check_page(f"experiences-{language}")
    tile = page.locator(".pp-tiles a[href$='/sewing/']")
    tile.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    learner.check_page(f"experience-{language}")
    page.locator(".pp-offer select").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    skill = page.locator(".pp-offer strong").first.inner_text()
    page.locator("form[data-post$='/keep'] button").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".pp-voice")).not_to_be_empty()
    expect(page.locator("#mine ~ ul .pp-card")).to_have_count(1)
    page.goto(f"{learner.demo}/passerelle/profile/")
    expect(page.locator(".pp-card", has_text=skill).first).to_contain_text(said["I manage simple things"])


def solve(page: Page, problem: str, choices: str) -> None:
    """Answer a problem and have it marked as right."""
    node = page.locator(f".xblock[data-usage-id$='@{problem}']")
    for choice in choices:
        node.locator(f"input[value='choice_{choice}']").check()
    node.locator("button.submit").click()
    expect(node.locator(".choicegroup_correct, .status.correct").first).to_be_visible()


def take_in(page: Page, path: Any) -> None:
    """Bring a saved file back; one that is none is refused in words."""
    form = page.locator("form[data-post$='/import']")
    page.locator("details", has=form).locator("summary").click()
    wrong = path.with_name("wrong.json")
    wrong.write_text("{}")
    form.locator("input[type=file]").set_input_files(wrong)
    form.locator("button").click()
    expect(form.locator(".pp-error")).to_have_text(
        "This is not a file that this page wrote. Take one that you saved here."
    )
    form.locator("input[type=file]").set_input_files(path)
    with page.expect_navigation():
        form.locator("button").click()
    expect(page.locator(".pp-voice")).not_to_be_empty()


def test_an_author_sets_an_assessment_up(person: People) -> None:
    jonas = person("jonas", "en", 360)
    words = strings("en")
    jonas.page.goto(f"{jonas.demo}/studio/{BLOCK}")
    form = jonas.page.locator(".passerelle-csa-studio")
    name = form.get_by_label(words["studio_name"])
    expect(name).not_to_have_value("")
    jonas.check_page("csa-studio")
    chosen = form.locator("input[type=checkbox][value]:checked")
    kept = [box.get_attribute("value") for box in chosen.all() if box.get_attribute("value") in FIRST_COMPETENCES]
    assert kept == FIRST_COMPETENCES
    for value in kept:
        form.locator(f"input[value={value}]").uncheck()
    form.get_by_role("button", name=words["studio_save"], exact=True).click()
    expect(form.get_by_role("alert")).not_to_be_empty()
    form.locator("input[value=listen_actively]").check()
    form.get_by_label(words["studio_moment"]).select_option("free")
    form.get_by_label(words["studio_layout"]).select_option("all")
    with jonas.page.expect_navigation():
        form.get_by_role("button", name=words["studio_save"], exact=True).click()
    expect(form.locator("input[value=listen_actively]")).to_be_checked()
    preview = jonas.page.locator(".passerelle-csa:not(.passerelle-csa-studio)")
    expect(preview).to_contain_text(words["preview"])
    expect(preview.locator("h4")).to_have_count(1)


BLOCK = "block-v1:Passerelle+TOT101+en+type@competence_self_assessment+block@before_the_training"
SOLVED = {"check_the_turns": "2", "check_the_rights": "013", "check_a_worrying_story": "3"}
VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { value: {
  speak(said) { window.spoken.push({ lang: said.lang, text: said.text }); }, cancel() {},
} });
"""
"""In place of the browser's voice, which a browser without sound lacks: notes what it is asked to say."""

TEXTS = [
    "I manage simple things",
    "Shown in graded work",
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
        if number == 0:
            hears_and_sees_both(page, words, language)
        if number == 2:  # in a tunnel
            page.context.set_offline(True)
        block.locator(f"input[type=radio][value='{level}']").check()
        if number == 2:
            expect(block.locator(".csa-status")).to_have_text(words["not_saved"])
            page.context.set_offline(False)
        expect(block.locator(".csa-status")).to_have_text(words["saved"])
        if number == 1:
            learner.check_page(f"card-{language}")
            page.reload()
            continue
        block.get_by_role("button", name=words["to_review" if number == count - 1 else "next"], exact=True).click()
    block.get_by_role("button", name=words["submit"], exact=True).click()
    expect(block).to_contain_text(words["done_hint"])


def hears_and_sees_both(page: Page, words: dict[str, str], language: str) -> None:
    """The card is read aloud in her language; the course's stands beside it, or another that she chooses."""
    block = page.locator(".passerelle-csa")
    block.get_by_role("button", name=words["read_aloud"], exact=True).click()
    (said,) = page.evaluate("window.spoken")
    assert said["lang"] == language
    name = block.locator("h4 .csa-both span, h4").last if language == "fr" else block.locator("h4 .csa-both span").first
    assert said["text"].startswith(name.inner_text())
    block.get_by_role("button", name=words["stop_reading"], exact=True).click()
    if language == "fr":
        expect(block.locator(".csa-beside")).to_have_count(0)
        block.locator(".csa-second select").select_option("uk")
    expect(block.locator(f".csa-beside[lang={'uk' if language == 'fr' else 'fr'}]")).to_have_count(8)


def add(page: Page, kind: str, text: str, *, level: int, file: str = "") -> None:
    """Add evidence and wait for it to be there."""
    there = page.locator("#shows ~ ul .pp-card").count()
    form = page.locator("form[data-post$='/evidence/add']")
    if not form.is_visible():
        page.locator("#add summary").click()
    form.locator(f"input[name=kind][value={kind}]").check()
    form.locator("textarea").fill(text)
    form.locator(f"input[name=level][value='{level}']").check()
    if file:
        form.locator("input[type=file]").set_input_files(file)
    form.locator("button").click()
    expect(page.locator("#shows ~ ul .pp-card")).to_have_count(there + 1)


def step(page: Page, name: str, level: int = 0) -> None:
    form = page.locator("form", has=page.locator(f"input[name=step][value={name}]"))
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    if level:
        form.locator(f"input[name=level][value='{level}']").check()
    with page.expect_navigation():  # the page shows itself anew
        form.locator("button").click()
    expect(page.locator(".pp-voice")).not_to_be_empty()
