"""Voices and pictures on their way: sent part by part, so that a lost line goes on where it stopped; then told.

The idea of tus 1.0 (tus.io), small: announce, send at an offset, ask again with the same key to learn the offset. Parts
lie in the private storage, which need not be able to append. Public through `api.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_OID, uuid4, uuid5

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.host.api import Actor, private_storage
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError, PasserelleError, TooLargeError
from passerelle.host.files import Readable, clean_picture, delete_files
from passerelle.host.sounds import clean_sound
from passerelle.host.values import as_uuid, checked_key

from .data import Media, StoryFileView, UploadView
from .models import Circle, Contribution, Member, StoryFile
from .permissions import relations, require
from .receipts import find_circle
from .texts import entered

FOLDER = "stories"
"""In the private storage: what was told, and in its folder `parts` what is on its way."""
PART = 1024 * 1024
"""Bytes of a part at most."""
MOST_PARTS = 500
"""Of one file. Ours are larger than a hundredth of it; so many small ones fill a storage with files."""
MOST_UNTOLD = 5
"""Files that one person has sent to a circle, or begun to, and not told. A further one takes the oldest one's place."""
MEGABYTE = 1024 * 1024
TRANSCRIPT_LENGTH = 20_000
DESCRIPTION_LENGTH = 1_000
LINK_LENGTH = 500
ABANDONED = timedelta(days=1)
"""What was not told by then never will be."""

LIMITS = {
    "audio_megabytes": 20,
    "audio_minutes": 15,
    "image_megabytes": 15,
    "person_megabytes": 100,
    "circle_megabytes": 400,
}
"""Of one file; of all that one person keeps; of all that one circle keeps. `PASSERELLE_STORY_FILES` overrides some."""


def limits() -> dict[str, int]:
    """`LIMITS` as the operator has them."""
    return {**LIMITS, **getattr(settings, "PASSERELLE_STORY_FILES", {})}


# --- On its way


