"""What keeps people safe: reports and what becomes of them, hiding, reading from outside, notes, help lines.

Public through `api.py`. Every step that somebody takes for a circle's safety is kept in the audit trail (`SafetyStep`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid

from . import help_lines, protocols, uploads
from .actions import readable
from .data import (
    Audience,
    HelpLineView,
    NoteView,
    Reading,
    ReadStory,
    ReportReason,
    ReportStatus,
    ReportView,
    SafetyWhat,
    StepView,
)
from .models import Circle, Contribution, FacilitatorNote, HelpLine, Member, Report, SafetyStep
from .permissions import Relation, is_facilitator, relations, require, safeguarding_contact, with_safeguarding
from .receipts import find_circle, receipt_for
from .texts import entered

log = logging.getLogger(__name__)

WORDS_LENGTH = 1_000
NOTE_LENGTH = 5_000
PAGE = slice(50)
READINGS = slice(100)


# --- Members


@transaction.atomic
def report(*, actor: Actor, contribution_id: str, reason: str, words: str, key: str) -> None:
    """Ask that a story of one's circle be looked at. It is hidden at once, until the facilitator has decided."""
    circle, member, story = _story(actor, contribution_id)
    held = relations(actor, circle, member)
    require("report", held)
    seen = readable(circle, seat=member.seat if member else None, facilitating=Relation.FACILITATOR in held)
    _receipt, is_new = receipt_for(actor, key, "report", circle)
    if not is_new:
        return
    if story.member_id == (member.pk if member else None) or not seen.filter(pk=story.pk).exists():
        raise NotFoundError(_("That story is no longer here."))
    if reason not in list(ReportReason):
        raise InvalidError(_("Choose why you report this."), field="reason")
    entered = _words(words, required=False)
    said = {"circle": circle, "reason": reason, "words": entered, "closed_at": None, "status": ReportStatus.OPEN}
    if story.reports.filter(reporter_id=actor.user_id, status=ReportStatus.ESCALATED).exists():
        said.pop("status")
    made, _created = Report.objects.update_or_create(contribution=story, reporter_id=actor.user_id, defaults=said)
    _step(actor, circle, SafetyWhat.REPORTED, role=Relation.MEMBER, report=made, story=story)
    _hide(actor, circle, story, role=Relation.MEMBER, report=made)
    _pass_to_whoever_is_there(actor, circle, made)


def _pass_to_whoever_is_there(actor: Actor, circle: Circle, made: Report) -> None:
    """A circle without a facilitator has nobody to sort a report: the safeguarding contact gets it."""
    if circle.facilitator_id and _is_appointed(circle):
        _tell(circle.facilitator_id, circle.course_key)
        return
    contact = safeguarding_contact(course_key=circle.course_key)
    if contact is not None:
        Report.objects.filter(pk=made.pk).update(status=ReportStatus.ESCALATED)
        _step(actor, circle, SafetyWhat.ESCALATED, role=Relation.MEMBER, report=made, story=made.contribution)
        _tell(contact, circle.course_key)


def _is_appointed(circle: Circle) -> bool:
    return is_facilitator(user_id=circle.facilitator_id or 0, course_key=circle.course_key)


def readings(*, user_id: int, course_key: CourseKey | None = None) -> list[Reading]:
    """When somebody from outside read the stories of circles in which this person told something, and when stories of
    hers were exported for training; the newest first."""
    told_in = Contribution.objects.filter(member__user_id=user_id).exclude(audience=Audience.SELF)
    own = Q(contribution__member__user_id=user_id)
    steps = SafetyStep.objects.filter(
        Q(what=SafetyWhat.READ) & (Q(role=Relation.STAFF, circle__in=told_in.values("circle")) | own)
        | Q(what=SafetyWhat.EXPORTED) & own
    )
    if course_key is not None:
        steps = steps.filter(circle__course_key=course_key)
    return [
        Reading(at=step.at.isoformat(), role=step.role, words=step.words, exported=step.what == SafetyWhat.EXPORTED)
        for step in steps.order_by("-id")[READINGS]
    ]


# --- Triage


