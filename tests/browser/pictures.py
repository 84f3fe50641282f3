"""Pictures for the README and the facilitators' guide, taken on the demo: `python -m pytest tests/browser/pictures.py`.

Not a test: it writes `docs/images/circle.png` and `facilitator-*.webp`. Run it again where the pages look different.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator

IMAGES = Path(__file__).parents[2] / "docs" / "images"
RUN = "course-v1:Passerelle+TOT101+en"
WIDTH, HIGHEST = 640, 900


def take(what: Locator, name: str) -> None:
    """Small, and no longer than a screen."""
    picture = Image.open(io.BytesIO(what.screenshot())).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, HIGHEST)))
    picture.thumbnail((WIDTH, HIGHEST))
    picture.save(IMAGES / f"facilitator-{name}.webp", quality=70, method=6)


def test_pictures(person: Callable[..., Any]) -> None:
    nadia, ifeoma, claire = person("nadia", "en", WIDTH), person("ifeoma", "en", WIDTH), person("claire", "en", WIDTH)
    for somebody in (nadia, ifeoma, claire):
        cookie = {"name": "django_language", "value": "en", "url": somebody.demo}
        somebody.page.context.add_cookies([cookie])
        somebody.go()
    take(nadia.block, "open")
    nadia.press("open_it", heard="did_open")
    for somebody in (ifeoma, claire):
        somebody.go()
        somebody.join()
    nadia.go()
    nadia.sees("Claire")
    take(nadia.block, "gathering")
    nadia.press("start", heard="did_start")
    ifeoma.hears("your_turn")
    take(nadia.block, "running")
    ifeoma.tell("I crossed the square, and the baker gave me bread before I had found the word for it.")
    claire.hears("your_turn")
    claire.tell("My grandmother kept every key she ever had, also those of doors that are gone.")
    claire.press("report")
    claire.block.get_by_label(claire.words["report_why"]).select_option("private")
    claire.block.get_by_label(claire.words["report_words"]).fill("It may say too much about the baker.")
    claire.press("report_yes", heard="did_report")
    page = nadia.page
    page.goto(f"{nadia.demo}/passerelle/courses/{RUN}/desk/")
    take(page.locator("main"), "desk")
    page.locator("main a[href*='/desk/']").first.click()
    page.wait_for_url("**/circles/*/desk/")
    take(page.locator("main"), "circle")


def test_readme(person: Callable[..., Any]) -> None:
    names = {"mariana": "pt", "claire": "fr", "amal": "ar", "oksana": "uk", "ifeoma": "en"}
    nadia, people = person("nadia", "fr"), {name: person(name, language) for name, language in names.items()}
    for somebody in (nadia, *people.values()):
        somebody.go("fr")
    nadia.press("open_it", heard="did_open")
    for somebody in people.values():
        somebody.press("look_again")
        somebody.join()
    nadia.go("fr")
    nadia.press("start", heard="did_start")
    people["mariana"].hears("your_turn")
    people["mariana"].tell("A palavra saudade, e o cheiro do café em casa da minha avó.")
    claire = people["claire"]
    claire.hears("your_turn")
    words = "Chez moi, c’est la soupe du dimanche, quand tout le monde parle en même temps."
    claire.block.get_by_label(claire.words["story"]).fill(words)
    claire.page.evaluate("document.activeElement.blur()")
    claire.page.evaluate("window.scrollTo(0, 0)")
    claire.page.mouse.move(0, 0)
    block, now = claire.block.bounding_box(), claire.block.locator(".pc-now").bounding_box()
    clip = {"x": block["x"] - 24, "y": block["y"] - 16, "width": block["width"] + 48}
    clip["height"] = now["y"] + now["height"] - clip["y"] + 16
    picture = Image.open(io.BytesIO(claire.page.screenshot(full_page=True, clip=clip))).convert("RGB")
    picture.quantize(64).save(IMAGES / "circle.png", optimize=True)
