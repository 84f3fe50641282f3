"""Every address of the circles and every handler of the block, walked role by role: who is let in, and who is not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse
from passerelle.circles import api, urls
from passerelle.circles.data import CircleSettings
from passerelle.circles.models import Circle, Contribution, FacilitatorNote, Report, StoryFile
from passerelle.circles.permissions import PERMISSIONS, Relation
from passerelle.host.api import host
from passerelle.host.rest import Endpoint, Throttle
from wrong_types import Walker, addresses

from .conftest import COURSE, USAGE, Scene, new_key
from .test_permissions import report_for

R = Relation
EVERYONE = frozenset(Relation)
"""May open it whoever she is."""

SIGNED_IN = EVERYONE - {R.ANONYMOUS}
"""A page for everyone who is signed in; while masquerading it says so, and shows nothing."""


@dataclass(frozen=True)
class Call:
    """A request, and the entry of the permission table that decides, or the relations that may send it."""

    what: str | frozenset[Relation]
    path: str
    method: str = "GET"
    payload: dict[str, Any] | None = None
    content_type: str = "application/json"

    @property
    def may(self) -> frozenset[Relation]:
        return PERMISSIONS[self.what] if isinstance(self.what, str) else self.what


def calls(circle: str, story: str, report: str) -> dict[str, list[Call]]:
    """By the address's name."""
    told = StoryFile.objects.values_list("pk", flat=True).get(contribution=story)
    begun = StoryFile.objects.values_list("pk", flat=True).get(contribution=None, member__user__username="amal")

    def to(name: str, **keys: Any) -> str:
        return reverse(f"passerelle:{name}", kwargs=keys)

    def post(name: str, what: str | frozenset[Relation], payload: dict[str, Any] | None = None, **keys: Any) -> Call:
        return Call(what, to(name, **keys), "POST", {"key": new_key(), "words": "Pour la sécurité.", **(payload or {})})

    own = {"contribution_id": story}
    of = {"circle_id": circle}
    run = {"course_key": COURSE}
    at = {"usage_key": USAGE}
    drafted = {"forming_id": story}  # no draft of anybody's
    purpose = {"purpose": "training"}
    desk = frozenset({R.COURSE_FACILITATOR, R.STAFF, R.SAFEGUARDING, R.MASQUERADER})  # the last: a note alone
    pages = {
        "home": [Call(SIGNED_IN, to("home"))],
        "course": [Call(SIGNED_IN, to("course", **run))],
        "appoint": [post("appoint", "appoint", {"name": "elif"}, **run)],
        "dismiss": [post("dismiss", "dismiss", {"user_id": 0}, **run)],
        "state": [Call("see", to("state", **of))],
        "withdraw": [post("withdraw", "withdraw", **own)],
        "give_consent": [post("give_consent", "give_consent", purpose, **own)],
        "withdraw_consent": [post("withdraw_consent", "withdraw_consent", purpose, **own)],
        "consent_copy": [Call("own", to("consent_copy"))],
        "story_copy": [Call("own", to("story_copy"))],
        "upload": [post("upload", "upload", {"kind": "audio", "size": 9}, **of)],
        "upload_part": [
            Call("upload", to("upload_part", upload_id=begun), method, None, "application/offset+octet-stream")
            for method in ("PATCH", "DELETE")
        ],
        "story_file": [Call("hear", to("story_file", file_id=told))],
        "take_over": [post("take_over", "take_over", **of)],
        "step_back": [post("step_back", "step_back", **of)],
        "choose_reminders": [post("choose_reminders", "own", {"wanted": "no"})],
        "wish": [Call("wish", to("wish", **run))],
        "say_wish": [post("say_wish", "wish", {"languages": ["fr"]}, **run)],
        "forget_wish": [post("forget_wish", "own", **run)],
        "forming": [Call("form", to("forming", **run, **drafted))],
        **{name: [post(name, "form", **run, **drafted)] for name in ("propose", "move", "confirm", "place_late")},
        "help": [Call(EVERYONE, to("help"))],
        "desk": [Call(desk, to("desk", **run))],
        "circle_desk": [Call("notes", to("circle_desk", **of))],
        "register_csv": [Call("register", to("register_csv", **of))],
        "transcript_csv": [Call("transcript", to("transcript_csv", **of))],
        "send_message": [post("send_message", "send_message", {"text": "x"}, **of)],
        "take_back_message": [post("take_back_message", "take_back_message", **of, message_id=story)],
        "add_note": [post("add_note", "add_note", {"text": "x"}, **of)],
        "delete_note": [post("delete_note", "delete_note", **of, note_id=story)],
        "break_glass": [post("break_glass", "break_glass", **of)],
        "report": [post("report", "report", {"reason": "other"}, **own)],
        "hide": [post("hide", "hide", **own)],
        "release": [post("release", "release", **own)],
        "escalate": [post("escalate", "escalate", report_id=report)],
        "close_report": [post("close_report", "close_report", report_id=report)],
        "showcase": [Call("showcase", to("showcase", **run))],
        "training_archive": [Call("training_export", to("training_archive", **run))],
        "training_export": [post("training_export", "training_export", **run)],
        "read_report": [post("read_report", "read_report", report_id=report)],
    }

    def delete(name: str, what: str, payload: dict[str, Any] | None = None) -> Call:
        body = {"key": new_key(), "words": "", **(payload or {})}
        return Call(what, to(name, **own), "DELETE", body)

    rest = {
        "v1_circles": [Call("own", to("v1_circles")), Call("own", to("v1_circles") + "?course=course-v1:a%2Bb%2Bc")],
        "v1_schema": [Call(SIGNED_IN, to("v1_schema"))],
        "v1_circle": [Call("see", to("v1_circle", **of))],
        "v1_act": [post("v1_act", name, {"action": name, "agreed": True}, **of) for name in api.ACTIONS],
        "v1_register": [Call("register", to("v1_register", **of))],
        "v1_transcript": [Call("transcript", to("v1_transcript", **of))],
        "v1_stories": [Call("own", to("v1_stories"))],
        "v1_withdraw": [delete("v1_withdraw", "withdraw")],
        "v1_give_consent": [
            post("v1_give_consent", "give_consent", purpose, **own),
            delete("v1_give_consent", "withdraw_consent", purpose),
        ],
        "v1_report": [post("v1_report", "report", {"reason": "other"}, **own)],
        "v1_hide": [post("v1_hide", "hide", **own), delete("v1_hide", "release")],
        "v1_circles_at": [Call("list", to("v1_circles_at", **at))],
        "v1_shared": [Call("shared", to("v1_shared", **at))],
        "v1_desk": [Call("desk_circles", to("v1_desk", **run))],
        "v1_showcase": [Call("showcase", to("v1_showcase", **run))],
        "v1_training_export": [post("v1_training_export", "training_export", **run)],
        "v1_messages": [
            Call("messages", to("v1_messages", **of)), post("v1_messages", "send_message", {"text": "x"}, **of),
        ],
        "v1_reports": [Call("reports", to("v1_reports", **run))],
        "v1_help_lines": [Call(EVERYONE, to("v1_help_lines"))],
    }  # fmt: skip
    return {**pages, **rest}


