"""The permission table, walked: every action, every role."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from opaque_keys.edx.keys import CourseKey
from passerelle.competences import api, urls
from passerelle.competences.permissions import PERMISSIONS, Relation
from passerelle.host.errors import NotAllowedError, PasserelleError
from wrong_types import Walker, addresses

from .conftest import COURSE, TEAM, USAGE, Scene, new_key

R = Relation
OTHER = CourseKey.from_string("course-v1:Passerelle+TOT101+en")
ROLES: dict[str, tuple[str, dict[str, Any], set[Relation]]] = {
    "anonymous": ("anonymous", {}, {R.ANONYMOUS}),
    "stranger": ("stranger", {}, {R.STRANGER}),
    "learner": ("amal", {}, {R.LEARNER}),
    "learner who is no longer enrolled": ("amal", {"is_enrolled": False}, {R.STRANGER}),
    "staff": ("jonas", {}, {R.STAFF}),
    "staff who takes part": ("jonas", {"is_enrolled": True}, {R.STAFF, R.LEARNER}),
    "facilitator": ("nadia", {}, {R.FACILITATOR}),
    "facilitator of another course run": ("nadia", {"course_key": OTHER}, {R.STRANGER}),
    "facilitator looking as a learner": ("nadia", {"masquerading": True}, {R.MASQUERADER}),
    "staff looking as a learner": ("jonas", {"masquerading": True, "is_enrolled": True}, {R.MASQUERADER}),
}


def calls(scene: Scene) -> dict[str, Callable[[Any], object]]:
    """One call for each entry of the table."""
    at: dict[str, Any] = {"usage_key": USAGE, "settings": scene.settings(), "language": "fr"}
    return {
        "see": lambda actor: api.assessment(actor=actor, **at),
        "rate": lambda actor: api.save_rating(actor=actor, competence="manage_time", value="2", key=new_key(), **at),
        "submit": lambda actor: api.submit(actor=actor, key=new_key(), **at),
        "find": lambda actor: [call(actor) for call in find_calls()],
        "own": lambda actor: [call(actor) for call in own_calls()],
        "ask_validation": lambda actor: api.ask_validation(actor=actor, uri=TEAM, level=2, key=new_key()),
        "validate": lambda actor: api.validation_queue(actor=actor, language="fr"),
        "report": lambda actor: api.assessment_report(actor=actor, course_key=actor.course_key, language="fr"),
        "rate_others": lambda actor: api.rating_sheets(actor=actor, language="fr"),
    }


def find_calls() -> list[Callable[[Any], object]]:
    """Whatever looks up what is nobody's own."""
    return [
        lambda actor: api.find_competences(actor=actor, text="cook", language="fr"),
        lambda actor: api.find_occupations(actor=actor, title="cook", language="fr"),
        lambda actor: api.unpaid_experiences(actor=actor, language="fr"),
        lambda actor: api.skills_of_experience(actor=actor, experience="farm", language="fr"),
    ]


def own_calls() -> list[Callable[[Any], object]]:
    """Whatever concerns what is one's own; a name that does not exist where one is asked for."""
    none = str(uuid4())
    at: dict[str, Any] = {"uri": TEAM, "level": 2}
    return [
        lambda actor: api.my_claims(actor=actor, language="fr"),
        lambda actor: api.my_evidence(actor=actor),
        lambda actor: api.my_validations(actor=actor, language="fr"),
        lambda actor: api.profile(actor=actor, language="fr"),
        lambda actor: api.hide_areas(actor=actor, hidden=[], key=new_key()),
        lambda actor: api.state_competence(actor=actor, key=new_key(), **at),
        lambda actor: api.unstate_competence(actor=actor, uri=TEAM, key=new_key()),
        lambda actor: api.add_evidence(actor=actor, kind="text", text="x", key=new_key(), **at),
        lambda actor: api.remove_evidence(actor=actor, evidence_id=none, key=new_key()),
        lambda actor: api.store_file(actor=actor, evidence_id=none, body=BytesIO()),
        lambda actor: api.open_file(actor=actor, evidence_id=none),
        lambda actor: api.my_experiences(actor=actor, language="fr"),
        lambda actor: api.experience(actor=actor, name="farm", language="fr"),
        lambda actor: api.keep_experience(actor=actor, name="farm", words="", levels={}, key=new_key()),
        lambda actor: api.remove_experience(actor=actor, name="farm", key=new_key()),
        lambda actor: api.validation(actor=actor, validation_id=none, language="fr"),
        lambda actor: api.step_validation(
            actor=actor, validation_id=none, step="comment", text="x", key=new_key(), language="fr"
        ),
    ]


@pytest.mark.parametrize("number", range(len(own_calls())))
@pytest.mark.parametrize(("name", "changes"), [("anonymous", {}), ("amal", {"masquerading": True})])
def test_each_call_of_ones_own_refuses_the_anonymous_and_the_masquerading(
    scene: Scene, number: int, name: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(NotAllowedError):
        own_calls()[number](scene.actor(name, **changes))


def test_the_table_names_every_action_and_nothing_else(scene: Scene) -> None:
    assert set(PERMISSIONS) == set(calls(scene))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", PERMISSIONS)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, what: str, role: str) -> None:
    name, changes, relations = ROLES[role]
    try:
        calls(scene)[what](scene.actor(name, **changes))
        let_in = True
    except NotAllowedError:
        let_in = False
    except PasserelleError:  # not all answered: past the table
        let_in = True
    assert let_in == bool(PERMISSIONS[what] & relations)


def test_wrong_types_fail_nowhere(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address that takes something, as somebody who is let in."""
    clients = [Client() for _name in scene.users]
    for client, user in zip(clients, scene.users.values(), strict=True):
        client.force_login(user)
    known = {
        "validation_id": scene.ask("amal"), "evidence_id": uuid4(), "name": "work_in_teams", "course_key": COURSE,
    }  # fmt: skip
    guesses = {
        "uri": TEAM, "level": 2, "step": "comment", "course": str(COURSE), "kind": "text", "limit": 5, "shown": True,
        "areas": [], "format": "europass", "sheet": {}, "experience": "raising_children",
    }  # fmt: skip
    walker = Walker(monkeypatch, guesses)
    walked = list(addresses(urls.urlpatterns, "passerelle_competences", known))
    assert len(walked) > 15
    assert [wrong for method, path in walked for wrong in walker.failures(clients, method, path)] == []
