"""Scripts in every text that an author, a learner, a facilitator or an operator can enter: no page carries one out."""

from __future__ import annotations

import io
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

People = Callable[..., Any]
RUN = "course-v1:Passerelle+TOT101+en"
BLOCK = "block-v1:Passerelle+TOT101+en+type@storytelling_circle+block@first_circle"

SHORT = '"><svg onload=xss()>'
"""For what holds forty characters."""

CORPUS = "\n".join(
    [
        "<script>xss()</script>", "</script><script>xss()</script>", "<ScRiPt src=data:,xss()></sCrIpT>",
        "<img src=x onerror=xss()>", "<img src=x onerror=&#120;ss()>", "<svg onload=xss()>", "<svg/onload=xss()//",
        "<svg><script>xss()</script></svg>", "<svg><animate onbegin=xss() attributeName=x dur=1s>",
        "<body onload=xss()>", "<input autofocus onfocus=xss()>", "<details open ontoggle=xss()>",
        "<video><source onerror=xss()></video>", "<iframe srcdoc='<script>parent.xss()</script>'></iframe>",
        "<iframe src=javascript:parent.xss()></iframe>", "<a href=javascript:xss() autofocus onfocus=xss()>x</a>",
        "<form action=javascript:xss()><button autofocus onfocus=xss()>", "<object data=javascript:xss()>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=xss()>",
        "<noscript><p title='</noscript><img src=x onerror=xss()>'>", "<template><img src=x onerror=xss()></template>",
        "<style>@import 'javascript:xss()';*{background:url(javascript:xss())}</style>",
        "<base href=javascript:xss()//>",
        "<meta http-equiv=refresh content='0;url=javascript:xss()'>", "<link rel=import href=data:text/html,xss()>",
        "\" onmouseover=xss() autofocus onfocus=xss() x=\"", "' onfocus=xss() autofocus x='",
        "`onfocus=xss() autofocus`",
        "\"></textarea><img src=x onerror=xss()>", "</title><img src=x onerror=xss()>", "--><img src=x onerror=xss()>",
        "]]><img src=x onerror=xss()>", "\\u003cimg src=x onerror=xss()\\u003e", "\\\";xss();//", "';xss();//",
        "\u2028xss()\u2028", "${xss()}", "{{constructor.constructor('xss()')()}}", "{% include 'x' %}{{ xss }}",
        "%3Cscript%3Exss()%3C/script%3E", "&lt;script&gt;xss()&lt;/script&gt;", "javascript:xss()", "<%= xss() %>",
        "\u202e<script>xss()</script>\u202c", "\ufeff<script>xss()</script>", "<scr\u0000ipt>xss()</scr\u0000ipt>",
    ]
)  # fmt: skip

PROMPT = 1000
"""Characters of a prompt at most."""

TRAP = """
window.xss = window.__xss = () => { window.top.caught('executed'); };
document.addEventListener('securitypolicyviolation', (event) => window.top.caught(`blocked: ${event.sourceFile}`));
"""
INJECTED = """
() => Array.from(document.querySelectorAll('*')).filter((node) => Array.from(node.attributes).some(
    ({ name, value }) => /xss\\(/.test(value) && (/^(on|srcdoc$|style$)/.test(name)
        || /^(src|href|action|formaction|data)$/.test(name) && !/^(https:|tel:|\\/)/.test(value)))
    || (['STYLE', 'BASE', 'META'].includes(node.tagName.toUpperCase())
        && /xss\\(/.test(node.textContent))
    || (node.tagName === 'SCRIPT' && /^\\s*xss\\(/.test(node.textContent))
).map((node) => node.outerHTML.slice(0, 200))
"""
POLICY = "script-src-attr 'none'; object-src 'none'; base-uri 'self'; frame-src 'self'"


@pytest.fixture
def caught() -> list[str]:
    return []


