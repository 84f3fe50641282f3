"""All that the suite holds of one person, in one ZIP archive that she can read (GDPR article 15)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

from passerelle.host.api import private_storage
from passerelle.host.data import PersonalData
from passerelle.host.signals import personal_data_requested

README = """\
data.json holds, kind by kind, what Passerelle keeps of you: one entry for each row, with the names of its columns.
files/ holds what you uploaded.
"""


def gathered(*, user_id: int) -> list[PersonalData]:
    """What the apps hold of the person, by model."""
    answers: list[Any] = personal_data_requested.send(sender=None, user_id=user_id)
    parts: list[PersonalData] = [part for _receiver, answer in answers for part in answer]
    return sorted(parts, key=lambda part: part.model)


def table(query: QuerySet[Any], *, without: Iterable[str] = (), files: Iterable[str] = ()) -> PersonalData:
    """What a receiver of `personal_data_requested` answers for one model.

    `without` names columns that are about other people, or say nothing to the person; `files` those that name files in
    the private storage.
    """
    model: type[Model] = query.model
    left_out = set(without)
    columns = [field for field in model._meta.concrete_fields if field.attname not in left_out]
    rows = [{field.attname: field.value_from_object(row) for field in columns} for row in query.order_by("pk")]
    names = [str(row[column]) for row in rows for column in files if row.get(column)]
    return PersonalData(model=model._meta.label, rows=rows, files=names)


def write(target: IO[bytes], *, user_id: int, name: str, report: Callable[[str], None]) -> int:
    """Write a person's archive; returns the number of rows."""
    parts = gathered(user_id=user_id)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        add(archive, "", parts, name)
    for part in parts:
        report(f"{part.model}: {len(part.rows)} rows, {len(part.files)} files")
    return sum(len(part.rows) for part in parts)


def add(archive: ZipFile, folder: str, parts: Sequence[PersonalData], name: str) -> None:
    """Put a person's data and files into a folder ("" or "…/") of an archive."""
    storage = private_storage()
    files = {file: storage.exists(file) for part in parts for file in part.files}
    data: Mapping[str, Any] = {
        "person": name,
        "data": {part.model: part.rows for part in parts if part.rows},
        "missing_files": sorted(file for file, there in files.items() if not there),
    }
    archive.writestr(f"{folder}data.json", json.dumps(data, cls=_Encoder, ensure_ascii=False, indent=1))
    for file in sorted(file for file, there in files.items() if there):
        with storage.open(file) as content, archive.open(f"{folder}files/{file}", "w", force_zip64=True) as member:
            for chunk in content.chunks():
                member.write(chunk)


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)  # opaque keys, file names
