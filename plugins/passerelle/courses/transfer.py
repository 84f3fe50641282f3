"""Course exports to and from the platform. Runs in Studio, which alone has the importer and the exporter."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from pathlib import Path

from django.db import transaction

from passerelle.host import studio
from passerelle.host.errors import NotNowError

from .data import Plan, Standing
from .models import ImportedRun
from .olx import run_key

VOLATILE = ("policies/assets.json",)
"""Files in which the platform notes what concerns nobody's work, such as thumbnails."""


def contents(folder: Path) -> dict[str, bytes]:
    """The files of an OLX folder, by their path within it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def digest(files: dict[str, bytes]) -> str:
    """A checksum over names and contents, SHA-256 in hexadecimal."""
    total = hashlib.sha256()
    for name, data in sorted(files.items()):
        if name not in VOLATILE:
            total.update(f"{name}\0{len(data)}\0".encode() + data)
    return total.hexdigest()


def pack(folder: Path) -> bytes:
    """The run as Studio's *Import* takes it: a .tar.gz, the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=9, format=tarfile.PAX_FORMAT) as tar:
        for name, data in sorted(contents(folder).items()):
            info = tarfile.TarInfo(f"course/{name}")
            info.size = len(data)
            info.mode = 0o644
            tar.addfile(info, io.BytesIO(data))
    packed = bytearray(buffer.getvalue())
    packed[4:8] = bytes(4)  # gzip notes the time of packing
    return bytes(packed)


def plan(folder: Path) -> Plan:
    """What importing this run would do. Changes nothing."""
    key = run_key(folder)
    wanted = contents(folder)
    if not studio.has_course_run(course_key=key):
        return Plan(course_key=str(key), folder=folder, standing=Standing.NEW, added=tuple(sorted(wanted)))
    there = _exported(key)
    return Plan(
        course_key=str(key),
        folder=folder,
        standing=_standing(key, wanted, there),
        added=tuple(sorted(wanted.keys() - there.keys())),
        changed=tuple(name for name in sorted(wanted.keys() & there.keys()) if wanted[name] != there[name]),
        removed=tuple(sorted(there.keys() - wanted.keys())),
    )


def _standing(key: object, wanted: dict[str, bytes], there: dict[str, bytes]) -> Standing:
    if digest(wanted) == digest(there):
        return Standing.SAME
    known = ImportedRun.objects.filter(course_key=key, digest=digest(there)).exists()
    return Standing.OLDER if known else Standing.EDITED


def import_run(folder: Path, *, user_id: int, overwrite: bool = False) -> Plan:
    """Bring the run onto the platform where that changes anything; returns what was planned.

    Raises NotNowError, and changes nothing, where the run was edited in Studio since the last import, unless told to
    `overwrite` that work.
    """
    planned = plan(folder)
    if planned.standing is Standing.EDITED and not overwrite:
        raise NotNowError(
            f"{planned.course_key} was edited in Studio. Export that work first, or import with --overwrite to lose it."
        )
    if planned.standing is not Standing.SAME:
        key = run_key(folder)
        studio.import_course_run(folder=folder, course_key=key, user_id=user_id)
        with transaction.atomic():
            ImportedRun.objects.update_or_create(course_key=key, defaults={"digest": digest(_exported(key))})
    return planned


def export_run(folder: Path) -> Plan:
    """Write the platform's state of this run back into its folder; returns what that changed, seen from the folder.

    The run must be on the platform already: its key is read from the folder. Raises LookupError where it is not.
    """
    key = run_key(folder)
    if not studio.has_course_run(course_key=key):
        raise LookupError(f"{key} is not on this platform. Import it first.")
    before, there = contents(folder), _exported(key)
    for name in before.keys() - there.keys():
        (folder / name).unlink()
    for name, data in there.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if before.get(name) != data:
            target.write_bytes(data)
    ImportedRun.objects.update_or_create(course_key=key, defaults={"digest": digest(there)})
    return Plan(
        course_key=str(key),
        folder=folder,
        standing=Standing.SAME if before == there else Standing.EDITED,
        added=tuple(sorted(there.keys() - before.keys())),
        changed=tuple(name for name in sorted(there.keys() & before.keys()) if there[name] != before[name]),
        removed=tuple(sorted(before.keys() - there.keys())),
    )


def _exported(key: object) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as scratch:
        return contents(studio.export_course_run(course_key=key, parent=Path(scratch)))