@transaction.atomic
def hide(*, actor: Actor, contribution_id: str, words: str, key: str) -> None:
    """Hide a story of one's circle from everyone but its teller and those who look after the circle."""
    circle, member, story = _story(actor, contribution_id)
    require("hide", relations(actor, circle, member))
    _receipt, is_new = receipt_for(actor, key, "hide", circle)
    if is_new and story.hidden_at is None:
        _hide(actor, circle, story, role=Relation.FACILITATOR, words=_words(words, required=False))


@transaction.atomic
def release(*, actor: Actor, contribution_id: str, words: str, key: str) -> None:
    """Let a hidden story be read again. While a report on it is with the safeguarding contact, only she can."""
    circle, member, story = _story(actor, contribution_id)
    held = with_safeguarding(relations(actor, circle, member), actor)
    require("release", held)
    _receipt, is_new = receipt_for(actor, key, "release", circle)
    if not is_new:
        return
    # Hers is the last word, even once she has spoken it.
    escalated = story.safety_steps.filter(what=SafetyWhat.ESCALATED).exists()
    role = _role(held, escalated=escalated)
    _release(actor, circle, story, role=role, words=_words(words, required=False))


def reports(*, actor: Actor, language: str, rows: slice = PAGE) -> list[ReportView]:
    """The reports of the actor's course run that are hers to look at, those that wait first, then the last decided.

    Those of the circles that she holds; and for the safeguarding contact all that were passed on.
    """
    held = with_safeguarding(relations(actor), actor)
    require("reports", held)
    mine = Q(circle__facilitator_id=actor.user_id) if Relation.COURSE_FACILITATOR in held else Q(pk=None)
    escalated = SafetyStep.objects.filter(report=OuterRef("pk"), what=SafetyWhat.ESCALATED)
    passed_on = Exists(escalated) if Relation.SAFEGUARDING in held else Q(pk=None)
    found = list(
        Report.objects.filter(circle__course_key=actor.course_key)
        .filter(mine | passed_on)
        .select_related("circle", "contribution__member")
        .prefetch_related("steps", "contribution__files")
        .order_by(F("closed_at").desc(nulls_first=True), "-at", "pk")[rows]
    )
    names = host().display_names(user_ids={step.by_id for row in found for step in row.steps.all() if step.by_id})
    return [_report_view(row, actor, held, names) for row in found]


def _report_view(row: Report, actor: Actor, held: frozenset[Relation], names: dict[int, str]) -> ReportView:
    story = row.contribution
    facilitating = row.circle.facilitator_id == actor.user_id and Relation.COURSE_FACILITATOR in held
    readable_here = facilitating and story is not None and story.audience != Audience.SELF
    return ReportView(
        id=str(row.pk),
        circle_id=str(row.circle_id),
        contribution_id=str(story.pk) if story else "",
        reason=ReportReason(row.reason),
        words=row.words,
        status=ReportStatus(row.status),
        at=row.at.isoformat(),
        teller=story.member.name if story else "",
        story=(story.text if readable_here else None) if story else "",
        hidden=bool(story and story.hidden_at),
        steps=tuple(
            StepView(
                what=SafetyWhat(step.what),
                role=step.role,
                by="" if step.role == Relation.MEMBER else names.get(step.by_id or 0, ""),
                words=step.words,
                at=step.at.isoformat(),
            )
            for step in row.steps.all()
        ),
        can=_can(row, story, facilitating=facilitating, contact=Relation.SAFEGUARDING in held),
        files=uploads.views(story) if story and readable_here else (),
        link=story.link if story and readable_here else "",
    )


def _can(row: Report, story: Contribution | None, *, facilitating: bool, contact: bool) -> tuple[str, ...]:
    if row.status == ReportStatus.CLOSED:
        return ()
    escalated = row.status == ReportStatus.ESCALATED
    decides = contact if escalated else facilitating
    open_now = {
        "read": contact and escalated and story is not None,
        "escalate": facilitating and not escalated,
        "close": decides,
    }
    return tuple(name for name, holds in open_now.items() if holds)


