"""A person and an employer: what she lets it see, what passes between them, what is written down for her. Private.

An employer sees a person only while her consent for that employer stands, under a pseudonym, with what the opportunity
asks for and her badges for it; and her name only once she answered its request for contact with yes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.badges import api as badges
from passerelle.badges.data import Held
from passerelle.competences import api as competences
from passerelle.host.api import Actor, host, tell
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelle.host.values import as_uuid, say
from passerelle.matching.api import explain
from passerelle.matching.data import Match, Standing

from . import organisations, shelf
from .data import (
    AppealView,
    ApplicationView,
    Candidate,
    Decision,
    Marked,
    Mine,
    OpportunityPage,
    Showing,
    TraceView,
    What,
)
from .models import Application, Member, Opportunity, Organisation, Shown, Trace
from .permissions import require, role_in
from .searching import card, marks_of, profile_of, reasons

TEXT = "2026-11"
"""The version of what a person agrees to; the words stand in `passerelle_employers/showing.html`."""

MOST_TEXT = 4000
MOST_PEOPLE = 200
"""More people than this are not listed for one opportunity; those who applied come first."""
MOST_TRACES = 200
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike


# --- The person


def read(*, actor: Actor, opportunity_id: str, language: str) -> OpportunityPage:
    """An opportunity that is on offer, or that passed something with the actor; why it fits; how things stand."""
    require("read", actor)
    rows = Opportunity.objects.select_related("organisation").prefetch_related("requirements")
    row = rows.filter(pk=as_uuid(opportunity_id)).first()
    own = Application.objects.filter(user_id=actor.pk, opportunity_id=as_uuid(opportunity_id)).first()
    if row is None or not row.requirements.all() or not (own or shelf.is_on_offer(row)):
        raise NotFoundError(_("This is no longer on offer. Reload the page to see what is."))
    claims = competences.claims_of(user_id=actor.pk)
    related = competences.close_to(uris={need.uri for need in row.requirements.all()})
    match = explain(shelf.work(row), profile_of(claims), related)
    is_saved = marks_of(actor).get(match.id) == Marked.SAVED
    return OpportunityPage(
        card=card(row, match, is_saved, language),
        about=say(row.about, language),
        slug=row.organisation.slug,
        organisation_about=row.organisation.about,
        website=row.organisation.website,
        recognised=organisations.recognised(organisation_id=row.organisation_id, language=language),
        shown=_living().filter(user_id=actor.pk, organisation_id=row.organisation_id).exists(),
        application=_view(own, row, language) if own else None,
    )


def mine(*, actor: Actor, language: str) -> Mine:
    """The actor's applications, whom she shows herself to, and all that was done about her. Three queries."""
    require("mine", actor)
    rows = Application.objects.filter(user_id=actor.pk).select_related("opportunity__organisation")
    shown = _living().filter(user_id=actor.pk).select_related("organisation").order_by("organisation__name")
    return Mine(
        applications=tuple(_view(row, row.opportunity, language) for row in rows.order_by("-changed_at", "pk")),
        showing=tuple(
            Showing(
                slug=each.organisation.slug,
                organisation=each.organisation.name,
                pseudonym=each.pseudonym,
                since=each.given_at.isoformat(),
            )
            for each in shown
        ),
        traces=_traces(actor, language),
    )


def _traces(actor: Actor, language: str) -> tuple[TraceView, ...]:
    rows = (
        Trace.objects.filter(user_id=actor.pk)
        .annotate(day=TruncDate("at"))
        .values("day", "what", "organisation__name", "opportunity__title")
        .annotate(times=Count("pk"))
        .order_by("-day", "organisation__name", "what")
    )
    return tuple(
        TraceView(
            day=each["day"].isoformat(),
            what=What(each["what"]),
            organisation=each["organisation__name"],
            title=say(each["opportunity__title"] or {}, language),
            times=each["times"],
        )
        for each in rows[:MOST_TRACES]
    )


