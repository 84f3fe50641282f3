"""Recordings that people bring: the container is read to its last byte, and written anew with the sound alone.

Five containers that browsers and telephones record in: WebM, Ogg (Opus), MP4, MP3, WAV. What is not sound (tags,
pictures, places, a second file behind the first) is left out or makes the file refused. Nothing is decoded. Formats:
RFC 8794 and 9559 (Matroska), RFC 3533 and 7845 (Ogg Opus), ISO/IEC 14496-12 (MP4), 11172-3 (MP3), RIFF (WAV).
"""

# ruff: noqa: PLR2004 - numbers are the formats' own

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from .errors import InvalidError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording that is fit to keep. `seconds` is how long it lasts."""

    media_type: str
    ending: str
    content: bytes
    seconds: float


class _NoSoundError(ValueError):
    """The file is not what it begins like."""


def clean_sound(content: bytes) -> Sound:
    """The recording without anything else. Raises InvalidError for what is none, or one that cannot be played here."""
    readers: tuple[tuple[int, bytes, Callable[[bytes], Sound]], ...] = (
        (0, b"\x1aE\xdf\xa3", _webm),
        (0, b"OggS", _ogg),
        (4, b"ftyp", _mp4),
        (0, b"RIFF", _wav),
        (0, b"ID3", _mp3),
        (0, b"\xff", _mp3),
    )
    for offset, magic, read in readers:
        if content.startswith(magic, offset):
            try:
                found = read(content)
            except (_NoSoundError, LookupError, ArithmeticError, StopIteration, struct.error):
                break
            if found.seconds > 0 and not _is_something_else(found.content):
                return found
            break
    message = _("This recording cannot be used here. Take a sound file in WebM, Ogg, MP4 (M4A), MP3 or WAV.")
    raise InvalidError(message, field="file")


def _is_something_else(content: bytes) -> bool:
    """Whether a page, a PDF or an archive hides where programs look for one."""
    head = content[:4096].lower()
    pages = (b"%pdf-", b"<html", b"<script", b"<svg", b"<!doctype", b"<?php", b"<?xml")
    tail = content[-65_557:]
    at = tail.rfind(b"PK\x05\x06")
    archive = (
        at >= 0 and len(tail) >= at + 22 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)
    )
    return archive or any(page in head for page in pages)


def _expect(holds: object) -> None:
    if not holds:
        raise _NoSoundError


# --- WebM: every block of sound is taken out and put into a file of our own, with its length and an index to seek by

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_CUES, _SEEK_HEAD, _TAGS, _VOID, _CRC = 0x1C53BB6B, 0x114D9B74, 0x1254C367, 0xEC, 0xBF
_TOP = frozenset({_INFO, _TRACKS, _CLUSTER, _CUES, _SEEK_HEAD, _TAGS, _VOID, _CRC})
_TRACK_KEPT = frozenset({0x73C5, 0x83, 0x86, 0x63A2, 0x56AA, 0x56BB, 0x9C, 0x23E383})
_AUDIO_KEPT = frozenset({0xB5, 0x78B5, 0x9F, 0x6264})
_CLUSTER_MS = 5000
"""One may seek to the beginning of each cluster."""


@dataclass(frozen=True, slots=True)
class _Frame:
    at: int  # ms
    flags: int
    data: bytes


def _vint(content: bytes, at: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """A number of variable length, and where the next begins; -1 is "unknown"."""
    first = content[at]
    _expect(first)
    width = 9 - first.bit_length()
    _expect(at + width <= len(content))
    value = int.from_bytes(content[at : at + width], "big")
    if keep_marker:
        return value, at + width
    value &= (1 << 7 * width) - 1
    return (-1 if value == (1 << 7 * width) - 1 else value), at + width


def _elements(content: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of each element. One of unknown length ends where its parent does, or before its like."""
    while at < end:
        name, at = _vint(content, at, keep_marker=True)
        size, at = _vint(content, at)
        if size < 0:
            _expect(name in (_SEGMENT, _CLUSTER))
            stop = end if name == _SEGMENT else _end_of_cluster(content, at, end)
        else:
            stop = at + size
        _expect(stop <= end)
        yield name, at, stop
        at = stop


def _end_of_cluster(content: bytes, at: int, end: int) -> int:
    while at < end:
        name, start = _vint(content, at, keep_marker=True)
        if name in _TOP - {_VOID, _CRC}:
            return at
        size, start = _vint(content, start)
        _expect(size >= 0)
        at = start + size
    return end


def _element(name: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + (len(body) | 1 << 56).to_bytes(8, "big") + body


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(8, "big"))


