"""Stories beyond the circle: the showcase of a course run, and the export for those who train others.

Public through `api.py`. Both are worked out when asked for, from the consents that stand at that moment: what was taken
back, has expired or is hidden is in neither. Of stories told aloud or in pictures, only what is written goes further.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotAllowedError

from . import consents, protocols
from .data import Purpose, SafetyWhat, ShownStory, TrainingStory
from .models import Contribution, SafetyStep, StoryConsent
from .permissions import Relation, relations, require
from .receipts import receipt_for
from .texts import clean, table

NEWEST = slice(100)
REASON_LENGTH = 1_000


def showcase(*, actor: Actor, course_key: CourseKey, language: str, rows: slice = NEWEST) -> list[ShownStory]:
    """The stories whose tellers agreed to show them, the newest first. Two queries beyond the permission's.

    For the people of the course run; where the operator sets `PASSERELLE_PUBLIC_SHOWCASE`, for everyone.
    """
    if not settings.PASSERELLE_PUBLIC_SHOWCASE:
        _require_course("showcase", actor, course_key)
    found = _agreed(Purpose.SHOWCASE, course_key)[rows]
    names = {
        grant.contribution_id: grant.pseudonym
        for grant in StoryConsent.objects.filter(
            contribution__in=list(found), purpose=Purpose.SHOWCASE, withdrawn_at=None
        )
    }
    return [
        ShownStory(
            name=names.get(story.pk, ""),
            phase=_phase(story, language),
            language=story.circle.language,
            language_name=_own_name(story.circle.language),
            text=story.text,
        )
        for story in found
    ]


@transaction.atomic
def training_export(
    *, actor: Actor, course_key: CourseKey, words: str, language: str, key: str
) -> tuple[TrainingStory, ...]:
    """The stories whose tellers agreed that trainers use them, for course staff who say what for, in `words`.

    Each teller reads on her page that her story was exported, when, and for what.
    """
    _require_course("training_export", actor, course_key)
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
    grants = StoryConsent.objects.filter(contribution__in=found, purpose=Purpose.TRAINING, withdrawn_at=None)
    until = {grant.contribution_id: grant.expires_at for grant in grants}
    return tuple(
        TrainingStory(
            language=story.circle.language,
            phase=_phase(story, language),
            text=story.text,
            until=expires.date().isoformat() if (expires := until.get(story.pk)) else "",
        )
        for story in found
    )


def training_csv(stories: Sequence[TrainingStory]) -> str:
    """The export for a spreadsheet."""
    header = [_("Language"), _("Phase"), _("Words"), _("May be used until")]
    return table([header, *([story.language, story.phase, story.text, story.until] for story in stories)])


def _agreed(purpose: Purpose, course_key: CourseKey) -> QuerySet[Contribution]:
    stories = consents.standing(purpose).filter(circle__course_key=course_key, question=None).exclude(text="")
    return stories.select_related("circle").order_by("-told_at", "pk")


def _own_name(language: str) -> str:
    try:
        return str(get_language_info(language)["name_local"])
    except KeyError:
        return language


def _phase(story: Contribution, language: str) -> str:
    titles = (phase["title"] for phase in story.circle.protocol["phases"] if phase["id"] == story.phase)
    return protocols.say(next(titles, {}), language)


def _require_course(what: str, actor: Actor, course_key: CourseKey) -> None:
    if actor.course_key != course_key:
        raise NotAllowedError
    require(what, relations(actor))
