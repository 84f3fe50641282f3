"""A story told by voice and in a picture: recorded in the page, sent over a bad line, heard and seen by the others."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Route, expect

People = Callable[..., Any]

WATCHED = """() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (what) => { window.heard = await ask(what); return window.heard; };
}"""
"""Has the page keep the microphone's stream as `heard`."""


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(out, "JPEG")
    return out.getvalue()


def tone(seconds: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(16_000)
        file.writeframes(bytes(128 + 40 * (n // 18 % 2) for n in range(16_000 * seconds)))
    return out.getvalue()


def begun(person: People, teller: Any, listener: Any) -> Any:
    """A circle held by Nadia in which it is the teller's turn."""
    nadia = person("nadia", "fr")
    nadia.begin(teller, listener)
    teller.hears("your_turn")
    return nadia


def test_a_story_by_voice_and_picture(person: People) -> None:
    amal, claire = person("amal", "ar", 360), person("claire", "fr", 360)
    nadia = begun(person, amal, claire)
    loaded = "performance.getEntriesByType('resource').some((one) => one.name.includes('recorder.js'))"
    assert not amal.page.evaluate(loaded)

    amal.press("add_audio")
    expect(amal.focused).to_have_text(amal.words["record"])
    assert amal.page.evaluate(loaded)
    amal.press("record", heard="did_record")
    expect(amal.focused).to_have_text(amal.words["record_stop"])
    expect(amal.block.locator(".pc-elapsed")).to_have_text("0:02")
    amal.check_page("media-recording")
    amal.press("record_stop")
    expect(amal.focused).to_have_attribute("data-heard", "")
    amal.press("record_again", heard="did_record")
    expect(amal.block.locator(".pc-elapsed")).to_have_text("0:03")
    amal.press("record_stop")
    expect(amal.focused).to_have_attribute("data-heard", "")
    amal.block.get_by_label(amal.words["audio_words"]).fill("شجرة التين")
    amal.press("add_image")
    chooser = amal.block.get_by_label(amal.words["choose_image"])
    chooser.set_input_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    expect(amal.focused).to_have_attribute("data-words", "image")
    amal.check_page("media-before-sending")

    amal.page.reload()  # nothing is lost
    expect(amal.block.get_by_label(amal.words["audio_words"])).to_have_value("شجرة التين")
    expect(amal.block.locator(".pc-brought audio")).to_have_count(1)
    amal.press("tell_and_end")
    expect(amal.focused).to_have_attribute("data-slot", "tell.image_words")  # a picture needs its description
    amal.check_page("media-description")
    amal.focused.fill("شجرة تين خضراء")
    amal.press("tell_and_end", heard="did_tell")
    expect(amal.block.locator(".pc-brought, .pc-kept")).to_have_count(0)

    voice, shown = claire.block.locator(".pc-media audio"), claire.block.locator(".pc-media img")
    claire.sees("شجرة التين")
    expect(shown).to_have_attribute("alt", "شجرة تين خضراء")
    voice.evaluate("async (node) => { node.muted = true; await node.play(); }")
    claire.page.wait_for_function("document.querySelector('.pc-media audio').currentTime > 0.2")
    assert 2 < voice.evaluate("(node) => node.duration") < 9
    voice.evaluate("(node) => { node.pause(); node.currentTime = 2; }")
    claire.page.wait_for_function("!document.querySelector('.pc-media audio').seeking")
    assert voice.evaluate("(node) => node.currentTime") == 2
    shown.scroll_into_view_if_needed()
    claire.page.wait_for_function("document.querySelector('.pc-media img').naturalWidth === 320")
    claire.check_page("media-heard")

    amal.page.goto(f"{amal.demo}/passerelle/")
    amal.check_page("media-my-stories")
    amal.page.locator("summary").first.click()
    amal.page.locator("button[value=showcase]").click()  # the words say that voice and picture go along
    expect(amal.page.locator("button[value=showcase]")).to_have_count(0)
    claire.page.goto(f"{claire.demo}/passerelle/courses/course-v1:Passerelle+TOT101+en/showcase/")
    claire.page.wait_for_function("document.querySelector('.pp-media img').naturalWidth === 320")
    claire.page.locator("audio").evaluate("async (node) => { node.muted = true; await node.play(); }")
    claire.page.wait_for_function("document.querySelector('audio').currentTime > 0.2")
    claire.check_page("media-showcase")
    claire.go()
    nadia.page.goto(f"{nadia.demo}/passerelle/circles/{claire.state()['id']}/desk/")
    expect(nadia.page.locator("audio")).to_have_count(1)
    nadia.check_page("media-desk")
    amal.go()

    address = claire.page.evaluate("document.querySelector('.pc-media audio').src")
    ranged = claire.page.request.get(address, headers={"Range": "bytes=0-99"})
    assert (ranged.status, len(ranged.body())) == (206, 100)
    amal.press("withdraw")
    amal.press("withdraw_yes", heard="did_withdraw")
    assert claire.page.request.get(address).status == 404
    for somebody in (amal, claire):
        assert somebody.broken == []


def test_sending_goes_on_after_a_lost_line(person: People) -> None:
    ifeoma, claire = person("ifeoma", "en"), person("claire", "fr", 360)
    begun(person, ifeoma, claire)
    offsets: list[int] = []

    def cut(route: Route) -> None:
        offset = int(route.request.headers["upload-offset"])
        if len(offsets) == 2:
            ifeoma.page.context.set_offline(True)
            route.abort()
            return
        offsets.append(offset)
        route.continue_()

    ifeoma.page.route("**/passerelle/uploads/*", cut)
    ifeoma.press("add_audio")
    sound = {"name": "v.wav", "mimeType": "audio/wav", "buffer": tone(30)}
    ifeoma.block.get_by_label(ifeoma.words["choose_audio"]).set_input_files(sound)
    expect(ifeoma.block.locator(".pc-brought audio")).to_be_visible()
    ifeoma.press("tell_and_end", heard="saved_here")
    assert offsets == [0, 131072]

    ifeoma.page.unroute("**/passerelle/uploads/*")
    ifeoma.page.on("request", lambda one: one.method == "PATCH" and offsets.append(int(one.headers["upload-offset"])))
    ifeoma.page.context.set_offline(False)
    claire.hears("your_turn")
    assert offsets == [0, 131072, 262144, 393216]
    expect(claire.block.locator(".pc-media audio")).to_be_visible()
    claire.sees("0:30")
    assert len(ifeoma.state()["contributions"]) == 1


def test_no_recording_is_lost_to_haste(person: People) -> None:
    """Who sends while it records sends what was said; who is overtaken by the circle keeps what was said."""
    ifeoma, claire = person("ifeoma", "en"), person("claire", "fr")
    nadia = begun(person, ifeoma, claire)
    ifeoma.press("add_audio")
    ifeoma.press("record", heard="did_record")
    expect(ifeoma.block.locator(".pc-elapsed")).to_have_text("0:01")
    ifeoma.press("tell_and_end", heard="did_tell")
    expect(claire.block.locator(".pc-media audio")).to_be_visible()

    claire.hears("your_turn")
    claire.press("add_audio")
    claire.press("record", heard="did_record")
    expect(claire.block.locator(".pc-elapsed")).to_have_text("0:01")
    nadia.press("next_person", heard="did_next")
    nadia.press("next_phase", heard="did_next")  # the circle goes on while she records
    expect(claire.block.locator(".pc-kept audio")).to_be_visible()
    expect(claire.block.locator(".pc-elapsed")).to_have_count(0)
    claire.check_page("media-kept")
    claire.press("delete", heard="did_delete")
    expect(claire.block.locator(".pc-kept")).to_have_count(0)


def test_a_microphone_that_is_refused_leaves_other_ways(person: People) -> None:
    ifeoma, claire = person("ifeoma", "en"), person("claire", "fr")
    begun(person, ifeoma, claire)
    ifeoma.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    ifeoma.press("add_audio")
    ifeoma.press("record", heard="mic_refused")
    expect(ifeoma.block.get_by_label(ifeoma.words["choose_audio"])).to_be_visible()
    ifeoma.tell("In writing, then.")
    claire.sees("In writing, then.")


def test_a_browser_that_cannot_record_says_so_and_lets_the_microphone_go(person: People) -> None:
    ifeoma, claire = person("ifeoma", "en"), person("claire", "fr")
    begun(person, ifeoma, claire)
    ifeoma.page.evaluate(WATCHED)
    ifeoma.page.evaluate(
        """() => {
            window.MediaRecorder = class {
                static isTypeSupported() { return false; }
                constructor() { throw new DOMException("", "NotSupportedError"); }
            };
        }"""
    )
    ifeoma.press("add_audio")
    ifeoma.press("record", heard="mic_useless")
    assert ifeoma.page.evaluate("window.heard.getTracks().every((track) => track.readyState === 'ended')")
    assert ifeoma.broken == []


def test_a_microphone_that_is_pulled_out_loses_nothing(person: People) -> None:
    ifeoma, claire = person("ifeoma", "en"), person("claire", "fr")
    begun(person, ifeoma, claire)
    ifeoma.page.evaluate(WATCHED)
    ifeoma.press("add_audio")
    ifeoma.press("record", heard="did_record")
    expect(ifeoma.block.locator(".pc-elapsed")).to_have_text("0:02")
    ifeoma.page.evaluate("window.heard.getTracks().forEach((track) => track.stop())")
    expect(ifeoma.focused).to_have_attribute("data-heard", "")
    expect(ifeoma.block.locator(".pc-brought audio")).to_have_count(1)
    assert ifeoma.broken == []
