"""Evidence: what shows that a person can do something. Private: everyone else asks `api.py`."""

from __future__ import annotations

from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import UsageKey

from passerelle.host.api import Actor, facilitated_courses, host, own_stories, private_storage
from passerelle.host.errors import InvalidError, NotFoundError, TooLargeError
from passerelle.host.files import OpenFile, Readable, clean_picture, delete_files, open_private
from passerelle.host.values import as_uuid

from .claims import checked_level, checked_uri, forget, record
from .data import Basis, EvidenceKind, EvidenceView
from .models import Evidence, Validation
from .permissions import require
from .receipts import is_new

TEXT_LIMIT = 5000
"""Characters of a text or a note."""
LINK_LIMIT = 1000
"""Characters of a link: those of its column."""
FILE_LIMIT = 10 * 1024 * 1024
"""Bytes of a file as it is sent: a photograph from a good telephone."""
MOST = 200
"""Pieces of evidence that one person keeps."""


@transaction.atomic
def add_evidence(
    *, actor: Actor, uri: str, kind: str, level: int, key: str, text: str = "", link: str = "", reference: str = ""
) -> str:
    """Keep something that shows the actor's level. Returns its id.

    A file comes afterwards, through `store_file`; until then the evidence is incomplete and backs nothing.
    `reference` is a story's reference or a completed unit's usage key.
    """
    require("own", actor)
    if kind not in list(EvidenceKind):
        raise InvalidError(_("Choose what you want to add."), field="kind")
    fields = _FIELDS[EvidenceKind(kind)](actor, text.strip(), link.strip(), reference.strip())
    if not is_new(actor, key, "evidence"):
        return str(_pk_of(actor, key))
    if Evidence.objects.filter(user_id=actor.pk).count() >= MOST:
        raise InvalidError(_("You keep very many things here. Remove one that you no longer need, then add this one."))
    found = Evidence.objects.create(
        pk=_pk_of(actor, key), user_id=actor.pk, uri=checked_uri(uri), kind=kind, level=checked_level(level), **fields
    )
    if kind != EvidenceKind.FILE:
        _back(found)
    return str(found.pk)


def _pk_of(actor: Actor, key: str) -> UUID:
    """The same for the same request, so that sending it again finds what it made."""
    return uuid5(NAMESPACE_OID, f"passerelle evidence {actor.pk} {key}")


def _back(found: Evidence) -> None:
    record(user_id=found.user_id, uri=found.uri, level=found.level, basis=Basis.EVIDENCED, source=_source(found))


def _source(found: Evidence) -> str:
    return f"evidence:{found.pk}"


def _text_fields(_actor: Actor, text: str, _link: str, _reference: str) -> dict[str, str]:
    if not text:
        raise InvalidError(_("Write a few words first."), field="text")
    return {"text": checked_note(text)}


def _link_fields(_actor: Actor, text: str, link: str, _reference: str) -> dict[str, str]:
    return {"text": checked_note(text), "link": checked_link(link)}


def _file_fields(_actor: Actor, text: str, _link: str, _reference: str) -> dict[str, str]:
    return {"text": checked_note(text)}


def _unit_fields(actor: Actor, text: str, _link: str, reference: str) -> dict[str, str]:
    try:
        usage_key = UsageKey.from_string(reference)
    except InvalidKeyError as error:
        raise InvalidError(_("Choose one of the units."), field="reference") from error
    if usage_key not in host().completed(user_id=actor.pk, usage_keys=[usage_key]):
        raise InvalidError(_("You have not finished this unit yet. Finish it, then add it here."), field="reference")
    return {"text": checked_note(text), "reference": reference}


def _story_fields(actor: Actor, text: str, _link: str, reference: str) -> dict[str, str]:
    if reference not in {story.reference for story in own_stories(user_id=actor.pk)}:
        raise InvalidError(_("Choose one of your stories."), field="reference")
    return {"text": checked_note(text), "reference": reference}


_FIELDS = {
    EvidenceKind.TEXT: _text_fields,
    EvidenceKind.LINK: _link_fields,
    EvidenceKind.FILE: _file_fields,
    EvidenceKind.UNIT: _unit_fields,
    EvidenceKind.STORY: _story_fields,
}


def checked_note(text: str) -> str:
    """The text, if it is not too long. Raises InvalidError."""
    if len(text) > TEXT_LIMIT:
        raise _too_long(TEXT_LIMIT, "text")
    return text


def checked_link(link: str) -> str:
    """The address, if it is complete and not too long. Raises InvalidError."""
    if len(link) > LINK_LIMIT:
        raise _too_long(LINK_LIMIT, "link")
    try:
        URLValidator(schemes=["http", "https"])(link)
    except ValidationError as error:
        message = _("This is not a complete address. It begins with https:// and you can copy it from your browser.")
        raise InvalidError(message, field="link") from error
    return link