STORY = "The fig tree of my grandmother"
READS = {"staff": {"break_glass"}}
SOME = ("join", "leave", "start", "tell")
"""Of the actions, through the handler; through REST all, and both ask `api.act`."""

HANDLERS = ("act", "open", "form", "page", "outline", "studio_submit")


def handler_calls(circle: str) -> dict[str, list[Call]]:
    """By the handler's name, where there are course pages. Studio's two have tests of their own."""
    if not settings.HAS_WORKBENCH:
        return {}

    def to(name: str) -> str:
        return f"/courses/{COURSE}/xblock/{USAGE}/handler/{name}"

    body = {"circle": circle, "key": new_key(), "agreed": True, "language": "fr"}
    # A visitor's page is empty, as is that of somebody who looks as somebody else.
    page = PERMISSIONS["list"] | {R.ANONYMOUS, R.MASQUERADER}
    return {
        "act": [Call(name, to("act"), "POST", {**body, "action": name, "key": new_key()}) for name in SOME],
        "open": [Call("open", to("open"), "POST", body)],
        "form": [Call("form", to("form"), "POST", {**body, "key": new_key()})],
        "page": [Call(page, to("page"))],
    }


ROLES: dict[str, tuple[str, set[Relation]]] = {
    "in the circle": ("amal", {R.LEARNER, R.MEMBER}),
    "out of it": ("mariana", {R.LEARNER}),
    "no longer in it": ("oksana", {R.LEARNER}),
    "facilitator": ("nadia", {R.LEARNER, R.COURSE_FACILITATOR, R.FACILITATOR}),
    "another's facilitator": ("zora", {R.LEARNER, R.COURSE_FACILITATOR}),
    "staff": ("jonas", {R.STAFF}),
    "masquerading staff": ("jonas", {R.MASQUERADER}),
    "safeguarding contact": ("ifeoma", {R.LEARNER, R.SAFEGUARDING}),
    "stranger": ("stranger", {R.STRANGER}),
    "employer": ("stranger", {R.STRANGER}),
    "anonymous": ("", {R.ANONYMOUS}),
    "retired": ("amal", {R.ANONYMOUS}),  # with a session that began before
}