@pytest.fixture
def hostile(person: People, caught: list[str]) -> Callable[..., Any]:
    """Makes people in whose browsers nothing that was entered may run."""

    def make(username: str, language: str) -> Any:
        somebody = person(username, language, 700)
        page: Page = somebody.page
        page.expose_function("caught", lambda what: caught.append(str(what)))
        page.add_init_script(TRAP)
        page.on("dialog", lambda dialog: (caught.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda popup: caught.append(f"popup {popup.url}"))

        def with_policy(route: Route) -> None:
            if route.request.resource_type != "document":
                route.continue_()
                return
            answer = route.fetch()
            route.fulfill(response=answer, headers={**answer.headers, "content-security-policy-report-only": POLICY})

        page.route("**/*", with_policy)
        return somebody

    return make


def send(somebody: Any, path: str, *, method: str = "POST", expected: int = 200, **payload: Any) -> Any:
    """A request of the person's, past the page and its checks."""
    page = somebody.page
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrftoken")
    answer = page.request.fetch(
        f"{somebody.demo}{path}", method=method, data=json.dumps({"key": str(uuid.uuid4()), **payload}),
        headers={"Content-Type": "application/json", "X-CSRFToken": token},
    )  # fmt: skip
    assert answer.status == expected, (path, payload, answer.text())
    return answer.json()


def act(somebody: Any, circle: str, action: str, **payload: Any) -> Any:
    path = f"/courses/{RUN}/xblock/{BLOCK}/handler/act"
    return send(somebody, path, circle=circle, action=action, **payload)["circle"]


@pytest.fixture
def database(demo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], None]]:
    """Runs SQL in the demo's database; afterwards its author's settings and help lines are as they were."""
    path = next(tmp_path_factory.getbasetemp().glob("var*/demo.sqlite3"))

    def run(sql: str, *values: str) -> None:
        with closing(sqlite3.connect(path, timeout=20)) as connection:
            connection.execute(sql, values)
            connection.commit()

    yield run
    run("DELETE FROM passerelledemo_blockstate WHERE scope_id = ?", BLOCK)
    run("DELETE FROM passerelle_circles_helpline")


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(out, "PNG")
    return out.getvalue()