def _too_long(limit: int, field: str) -> InvalidError:
    return InvalidError(_("This is too long. Nothing is lost: shorten it to %d signs.") % limit, field=field)


# --- Files


def store_file(*, actor: Actor, evidence_id: str, body: Readable) -> EvidenceView:
    """Keep the file that belongs to the actor's evidence. What it is, its content says, not its name.

    `body` is the request's own. Pictures are turned upright, made small, and lose what the camera wrote
    into them, the place above all.
    """
    require("own", actor)
    found = _own(actor, evidence_id)
    if found.kind != EvidenceKind.FILE:
        raise NotFoundError
    content = body.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise TooLargeError(_("The file is too large: 10 megabytes at most. A photograph of it may be smaller."))
    media_type, suffix, content = _checked(content)
    path = private_storage().save(f"evidence/{uuid4()}{suffix}", ContentFile(content))
    with transaction.atomic():
        locked = Evidence.objects.select_for_update().filter(pk=found.pk).first()
        if locked:
            old = locked.path
            locked.path, locked.media_type, locked.size = path, media_type, len(content)
            locked.save(update_fields=["path", "media_type", "size"])
            _back(locked)
            delete_files([old])
    if locked is None:
        private_storage().delete(path)
        raise NotFoundError
    return evidence_view(locked)


def _checked(body: bytes) -> tuple[str, str, bytes]:
    """Media type, a file name's ending, and what to keep. Raises InvalidError for anything else."""
    if body.startswith(b"%PDF-") and b"%%EOF" in body[-2048:]:
        return "application/pdf", ".pdf", body
    return clean_picture(
        body, otherwise=_("This file cannot be used here. Take a PDF, or a picture (JPEG, PNG or WebP).")
    )


def open_file(*, actor: Actor, evidence_id: str) -> OpenFile:
    """A file, for its owner and for facilitators whom she asked to confirm what it shows."""
    require("own", actor)
    found = Evidence.objects.filter(pk=as_uuid(evidence_id)).first()
    if found is None or not found.path or not _may_read(actor, found):
        raise NotFoundError
    return open_private(found.path, size=found.size, media_type=found.media_type)


def _may_read(actor: Actor, found: Evidence) -> bool:
    if found.user_id == actor.user_id:
        return True
    asked = Validation.objects.filter(user_id=found.user_id, uri=found.uri, closed_at=None)
    return asked.filter(course_key__in=facilitated_courses(user_id=actor.pk)).exists()


# --- Taking back, and reading


@transaction.atomic
def remove_evidence(*, actor: Actor, evidence_id: str, key: str) -> None:
    """Remove it, its file, and what rested on it."""
    require("own", actor)
    if is_new(actor, key, "remove"):
        found = _own(actor, evidence_id)
        forget(user_id=found.user_id, uri=found.uri, basis=Basis.EVIDENCED, source=_source(found))
        delete_files([found.path])
        found.delete()


@transaction.atomic
def story_is_gone(*, reference: str) -> None:
    """Its teller withdrew the story: it backs nothing any more. May run twice."""
    for found in Evidence.objects.filter(kind=EvidenceKind.STORY, reference=reference):
        forget(user_id=found.user_id, uri=found.uri, basis=Basis.EVIDENCED, source=_source(found))
        found.delete()


def my_evidence(*, actor: Actor, uri: str | None = None) -> list[EvidenceView]:
    """The actor's evidence, for one competence or for all, the newest first. At most two queries."""
    require("own", actor)
    return evidence_of(user_id=actor.pk, uri=uri)


def evidence_of(*, user_id: int, uri: str | None = None) -> list[EvidenceView]:
    """A person's evidence; a story that was withdrawn is not there. Permission is the caller's to check."""
    rows = Evidence.objects.filter(user_id=user_id).order_by("-created_at", "pk")
    if uri is not None:
        rows = rows.filter(uri=uri)
    found = list(rows)
    has_story = any(row.kind == EvidenceKind.STORY for row in found)
    told = {story.reference: story.text for story in own_stories(user_id=user_id)} if has_story else {}
    there = [row for row in found if row.kind != EvidenceKind.STORY or row.reference in told]
    return [evidence_view(row, told.get(row.reference, "")) for row in there]


def evidence_view(row: Evidence, story: str = "") -> EvidenceView:
    return EvidenceView(
        id=str(row.pk),
        uri=row.uri,
        kind=row.kind,
        level=row.level,
        text="\n\n".join(part for part in (story, row.text) if part),
        link=host().block_url(usage_key=UsageKey.from_string(row.reference)) if row.kind == "unit" else row.link,
        media_type=row.media_type,
        size=row.size,
        complete=row.kind != EvidenceKind.FILE or bool(row.path),
        at=row.created_at.isoformat(),
    )


def _own(actor: Actor, evidence_id: str) -> Evidence:
    found = Evidence.objects.filter(pk=as_uuid(evidence_id), user_id=actor.pk).first()
    if found is None:
        raise NotFoundError
    return found
