"""The demo's addresses, and `poll/<name>/vote`: xblock-poll's own block, which counts in `Scope.user_state_summary`.

Its fields are kept as edx-platform keeps them (`lms/djangoapps/courseware/model_data.py`): one row for each field, read
when the block is loaded, then inserted or updated by force, outside a transaction of the request's
(`handle_xblock_callback` is non-atomic). The demo's own store would hide the first conflict.
"""

from __future__ import annotations

from typing import Any

import simplejson
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from opaque_keys.edx.keys import UsageKey
from passerelle.courses.olx import course_runs
from passerelledemo.models import BlockState
from passerelledemo.runtime import DemoRuntime
from passerelledemo.urls import urlpatterns as demo_urls
from poll import PollBlock
from xblock.django.request import django_to_webob_request, webob_to_django_response
from xblock.exceptions import KeyValueMultiSaveError
from xblock.fields import ScopeIds
from xblock.runtime import KeyValueStore, KvsFieldData


class LmsStore(KeyValueStore):
    """One block's fields, as one request of the LMS meets them."""

    def __init__(self, scope_id: str) -> None:
        self.rows = {(row.owner_id, row.scope, row.field): row for row in BlockState.objects.filter(scope_id=scope_id)}

    def get(self, key: Any) -> Any:
        return self.rows[_where(key)].value

    def has(self, key: Any) -> bool:
        return _where(key) in self.rows

    def set(self, key: Any, value: Any) -> None:
        self.set_many({key: value})

    def delete(self, key: Any) -> None:
        self.rows.pop(_where(key)).delete()

    def set_many(self, update_dict: dict[Any, Any]) -> None:
        saved: list[str] = []
        for key, value in update_dict.items():
            owner, scope, field = _where(key)
            row = self.rows.get((owner, scope, field))
            try:
                if row is None:
                    row = BlockState(owner_id=owner, scope=scope, scope_id=str(key.block_scope_id), field=field)
                    row.value = simplejson.loads(simplejson.dumps(value))
                    row.save(force_insert=True)
                    self.rows[owner, scope, field] = row
                else:
                    row.value = simplejson.loads(simplejson.dumps(value))
                    row.save(force_update=True)
            except DatabaseError as error:
                raise KeyValueMultiSaveError(saved) from error
            saved.append(key.field_name)


def _where(key: Any) -> tuple[int, str, str]:
    return key.user_id or BlockState.SHARED, str(key.scope.name or key.scope), key.field_name


@transaction.non_atomic_requests
def vote(request: HttpRequest, name: str) -> HttpResponse:
    """Vote in the poll of this name."""
    run = next(iter(course_runs().values()))
    usage_key = UsageKey.from_string(f"block-v1:{run.key.org}+{run.key.course}+{run.key.run}+type@poll+block@{name}")
    runtime = DemoRuntime(run, request.user)
    runtime._services["field-data"] = KvsFieldData(LmsStore(str(usage_key)))
    keys = ScopeIds(request.user.pk, "poll", usage_key, usage_key)
    block = runtime.construct_xblock_from_class(PollBlock, keys)
    return webob_to_django_response(runtime.handle(block, "vote", django_to_webob_request(request), ""))


urlpatterns = [*demo_urls, path("poll/<slug:name>/vote", vote)]
