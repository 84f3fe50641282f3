"""Learners' feedback on units, public: what pages and the platform's filters may ask and do.

Every function takes the acting person, asks the permission table, and raises a `PasserelleError` that says what to do.
"""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotFoundError

from .data import FeedbackForm, Handout, ModuleReport, Opinion, Remark
from .models import Feedback, VersionNote
from .permissions import PERMISSIONS, allowed, require

__all__ = [
    "FLOOR",
    "PERMISSIONS",
    "allowed",
    "answer",
    "feedback_of",
    "form",
    "give",
    "handout",
    "report",
    "retire_user",
    "wanted_in",
]

FLOOR = 5
"""Fewer people than this make no statistic."""
LONGEST = 2000
"""Characters in a remark or a note."""
SHOWN_NOTES = 3


def wanted_in(*, course_key: CourseKey) -> bool:
    """Whether the course run asks for feedback: its authors set `{"passerelle": {"feedback": true}}`."""
    return bool(host().course_setting(course_key=course_key, name="feedback"))


def form(*, actor: Actor, usage_key: UsageKey) -> FeedbackForm:
    """What the learner sees below this unit. Two queries."""
    require("give", actor)
    said = Feedback.objects.filter(usage_key=usage_key, voice=_voice(actor.pk, usage_key)).first()
    return FeedbackForm(
        usage_key=str(usage_key),
        clear=said.clear if said else "",
        useful=said.useful if said else "",
        remark=said.remark if said else "",
        signed=bool(said and said.user_id),
        notes=_notes_for(said) if said else (),
    )


def _notes_for(said: Feedback) -> tuple[str, ...]:
    found = VersionNote.objects.filter(course_key=said.course_key, module=said.module, written_at__gte=said.given_at)
    return tuple(found.order_by("-written_at").values_list("text", flat=True)[:SHOWN_NOTES])


def give(*, actor: Actor, usage_key: UsageKey, clear: str, useful: str, remark: str = "", signed: bool = False) -> None:
    """Keep what the learner says of the unit, in place of what she said before. Said twice, it is kept once.

    Raises InvalidError for an answer that was not on offer, and for a remark that is too long.
    """
    require("give", actor)
    for field, value in (("clear", clear), ("useful", useful)):
        if value not in list(Opinion):
            raise InvalidError(_("Choose one of the answers."), field=field)
    remark = remark.strip()
    if len(remark) > LONGEST:
        raise InvalidError(_("Write at most %d characters.") % LONGEST, field="remark")
    try:
        names = host().place_of(usage_key=usage_key)
    except LookupError as error:
        raise NotFoundError from error
    values = {
        "course_key": usage_key.course_key,
        "user_id": actor.user_id if signed else None,
        "module": names[0][:255],
        "unit": names[-1][:255],
        "language": actor.language.split("-", maxsplit=1)[0],
        "clear": clear,
        "useful": useful,
        "remark": remark,
        "given_at": timezone.now(),
    }
    with transaction.atomic():
        Feedback.objects.update_or_create(usage_key=usage_key, voice=_voice(actor.pk, usage_key), defaults=values)


def report(*, actor: Actor, course_key: CourseKey) -> tuple[ModuleReport, ...]:
    """What learners said, by module and language. Three queries, however many they are."""
    require("read", actor)
    rows = defaultdict(list)
    for row in Feedback.objects.filter(course_key=course_key).order_by("module", "language", "-given_at"):
        rows[row.module, row.language].append(row)
    signed = {row.user_id for group in rows.values() for row in group if row.user_id}
    names = host().display_names(user_ids=signed) if signed else {}
    notes = defaultdict(list)
    for note in VersionNote.objects.filter(course_key=course_key).order_by("-written_at"):
        notes[note.module].append(note.text)
    return tuple(
        _module_report(module, language, group, names, tuple(notes[module]))
        for (module, language), group in rows.items()
    )


def _module_report(
    module: str, language: str, rows: list[Feedback], names: dict[int, str], notes: tuple[str, ...]
) -> ModuleReport:
    # One person speaks of several units: the units' most outspoken one tells how many people there are at least.
    people = max(len([row for row in rows if row.usage_key == key]) for key in {row.usage_key for row in rows})
    enough = people >= FLOOR
    remarks = (
        Remark(
            unit=row.unit,
            text=row.remark,
            language=row.language,
            name=names.get(row.user_id or 0, ""),
            given_on=row.given_at.date().isoformat(),
        )
        for row in rows
        if row.remark
    )
    return ModuleReport(
        module=module,
        language=language,
        people=people if enough else 0,
        enough=enough,
        clear=tuple(sum(row.clear == opinion for row in rows) for opinion in Opinion) if enough else (),
        useful=tuple(sum(row.useful == opinion for row in rows) for opinion in Opinion) if enough else (),
        remarks=tuple(remarks),
        notes=notes,
    )


def answer(*, actor: Actor, course_key: CourseKey, module: str, text: str, key: str) -> None:
    """Tell the learners of a module what has changed. The same key again does nothing.

    Raises InvalidError for a missing key, an empty or too long text, and a module that nobody has spoken of.
    """
    require("answer", actor)
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidError(_("Write between 1 and %d characters.") % LONGEST, field="text")
    if not Feedback.objects.filter(course_key=course_key, module=module).exists():
        raise InvalidError(_("Nobody has said anything about this module yet."), field="module")
    if not key:
        raise InvalidError  # without one, every note but the first would be taken for the same note again
    values = {"course_key": course_key, "module": module, "text": text, "written_at": timezone.now()}
    with transaction.atomic():
        VersionNote.objects.get_or_create(key=key[:64], defaults=values)


def feedback_of(*, user_id: int) -> QuerySet[Feedback]:
    """What the person said of any unit, signed or not."""
    spoken_of = Feedback.objects.values_list("usage_key", flat=True).distinct()
    voices = [_voice(user_id, usage_key) for usage_key in spoken_of]
    return Feedback.objects.filter(Q(user_id=user_id) | Q(voice__in=voices))


def handout(*, actor: Actor, usage_key: UsageKey) -> Handout:
    """The texts of the module that holds this unit, for printing. Raises NotFoundError where there is none."""
    require("print", actor)
    try:
        module, texts = host().texts_around(user_id=actor.pk, usage_key=usage_key)
    except LookupError as error:
        raise NotFoundError from error
    return Handout(module=module, texts=texts)


def retire_user(*, user_id: int) -> None:
    """Erase what the person said, signed or not."""
    feedback_of(user_id=user_id).delete()


def _voice(user_id: int, usage_key: UsageKey) -> str:
    """Tells one person's words on one unit from another's, without saying whose they are."""
    return salted_hmac("passerelle.courses.feedback", f"{user_id}:{usage_key}", algorithm="sha256").hexdigest()