def _webm(content: bytes) -> Sound:
    top = list(_elements(content, 0, len(content)))
    _expect([name for name, _start, _end in top if name not in (_VOID, _CRC)] == [_EBML, _SEGMENT])
    header = {name: content[start:end] for name, start, end in _elements(content, *top[0][1:])}
    _expect(header.get(0x4282, b"").rstrip(b"\0") in (b"webm", b"matroska"))
    scale, track, number, frames = 1_000_000, b"", 0, []
    _name, start, end = next(part for part in top if part[0] == _SEGMENT)
    for name, at, stop in _elements(content, start, end):
        _expect(name in _TOP)
        if name == _INFO:
            info = {key: content[a:b] for key, a, b in _elements(content, at, stop)}
            scale = int.from_bytes(info.get(0x2AD7B1, scale.to_bytes(4, "big")), "big")
        elif name == _TRACKS:
            _expect(not track)
            track, number = _audio_track(content, at, stop)
        elif name == _CLUSTER:
            frames += list(_frames(content, at, stop, number, scale))
    _expect(track and frames and all(one.at <= other.at for one, other in pairwise(frames)))
    return _new_webm(track, frames)


def _audio_track(content: bytes, at: int, end: int) -> tuple[bytes, int]:
    """The description of the one track, which is sound, without names and languages; and its number."""
    entries = [(start, stop) for name, start, stop in _elements(content, at, end) if name not in (_VOID, _CRC)]
    _expect(len(entries) == 1)
    parts = list(_elements(content, *entries[0]))
    values = {name: content[start:stop] for name, start, stop in parts}
    _expect(int.from_bytes(values.get(0x83, b""), "big") == 2)  # Matroska's number for sound
    _expect(values.get(0x86) in (b"A_OPUS", b"A_VORBIS"))
    kept = [_element(name, values[name]) for name in values if name in _TRACK_KEPT]
    sound = next((start, stop) for name, start, stop in parts if name == 0xE1)
    audio = [_element(name, content[a:b]) for name, a, b in _elements(content, *sound) if name in _AUDIO_KEPT]
    return _element(0xAE, _number(0xD7, 1), *kept, _element(0xE1, *audio)), int.from_bytes(values[0xD7], "big")


def _frames(content: bytes, at: int, end: int, number: int, scale: int) -> Iterator[_Frame]:
    base = 0
    for name, start, stop in _elements(content, at, end):
        if name == 0xE7:
            base = int.from_bytes(content[start:stop], "big")
        elif name == 0xA3:
            yield _frame(content[start:stop], number, base, scale)
        elif name == 0xA0:
            blocks = [content[a:b] for kind, a, b in _elements(content, start, stop) if kind == 0xA1]
            _expect(len(blocks) == 1)
            yield _frame(blocks[0], number, base, scale)
        else:
            _expect(name in (0xA7, 0xAB, _VOID, _CRC))  # position, size of the one before