@transaction.atomic
def escalate(*, actor: Actor, report_id: str, words: str, key: str) -> None:
    """Pass a report on to the safeguarding contact. Raises NotNowError where the course run names none."""
    row, held = _report(actor, report_id)
    require("escalate", held)
    _receipt, is_new = receipt_for(actor, key, "escalate", row.circle)
    if not is_new:
        return
    if row.status != ReportStatus.OPEN:
        raise NotNowError(_("This report is no longer open. The page shows what was done."))
    contact = safeguarding_contact(course_key=row.circle.course_key)
    if contact is None:
        message = _("This course names nobody for this yet. Ask the course team who it is, and call them yourself.")
        raise NotNowError(message)
    row.status = ReportStatus.ESCALATED
    row.save(update_fields=["status"])
    said, story = _words(words, required=False), row.contribution
    _step(actor, row.circle, SafetyWhat.ESCALATED, role=Relation.FACILITATOR, report=row, story=story, words=said)
    _tell(contact, row.circle.course_key)


@transaction.atomic
def close_report(*, actor: Actor, report_id: str, words: str, release: bool, key: str) -> None:
    """Decide a report, with a reason: the story can be read again, or it stays hidden."""
    row, held = _report(actor, report_id)
    held = with_safeguarding(held, actor)
    require("close_report", held)
    _receipt, is_new = receipt_for(actor, key, "close_report", row.circle)
    if not is_new:
        return
    if row.status == ReportStatus.CLOSED:
        raise NotNowError(_("This report is no longer open. The page shows what was done."))
    role = _role(held, escalated=row.status == ReportStatus.ESCALATED)
    entered = _words(words, required=True)
    row.status, row.closed_at = ReportStatus.CLOSED, timezone.now()
    row.save(update_fields=["status", "closed_at"])
    _step(actor, row.circle, SafetyWhat.CLOSED, role=role, report=row, story=row.contribution, words=entered)
    others_wait = row.contribution and row.contribution.reports.exclude(status=ReportStatus.CLOSED).exists()
    if release and row.contribution is not None and not others_wait:
        _release(actor, row.circle, row.contribution, role=role, report=row)


def _role(held: frozenset[Relation], *, escalated: bool) -> Relation:
    """In which role the actor decides. Raises NotNowError where it is somebody else's turn."""
    if escalated and Relation.SAFEGUARDING not in held:
        raise NotNowError(_("This is with the safeguarding contact now, who decides."))
    if not escalated and Relation.FACILITATOR not in held:
        raise NotNowError(_("This is with the facilitator, who decides or passes it on."))
    return Relation.SAFEGUARDING if escalated else Relation.FACILITATOR


# --- Reading from outside


@transaction.atomic
def read_report(*, actor: Actor, report_id: str, key: str) -> tuple[ReadStory, ...]:
    """The story that a report passed on is about, for the safeguarding contact. The trail keeps that she read it."""
    row, held = _report(actor, report_id)
    require("read_report", with_safeguarding(held, actor))
    if row.status != ReportStatus.ESCALATED:
        raise NotNowError(_("Only reports that were passed on to you are yours to read, until they are closed."))
    _receipt, is_new = receipt_for(actor, key, "read_report", row.circle)
    story = row.contribution
    if story is None:
        return ()
    if is_new or not row.steps.filter(what=SafetyWhat.READ, by_id=actor.user_id).exists():
        reason = _("It was reported.")
        _step(actor, row.circle, SafetyWhat.READ, role=Relation.SAFEGUARDING, report=row, story=story, words=reason)
    return (_read(story, row.circle, actor.language),)


