"""The permission table, walked: every function, every role; and that nothing else is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from passerelle.employers import api, urls
from passerelle.employers.permissions import PERMISSIONS, Relation
from passerelle.host.errors import NotAllowedError, PasserelleError
from wrong_types import Walker, addresses

from .conftest import HYGIENE, Scene

R = Relation
ROLES: dict[str, tuple[str, dict[str, Any], set[Relation]]] = {
    "anonymous": ("anonymous", {}, {R.ANONYMOUS}),
    "person": ("amal", {}, {R.PERSON}),
    "course staff": ("elif", {"is_course_staff": True}, {R.PERSON}),
    "manager": ("marta", {}, {R.PERSON, R.MANAGER}),
    "recruiter": ("rosa", {}, {R.PERSON, R.RECRUITER}),
    "editor": ("ed", {}, {R.PERSON, R.EDITOR}),
    "operator": ("sam", {}, {R.PERSON, R.OPERATOR}),
    "operator looking as somebody else": ("sam", {"masquerading": True}, {R.MASQUERADER}),
    "manager looking as somebody else": ("marta", {"masquerading": True}, {R.MASQUERADER}),
}
NOWHERE = "00000000-0000-4000-8000-000000000000"
TABLE = "la-table-ronde"


def on_work(function: Callable[..., object], **more: Any) -> Callable[[Any, str], object]:
    return lambda actor, work: function(actor=actor, opportunity_id=work, **more)


def on_table(function: Callable[..., object], **more: Any) -> Callable[[Any, str], object]:
    return lambda actor, _work: function(actor=actor, organisation=TABLE, **more)


def alone(function: Callable[..., object], **more: Any) -> Callable[[Any, str], object]:
    return lambda actor, _work: function(actor=actor, **more)


CALLS: dict[str, Callable[[Any, str], object]] = {
    "search": alone(api.opportunities_for, language="en"),
    "saved": alone(api.saved, language="en"),
    "save": on_work(api.save),
    "hide": on_work(api.hide),
    "unmark": on_work(api.unmark),
    "read": on_work(api.read, language="en"),
    "mine": alone(api.mine, language="en"),
    "show_me": on_table(api.show_me),
    "take_back": on_table(api.take_back),
    "apply": on_work(api.apply),
    "withdraw": on_work(api.withdraw),
    "answer_contact": on_work(api.answer_contact, accept=False),
    "appeal": on_work(api.appeal, text="Why?"),
    "register": alone(api.register, name="Us", about="We", website="", key=NOWHERE),
    "my_organisations": alone(api.my_organisations),
    "organisation": on_table(api.organisation),
    "describe": on_table(api.describe, name="Us", about="We", website=""),
    "members": on_table(api.members),
    "add_member": on_table(api.add_member, name="amal", role="editor"),
    "remove_member": on_table(api.remove_member, user_id=0),
    "recognised_by": on_table(api.recognised_by, language="en"),
    "recognise": on_table(api.recognise, target="nothing"),
    "unrecognise": on_table(api.unrecognise, target="nothing"),
    "offers": on_table(api.offers, language="en"),
    "draft": on_work(api.draft, language="en"),
    "keep_draft": on_table(api.keep_draft, opportunity_id=NOWHERE, given={}),
    "suggest": on_table(api.suggest, text="Cook", language="en"),
    "preview": on_work(api.preview, language="en"),
    "submit": on_work(api.submit),
    "archive": on_work(api.archive),
    "import_file": on_table(api.import_file, text="x"),
    "feeds": on_table(api.feeds),
    "add_feed": on_table(api.add_feed, url="ftp://nowhere"),
    "remove_feed": on_table(api.remove_feed, feed_id=0),
    "read_feed": alone(api.read_feed, feed_id=0),
    "people": on_work(api.people, language="en"),
    "ask_contact": on_work(api.ask_contact, pseudonym="NOBODY", message="Hello"),
    "decide": on_work(api.decide, pseudonym="NOBODY", decision="chosen", reason="So"),
    "operator_desk": alone(api.operator_desk, language="en"),
    "approve": on_table(api.approve),
    "disapprove": on_table(api.disapprove),
    "publish": on_work(api.publish),
    "unpublish": on_work(api.unpublish),
    "answer_appeal": alone(api.answer_appeal, application_id=0, answer="So"),
}


def test_the_table_names_every_function_and_nothing_else() -> None:
    assert set(PERMISSIONS) == set(CALLS)
    functions = {name for name in api.__all__ if callable(getattr(api, name))}
    assert functions - {"retire_user", "read_due"} == set(CALLS) - {"search"} | {"opportunities_for"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", PERMISSIONS)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, what: str, role: str) -> None:
    name, changes, relations = ROLES[role]
    try:
        CALLS[what](scene.actor(name, **changes), scene.kitchen)
        let_in = True
    except NotAllowedError:
        let_in = False
    except PasserelleError:  # not here: past the table
        let_in = True
    assert let_in == bool(PERMISSIONS[what] & relations)


def test_wrong_types_fail_nowhere(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address that takes something, as somebody who is let in."""
    scene.users["sam"].is_staff = True
    scene.users["sam"].save()
    clients = [Client() for _name in scene.users]
    for client, user in zip(clients, scene.users.values(), strict=True):
        client.force_login(user)
    known = {
        "organisation": TABLE, "opportunity_id": scene.kitchen, "pseudonym": "x", "user_id": scene.users["ed"].pk,
        "feed_id": 1, "application_id": 1,
    }  # fmt: skip
    guesses = {
        "role": "editor", "name": "Bakery", "about": {"en": "x"}, "website": "https://example.org", "mark": "saved",
        "accept": True, "reach": "x@example.org", "decision": "declined", "stage": "submitted", "kind": "job",
        "reopen": True, "titles": {"en": "x"}, "abouts": {"en": "x"}, "occupation": HYGIENE, "target": HYGIENE,
        "draft": {"kind": "job"},
    }  # fmt: skip
    walker = Walker(monkeypatch, guesses)
    walked = list(addresses(urls.urlpatterns, "passerelle_employers", known))
    assert len(walked) > 40
    assert [wrong for method, path in walked for wrong in walker.failures(clients, method, path)] == []
