"""The wheel of this very version, for the image's build context.

Tutor copies templates into the build context, so the wheel is put into a template root of its own. It is made when the
Dockerfile asks for its name, that is once in a command that renders the environment, and in no other command.
"""

from __future__ import annotations

import base64
import csv
import functools
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse
from urllib.request import url2pathname

from tutor.exceptions import TutorError

FOLDER = "passerelle/wheel"
"""Where the wheel is in its template root, and in the build context."""

NOTE_PACKAGE = "passerelle_note"
NOTE_ENTRY_POINTS = """\
[xblock.v1]
competence_self_assessment = passerelle_note.block:CompetenceSelfAssessmentNote
employer_badge_matching = passerelle_note.block:EmployerBadgeMatchingNote
storytelling_circle = passerelle_note.block:StorytellingCircleNote
"""

# What installers leave behind in the metadata. It says where and how the host got the package.
INSTALLERS_OWN = {
    "INSTALLER", "RECORD", "RECORD.jws", "RECORD.p7s", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json",
}  # fmt: skip


@functools.cache
def template_root() -> tempfile.TemporaryDirectory[str]:
    """The template root that holds the wheel, as long as the process lives."""
    return tempfile.TemporaryDirectory(prefix="passerelle-")


@functools.cache
def make(distribution: Distribution) -> str:
    """Put the wheel of an installed distribution into the template root; return its file name.

    Raises TutorError where the installation is damaged or its source cannot be built.
    """
    folder = Path(template_root().name, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    source = editable_source(distribution)
    return (build(source, folder) if source else repack(distribution, folder)).name


@functools.cache
def make_note(distribution: Distribution) -> str:
    """Put a wheel with nothing but the notes in our blocks' places into the template root; return its file name."""
    suite = Path(template_root().name, FOLDER, make(distribution))
    version = suite.name.split("-")[1]
    name = f"openedx_passerelle_note-{version}"
    with zipfile.ZipFile(suite) as archive:
        wanted = [path for path in archive.namelist() if path.startswith(f"{NOTE_PACKAGE}/")]
        contents = {path: archive.read(path) for path in wanted}
    metadata = f"{name}.dist-info"
    contents[f"{metadata}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: openedx-passerelle-note\nVersion: {version}\n".encode()
    )
    contents[f"{metadata}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tutorpasserelle\nTag: py3-none-any\n"
    contents[f"{metadata}/entry_points.txt"] = NOTE_ENTRY_POINTS.encode()
    record = f"{metadata}/RECORD"
    contents[record] = _record(contents, record)
    suite.unlink()
    note = suite.with_name(f"{name}-py3-none-any.whl")
    _write(note, contents)
    return note.name


def editable_source(distribution: Distribution) -> Path | None:
    """The folder that an editable installation points at; None for any other installation."""
    direct_url = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not direct_url.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlparse(direct_url["url"]).path))


def build(source: Path, folder: Path) -> Path:
    """Build the wheel from a checkout into an empty folder, with what is installed here. Same source, same bytes."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder.resolve())]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        advice = "Install hatchling beside Tutor (pip install hatchling), or install the package without --editable."
        raise TutorError(f"The wheel could not be built from {source}. {advice}\n{done.stderr}")
    return next(folder.glob("*.whl"))


def repack(distribution: Distribution, folder: Path) -> Path:
    """Put an installed distribution back into a wheel. Same installation, same bytes."""
    # `Distribution.files` leaves out files that are gone, which would make a wheel that installs and does not work.
    rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    paths = sorted(path for path in (PurePosixPath(row[0]) for row in rows) if _is_packed(path))
    metadata = next((path.parent for path in paths if path.match("*.dist-info/WHEEL")), None)
    if metadata is None:
        raise TutorError("openedx-passerelle has no list of its files: reinstall it with pip --force-reinstall.")
    try:
        contents = {str(path): Path(str(distribution.locate_file(path))).read_bytes() for path in paths}
    except FileNotFoundError as error:
        message = f"{error.filename} is missing: reinstall openedx-passerelle with pip --force-reinstall."
        raise TutorError(message) from error
    record = f"{metadata}/RECORD"
    contents[record] = _record(contents, record)
    tag = HeaderParser().parsestr(contents[f"{metadata}/WHEEL"].decode())["Tag"]
    wheel = folder / f"{metadata.stem}-{tag}.whl"
    _write(wheel, contents)
    return wheel


def _is_packed(path: PurePosixPath) -> bool:
    """Whether an installed file came out of the wheel: no byte code, no launcher outside, no installer's note."""
    if ".." in path.parts or path.suffix == ".pyc":
        return False
    return not (path.parent.suffix == ".dist-info" and path.name in INSTALLERS_OWN)


def _record(contents: Mapping[str, bytes], own_path: str) -> bytes:
    """The text of RECORD: path, digest and size of each file, and at last itself."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([path, f"sha256={digest}", len(content)])
    writer.writerow([own_path, "", ""])
    return text.getvalue().encode()


def _write(wheel: Path, contents: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents.items():
            entry = zipfile.ZipInfo(path)  # dated 1980: a new date would make the image build anew
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