@transaction.atomic
def start_upload(*, actor: Actor, circle_id: str, kind: str, size: int, key: str) -> UploadView:
    """Announce a file of so many bytes for a story in the circle. The same key again: how far it is."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("upload", relations(actor, circle, member))
    if member is None:
        raise NotFoundError
    pk = uuid5(NAMESPACE_OID, f"passerelle upload {member.pk} {checked_key(key)}")
    found = StoryFile.objects.filter(pk=pk).first()
    if found is None:
        _check_announced(circle, kind, size)
        for forgotten in member.files.filter(contribution=None).order_by("-started_at")[MOST_UNTOLD - 1 :]:
            forgotten.delete()
        _check_room(circle, member, size)
        found = StoryFile.objects.create(pk=pk, member=member, kind=kind, size=size)
    return _view(found)


def _check_announced(circle: Circle, kind: str, size: object) -> None:
    if circle.closed_at is not None:
        raise NotNowError(_("This circle has ended. Your stories are on your page."))
    if kind not in allowed(circle) or kind == Media.LINK:
        raise InvalidError(_("Stories are told without this here. Choose another way."), field="kind")
    if type(size) is not int or size <= 0:
        raise InvalidError(field="size")
    most = limits()[f"{kind}_megabytes"]
    if size > most * MEGABYTE:
        raise TooLargeError(_("This file is too large: %d megabytes at most. Take a shorter or a smaller one.") % most)


def _check_room(circle: Circle, member: Member, size: int) -> None:
    """While the circle is locked, so that nobody announces two files at once."""
    rows = {
        "person": StoryFile.objects.filter(member__user=member.user_id),
        "circle": StoryFile.objects.filter(member__circle=circle),
    }
    held = {whose: query.aggregate(sum=Sum("size"))["sum"] or 0 for whose, query in rows.items()}
    if held["person"] + size > limits()["person_megabytes"] * MEGABYTE:
        raise TooLargeError(
            _("You keep very many voices and pictures here. Withdraw one on your page, then send this.")
        )
    if held["circle"] + size > limits()["circle_megabytes"] * MEGABYTE:
        raise TooLargeError(_("This circle keeps as many voices and pictures as it can. Tell your story in writing."))


def allowed(circle: Circle) -> tuple[Media, ...]:
    """What a story may hold in this circle besides words."""
    return tuple(Media(name) for name in circle.protocol.get("media") or ())


def add_part(*, actor: Actor, upload_id: str, offset: int, body: Readable) -> UploadView:
    """Keep what comes at this offset; with the last part the file is looked at, cleaned and ready to be told.

    A part that begins elsewhere than the last one ended is not accepted; the answer says where to go on. A file that is
    not fit to keep raises InvalidError or TooLargeError, and is gone.
    """
    found = _own(actor, upload_id)
    if found.path or offset != found.received:
        return _view(found, accepted=bool(found.path))
    if len(found.parts) >= MOST_PARTS:
        found.delete()
        raise NotFoundError(_("What you began to send is no longer here. Send it again."))
    content = body.read(min(PART, found.size - offset) + 1)
    if len(content) > min(PART, found.size - offset):
        raise TooLargeError
    if content:
        found, accepted = _take(found, offset, content)
        if not accepted:
            return _view(found, accepted=False)
    return _view(_finish(found) if found.received == found.size else found)


def _take(found: StoryFile, offset: int, content: bytes) -> tuple[StoryFile, bool]:
    """Store the part outside of the transaction, then enter it, unless another request has meanwhile."""
    storage = private_storage()
    name = storage.save(f"{FOLDER}/parts/{uuid4()}", ContentFile(content))
    with transaction.atomic():
        locked = StoryFile.objects.select_for_update().filter(pk=found.pk).first()
        accepted = locked is not None and locked.received == offset and not locked.path
        if locked is not None and accepted:
            locked.parts = [*locked.parts, name]
            locked.received += len(content)
            locked.save(update_fields=["parts", "received"])
    if not accepted:
        storage.delete(name)
    if locked is None:
        raise NotFoundError
    return locked, accepted


def _finish(found: StoryFile) -> StoryFile:
    """Put the parts together, clean the whole, keep it. May run twice, even at once."""
    storage = private_storage()
    try:
        media_type, ending, content, seconds = _cleaned(found.kind, b"".join(_read(name) for name in found.parts))
    except PasserelleError:
        found.delete()
        raise
    except FileNotFoundError:  # another request was faster, and has thrown the parts away
        return StoryFile.objects.get(pk=found.pk)
    path = storage.save(f"{FOLDER}/{uuid4()}{ending}", ContentFile(content))
    with transaction.atomic():
        locked = StoryFile.objects.select_for_update().filter(pk=found.pk).first()
        if locked is None or locked.path:
            delete_files([path])
        else:
            delete_files(locked.parts)
            locked.path, locked.media_type, locked.size, locked.seconds = path, media_type, len(content), seconds
            locked.parts = []
            locked.save(update_fields=["path", "media_type", "size", "seconds", "parts"])
    if locked is None:
        raise NotFoundError
    return locked


def _read(name: str) -> bytes:
    with private_storage().open(name, "rb") as part:
        content: bytes = part.read()
        return content


def _cleaned(kind: str, content: bytes) -> tuple[str, str, bytes, float]:
    if kind == Media.IMAGE:
        return (*clean_picture(content), 0.0)
    sound = clean_sound(content)
    most = limits()["audio_minutes"]
    if sound.seconds > most * 60:
        raise TooLargeError(_("This recording is too long: %d minutes at most. Take a shorter one.") % most)
    return sound.media_type, sound.ending, sound.content, sound.seconds


@transaction.atomic
def drop_upload(*, actor: Actor, upload_id: str) -> None:
    """Throw a file away that was not told yet. May run twice."""
    require("upload", _relations_there(actor, upload_id))
    StoryFile.objects.filter(pk=as_uuid(upload_id), member__user_id=actor.pk, contribution=None).delete()


def _own(actor: Actor, upload_id: str) -> StoryFile:
    require("upload", _relations_there(actor, upload_id))
    found = StoryFile.objects.filter(pk=as_uuid(upload_id), member__user_id=actor.pk, contribution=None).first()
    if found is None:
        raise NotFoundError(_("What you began to send is no longer here. Send it again."))
    return found


def _relations_there(actor: Actor, upload_id: str) -> Any:
    circle_id = Circle.objects.filter(members__files=as_uuid(upload_id)).values_list("pk", flat=True).first()
    if circle_id is None:
        raise NotFoundError(_("What you began to send is no longer here. Send it again."))
    circle, member = find_circle(actor, str(circle_id))
    return relations(actor, circle, member)


def _view(row: StoryFile, *, accepted: bool = True) -> UploadView:
    complete = bool(row.path)
    offset = row.size if complete else row.received
    return UploadView(id=str(row.pk), offset=offset, size=row.size, complete=complete, accepted=accepted)


# --- Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a story comes with besides its words: files, each with words of its own, and a link."""

    files: tuple[tuple[StoryFile, str], ...] = ()
    link: str = ""

    def __bool__(self) -> bool:
        return bool(self.files or self.link)


