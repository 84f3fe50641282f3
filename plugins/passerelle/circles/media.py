"""Voices and pictures that were told: who may hear and see them, which is who may read the story that they are part of.

Public through `api.py`.
"""

from __future__ import annotations

from passerelle.host.api import Actor, host
from passerelle.host.errors import NotFoundError
from passerelle.host.files import OpenFile, open_private
from passerelle.host.values import as_uuid

from . import safety, showcase
from .actions import open_to_cohort, readable
from .data import Audience
from .models import Contribution, StoryFile
from .permissions import Relation, allowed, relations, require
from .receipts import find_circle


def open_story_file(*, actor: Actor, file_id: str) -> OpenFile:
    """A voice or a picture, for those who may read its story now or find it in the showcase. Raises NotFoundError for
    everyone else.

    Staff and the safeguarding contact: for an hour after they opened the story with a reason, which the trail keeps.
    """
    held = relations(actor)
    told = StoryFile.objects.select_related("contribution__member", "contribution__circle").exclude(path="")
    row = told.filter(pk=as_uuid(file_id)).exclude(contribution=None).first()
    story = row.contribution if row else None
    may = story is not None and (
        (allowed("hear", held) and _may_read(actor, story)) or showcase.shows(actor=actor, story=story)
    )
    if row is None or not may:
        require("hear", held)
        raise NotFoundError
    return open_private(row.path, size=row.size, media_type=row.media_type)


def _may_read(actor: Actor, story: Contribution) -> bool:
    if story.withdrawn_at is not None:
        return False
    if story.member.user_id == actor.pk:
        return True
    circle, member = find_circle(actor, str(story.circle_id))
    held = relations(actor, circle, member)
    if allowed("see", held):
        seat = member.seat if member and Relation.MEMBER in held else None
        facilitating = Relation.FACILITATOR in held
        if readable(circle, seat=seat, facilitating=facilitating).filter(pk=story.pk).exists():
            return True
    if allowed("shared", held) and story.audience == Audience.COHORT:
        cohort = host().cohort_of(user_id=actor.pk, course_key=circle.course_key)
        if open_to_cohort(cohort).filter(pk=story.pk).exists():
            return True
    return safety.was_opened_for(actor, held, story)
