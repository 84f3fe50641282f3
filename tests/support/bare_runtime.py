"""As little of a runtime as a block can live on."""

from __future__ import annotations

from typing import Any

from xblock.field_data import DictFieldData
from xblock.runtime import Runtime


class BareRuntime(Runtime):
    """`published`: what the block sent, as (type, data)."""

    def __init__(self, fields: DictFieldData) -> None:
        super().__init__(id_reader=None, id_generator=None, services={"field-data": fields, "i18n": object()})
        self.published: list[tuple[str, Any]] = []

    def handler_url(self, block: Any, handler_name: str, *_parts: Any, **_more: Any) -> str:
        return f"/handler/{handler_name}"

    def resource_url(self, resource: str) -> str:
        return resource

    def local_resource_url(self, block: Any, uri: str) -> str:
        return f"/resource/{uri}"

    def publish(self, block: Any, event_type: str, event_data: dict[str, Any]) -> None:
        self.published.append((event_type, event_data))

    def get_block(self, usage_id: Any, for_parent: Any = None) -> Any:
        raise NotImplementedError