def brought(payload: Mapping[str, Any], *, circle: Circle, member: Member) -> Brought:
    """The payload's `files` (a list of `id` and `words`) and `link`, checked. Raises InvalidError or NotFoundError."""
    raw = payload.get("files") or []
    if not isinstance(raw, list) or len(raw) > len(Media) or not all(isinstance(one, dict) for one in raw):
        raise InvalidError(field="files")
    words = {as_uuid(one.get("id")): one.get("words") for one in raw}
    rows = list(member.files.filter(pk__in=words, contribution=None).exclude(path=""))
    if len(rows) != len(raw) or len({row.kind for row in rows}) != len(rows):
        raise NotFoundError(_("What you recorded or chose has not arrived. Send it again."))
    if not {row.kind for row in rows} <= set(allowed(circle)):
        raise InvalidError(_("Stories are told without this here. Choose another way."), field="files")
    return Brought(
        files=tuple((row, _words_of(row, words[row.pk])) for row in rows),
        link=_link(payload.get("link"), circle),
    )


def _words_of(row: StoryFile, raw: object) -> str:
    if row.kind == Media.AUDIO:
        return entered(raw, TRANSCRIPT_LENGTH, field="audio_words")
    words = entered(raw, DESCRIPTION_LENGTH, field="image_words")
    if not words:
        message = _("Say in a few words what is to be seen. Some people here cannot see the picture.")
        raise InvalidError(message, field="image_words")
    return words


def _link(raw: object, circle: Circle) -> str:
    link = raw.strip() if isinstance(raw, str) else ""
    if not link:
        return ""
    message = _("This is not a complete address. It begins with https:// and you can copy it from your browser.")
    try:
        URLValidator(schemes=["https"])(link)
        parts = urlsplit(link)
    except (ValidationError, ValueError) as error:
        raise InvalidError(message, field="link") from error
    if len(link) > LINK_LENGTH or parts.username is not None or Media.LINK not in allowed(circle):
        raise InvalidError(message, field="link")
    return link


def attach(story: Contribution, what: Brought) -> None:
    """Make the files part of the story; its consent is theirs from here on. One query, none without files."""
    for row, words in what.files:
        row.contribution, row.words = story, words
    StoryFile.objects.bulk_update([row for row, _words in what.files], ["contribution", "words"])


def views(story: Contribution) -> tuple[StoryFileView, ...]:
    """A story's voices and pictures. No query where `files` was fetched along."""
    return tuple(
        StoryFileView(
            id=str(row.pk),
            kind=Media(row.kind),
            media_type=row.media_type,
            seconds=math.ceil(row.seconds),
            words=row.words,
        )
        for row in story.files.all()
    )


# --- Gone


def file_is_gone(sender: object, instance: StoryFile, **_signal: object) -> None:
    """Whatever deletes a row (withdrawal, retirement, expiry, a circle that goes): its files go with it."""
    delete_files([instance.path, *instance.parts])


def abandoned(now: datetime | None = None) -> Any:
    """Files that were begun, or sent, and never told."""
    return StoryFile.objects.filter(contribution=None, started_at__lt=(now or timezone.now()) - ABANDONED)


def ownerless(now: datetime) -> list[str]:
    """Files in the storage that no row names, older than a day: a server died between storing and entering them."""
    storage = private_storage()
    found = []
    for folder in (FOLDER, f"{FOLDER}/parts"):
        try:
            names = [f"{folder}/{name}" for name in storage.listdir(folder)[1]]
        except FileNotFoundError:
            continue
        found += [name for name in names if storage.get_modified_time(name) < now - ABANDONED]
    if not found:
        return []
    named = set(StoryFile.objects.exclude(path="").values_list("path", flat=True))
    for parts in StoryFile.objects.filter(path="").values_list("parts", flat=True):
        named.update(parts)
    return [name for name in found if name not in named]
