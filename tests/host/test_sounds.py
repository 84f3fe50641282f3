"""Recordings are read to their last byte and written anew; what is no sound, or more than sound, is refused.

The samples hold one second of a tone, and say "Secret" in every tag that their container has.
"""

from __future__ import annotations

import contextlib
import io
import struct
import wave
from pathlib import Path

import pytest
from passerelle.host.errors import InvalidError
from passerelle.host.sounds import clean_sound

DATA = Path(__file__).parent / "data"
KINDS = {
    "voice.webm": "audio/webm",
    "voice.ogg": "audio/ogg",
    "voice.m4a": "audio/mp4",
    "fragments.m4a": "audio/mp4",
    "voice.mp3": "audio/mpeg",
    "voice.wav": "audio/wav",
}


def sample(name: str) -> bytes:
    return tone() if name == "voice.wav" else (DATA / name).read_bytes()


def tone() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(128 + 40 * (n // 9 % 2) for n in range(8000)))
    whole = out.getvalue()
    note = b"LIST" + struct.pack("<I", 16) + b"INFOICMTSecret!!"
    return b"RIFF" + struct.pack("<I", len(whole) - 8 + len(note)) + whole[8:] + note


@pytest.mark.parametrize("name", KINDS)
def test_a_recording_keeps_its_sound_and_loses_what_else_it_says(name: str) -> None:
    raw = sample(name)
    assert b"Secret" in raw
    found = clean_sound(raw)
    assert found.media_type == KINDS[name]
    assert 0.95 <= found.seconds <= 1.15
    assert b"Secret" not in found.content
    again = clean_sound(found.content)
    assert (again.content, again.seconds) == (found.content, found.seconds)


def test_webm_gets_the_length_and_the_index_that_browsers_leave_out() -> None:
    found = clean_sound(sample("voice.webm"))
    content = found.content
    assert struct.pack(">d", found.seconds * 1000) in content
    assert bytes.fromhex("1c53bb6b") in content


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw + b"PK\x05\x06" + bytes(18),
        lambda raw: raw + b"<html><script>alert(1)</script>",
        lambda raw: b"<html>" + raw,
        lambda raw: raw[:9],
        lambda raw: raw[:4] + b"%PDF-1.7" + raw[12:],
    ],
    ids=["an archive behind it", "a page behind it", "a page before it", "its beginning alone", "a PDF within"],
)
def test_what_hides_in_a_recording_is_cut_off_or_refused(name: str, change: object) -> None:
    raw = change(sample(name))  # type: ignore[operator]
    kept = b""
    with contextlib.suppress(InvalidError):
        kept = clean_sound(raw).content
    assert not any(hidden in kept for hidden in (b"PK\x05\x06", b"<html>", b"%PDF"))


@pytest.mark.parametrize(
    "raw", [b"", b"RIFF", b"OggS" + bytes(40), b"\x1aE\xdf\xa3\xff", b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"\xff\xfb" * 400,
            bytes(4) + b"ftypisom", b"RIFF\x04\0\0\0WAVE", b"%PDF-1.4", b"<svg/>", b"\x1aE\xdf\xa3" * 99, b"\0" * 5000]
)  # fmt: skip
def test_what_is_no_recording_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidError, match="MP3"):
        clean_sound(raw)


@pytest.mark.parametrize("name", KINDS)
def test_no_damage_is_more_than_a_refusal(name: str) -> None:
    raw = sample(name)
    for at in range(0, min(len(raw), 1500), 7):
        for byte in (0, 0x7F, 0xFF):
            damaged = raw[:at] + bytes([byte]) + raw[at + 1 :]
            with contextlib.suppress(InvalidError):
                assert clean_sound(damaged).seconds > 0


def test_a_film_is_no_recording() -> None:
    with pytest.raises(InvalidError):
        clean_sound(sample("voice.m4a").replace(b"soun", b"vide"))
    with pytest.raises(InvalidError):
        clean_sound(sample("voice.webm").replace(b"A_OPUS", b"V_VP8\0"))
