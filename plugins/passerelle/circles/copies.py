"""What a person told, to keep: words, voices, pictures, consents, in one archive. Public through `api.py`."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from passerelle.host.api import Actor, private_storage

from .consents import consent_copy
from .models import Contribution
from .permissions import relations, require


def story_copy(*, actor: Actor, language: str) -> IO[bytes]:
    """All that the actor told and has not withdrawn, as a ZIP file at its beginning; the caller closes it."""
    require("own", relations(actor))
    told = Contribution.objects.filter(member__user_id=actor.pk, withdrawn_at=None)
    rows = list(told.prefetch_related("files").order_by("told_at", "pk"))
    out = TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("stories.txt", "\n\n\n".join(_words(row) for row in rows) + "\n")
        archive.writestr("consents.txt", consent_copy(actor=actor, language=language))
        add_files(archive, (file.path for row in rows for file in row.files.all()))
    out.seek(0)
    return out


def add_files(archive: ZipFile, paths: Iterable[str], *, wanted: Container[str] | None = None) -> None:
    """Copy private files into the archive, all or those whose names there are wanted."""
    for path in paths:
        # A damaged storage keeps nobody from the rest.
        if (wanted is None or name_of(path) in wanted) and private_storage().exists(path):
            with private_storage().open(path, "rb") as source, archive.open(name_of(path), "w") as target:
                shutil.copyfileobj(source, target)


def _words(row: Contribution) -> str:
    parts = [row.told_at.date().isoformat(), row.text, row.link]
    for file in row.files.all():
        parts += [name_of(file.path), file.words]
    return "\n\n".join(part for part in parts if part)


def name_of(path: str) -> str:
    """What a private file is called in an archive."""
    return f"files/{PurePosixPath(path).name}"
