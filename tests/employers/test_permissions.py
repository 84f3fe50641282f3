"""The permission table, walked: every function, every role; and that nothing else is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from passerelle.employers import api
from passerelle.employers.permissions import PERMISSIONS, Relation
from passerelle.host.errors import NotAllowedError, PasserelleError

from .conftest import Scene

R = Relation
ROLES: dict[str, tuple[str, dict[str, Any], set[Relation]]] = {
    "anonymous": ("anonymous", {}, {R.ANONYMOUS}),
    "person": ("amal", {}, {R.PERSON}),
    "course staff": ("elif", {"is_course_staff": True}, {R.PERSON}),
    "operator": ("sam", {}, {R.PERSON, R.OPERATOR}),
    "operator looking as somebody else": ("sam", {"masquerading": True}, {R.MASQUERADER}),
}
NOWHERE = "00000000-0000-4000-8000-000000000000"
CALLS: dict[str, Callable[[Any], object]] = {
    "search": lambda actor: api.opportunities_for(actor=actor, language="en"),
    "saved": lambda actor: api.saved(actor=actor, language="en"),
    "save": lambda actor: api.save(actor=actor, opportunity_id=NOWHERE),
    "hide": lambda actor: api.hide(actor=actor, opportunity_id=NOWHERE),
    "unmark": lambda actor: api.unmark(actor=actor, opportunity_id=NOWHERE),
    "approve": lambda actor: api.approve(actor=actor, organisation="nobody"),
    "disapprove": lambda actor: api.disapprove(actor=actor, organisation="nobody"),
    "publish": lambda actor: api.publish(actor=actor, opportunity_id=NOWHERE),
    "unpublish": lambda actor: api.unpublish(actor=actor, opportunity_id=NOWHERE),
}


def test_the_table_names_every_function_and_nothing_else() -> None:
    assert set(PERMISSIONS) == set(CALLS)
    functions = {name for name in api.__all__ if callable(getattr(api, name))}
    assert functions - {"retire_user"} == set(CALLS) - {"search"} | {"opportunities_for"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", PERMISSIONS)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, what: str, role: str) -> None:
    name, changes, relations = ROLES[role]
    try:
        CALLS[what](scene.actor(name, **changes))
        let_in = True
    except NotAllowedError:
        let_in = False
    except PasserelleError:  # not here: past the table
        let_in = True
    assert let_in == bool(PERMISSIONS[what] & relations)
