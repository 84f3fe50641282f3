"""Studio's importer and exporter. For commands on the platform; the demo reads course exports as they lie."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any


def has_course_run(*, course_key: Any) -> bool:
    """Whether the platform has this course run."""
    from xmodule.modulestore.django import modulestore

    return bool(modulestore().has_course(course_key))


def import_course_run(*, folder: Path, course_key: Any, user_id: int) -> None:
    """Make the course run what the OLX folder says, in the name of this user. Raises what the importer raises."""
    from xmodule.contentstore.django import contentstore
    from xmodule.modulestore.django import modulestore
    from xmodule.modulestore.xml_importer import import_course_from_xml

    import_course_from_xml(
        modulestore(),
        user_id,
        str(folder.parent),
        source_dirs=[folder.name],
        static_content_store=contentstore(),
        target_id=course_key,
        create_if_not_present=True,
        raise_on_failure=True,
    )
    _set_tags(folder / "tags.csv", course_key)


def export_course_run(*, course_key: Any, parent: Path) -> Path:
    """Write the course run as OLX into a new folder under `parent`; returns that folder."""
    from xmodule.contentstore.django import contentstore
    from xmodule.modulestore.django import modulestore
    from xmodule.modulestore.xml_exporter import export_course_to_xml

    export_course_to_xml(modulestore(), contentstore(), course_key, str(parent), "course")
    _sort_tags(parent / "course" / "tags.csv")
    return parent / "course"


def _set_tags(file: Path, course_key: Any) -> None:
    """Set again where there are several: the importer takes the space after a semicolon for part of the tag."""
    from openedx.core.djangoapps.content_tagging.api import set_exported_object_tags

    if not file.is_file():
        return
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            tagged = {name: _values(text) for name, text in row.items() if name not in ("Name", "Type", "ID") and text}
            if any(len(values) > 1 for values in tagged.values()):
                is_course = row["Type"] == "course"
                key = course_key if is_course else course_key.make_usage_key(row["Type"], row["ID"])
                set_exported_object_tags(key, tagged)


def _sort_tags(file: Path) -> None:
    """Put each block's tags in order: the exporter writes them as the database gives them."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8", newline="") as old:
        head, *rows = csv.reader(old)
    with file.open("w", encoding="utf-8", newline="") as new:
        writer = csv.writer(new, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(head)
        for name, kind, ident, *tags in rows:
            writer.writerow([name, kind, ident, *("; ".join(sorted(_values(text))) for text in tags)])


def _values(text: str) -> list[str]:
    return [value.strip() for value in text.split(";")]
