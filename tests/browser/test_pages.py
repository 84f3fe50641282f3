"""*My Passerelle*, and the author's form in Studio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

People = Callable[..., Any]
BLOCK = "block-v1:Passerelle+TOT101+{run}+type@storytelling_circle+block@first_circle"
COURSE = "/passerelle/courses/course-v1:Passerelle+TOT101+en/"


@pytest.mark.parametrize(("username", "language", "width"), [("claire", "fr", 1000), ("amal", "ar", 360)])
def test_my_stories_and_circles(person: People, username: str, language: str, width: int) -> None:
    nadia, first, second = person("nadia", "fr"), person(username, language, width), person("ifeoma", "en")
    first.page.goto(f"{first.demo}/passerelle/")
    first.check_page(f"home-empty-{language}")
    nadia.begin(first, second)
    first.hears("your_turn")
    first.tell("Asked for bread.", "facilitators")

    first.page.goto(f"{first.demo}/passerelle/")
    home = first.page.locator(".passerelle-page")
    expect(home.locator("#pp-stories-part")).to_contain_text("Asked for bread.")
    first.check_page(f"home-{language}")
    agreed, withdraw = home.locator("summary").all()
    agreed.click()
    before = home.locator("button[data-purpose]").count()
    home.locator("button[data-purpose]").first.click()  # even the facilitator no longer
    expect(home.locator("button[data-purpose]")).to_have_count(before - 1)
    expect(home.locator("#pp-stories")).to_be_focused()
    withdraw.click()
    home.locator("button.pp-danger").click()
    expect(home.locator("#pp-stories-part .pp-note")).to_be_visible()
    expect(home.locator("#pp-stories")).to_be_focused()
    expect(home.locator(".pp-voice")).not_to_be_empty()
    assert "Asked for bread." not in home.inner_text()
    first.check_page(f"home-withdrawn-{language}")
    home.locator(".pp-card a").first.click()
    expect(first.block).to_be_visible()

    nadia.page.goto(f"{nadia.demo}/passerelle/")
    expect(nadia.page.locator(".passerelle-page")).to_contain_text("Vous animez ce cercle")
    nadia.check_page("home-facilitator")


def test_staff_appoint_and_dismiss(person: People) -> None:
    jonas = person("jonas", "en", 360)
    jonas.page.goto(jonas.demo + COURSE)
    home = jonas.page.locator(".passerelle-page")
    field = home.get_by_label("Username or e-mail address")
    field.fill("nobody-here")
    home.get_by_role("button", name="Appoint as facilitator").click()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(home.locator("#pp-facilitators-part form .pp-error:visible")).to_contain_text("Check the spelling")
    jonas.check_page("home-staff-error")
    field.fill("elif@example.org")
    home.get_by_role("button", name="Appoint as facilitator").click()
    card = home.locator("#pp-facilitators-part .pp-card").filter(has_text="Elif")
    expect(card).to_be_visible()
    expect(home.locator(".pp-voice")).to_have_text("The facilitator is appointed.")
    jonas.check_page("home-staff")
    card.locator("summary").click()
    card.locator("button").click()
    expect(card).to_have_count(0)
    expect(home.locator("#pp-facilitators")).to_be_focused()


def test_the_author_s_form(person: People) -> None:
    jonas = person("jonas", "en")
    jonas.page.goto(f"{jonas.demo}/studio/{BLOCK.format(run='en')}")
    form = jonas.page.locator(".passerelle-circle-studio")
    expect(form.get_by_role("status")).to_contain_text("minutes")
    expect(form.locator(".pc-outline li")).to_have_count(6)
    jonas.check_page("studio")
    fewest = form.get_by_label(jonas.words["studio_min_size"])
    fewest.fill("9")
    expect(fewest).to_have_attribute("aria-invalid", "true")
    expect(fewest).to_be_focused()
    expect(form.get_by_role("status")).to_have_text(jonas.words["studio_fix"])
    form.get_by_role("button", name=jonas.words["studio_save"]).click()
    expect(fewest).to_be_focused()
    jonas.check_page("studio-error")
    fewest.fill("3")
    expect(form.get_by_role("status")).to_contain_text("minutes")
    expect(fewest).not_to_have_attribute("aria-invalid", "true")
    with jonas.page.expect_navigation():
        form.get_by_role("button", name=jonas.words["studio_save"]).click()
    expect(form.get_by_label(jonas.words["studio_min_size"])).to_have_value("3")
    form.get_by_label(jonas.words["studio_min_size"]).fill("2")
    with jonas.page.expect_navigation():
        form.get_by_role("button", name=jonas.words["studio_save"]).click()
    expect(form.get_by_label(jonas.words["studio_min_size"])).to_have_value("2")


def test_the_preview_does_nothing(person: People) -> None:
    jonas = person("jonas", "en")
    posted: list[str] = []
    jonas.page.on("request", lambda request: posted.append(request.url) if "/act" in request.url else None)
    jonas.page.goto(f"{jonas.demo}/studio/{BLOCK.format(run='en')}")
    jonas.sees(jonas.words["preview"])
    jonas.button("preview_facilitator").click()
    jonas.sees(jonas.words["desk"])
    jonas.check_page("preview-facilitator")
    jonas.button("next_person").click(force=True)  # it says that it is disabled
    jonas.hears("preview_inactive")
    jonas.button("preview_learner").click()
    jonas.block.locator("textarea").first.fill("Never kept")
    jonas.button("tell_and_end").click(force=True)
    jonas.hears("preview_inactive")
    jonas.check_page("preview-learner")
    assert not posted
    assert jonas.page.evaluate("localStorage.length") == 0


def test_a_ring_of_many_mirrors(person: People) -> None:
    """Made-up people in Studio's preview, from the left and from the right."""
    jonas = person("jonas", "en")
    places = []
    for language, width in (("en", 1000), ("ar", 1000), ("ar", 360)):
        jonas.page.set_viewport_size({"width": width, "height": 800})
        jonas.page.context.add_cookies([{"name": "django_language", "value": language, "url": jonas.demo}])
        jonas.page.goto(f"{jonas.demo}/studio/{BLOCK.format(run='en')}")
        expect(jonas.block.locator(".pc-ring li").first).to_be_visible()
        jonas.check_page(f"ring-{language}")
        places.append(
            jonas.page.evaluate(
                """() => [...document.querySelectorAll('.pc-ring li')].map((node) => {
                    const ring = node.closest('.pc-ring').getBoundingClientRect();
                    const box = node.getBoundingClientRect();
                    return [box.left - ring.left, ring.right - box.right];
                })"""
            )
        )
    from_left, from_right, narrow = places
    assert len(from_left) >= 3
    for (left, _right), (_other, mirrored) in zip(from_left, from_right, strict=True):
        assert mirrored == pytest.approx(left, abs=2)
    assert any(abs(left - right) > 20 for left, right in from_left)  # not all in the middle
    assert narrow[0][1] == pytest.approx(0, abs=2)  # a list begins on the right