@transaction.atomic
def break_glass(*, actor: Actor, circle_id: str, words: str, key: str) -> tuple[ReadStory, ...]:
    """Everything told in the circle for others' eyes, for course staff who say why. The trail keeps it, and everyone
    who told something there reads it, with the reason, on her page."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("break_glass", relations(actor, circle, member))
    entered = _words(words, required=True)
    receipt, is_new = receipt_for(actor, key, "break_glass", circle)
    if is_new:
        _step(actor, circle, SafetyWhat.READ, role=Relation.STAFF, words=entered)
    # What was told later takes a request, and an entry in the trail, of its own.
    told = circle.contributions.filter(withdrawn_at=None, told_at__lte=receipt.at).exclude(audience=Audience.SELF)
    return tuple(
        _read(story, circle, actor.language)
        for story in told.select_related("member").prefetch_related("files").order_by("told_at")
    )


def _read(story: Contribution, circle: Circle, language: str) -> ReadStory:
    titles = {phase["id"]: phase["title"] for phase in circle.protocol["phases"]}
    return ReadStory(
        name=story.member.name,
        phase=protocols.say(titles.get(story.phase, {}), language),
        text=story.text,
        files=uploads.views(story),
        link=story.link,
    )


READING_LASTS = timedelta(hours=1)
"""So long after opening a story, one may hear and see what belongs to it."""


def was_opened_for(actor: Actor, held: frozenset[Relation], story: Contribution) -> bool:
    """Whether the trail keeps that the actor opened the story from outside just now. At most two queries."""
    since = timezone.now() - READING_LASTS
    steps = SafetyStep.objects.filter(by_id=actor.user_id, what=SafetyWhat.READ, circle=story.circle_id, at__gte=since)
    as_contact = Q(role=Relation.SAFEGUARDING, contribution=story, report__status=ReportStatus.ESCALATED)
    as_staff = Q(role=Relation.STAFF, at__gte=story.told_at) if Relation.STAFF in held else Q(pk=None)
    if story.audience == Audience.SELF:
        as_staff = Q(pk=None)
    roles = set(steps.filter(as_contact | as_staff).values_list("role", flat=True))
    return bool(roles & with_safeguarding(held, actor)) if roles else False


# --- The facilitator's notes


def notes(*, actor: Actor, circle_id: str) -> list[NoteView]:
    """The actor's own notes on a circle that she holds, the newest first."""
    circle, member = find_circle(actor, circle_id)
    require("notes", relations(actor, circle, member))
    rows = FacilitatorNote.objects.filter(circle=circle, author_id=actor.user_id).order_by("-at", "pk")
    return [NoteView(id=str(row.pk), text=row.text, at=row.at.isoformat()) for row in rows]


@transaction.atomic
def add_note(*, actor: Actor, circle_id: str, text: str, key: str) -> None:
    """Write something down that nobody else reads."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("add_note", relations(actor, circle, member))
    entered = _words(text, required=True, field="text", longest=NOTE_LENGTH)
    _receipt, is_new = receipt_for(actor, key, "add_note", circle)
    if is_new:
        FacilitatorNote.objects.create(circle=circle, author_id=actor.pk, text=entered)


@transaction.atomic
def delete_note(*, actor: Actor, circle_id: str, note_id: str, key: str) -> None:
    """Erase one of one's own notes."""
    circle, member = find_circle(actor, circle_id, lock=True)
    require("delete_note", relations(actor, circle, member))
    _receipt, is_new = receipt_for(actor, key, "delete_note", circle)
    if is_new:
        FacilitatorNote.objects.filter(pk=as_uuid(note_id), circle=circle, author_id=actor.user_id).delete()


# --- Help lines and the way out


def quick_exit_url() -> str:
    """Where *Leave quickly* goes (setting `PASSERELLE_QUICK_EXIT_URL`)."""
    return str(settings.PASSERELLE_QUICK_EXIT_URL)


def help_lines_for(*, language: str) -> list[HelpLineView]:
    """Whom to call, country by country; within each the lines in this language first. Without the operator's data, the
    emergency number of the European Union. One query."""
    found = [help_lines.view(row) for row in HelpLine.objects.all()] or help_lines.sample()
    rows = [help_lines.named(row, language) for row in found]
    base = language.split("-", maxsplit=1)[0]
    return sorted(
        rows,
        key=lambda row: (row.country != help_lines.UNION, row.country_name.casefold(), row.language not in ("", base)),
    )


# --- Retirement


def forget(*, user_id: int) -> None:
    """Erase the person from reports, trail and notes. What was written about her stories goes too; the steps stay."""
    hers = Report.objects.filter(Q(reporter_id=user_id) | Q(contribution__member__user_id=user_id))
    SafetyStep.objects.filter(Q(report__in=hers) | Q(contribution__member__user_id=user_id)).update(words="")
    hers.update(words="")
    Report.objects.filter(reporter_id=user_id).update(reporter=None)
    SafetyStep.objects.filter(by_id=user_id).update(by=None, words="")
    FacilitatorNote.objects.filter(author_id=user_id).delete()