@transaction.atomic
def show_me(*, actor: Actor, organisation: str) -> str:
    """Let this employer see what the actor can do, under a pseudonym, which is returned."""
    require("show_me", actor)
    org = organisations.find(organisation, lock=True)
    if not org.approved:
        raise NotFoundError(_("This employer is no longer here. Reload the page to see who is."))
    return _show(actor, org).pseudonym


def _show(actor: Actor, org: Organisation) -> Shown:
    row = Shown.objects.select_for_update().filter(user_id=actor.pk, organisation=org).first()
    if row is not None and row.withdrawn_at is None:
        return row
    row = row or Shown(user_id=actor.pk, organisation=org)
    # A new one each time: who took her consent back is nobody they knew.
    row.pseudonym = _pseudonym()
    row.text, row.given_at, row.withdrawn_at = TEXT, timezone.now(), None
    row.save()
    _note(What.SHOWN, [actor.pk], org.pk, None, actor)
    return row


@transaction.atomic
def take_back(*, actor: Actor, organisation: str) -> None:
    """This employer sees the actor no more, and her open applications there are withdrawn with it."""
    require("take_back", actor)
    org = organisations.find(organisation)
    now = timezone.now()
    if _living().filter(user_id=actor.pk, organisation=org).update(withdrawn_at=now):
        own = Application.objects.filter(user_id=actor.pk, opportunity__organisation=org, withdrawn_at__isnull=True)
        own.update(withdrawn_at=now, message="", accepted=None, reach="", changed_at=now)
        _note(What.TAKEN_BACK, [actor.pk], org.pk, None, actor)


@transaction.atomic
def apply(*, actor: Actor, opportunity_id: str, message: str | None = None) -> None:
    """Apply, with a few words or without; the employer sees the actor from now on, as `show_me` says.

    Without a `message`, the one that she sent before stays.
    """
    require("apply", actor)
    row = shelf.on_offer().select_related("organisation").filter(pk=as_uuid(opportunity_id)).first()
    if row is None:
        raise NotFoundError(_("This is no longer on offer. Reload the page to see what is."))
    given = None if message is None else _text(message, "message")
    # Locked, as in `show_me`: two taps at once make one pseudonym.
    _show(actor, organisations.find(row.organisation.slug, lock=True))
    own, _new = Application.objects.select_for_update().get_or_create(user_id=actor.pk, opportunity=row)
    if own.decision:
        raise NotNowError(_("The employer has decided already. Your page says what, and what you can do."))
    text = own.message if given is None else given
    if own.applied_at is None or own.withdrawn_at is not None or own.message != text:
        own.message, own.applied_at, own.withdrawn_at = text, own.applied_at or timezone.now(), None
        own.save()
        _note(What.APPLIED, [actor.pk], row.organisation_id, row, actor)


@transaction.atomic
def withdraw(*, actor: Actor, opportunity_id: str) -> None:
    """Take an application back: the employer no longer sees it nor how to reach the actor."""
    require("withdraw", actor)
    own = _own(actor, opportunity_id)
    if own.withdrawn_at is None:
        own.withdrawn_at, own.message, own.accepted, own.reach = timezone.now(), "", None, ""
        own.save()
        _note(What.WITHDRAWN, [actor.pk], own.opportunity.organisation_id, own.opportunity, actor)


@transaction.atomic
def answer_contact(*, actor: Actor, opportunity_id: str, accept: bool, reach: str = "") -> None:
    """Answer a request for contact. With yes, the employer reads her name and `reach`, how to get hold of her."""
    require("answer_contact", actor)
    own = _own(actor, opportunity_id)
    if own.asked_at is None or own.withdrawn_at is not None:
        raise NotNowError(_("There is no question from this employer at the moment."))
    text = _text(reach, "reach") if accept else ""
    if accept and not text:
        raise InvalidError(_("Write how the employer can reach you: a phone number or an address."), field="reach")
    if (own.accepted, own.reach) != (accept, text):
        own.accepted, own.reach = accept, text
        own.save()
        what = What.ACCEPTED if accept else What.REFUSED
        _note(what, [actor.pk], own.opportunity.organisation_id, own.opportunity, actor)