def upload(somebody: Any, circle: str) -> str:
    content = a_picture()
    begun = send(somebody, f"/passerelle/circles/{circle}/uploads", kind="image", size=len(content))
    token = next(one["value"] for one in somebody.page.context.cookies() if one["name"] == "csrftoken")
    sent = somebody.page.request.fetch(
        f"{somebody.demo}{begun['part_url']}", method="PATCH", data=content,
        headers={"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "X-CSRFToken": token},
    )  # fmt: skip
    assert sent.ok, sent.text()
    return str(begun["id"])


def author_writes(jonas: Any) -> None:
    pieces = [CORPUS[begin : begin + PROMPT] for begin in range(0, len(CORPUS), PROMPT)]
    phases = ("acquaint", "share", "flashbacks", "debrief", "closing")
    prompts = {
        phase: {language: pieces[(number + shift) % len(pieces)] for shift, language in enumerate(("en", "fr", "ar"))}
        for number, phase in enumerate(phases)
    }
    settings = {
        "display_name": CORPUS, "protocol": "story_circle", "min_size": 2, "max_size": 6,
        "languages": ["en", "fr", "ar"], "media": ["audio", "image", "link"],
        "prompts": prompts,
    }  # fmt: skip
    saved = send(jonas, f"/studio/{BLOCK}/handler/studio_submit", **settings)
    assert saved == {"result": "success"}, saved


def people_tell(nadia: Any, amal: Any, claire: Any) -> tuple[str, str]:
    """A circle in its debrief, where everybody wrote what she should not; and Amal's story."""
    opened = send(nadia, f"/courses/{RUN}/xblock/{BLOCK}/handler/open", language="en")
    circle = opened["circle"]["id"]
    for number, somebody in enumerate((amal, claire)):
        act(somebody, circle, "join", agreed=True, name=f"{SHORT}{number}")
    act(nadia, circle, "start")
    act(nadia, circle, "next")
    act(nadia, circle, "next")
    act(nadia, circle, "next")
    files = [{"id": upload(amal, circle), "words": CORPUS[:900]}]
    seen = act(amal, circle, "tell", text=CORPUS, files=files, link="https://example.org/?q=%22%3E<svg/onload=xss()>",
               audience="cohort")  # fmt: skip
    story = next(one["id"] for one in seen["contributions"] if one["mine"])
    act(claire, circle, "tell", text=CORPUS)
    act(nadia, circle, "next")
    act(claire, circle, "reply", to=story, text=CORPUS[:280])
    act(nadia, circle, "next")
    for somebody in (amal, claire):
        act(somebody, circle, "answer", question=0, text=CORPUS[:2000])
    for purpose in ("showcase", "training"):
        send(amal, f"/passerelle/stories/{story}/consents/give", purpose=purpose, pseudonym=SHORT)
    theirs = next(one["id"] for one in seen_by(claire, circle)["contributions"] if one["mine"])
    send(amal, f"/passerelle/stories/{theirs}/report", reason="other", words=CORPUS[:1000])
    return circle, story


def seen_by(somebody: Any, circle: str) -> Any:
    return somebody.page.request.get(f"{somebody.demo}/passerelle/circles/{circle}/state").json()


def test_nothing_that_was_entered_is_carried_out(
    hostile: Callable[..., Any], database: Callable[..., None], caught: list[str]
) -> None:
    jonas, nadia = hostile("jonas", "en"), hostile("nadia", "fr")
    amal, claire = hostile("amal", "ar"), hostile("claire", "fr")
    author_writes(jonas)
    database(
        "INSERT INTO passerelle_circles_helpline (country, language, name, phone, url, hours) VALUES (?,?,?,?,?,?)",
        "FR", SHORT[:16], CORPUS[:200], SHORT, "https://example.org/'onclick='xss()", CORPUS[:200],
    )  # fmt: skip
    circle, _story = people_tell(nadia, amal, claire)
    send(nadia, f"/passerelle/circles/{circle}/notes", text=CORPUS)
    send(nadia, f"/passerelle/circles/{circle}/messages", text=CORPUS[:2000])
    send(jonas, f"/passerelle/circles/{circle}/read", words=CORPUS[:1000])
    send(jonas, f"/passerelle/courses/{RUN}/training-export", words=CORPUS[:1000])

    def opens(somebody: Any, path: str, shows: str = "xss()") -> None:
        page = somebody.page
        page.goto(f"{somebody.demo}{path}")
        if "/units/" in path:  # its script has run
            expect(somebody.block.locator(".pc-title")).to_be_visible()
        expect(page.locator("body")).to_contain_text(shows)
        page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        page.wait_for_timeout(150)
        assert caught == [], path
        assert page.evaluate(INJECTED) == [], path

    unit, run = f"/courses/{RUN}/units/take_part", f"/passerelle/courses/{RUN}"
    for somebody in (amal, claire, nadia, jonas):
        opens(somebody, unit)
    opens(jonas, f"/studio/{BLOCK}")
    opens(nadia, f"{run}/desk/")
    opens(nadia, f"/passerelle/circles/{circle}/desk/")
    opens(amal, f"{run}/showcase/")
    opens(amal, "/passerelle/help/")
    for somebody in (amal, claire):
        opens(somebody, "/passerelle/")
    opens(jonas, f"{run}/desk/", "Read, and let them know")
    reading = jonas.page.locator(f"form[data-post$='/circles/{circle}/read']")
    reading.locator("textarea").fill(CORPUS[:900])
    reading.locator("button").click()
    expect(jonas.page.locator(f"#read-{circle}")).to_contain_text("xss()")
    jonas.page.wait_for_timeout(300)
    for path in (f"/passerelle/circles/{circle}/state", "/passerelle/api/v1/stories"):
        opens(amal, path)
    nadia.page.goto(f"{nadia.demo}{unit}")
    expect(nadia.block).to_contain_text("xss()")
    act(nadia, circle, "next")  # the running page takes the news in
    expect(nadia.block).to_contain_text("xss()")
    nadia.page.wait_for_timeout(3000)
    assert caught == []
    for somebody in (jonas, nadia, amal, claire):
        assert not [line for line in somebody.broken if "play" not in line], somebody.broken


def test_the_trap_itself_works(hostile: Callable[..., Any], caught: list[str]) -> None:
    amal = hostile("amal", "ar")
    amal.page.route(
        "**/trap", lambda route: route.fulfill(
            content_type="text/html", body=f"<body>{CORPUS}</body>",
            headers={"content-security-policy-report-only": POLICY},
        ),
    )  # fmt: skip
    amal.page.goto(f"{amal.demo}/trap")
    amal.page.wait_for_timeout(300)
    assert "executed" in caught
    assert [line for line in caught if line.startswith("blocked")]
