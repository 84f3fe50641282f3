"""Stories beyond the circle: the showcase of a course run, and the export for those who train others.

Public through `api.py`. Both are worked out when asked for, from the consents that stand at that moment: what was taken
back, has expired or is hidden is in neither. Voices and pictures go further where the words agreed to speak of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError
from passerelle.host.values import checked_key, own_name
from passerelle.host.web import plain

from . import consents, copies, protocols, uploads
from .data import Media, Purpose, SafetyWhat, ShownStory, TrainingFile, TrainingStory
from .models import Contribution, Receipt, SafetyStep, StoryConsent, StoryFile
from .permissions import Relation, require_in
from .receipts import receipt_for
from .texts import clean, table

NEWEST = slice(100)
REASON_LENGTH = 1_000
ARCHIVE_LASTS = timedelta(hours=1)
"""So long after asking for an export, one may fetch its archive."""


def showcase(*, actor: Actor, course_key: CourseKey, language: str, rows: slice = NEWEST) -> list[ShownStory]:
    """The stories whose tellers agreed to show them, the newest first. Three queries beyond the permission's.

    For the people of the course run; where the operator sets `PASSERELLE_PUBLIC_SHOWCASE`, for everyone.
    """
    _require_showcase(actor, course_key)
    found = list(_agreed(Purpose.SHOWCASE, course_key)[rows])
    grants = _grants(Purpose.SHOWCASE, found)
    return [
        ShownStory(
            name=grants[story.pk].pseudonym,
            phase=_phase(story, language),
            language=story.circle.language,
            language_name=own_name(story.circle.language),
            text=story.text,
            files=uploads.views(story) if consents.covers_files(grants[story.pk]) else (),
        )
        for story in found
        if story.pk in grants
    ]


def shows(*, actor: Actor, story: Contribution) -> bool:
    """Whether the actor finds the story's voices and pictures in the showcase just now. Three queries at most."""
    try:
        _require_showcase(actor, story.circle.course_key)
    except NotAllowedError:
        return False
    agreed = consents.lasting(Purpose.SHOWCASE, with_files=True)
    return consents.standing(Purpose.SHOWCASE).filter(pk=story.pk, grants__in=agreed).exists()


@transaction.atomic
def training_export(
    *, actor: Actor, course_key: CourseKey, words: str, language: str, key: str
) -> tuple[TrainingStory, ...]:
    """The stories whose tellers agreed that trainers use them, for course staff who say what for, in `words`.

    Each teller reads on her page that her story was exported, when, and for what.
    """
    require_in("training_export", actor, course_key)
    reason = clean(words) if isinstance(words, str) else ""
    if not reason:
        raise InvalidError(_("Write what the stories are for, in a few words."), field="words")
    receipt, _is_new = receipt_for(actor, key, "training_export")
    found = list(_agreed(Purpose.TRAINING, course_key))
    kept = SafetyStep.objects.filter(by_id=actor.user_id, what=SafetyWhat.EXPORTED, at__gte=receipt.at)
    had = set(kept.filter(circle__course_key=course_key).values_list("contribution_id", flat=True))
    SafetyStep.objects.bulk_create(
        SafetyStep(
            circle=story.circle,
            contribution=story,
            by_id=actor.user_id,
            role=Relation.STAFF,
            what=SafetyWhat.EXPORTED,
            words=reason[:REASON_LENGTH],
        )
        for story in found
        if story.pk not in had
    )
    return _for_training(found, language)


def training_archive(*, actor: Actor, course_key: CourseKey, key: str, language: str) -> IO[bytes]:
    """The export that was asked for with this key, with its voices and pictures: a ZIP file at its beginning.

    For whoever asked for it, within an hour; what was taken back meanwhile is not in it. The caller closes it.
    """
    require_in("training_export", actor, course_key)
    since = timezone.now() - ARCHIVE_LASTS
    asked = Receipt.objects.filter(user_id=actor.pk, action="training_export", key=checked_key(key), at__gte=since)
    receipt = asked.first()
    if receipt is None:
        raise NotFoundError(_("Ask for the stories again, on the desk."))
    noted = SafetyStep.objects.filter(by_id=actor.user_id, what=SafetyWhat.EXPORTED, at__gte=receipt.at)
    found = list(_agreed(Purpose.TRAINING, course_key).filter(pk__in=noted.values("contribution")))
    stories = _for_training(found, language)
    wanted = {file.name for story in stories for file in story.files}
    out = TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("stories.csv", training_csv(stories))
        archive.writestr("stories.json", json.dumps(plain(stories), ensure_ascii=False, indent=1))
        copies.add_files(archive, (file.path for story in found for file in story.files.all()), wanted=wanted)
    out.seek(0)
    return out


def _for_training(found: Sequence[Contribution], language: str) -> tuple[TrainingStory, ...]:
    grants = _grants(Purpose.TRAINING, found)
    return tuple(
        TrainingStory(
            language=story.circle.language,
            phase=_phase(story, language),
            text=story.text,
            until=expires.date().isoformat() if (expires := grants[story.pk].expires_at) else "",
            files=tuple(
                TrainingFile(name=copies.name_of(file.path), kind=Media(file.kind), words=file.words)
                for file in story.files.all()
                if consents.covers_files(grants[story.pk])
            ),
        )
        for story in found
        if story.pk in grants
    )


def training_csv(stories: Sequence[TrainingStory]) -> str:
    """The export for a spreadsheet."""
    header = [_("Language"), _("Phase"), _("Words"), _("Voice and picture"), _("May be used until")]
    rows = ([story.language, story.phase, story.text, _files(story), story.until] for story in stories)
    return table([header, *rows])


def _files(story: TrainingStory) -> str:
    return "\n".join(part for file in story.files for part in (file.name, file.words) if part)


def _agreed(purpose: Purpose, course_key: CourseKey) -> QuerySet[Contribution]:
    """Stories whose tellers agreed to this purpose, and of which something can serve it. Two queries."""
    told = StoryFile.objects.filter(contribution=OuterRef("pk"))
    covered = consents.lasting(purpose, with_files=True).filter(contribution=OuterRef("pk"))
    stories = consents.standing(purpose).filter(
        ~Q(text="") | Q(Exists(told) & Exists(covered)), circle__course_key=course_key, question=None
    )
    return stories.select_related("circle").prefetch_related("files").order_by("-told_at", "pk")


def _grants(purpose: Purpose, found: Sequence[Contribution]) -> dict[UUID, StoryConsent]:
    """The consent by which each of these stories serves the purpose."""
    rows = consents.lasting(purpose).filter(contribution__in=found).order_by("granted_at")
    return {grant.contribution_id: grant for grant in rows}


def _phase(story: Contribution, language: str) -> str:
    titles = (phase["title"] for phase in story.circle.protocol["phases"] if phase["id"] == story.phase)
    return protocols.say(next(titles, {}), language)


def _require_showcase(actor: Actor, course_key: CourseKey) -> None:
    if not settings.PASSERELLE_PUBLIC_SHOWCASE:
        require_in("showcase", actor, course_key)