@transaction.atomic
def appeal(*, actor: Actor, opportunity_id: str, text: str) -> None:
    """Have a person who works for neither side look at a decision."""
    require("appeal", actor)
    own = _own(actor, opportunity_id)
    if not own.decision:
        raise NotNowError(_("The employer has not decided yet."))
    words = _text(text, "text")
    if not words:
        raise InvalidError(_("Say in a few words what was not right."), field="text")
    if own.appeal != words:
        own.appeal, own.appealed_at, own.answer, own.answered_at = words, timezone.now(), "", None
        own.save()
        _note(What.APPEALED, [actor.pk], own.opportunity.organisation_id, own.opportunity, actor)


def _own(actor: Actor, opportunity_id: str) -> Application:
    rows = Application.objects.select_for_update().select_related("opportunity")
    row = rows.filter(user_id=actor.pk, opportunity_id=as_uuid(opportunity_id)).first()
    if row is None:
        raise NotFoundError
    return row


# --- The employer


@transaction.atomic
def people(*, actor: Actor, opportunity_id: str, language: str) -> tuple[Candidate, ...]:
    """Who showed herself to this employer and has something of what the opportunity asks for, or applied for it.

    Those who applied first, then by the covered share. Each one can read that she was looked at. Eleven queries.
    While the opportunity is not published, those who applied show, but nothing of what they can do: whoever writes what
    nobody has read must not learn by it what people can do.
    """
    row = _opportunity("people", actor, opportunity_id)
    visible = _living().filter(organisation_id=row.organisation_id, user__is_active=True)
    shown = {each.user_id: each for each in visible.exclude(user_id=actor.pk)}
    own = {each.user_id: each for each in row.applications.filter(user_id__in=shown, withdrawn_at__isnull=True)}
    compared = row.published_at is not None
    claims = competences.claims_of_all(user_ids=shown) if compared else {}
    work = shelf.work(row)
    # What comes close is for her eyes alone: the work does not ask for it.
    matches = {user_id: explain(work, profile_of(claims.get(user_id, ()))) for user_id in shown}
    is_on_offer = shelf.is_on_offer(row)
    chosen = [user_id for user_id in shown if user_id in own or (is_on_offer and matches[user_id].covered > 0)]
    chosen.sort(key=lambda each: (not _applied(own.get(each)), -matches[each].covered, shown[each].pseudonym))
    chosen = chosen[:MOST_PEOPLE]
    known = host().display_names(user_ids=[each for each in chosen if each in own and own[each].accepted])
    held = badges.badges_held(user_ids=chosen, language=language) if compared else {}
    _note(What.VIEWED, chosen, row.organisation_id, row, actor)
    wanted = {need.uri for need in row.requirements.all()}
    recognised = {
        each.target for each in organisations.recognised(organisation_id=row.organisation_id, language=language)
    }
    return tuple(
        _candidate(
            row,
            shown[each],
            own.get(each),
            matches[each],
            _badges(held.get(each, ()), wanted, recognised),
            name=known.get(each, ""),
            language=language,
        )
        for each in chosen
    )


def _badges(held: Iterable[Held], wanted: set[str], recognised: set[str]) -> tuple[tuple[str, str], ...]:
    """The badges that speak for this work (id of the achievement, name), once each: no others are the employer's."""
    fitting = (each for each in held if each.uri in wanted or each.achievement_id in recognised)
    return tuple(dict.fromkeys((each.achievement_id, each.name) for each in fitting))


