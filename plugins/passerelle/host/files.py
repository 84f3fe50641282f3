"""Files that people bring: judged and cleaned by their content, deleted with what they belong to, served to whom may.

What a name or a client says of a file counts for nothing. Public, for every app that keeps files.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Protocol

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from .api import private_storage
from .errors import InvalidError, NotFoundError, TooLargeError

PIXELS = 50_000_000
"""A picture with more of them is refused before it is unpacked."""
SIDE = 2000
"""Pixels of a kept picture's longer side."""
BLOCK = 64 * 1024
"""Bytes that are read and sent at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A private file that somebody may read, opened. `tag` names this very content; `ending` is that of a file name."""

    content: IO[bytes]
    size: int
    media_type: str
    ending: str
    tag: str


def open_private(path: str, *, size: int, media_type: str) -> OpenFile:
    """Open a private file. A file is written once under a name of its own, so its name stands for its content.

    Raises NotFoundError where the storage has it no more.
    """
    try:
        content = private_storage().open(path, "rb")
    except FileNotFoundError as error:
        raise NotFoundError from error
    tag = hashlib.sha256(path.encode()).hexdigest()[:32]
    return OpenFile(content=content, size=size, media_type=media_type, ending=PurePosixPath(path).suffix, tag=tag)


def clean_picture(content: bytes, *, otherwise: str = "") -> tuple[str, str, bytes]:
    """Media type, file name's ending and content of a picture (JPEG, PNG or WebP), painted anew.

    Upright, at most `SIDE` pixels long; of the file that was sent nothing remains but the colours of its points: no
    place, camera, comment or second format in disguise. Raises InvalidError (saying `otherwise`) for what is none.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as picture:
            if picture.width * picture.height > PIXELS:
                raise TooLargeError(_("The picture is too large. Make it smaller and try again."))
            as_png = picture.format == "PNG"
            picture.thumbnail((SIDE, SIDE))  # first: a JPEG is then never unpacked in full
            upright = ImageOps.exif_transpose(picture)
            see_through = as_png and ("A" in upright.mode or "transparency" in upright.info)
            painted = upright.convert("RGBA" if see_through else "RGB")
            painted.info = {}  # Pillow would write comments and colour profiles of the old file into the new one
            out = io.BytesIO()
            if as_png:
                painted.save(out, "PNG", optimize=True)
                return "image/png", ".png", out.getvalue()
            painted.save(out, "JPEG", quality=85)
            return "image/jpeg", ".jpg", out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        message = otherwise or _("This picture cannot be used here. Take a JPEG, PNG or WebP picture.")
        raise InvalidError(message, field="file") from error


def delete_files(paths: Iterable[str]) -> None:
    """Delete private files once the transaction is through; "" is none. What cannot be deleted stops nothing else."""
    for path in filter(None, paths):

        def delete(path: str = path) -> None:  # no `partial`: it has no name, which Django logs where it fails
            private_storage().delete(path)

        transaction.on_commit(delete, robust=True)


class Readable(Protocol):
    """A request, as far as its body is a file or a part of one."""

    def read(self, size: int, /) -> bytes: ...


def serve(
    request: HttpRequest, found: OpenFile, *, name: str, download: bool = False
) -> HttpResponse | StreamingHttpResponse:
    """A private file, whole or the range that the request asks for (RFC 9110), in a form that no browser runs or keeps.

    `name` is what it is called when it is saved, without its ending. Closes the file.
    """
    file, size, media_type = found.content, found.size, found.media_type
    etag = f'"{found.tag}"'
    guards = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'{"attachment" if download else "inline"}; filename="{name}{found.ending}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    wanted = _RANGE.fullmatch(request.headers.get("Range", "")) if request.method == "GET" else None
    if wanted is None or request.headers.get("If-Range", etag) != etag:
        body = _blocks(file, 0, size)
        headers = {**guards, "Content-Length": str(size)}
        return StreamingHttpResponse(body, content_type=media_type, headers=headers)
    first, end = _bounds(wanted, size)
    if first >= end:
        file.close()
        return HttpResponse(status=416, headers={**guards, "Content-Range": f"bytes */{size}"})
    headers = {**guards, "Content-Length": str(end - first), "Content-Range": f"bytes {first}-{end - 1}/{size}"}
    return StreamingHttpResponse(_blocks(file, first, end), status=206, content_type=media_type, headers=headers)


_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
"""One range. Who asks for several gets the whole file, as the standard allows."""


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    """First byte, and the one after the last. Empty where there is nothing of what was asked for."""
    first, last, tail = wanted.groups()
    if tail is not None:
        return max(0, size - int(tail)), size
    if last and int(last) < int(first):
        return size, size
    return int(first), min(int(last) + 1, size) if last else size


def _blocks(file: IO[bytes], first: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = end - first
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