def close_file(decided: QuerySet[Report]) -> None:
    """Before these reports are erased: of what was done the trail keeps what, when and in which office by whom.

    Who reported, and in which words somebody decided, goes with the report.
    """
    steps = SafetyStep.objects.filter(report__in=decided)
    steps.filter(role=Relation.MEMBER).update(by=None)
    steps.exclude(what=SafetyWhat.READ).update(words="")  # why somebody read is for the teller to see


# --- How it is done


def _story(actor: Actor, contribution_id: str) -> tuple[Circle, Member | None, Contribution]:
    """A story that is still told, with its circle locked, and the actor's seat there. Raises NotFoundError."""
    rows = Contribution.objects.filter(pk=as_uuid(contribution_id))
    found = rows.values_list("circle_id", flat=True).first()
    if found is None:
        raise NotFoundError
    circle, member = find_circle(actor, str(found), lock=True)
    story = rows.filter(withdrawn_at=None).select_related("member").first()
    if story is None:
        raise NotFoundError
    return circle, member, story


def _report(actor: Actor, report_id: str) -> tuple[Report, frozenset[Relation]]:
    rows = Report.objects.filter(pk=as_uuid(report_id), circle__course_key=actor.course_key)
    found = rows.values_list("circle_id", flat=True).first()
    if found is None:
        raise NotFoundError
    circle, member = find_circle(actor, str(found), lock=True)
    return rows.select_related("circle", "contribution__member").get(), relations(actor, circle, member)


def _hide(
    actor: Actor, circle: Circle, story: Contribution, *, role: Relation, report: Report | None = None, words: str = ""
) -> None:
    Contribution.objects.filter(pk=story.pk, hidden_at=None).update(hidden_at=timezone.now())
    _step(actor, circle, SafetyWhat.HIDDEN, role=role, report=report, story=story, words=words)
    _changed(circle)


def _release(
    actor: Actor, circle: Circle, story: Contribution, *, role: Relation, report: Report | None = None, words: str = ""
) -> None:
    if Contribution.objects.filter(pk=story.pk).exclude(hidden_at=None).update(hidden_at=None):
        _step(actor, circle, SafetyWhat.RELEASED, role=role, report=report, story=story, words=words)
        _changed(circle)


def _changed(circle: Circle) -> None:
    """Let everyone's page look again."""
    circle.version += 1
    circle.save(update_fields=["version"])


def _step(
    actor: Actor,
    circle: Circle,
    what: SafetyWhat,
    *,
    role: Relation,
    report: Report | None = None,
    story: Contribution | None = None,
    words: str = "",
) -> None:
    SafetyStep.objects.create(
        circle=circle, report=report, contribution=story, by_id=actor.user_id, role=role, what=what, words=words
    )


def _words(raw: object, *, required: bool, field: str = "words", longest: int = WORDS_LENGTH) -> str:
    text = entered(raw, longest, field=field)
    if required and not text:
        raise InvalidError(_("Write why, in a few words."), field=field)
    return text


def _tell(user_id: int, course_key: CourseKey) -> None:
    """Send the person word, once the report is stored, that something waits for her. Never what, nor whose."""
    transaction.on_commit(lambda: _send(user_id, course_key), robust=True)


def _send(user_id: int, course_key: CourseKey) -> None:
    address = get_user_model().objects.filter(pk=user_id, is_active=True).values_list("email", flat=True).first()
    if not address:
        return
    url = host().site_url(path=reverse("passerelle:desk", kwargs={"course_key": course_key}))
    languages = host().languages_of(user_ids=[user_id])
    language = languages.get(user_id) or host().course_language(course_key=course_key) or settings.LANGUAGE_CODE
    with translation.override(language):
        subject = _("A report waits for you")
        body = _("Somebody asks you to look at something in a circle. You find it here: %s") % url
    try:
        send_mail(subject, body, None, [address])
    except Exception:  # the report is stored, and the desk shows it first
        log.exception("Nobody could be told by e-mail that a report waits")


def rows_about(user_id: int) -> Iterable[QuerySet[Any]]:
    """All rows about the person, for the export of personal data."""
    return (
        Report.objects.filter(reporter_id=user_id),
        SafetyStep.objects.filter(by_id=user_id),
        FacilitatorNote.objects.filter(author_id=user_id),
    )