def _candidate(
    row: Opportunity,
    shown: Shown,
    own: Application | None,
    match: Match,
    held: tuple[tuple[str, str], ...],
    *,
    name: str,
    language: str,
) -> Candidate:
    accepted = own.accepted if own else None
    return Candidate(
        pseudonym=shown.pseudonym,
        name=name if accepted else "",
        reach=own.reach if own and accepted else "",
        covered=match.covered,
        use=match.use,
        badges=held,
        compared=row.published_at is not None,
        message=own.message if own else "",
        applied_at=_said(own.applied_at) if own else None,
        asked_at=_said(own.asked_at) if own else None,
        accepted=accepted,
        decision=own.decision if own else "",
        reason=own.reason if own else "",
        appealed=bool(own and own.appealed_at),
        answer=own.answer if own else "",
        **(reasons(row, match, language) if row.published_at else {standing.value: () for standing in Standing}),
    )


def _applied(own: Application | None) -> bool:
    return own is not None and own.applied_at is not None


@transaction.atomic
def ask_contact(*, actor: Actor, opportunity_id: str, pseudonym: str, message: str) -> None:
    """Ask a person for contact; she reads the message and answers. Once for each opportunity."""
    row = _opportunity("ask_contact", actor, opportunity_id)
    text = _text(message, "message")
    if not text:
        raise InvalidError(_("Write to this person what you would like to talk about."), field="message")
    user_id = _person(row, pseudonym)
    own, _new = Application.objects.select_for_update().get_or_create(user_id=user_id, opportunity=row)
    if own.withdrawn_at is not None:
        own.applied_at = None  # what she took back stays taken back, even though she is asked anew
    if not _applied(own) and not shelf.is_on_offer(row):
        raise NotNowError
    if own.asked_at is None or own.withdrawn_at is not None:
        own.asked, own.asked_at, own.withdrawn_at = text, timezone.now(), None
        own.save()
        _note(What.ASKED, [user_id], row.organisation_id, row, actor)
        _tell(user_id, lambda: _("An employer asks to get in touch with you."))


@transaction.atomic
def decide(*, actor: Actor, opportunity_id: str, pseudonym: str, decision: str, reason: str) -> None:
    """Decide on a person who applied, or whom contact was asked of; she reads the reason. It can be changed."""
    row = _opportunity("decide", actor, opportunity_id)
    if decision not in set(Decision):
        raise InvalidError(_("Choose what you decide."), field="decision")
    text = _text(reason, "reason")
    if not text:
        raise InvalidError(_("Write the reason. The person will read it."), field="reason")
    user_id = _person(row, pseudonym)
    own = row.applications.select_for_update().filter(user_id=user_id, withdrawn_at__isnull=True).first()
    if own is None:
        raise NotNowError(_("This person has not applied. Ask for contact first."))
    if (own.decision, own.reason) != (decision, text):
        own.decision, own.reason, own.decided_at = decision, text, timezone.now()
        own.save()
        _note(What.DECIDED, [user_id], row.organisation_id, row, actor)
        _tell(user_id, lambda: _("An employer has answered your application."))


def _tell(user_id: int, sentence: Callable[[], str]) -> None:
    """Tell the person through the newest of her course runs; one who is in none finds it on her page alone."""
    for course_key in competences.my_courses(actor=Actor(user_id=user_id))[:1]:
        tell(user_id=user_id, course_key=course_key, sentence=sentence, path=reverse("passerelle_employers:mine"))


def _person(row: Opportunity, pseudonym: str) -> int:
    user_id = (
        _living()
        .filter(organisation_id=row.organisation_id, pseudonym=pseudonym, user__is_active=True)
        .values_list("user_id", flat=True)
        .first()
    )
    if user_id is None:
        raise NotFoundError(_("This person has taken back that you see her. Reload the page."))
    return user_id


# --- An operator


