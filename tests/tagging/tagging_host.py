"""Of a host, what the taxonomy asks for, on the tagging package alone."""

from __future__ import annotations

from typing import Any


class TaggingHost:
    """Notes the taxonomies that it is asked to share."""

    shared: list[str] = []

    def share_taxonomy(self, *, taxonomy: Any) -> None:
        self.shared.append(taxonomy.export_id)

    def is_enrolled(self, *, user_id: int, course_key: Any) -> bool:
        return True

    def tags_of(self, *, course_key: Any, taxonomy: str) -> dict[Any, tuple[str, ...]]:
        return {}