@pytest.fixture
def circle(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Circle:
    """Held by Nadia, with Amal and Elif, after Oksana left; Amal reported a story of Elif's."""
    monkeypatch.setattr(settings, "PASSERELLE_SAFEGUARDING", "ifeoma")
    opened = api.open_circle(
        actor=scene.actor("nadia"), usage_key=USAGE, settings=CircleSettings(languages=("fr",)), language="fr",
        key=new_key(),
    )  # fmt: skip
    for name in ("amal", "elif", "oksana"):
        scene.act(name, opened.id, "join")
    scene.act("oksana", opened.id, "leave")
    report_for(opened.id)
    return Circle.objects.get()


def every_call(circle: Circle) -> dict[str, list[Call]]:
    story, report = (str(pk) for pk in Report.objects.values_list("contribution", "pk").get())
    return calls(str(circle.pk), story, report) | {
        f"handler {name}": found for name, found in handler_calls(str(circle.pk)).items()
    }


def browser_of(scene: Scene, role: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    client = Client()
    monkeypatch.setattr(Throttle, "allow_request", lambda *_args: True)
    if name := ROLES[role][0]:
        client.force_login(scene.users[name])
    if role == "masquerading staff":
        monkeypatch.setattr("passerelledemo.host.is_masquerading", lambda *_args: True)
    if role == "employer":
        from passerelle.employers.models import Member, Organisation

        organisation = Organisation.objects.create(slug="bakery", name="Bakery", approved=True)
        Member.objects.create(organisation=organisation, user=scene.users["stranger"], role="owner")
    if role == "retired":
        scene.users["amal"].is_active = False
        scene.users["amal"].save()
    return client


def send(client: Client, call: Call) -> Any:
    """The answer, after which all is undone."""
    with transaction.atomic():
        body = json.dumps(call.payload) if call.payload is not None else "x" * (call.method == "PATCH")
        offset = {"Upload-Offset": "0"}
        answer = client.generic(call.method, call.path, body, content_type=call.content_type, headers=offset)
        transaction.set_rollback(True)
    assert answer.status_code < 500, (call, body_of(answer))
    return answer


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


@pytest.mark.parametrize("role", ROLES)
def test_each_address_and_handler_lets_in_whom_the_table_names(
    scene: Scene, circle: Circle, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the table, whatever comes then. Elif's story, hidden by a report, reaches the facilitator, and for a reason
    that is written down the course staff; nobody else finds a word of it anywhere."""
    Contribution.objects.update(text=STORY, hidden_at=circle.opened_at)
    found = every_call(circle)
    client, held = browser_of(scene, role, monkeypatch), ROLES[role][1]
    wrong, shown = [], set()
    for name, call in ((name, call) for name, some in found.items() for call in some):
        answer = send(client, call)
        if (answer.status_code not in (302, 401, 403)) != bool(call.may & held):
            wrong.append(f"{name} {call.method} {call.payload}: {answer.status_code} {body_of(answer)[:200]!r}")
        if STORY.encode() in body_of(answer):
            shown.add(name)
    assert wrong == []
    assert "circle_desk" in shown if R.FACILITATOR in held else shown == ({"break_glass"} & READS.get(role, set()))


def test_no_address_is_forgotten(circle: Circle) -> None:
    walked = every_call(circle)
    patterns = [one for one in urls.urlpatterns if isinstance(one, URLPattern)]
    names = {one.name for one in patterns}
    assert {name for name in walked if not name.startswith("handler")} == names
    for one in patterns:
        view = getattr(one.callback, "view_class", None)
        if view is not None and issubclass(view, Endpoint):
            methods = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
            assert {call.method.lower() for call in walked[str(one.name)]} == methods, one.name


def test_no_handler_is_forgotten() -> None:
    from storytelling_circle.block import StorytellingCircleBlock

    members = vars(StorytellingCircleBlock).items()
    assert {name for name, member in members if getattr(member, "_is_xblock_handler", False)} == set(HANDLERS)


GUESSES = {
    "action": "join", "affiliation": "", "agreed": True, "days": {}, "form": "csv", "kind": "audio", "language": "fr",
    "languages": ["fr"], "max_size": 6, "media": [], "min_size": 4, "name": "Rose", "outcome": "release",
    "prompts": {}, "protocol": "story_circle", "purpose": "training", "reason": "other", "seconds": {}, "size": 9,
    "tempo": "live", "times": ["mon-eve"], "to": 1, "user_id": 1, "without": [],
}  # fmt: skip


def test_wrong_types_fail_nowhere(scene: Scene, circle: Circle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address and handler, as somebody who is let in: nested lists and endless numbers get a sentence."""
    users = [scene.users[name] for name in ("amal", "elif", "nadia", "jonas", "ifeoma")]
    clients = [Client() for _user in users]
    for client, user in zip(clients, users, strict=True):
        client.force_login(user)
    draft = api.begin_forming(
        actor=scene.actor("nadia"), usage_key=USAGE, settings=CircleSettings(languages=("fr",)), key=new_key()
    )
    api.add_note(actor=scene.actor("nadia"), circle_id=str(circle.pk), text="x", key=new_key())
    walker = Walker(monkeypatch, {**GUESSES, "circle": str(circle.pk)})
    told = Contribution.objects.get()
    file = StoryFile.objects.get(contribution=told)
    known = {
        "course_key": COURSE, "usage_key": USAGE, "circle_id": circle.pk, "contribution_id": told.pk,
        "report_id": Report.objects.get().pk, "forming_id": draft, "note_id": FacilitatorNote.objects.get().pk,
        "message_id": draft, "upload_id": file.pk, "file_id": file.pk,
    }  # fmt: skip
    walked = list(addresses(urls.urlpatterns, "passerelle", known))
    assert len(walked) > 40
    if settings.HAS_WORKBENCH:
        handlers = f"/courses/{COURSE}/xblock/{USAGE}/handler"
        walked += [("POST", f"{handlers}/{name}") for name in HANDLERS]
        monkeypatch.setattr(type(host()), "may_author", lambda *_args, **_key: True)
    assert [wrong for method, path in walked for wrong in walker.failures(clients, method, path)] == []


@pytest.mark.parametrize("offset", ["", "x", "-1", "1.0", "0x1", "1e3", "9" * 5000, "9" * 13, "\u0663", "²"])
def test_an_upload_goes_on_at_a_number(scene: Scene, circle: Circle, offset: str) -> None:
    begun = StoryFile.objects.get(contribution=None, member__user__username="amal")
    client = Client(raise_request_exception=False)
    client.force_login(scene.users["amal"])
    path = reverse("passerelle:upload_part", kwargs={"upload_id": begun.pk})
    headers = {"Upload-Offset": offset}
    answer = client.patch(path, "x", content_type="application/offset+octet-stream", headers=headers)
    assert answer.status_code in (400, 409)
    begun.refresh_from_db()
    assert begun.received == 0


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 5000, "\x00[]", "\u0663"])
def test_odd_queries_fail_nowhere(scene: Scene, circle: Circle, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [browser_of(scene, role, monkeypatch) for role in ("in the circle", "facilitator", "staff")]
    names = ("page", "circles", "reports", "waiting", "lang", "limit", "offset", "course", "save", "key")
    query = dict.fromkeys(names, value)
    asked = (call for some in every_call(circle).values() for call in some if call.method == "GET")
    pages = {call.path.partition("?")[0] for call in asked}
    for client in clients:
        client.raise_request_exception = False
        failed = [path for path in sorted(pages) if client.get(path, query).status_code >= 500]
        assert failed == []