def _frame(block: bytes, number: int, base: int, scale: int) -> _Frame:
    track, at = _vint(block, 0)
    (relative,) = struct.unpack_from(">h", block, at)
    _expect(track == number and len(block) > at + 3)
    return _Frame((base + relative) * scale // 1_000_000, block[at + 2] & 0x06 | 0x80, block[at + 3 :])


def _new_webm(track: bytes, frames: list[_Frame]) -> Sound:
    first = frames[0].at
    step = (frames[-1].at - first) // (len(frames) - 1) if len(frames) > 1 else 20
    seconds = (frames[-1].at - first + max(step, 1)) / 1000
    groups: list[list[_Frame]] = []
    for frame in frames:
        if not groups or frame.at - groups[-1][0].at >= _CLUSTER_MS:
            groups.append([])
        groups[-1].append(frame)
    clusters = [_new_cluster(group, first) for group in groups]
    info = _element(
        _INFO,
        _number(0x2AD7B1, 1_000_000),
        _element(0x4489, struct.pack(">d", seconds * 1000)),
        _element(0x4D80, b"passerelle"),
        _element(0x5741, b"passerelle"),
    )
    tracks = _element(_TRACKS, track)
    starts = [group[0].at - first for group in groups]
    before = len(info) + len(tracks) + len(_cues(starts, [0] * len(starts)))
    places = [before + sum(map(len, clusters[:index])) for index in range(len(clusters))]
    body = _element(_SEGMENT, info, tracks, _cues(starts, places), *clusters)
    versions = (_number(0x4286, 1), _number(0x42F7, 1), _number(0x42F2, 4), _number(0x42F3, 8))
    header = _element(_EBML, *versions, _element(0x4282, b"webm"), _number(0x4287, 4), _number(0x4285, 2))
    return Sound(media_type="audio/webm", ending=".webm", content=header + body, seconds=seconds)


def _new_cluster(group: list[_Frame], first: int) -> bytes:
    base = group[0].at
    blocks = (_element(0xA3, b"\x81", struct.pack(">hB", frame.at - base, frame.flags), frame.data) for frame in group)
    return _element(_CLUSTER, _number(0xE7, base - first), *blocks)


def _cues(starts: list[int], places: list[int]) -> bytes:
    points = (
        _element(0xBB, _number(0xB3, start), _element(0xB7, _number(0xF7, 1), _number(0xF1, place)))
        for start, place in zip(starts, places, strict=True)
    )
    return _element(_CUES, *points)


# --- Ogg: one stream of Opus, page after page; the page with the comments is replaced

_OPUS_RATE = 48_000


def _ogg(content: bytes) -> Sound:
    pages = list(_pages(content))
    _expect(len(pages) > 2 and len({page[14:18] for page in pages}) == 1)  # head, comments, sound
    head, comments = pages[:2]
    body = head[27 + head[26] :]
    _expect(body.startswith(b"OpusHead") and len(body) >= 19 and head[5] & 2)
    _expect(comments[27 + comments[26] :].startswith(b"OpusTags") and comments[26 + comments[26]] < 255)
    granules = [int.from_bytes(page[6:14], "little", signed=True) for page in pages[2:]]
    seconds = (max(granules) - int.from_bytes(body[10:12], "little")) / _OPUS_RATE
    cleaned = b"".join([head, _no_comments(comments), *pages[2:]])
    return Sound(media_type="audio/ogg", ending=".ogg", content=cleaned, seconds=seconds)


def _pages(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        _expect(content[at : at + 5] == b"OggS\0")
        count = content[at + 26]
        end = at + 27 + count + sum(content[at + 27 : at + 27 + count])
        _expect(end <= len(content))
        yield content[at:end]
        at = end


def _no_comments(page: bytes) -> bytes:
    """The page with its comments gone: who programmed it, and no comment."""
    packet = b"OpusTags" + struct.pack("<I10sI", 10, b"passerelle", 0)
    raw = page[:22] + bytes(4) + bytes([1, len(packet)]) + packet
    return raw[:22] + struct.pack("<I", _ogg_checksum(raw)) + raw[26:]


def _ogg_checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _bit in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


# --- MP4: boxes stay where they are, since others point at them; what tells something is blanked

_MP4_TOP = frozenset((b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"styp", b"free", b"skip", b"wide"))
_MP4_BLANKED = frozenset((b"udta", b"meta", b"uuid", b"free", b"skip", b"wide", b"ilst"))
_MP4_PARENTS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex", b"edts"))
_MP4_SOUNDS = frozenset((b"mp4a", b"Opus", b".mp3"))


def _mp4(content: bytes) -> Sound:
    raw = bytearray(content)
    boxes = list(_boxes(raw, 0, len(raw)))
    names = [name for _path, name, _start, _end in boxes]
    top = [name for path, name, _start, _end in boxes if not path]
    _expect(set(top) <= _MP4_TOP | {b"uuid", b"meta"} and b"mdat" in top)
    _expect((top.count(b"ftyp"), top.count(b"moov"), names.count(b"trak")) == (1, 1, 1))
    for path, name, start, end in boxes:
        if name == b"hdlr" and path[-1:] == (b"mdia",):
            _expect(raw[start + 8 : start + 12] == b"soun")
        elif name == b"stsd":
            _expect(bytes(raw[start + 12 : start + 16]) in _MP4_SOUNDS)
        elif name in _MP4_BLANKED:
            raw[start:end] = bytes(end - start)
            raw[start - 4 : start] = b"free"
    return Sound(media_type="audio/mp4", ending=".m4a", content=bytes(raw), seconds=_mp4_seconds(raw, boxes))


_Box = tuple[tuple[bytes, ...], bytes, int, int]


def _boxes(raw: bytearray, at: int, end: int, path: tuple[bytes, ...] = ()) -> Iterator[_Box]:
    """Parents, name, and where the content starts and ends."""
    while at < end:
        _expect(at + 8 <= end)
        size, name = struct.unpack_from(">I4s", raw, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", raw, start)
            start += 8
        stop = end if size == 0 and not path else at + size
        _expect(start <= stop <= end)
        yield path, name, start, stop
        if name in _MP4_PARENTS:
            yield from _boxes(raw, start, stop, (*path, name))
        at = stop


def _mp4_seconds(raw: bytearray, boxes: list[_Box]) -> float:
    """From the header of the track; for a recording in fragments, which has none there, from the fragments."""
    at = next(start for _path, name, start, _end in boxes if name == b"mdhd")
    scale, duration = struct.unpack_from(">IQ" if raw[at] else ">II", raw, at + (20 if raw[at] else 12))
    if duration and not any(name == b"moof" for _path, name, _start, _end in boxes):
        return float(duration / scale)
    common = _default_duration(raw, boxes)
    ends, began, each = [0], 0, common
    for _path, name, at, _end in boxes:
        flags = int.from_bytes(raw[at + 1 : at + 4], "big")
        if name == b"tfhd":
            skipped = 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
            each = struct.unpack_from(">I", raw, at + skipped)[0] if flags & 8 else common
            began = ends[-1]
        elif name == b"tfdt":
            (began,) = struct.unpack_from(">Q" if raw[at] else ">I", raw, at + 4)
        elif name == b"trun":
            began += _run(raw, at, flags, each)
            ends.append(began)
    return float(max(ends) / scale)


def _default_duration(raw: bytearray, boxes: list[_Box]) -> int:
    at = next((start for _path, name, start, _end in boxes if name == b"trex"), None)
    return int.from_bytes(raw[at + 12 : at + 16], "big") if at is not None else 0


def _run(raw: bytearray, at: int, flags: int, each: int) -> int:
    """How long the samples of one run last together, in the track's units."""
    count = int.from_bytes(raw[at + 4 : at + 8], "big")
    if not flags & 0x100:
        return count * each
    width = 4 * (flags & 0xF00).bit_count()
    first = at + 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    _expect(first + count * width <= len(raw))
    return sum(int.from_bytes(raw[here : here + 4], "big") for here in range(first, first + count * width, width))


# --- MP3: frame after frame; tags before and behind are left out

_MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_MP3_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _mp3(content: bytes) -> Sound:
    at = start = _behind_id3(content)
    end = len(content) - (128 if content[-128:-125] == b"TAG" else 0)
    footer = content[end - 32 : end]
    if footer.startswith(b"APETAGEX"):
        end -= int.from_bytes(footer[12:16], "little") + 32 * (footer[23] >> 7)
    seconds, count = 0.0, 0
    while at + 4 <= end:
        length, lasts = _mp3_frame(content[at : at + 4])
        if at + length > end:
            break  # cut off in its last frame, as recordings are
        at, seconds, count = at + length, seconds + lasts, count + 1
    _expect(count > 2)  # fewer may be chance
    return Sound(media_type="audio/mpeg", ending=".mp3", content=content[start:at], seconds=seconds)


def _behind_id3(content: bytes) -> int:
    if not content.startswith(b"ID3"):
        return 0
    size = 0
    for byte in content[6:10]:
        _expect(byte < 128)
        size = size << 7 | byte
    return 10 + size + (10 if content[5] & 0x10 else 0)


def _mp3_frame(head: bytes) -> tuple[int, float]:
    """Length in bytes and in seconds of the frame with this header."""
    _expect(head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 6 == 2)  # sync, layer III
    version, bits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    _expect(version != 1 and 0 < bits < 15 and rate < 3)
    full = version == 3
    hertz = _MP3_RATES[version][rate]
    samples = 1152 if full else 576
    return samples // 8 * _MP3_KBITS[full][bits] * 1000 // hertz + (head[2] >> 1 & 1), samples / hertz


# --- WAV: the format and the samples, and no other chunk


def _wav(content: bytes) -> Sound:
    _expect(content[8:12] == b"WAVE")
    chunks: dict[bytes, bytes] = {}
    at, end = 12, min(len(content), 8 + int.from_bytes(content[4:8], "little"))
    _expect(end >= len(content) - 1)  # nothing behind it but a byte that makes it even
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", content, at)
        _expect(at + 8 + size <= len(content))
        chunks.setdefault(name, content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    form, samples = chunks.get(b"fmt ", b""), chunks.get(b"data", b"")
    kind, _channels, _rate, per_second = struct.unpack_from("<HHII", form)
    _expect(kind in (1, 3, 0xFFFE) and len(form) <= 40)  # PCM, whole numbers or not
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", len(part)) + part + bytes(len(part) % 2)
        for name, part in ((b"fmt ", form), (b"data", samples))
    )
    whole = b"RIFF" + struct.pack("<I", len(body)) + body
    return Sound(media_type="audio/wav", ending=".wav", content=whole, seconds=len(samples) / per_second)
