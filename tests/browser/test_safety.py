"""A story is reported, hidden at once, and sorted by the facilitator; somebody leaves quickly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

People = Callable[..., Any]
STORY = "She kept my papers."
# Who reports, in which language; the facilitator's desk is in French.
REPORTERS = [("claire", "fr"), ("amal", "ar")]


@pytest.mark.parametrize(("username", "language"), REPORTERS)
def test_a_report_from_end_to_end(person: People, username: str, language: str) -> None:
    nadia, member, teller = person("nadia", "fr", 360), person(username, language, 360), person("ifeoma", "en", 360)
    nadia.begin(teller, member)
    teller.hears("your_turn")
    teller.tell(STORY)
    member.hears("your_turn")
    member.sees(STORY)

    member.press("report")
    expect(member.focused).to_have_text(member.words["report_what"])
    member.press("report_yes")  # without a reason
    expect(member.focused).to_have_attribute("aria-invalid", "true")
    member.check_page(f"report-{language}")
    member.block.get_by_label(member.words["report_why"]).select_option("hurt")
    member.block.get_by_label(member.words["report_words"]).fill("She says whose papers.")
    member.press("report_yes", heard="did_report")
    assert STORY not in member.block.inner_text()
    expect(member.block.locator(".pc-note", has_text=member.words["did_report"])).to_be_visible()
    teller.sees(teller.words["hidden_mine"])
    nadia.sees(nadia.words["hidden_here"])
    nadia.check_page("report-desk-in-block")

    nadia.page.goto(f"{nadia.demo}/passerelle/courses/course-v1:Passerelle+TOT101+en/desk/")
    reports = nadia.page.locator("#pp-reports-part")
    expect(reports).to_contain_text("Cela blesse ou menace")
    expect(reports).to_contain_text("She says whose papers.")
    nadia.check_page("desk-open-report")
    reports.get_by_text("Lire ce que").click()
    expect(reports.get_by_text(STORY)).to_be_visible()
    reports.get_by_text("Décider", exact=True).click()
    again = reports.get_by_role("button", name="Le cercle peut le relire")
    again.click()  # without a reason
    expect(nadia.focused).to_have_attribute("aria-invalid", "true")
    reports.get_by_label("Pourquoi vous décidez ainsi").fill("Nous en avons parlé.")
    again.click()
    expect(reports).to_contain_text("Décidé")
    expect(nadia.page.locator(".pp-voice")).not_to_be_empty()
    nadia.check_page("desk-decided")
    member.sees(STORY)


@pytest.mark.parametrize(("username", "language"), REPORTERS)
def test_leaving_quickly(person: People, username: str, language: str) -> None:
    member = person(username, language, 360)

    def neutral(route: Route) -> None:
        route.fulfill(body="<title>neutral</title>", content_type="text/html")

    member.page.route("https://www.wikipedia.org/**", neutral)
    member.go()
    member.page.goto(f"{member.demo}/passerelle/help/")
    member.check_page(f"help-{language}")
    member.go()
    member.button("leave_quickly").click()
    member.page.wait_for_url("https://www.wikipedia.org/**")
    member.page.go_back()
    assert "take_part" not in member.page.url  # the page was replaced, not left
