"""Pictures are painted anew, and files are served whole or in part."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import RequestFactory
from passerelle.host.errors import InvalidError, TooLargeError
from passerelle.host.files import OpenFile, clean_picture, serve
from PIL import Image, PngImagePlugin

CONTENT = bytes(range(256)) * 700


def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1).save(out, form, **options)
    return out.getvalue()


def located() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    exif.get_ifd(0x8825)[29] = "Secret day"
    return exif


def chunks() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "Secret words")
    return info


@pytest.mark.parametrize(
    "content",
    [
        picture("JPEG", exif=located(), comment=b"Secret comment", icc_profile=b"Secret profile"),
        picture("JPEG", xmp=b"<x>Secret</x>"),
        picture("PNG", pnginfo=chunks(), exif=located(), icc_profile=b"Secret profile"),
        picture("PNG", mode="P", pnginfo=chunks(), transparency=0),
        picture("PNG", mode="LA", pnginfo=chunks()),
        picture("WEBP", exif=located(), xmp=b"<x>Secret</x>"),
    ],
)
def test_nothing_of_the_old_file_remains_but_colours(content: bytes) -> None:
    behind = b"PK\x05\x06<script>Secret</script>"
    assert b"Secret" in content
    media_type, ending, kept = clean_picture(content + behind)
    assert b"Secret" not in kept
    assert b"PK\x05\x06" not in kept
    painted = Image.open(io.BytesIO(kept))
    assert (painted.size, not painted.getexif(), {"icc_profile", "comment", "xmp"} & set(painted.info)) == (
        (60, 40), True, set(),
    )  # fmt: skip
    assert (media_type, ending) in (("image/png", ".png"), ("image/jpeg", ".jpg"))


def test_a_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    assert Image.open(io.BytesIO(clean_picture(picture("JPEG", exif=exif))[2])).size == (40, 60)


@pytest.mark.parametrize("raw", [b"", b"<svg/>", picture("GIF"), picture("BMP"), picture("PNG")[:50], b"\xff\xd8\xff"])
def test_what_is_no_picture_is_refused_in_the_words_given(raw: bytes) -> None:
    with pytest.raises(InvalidError, match="JPEG"):
        clean_picture(raw)
    with pytest.raises(InvalidError, match="Take this"):
        clean_picture(raw, otherwise="Take this")


def test_a_picture_of_too_many_points_is_not_unpacked() -> None:
    with pytest.raises(TooLargeError):
        clean_picture(picture("PNG", mode="1", size=(10_000, 5_001)))


def answer(method: str = "get", **headers: str) -> Any:
    request = getattr(RequestFactory(), method)("/", headers=headers)
    found = OpenFile(content=io.BytesIO(CONTENT), size=len(CONTENT), media_type="audio/webm", ending=".webm", tag="one")
    return serve(request, found, name="story")


SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("wanted", "first", "end"),
    [("bytes=0-", 0, SIZE), ("bytes=5-9", 5, 10), ("bytes=100-", 100, SIZE), ("bytes=-7", SIZE - 7, SIZE),
     ("bytes=0-0", 0, 1), ("bytes=70000-999999999", 70000, SIZE), ("bytes=-99999999", 0, SIZE)],
)  # fmt: skip
def test_a_part_is_served(wanted: str, first: int, end: int) -> None:
    found = answer(Range=wanted)
    assert found.status_code == 206
    assert found["Content-Range"] == f"bytes {first}-{end - 1}/{SIZE}"
    assert found["Content-Length"] == str(end - first)
    assert b"".join(found.streaming_content) == CONTENT[first:end]


@pytest.mark.parametrize("wanted", [f"bytes={SIZE}-", "bytes=9-5", "bytes=-0"])
def test_what_is_not_there_is_not_served(wanted: str) -> None:
    found = answer(Range=wanted)
    assert (found.status_code, found["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1,5-9"}, {"Range": "lines=1-2"}, {"Range": "bytes=-"},
                                     {"Range": "bytes=0-5", "If-Range": '"another"'}])  # fmt: skip
def test_otherwise_the_whole_is_served(headers: dict[str, str]) -> None:
    found = answer(**headers)
    assert found.status_code == 200
    assert b"".join(found.streaming_content) == CONTENT


def test_a_range_holds_for_the_very_same_content() -> None:
    assert answer(**{"Range": "bytes=0-5", "If-Range": '"one"'}).status_code == 206


def test_no_browser_runs_or_keeps_what_is_served() -> None:
    found = answer(Range="bytes=0-5")
    assert found["Content-Type"] == "audio/webm"
    assert found["Content-Disposition"] == 'inline; filename="story.webm"'
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Cache-Control"] == "private, no-store"
    assert "sandbox" in found["Content-Security-Policy"]
