"""An employer posts; the operator publishes; a learner finds it, understands why, applies, and is contacted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

People = Callable[..., Any]
DESK = "/passerelle/employers/desk/la-table-ronde/"
TEXT = "Kitchen helper\n- work in teams\n- comply with food safety and hygiene"
HYGIENE = "http://data.europa.eu/esco/skill/0ff99f51-40d9-42f1-a1ec-377b2bb5e15f"
WORDS = {
    "fr": {"apply": "Postuler", "yes": "Oui, montrer mon nom", "mine": "Mes candidatures", "title": "Aide au midi"},
    "ar": {"apply": "تقدم بطلب", "yes": "نعم، أظهر اسمي", "mine": "طلباتي", "title": "مساعدة وقت الغداء"},
}


def state(somebody: Any, uri: str) -> None:
    """Say on the profile page that one can do this."""
    somebody.page.goto(f"{somebody.demo}/passerelle/employers/mine/")
    answer = somebody.page.evaluate(
        """async (uri) => (await fetch('/passerelle/api/v1/claims', {
            method: 'POST', credentials: 'same-origin',
            headers: {'Content-Type': 'application/json', 'X-CSRFToken': document.querySelector('main').dataset.token},
            body: JSON.stringify({uri, level: 2, key: crypto.randomUUID()}),
        })).status""",
        uri,
    )
    assert answer < 300, answer


@pytest.mark.parametrize(("username", "language", "width"), [("claire", "fr", 1000), ("amal", "ar", 360)])
def test_from_a_posting_to_a_contact(person: People, username: str, language: str, width: int) -> None:
    words = WORDS[language]
    marta, sam, learner = person("marta", "en"), person("sam", "en"), person(username, language, width)

    page = marta.page
    page.goto(marta.demo + DESK)
    marta.check_page("employers-desk")
    page.get_by_role("link", name="Write an opportunity").click()
    page.get_by_label("Paste a text that you have").fill(TEXT)
    page.get_by_role("button", name="Suggest what the work asks for").click()
    expect(page.locator("[data-list=wanted] > li")).not_to_have_count(0)
    marta.check_page("employers-offer")
    page.get_by_label("Town").fill("Marseille")
    page.get_by_role("button", name="Keep it and see it as learners do").click()
    expect(page.locator(".pp-error:visible")).to_contain_text("Write a title")
    expect(page.locator(":focus + .pp-error")).to_contain_text("Write a title")  # beside what has to be put right
    if not page.locator(f"#pp-title-{language}").is_visible():
        page.get_by_text("More languages").click()
    page.locator(f"#pp-title-{language}").fill(words["title"])
    page.get_by_role("button", name="Keep it and see it as learners do").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
    marta.check_page("employers-preview")
    page.get_by_role("button", name="Ask for publication").click()
    expect(page.locator("#pp-next")).to_contain_text("Waits for the operator")
    expect(page.get_by_role("button", name="Ask for publication")).to_have_count(0)

    sam.page.goto(f"{sam.demo}/passerelle/employers/operator/")
    sam.check_page("employers-operator")
    sam.page.get_by_role("button", name=f"Publish {words['title']}").click()
    expect(sam.page.locator(".pp-voice")).to_have_text("People see it now.")

    state(learner, HYGIENE)
    page = learner.page
    page.goto(f"{learner.demo}/passerelle/employers/")
    learner.check_page(f"opportunities-{language}")
    page.get_by_role("link", name=words["title"]).first.click()
    expect(page.locator("#pp-fit .pp-held")).not_to_have_count(0)
    learner.check_page(f"opportunity-{language}")
    page.locator("#pp-step form button").click()
    expect(page.locator("#pp-step blockquote, #pp-step time").first).to_be_visible()
    learner.check_page(f"applied-{language}")

    page = marta.page
    page.goto(marta.demo + DESK)
    page.locator(".pp-card", has_text=words["title"]).get_by_role("link", name="Interested people").click()
    card = page.locator("#pp-people .pp-card").first
    card.locator("summary", has_text="Reasons").click()
    marta.check_page("employers-people")
    card.locator("summary", has_text="Ask for contact").click()
    card.get_by_role("button", name="Ask for contact").click()
    expect(card.locator(".pp-error:visible")).to_be_visible()
    card.get_by_label("What would you like to talk about?").fill("Could you come on Monday?")
    card.get_by_role("button", name="Ask for contact").click()
    expect(page.locator(".pp-voice")).to_have_text("Your question is sent.")

    page = learner.page
    page.goto(f"{learner.demo}/passerelle/employers/mine/")
    expect(page.locator("#pp-mine")).to_contain_text("Could you come on Monday?")
    learner.check_page(f"asked-{language}")
    page.locator("#pp-mine input[name=reach]").fill("06 00 00 00 00")
    page.get_by_role("button", name=words["yes"]).click()
    expect(page.locator("#pp-mine")).to_contain_text("06 00 00 00 00")

    marta.page.reload()
    expect(marta.page.locator("#pp-people")).to_contain_text("06 00 00 00 00")
    expect(marta.page.locator("#pp-people h3").first).to_contain_text(username.capitalize())