def appeals(actor: Actor) -> tuple[AppealView, ...]:
    """What people ask to have looked at, and nobody answered yet; the oldest first. Two queries.

    Without those in which the actor takes a side.
    """
    rows = Application.objects.filter(appealed_at__isnull=False, answered_at__isnull=True)
    rows = rows.exclude(user_id=actor.pk).exclude(opportunity__organisation__members__user_id=actor.pk)
    rows = rows.select_related("opportunity__organisation").order_by("appealed_at")[:100]
    pairs = {(row.user_id, row.opportunity.organisation_id) for row in rows}
    known = Shown.objects.filter(user_id__in={user for user, _org in pairs})
    names = {(each.user_id, each.organisation_id): each.pseudonym for each in known}
    return tuple(
        AppealView(
            id=row.pk,
            pseudonym=names.get((row.user_id, row.opportunity.organisation_id), ""),
            organisation=row.opportunity.organisation.name,
            title=say(row.opportunity.title, "en"),
            decision=row.decision,
            reason=row.reason,
            appeal=row.appeal,
            appealed_at=_said(row.appealed_at) or "",
        )
        for row in rows
    )


@transaction.atomic
def answer_appeal(*, actor: Actor, application_id: int, answer: str, reopen: bool = False) -> None:
    """Answer an appeal; with `reopen` the employer has to decide anew."""
    require("answer_appeal", actor)
    rows = Application.objects.select_for_update().select_related("opportunity")
    row = rows.filter(pk=application_id, appealed_at__isnull=False).first()
    if row is None:
        raise NotFoundError
    if actor.pk == row.user_id or role_in(actor, row.opportunity.organisation_id):
        raise NotAllowedError(_("Somebody who works for neither side answers this. Ask another operator."))
    text = _text(answer, "answer")
    if not text:
        raise InvalidError(_("Write an answer. The person will read it."), field="answer")
    if row.answer != text:
        row.answer, row.answered_at = text, timezone.now()
        if reopen:
            row.decision, row.reason, row.decided_at = "", "", None
        row.save()
        _note(What.ANSWERED, [row.user_id], row.opportunity.organisation_id, row.opportunity, actor)


# --- For the app


def retire(user_id: int) -> None:
    """Erase what passed between the person and employers; where she acted for one, that stays without her."""
    for model in (Trace, Application, Shown, Member):
        model.objects.filter(user_id=user_id).delete()
    Trace.objects.filter(by_id=user_id).update(by=None)


def _living() -> QuerySet[Shown]:
    return Shown.objects.filter(withdrawn_at__isnull=True)


def _opportunity(what: str, actor: Actor, opportunity_id: str) -> Opportunity:
    """The opportunity, where the actor may do this and an operator lets its organisation near people."""
    rows = Opportunity.objects.select_related("organisation").prefetch_related("requirements")
    row = rows.filter(pk=as_uuid(opportunity_id), requirements__isnull=False).first()
    if row is None:
        raise NotFoundError
    require(what, actor, row.organisation_id)
    if not row.organisation.approved:
        raise NotAllowedError
    return row


def _note(what: What, user_ids: Iterable[int], organisation_id: int, row: Opportunity | None, actor: Actor) -> None:
    Trace.objects.bulk_create(
        Trace(user_id=user_id, organisation_id=organisation_id, opportunity=row, what=what, by_id=actor.user_id)
        for user_id in user_ids
    )


def _view(own: Application, row: Opportunity, language: str) -> ApplicationView:
    return ApplicationView(
        opportunity_id=str(row.pk),
        title=say(row.title, language),
        organisation=row.organisation.name,
        slug=row.organisation.slug,
        message=own.message,
        applied_at=_said(own.applied_at),
        withdrawn_at=_said(own.withdrawn_at),
        asked_at=_said(own.asked_at),
        asked=own.asked,
        accepted=own.accepted,
        reach=own.reach,
        decision=own.decision,
        reason=own.reason,
        decided_at=_said(own.decided_at),
        appealed_at=_said(own.appealed_at),
        appeal=own.appeal,
        answer=own.answer,
        answered_at=_said(own.answered_at),
    )


def _text(given: str, field: str) -> str:
    text = given.strip()
    if len(text) > MOST_TEXT:
        raise InvalidError(_("This is too long. Nothing is lost: shorten it here."), field=field)
    return text


def _pseudonym() -> str:
    return "".join(secrets.choice(LETTERS) for _letter in range(6))


def _said(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
