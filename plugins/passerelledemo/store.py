"""Where blocks keep their fields: people's state and authors' edits in the database, the rest in the course export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import simplejson  # type: ignore[import-untyped]
from django.db import transaction
from passerelle.courses.olx import CourseRun
from xblock.fields import Scope
from xblock.runtime import KeyValueStore

from .models import BlockState

Rows = dict[tuple[str, str], Any]
AUTHORED = (Scope.content, Scope.settings, Scope.children, Scope.parent)


class DemoStore(KeyValueStore):
    """The fields of a course run's blocks, as one person meets them during one request.

    Without `keep_state`, what the person does lives as long as this store: for visitors, for an author's preview.
    """

    def __init__(self, run: CourseRun, *, keep_state: bool) -> None:
        self.run = run
        self.keep_state = keep_state
        self._rows: dict[tuple[int, str], Rows] = {}

    def get(self, key: Any) -> Any:
        rows = self._stored(key)
        row = (_scope(key), key.field_name)
        return rows[row] if row in rows else self._authored(key)[key]

    def has(self, key: Any) -> bool:
        return (_scope(key), key.field_name) in self._stored(key) or key in self._authored(key)

    def set(self, key: Any, value: Any) -> None:
        value = simplejson.loads(simplejson.dumps(value))  # as the LMS does: a named tuple, a score, becomes an object
        if self._is_kept(key):
            BlockState.objects.update_or_create(**_where(key), defaults={"value": value})
        self._stored(key)[_scope(key), key.field_name] = value

    def set_many(self, update_dict: dict[Any, Any]) -> None:
        with transaction.atomic():
            for key, value in update_dict.items():
                self.set(key, value)

    def delete(self, key: Any) -> None:
        """Forget the value; an author's edit gives way to what the course export says."""
        if self._is_kept(key):
            BlockState.objects.filter(**_where(key)).delete()
        self._stored(key).pop((_scope(key), key.field_name), None)

    def preload(self, user_id: int | None, scope_ids: Iterable[str]) -> None:
        """Read in one query what is stored of these blocks: shared, and this person's."""
        ids = set(scope_ids)
        owners = {BlockState.SHARED, user_id or BlockState.SHARED}
        self._rows.update({(owner, scope_id): {} for owner in owners for scope_id in ids})
        kept = owners if self.keep_state else {BlockState.SHARED}
        for state in BlockState.objects.filter(owner_id__in=kept, scope_id__in=ids):
            self._rows[state.owner_id, state.scope_id][state.scope, state.field] = state.value

    def _is_kept(self, key: Any) -> bool:
        return self.keep_state or key.scope in AUTHORED

    def _stored(self, key: Any) -> Rows:
        if (_owner(key), _scope_id(key)) not in self._rows:
            self.preload(key.user_id, [_scope_id(key)])
        return self._rows[_owner(key), _scope_id(key)]

    def _authored(self, key: Any) -> dict[Any, Any]:
        return self.run.fields.get(key.block_scope_id, {})


def _owner(key: Any) -> int:
    return key.user_id or BlockState.SHARED


def _scope_id(key: Any) -> str:
    return "" if key.block_scope_id is None else str(key.block_scope_id)


def _scope(key: Any) -> str:
    """The scope's name: fields of different scopes may share a block and a name."""
    return str(key.scope.name or key.scope)


def _where(key: Any) -> dict[str, Any]:
    return {
        "owner_id": _owner(key),
        "scope_id": _scope_id(key),
        "scope": _scope(key),
        "field": key.field_name,
    }
