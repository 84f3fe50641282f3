"""Pages and addresses of employers. Thin: each asks `api.py`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from passerelle.badges import api as badges
from passerelle.competences import api as competences
from passerelle.competences.data import Unit
from passerelle.host import web
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, NotAllowedError
from passerelle.host.web import actor_of, asks, json_view, language_of, shown, text_in
from passerelle.matching.data import CEFR

from . import api
from .data import Decision, Draft, Kind, Role, Stage
from .offers import MOST_LANGUAGES
from .organisations import LANGUAGES
from .words import LANGUAGE_NAMES

LISTED = 20
"""Opportunities on a person's page."""


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for those who are signed in."""
    return login_required(web.page(view))


# --- Learners


@page
def opportunities(request: HttpRequest) -> HttpResponse:
    """*Opportunities for me*."""
    actor = actor_of(request)
    cards = api.opportunities_for(actor=actor, language=language_of(), limit=LISTED)
    kept = api.saved(actor=actor, language=language_of())
    found = {card.id for card in cards}
    listed = [*cards, *(card for card in kept if card.id not in found)]
    units = _closing(actor, {need.uri for card in listed for need in card.missing})
    return shown(request, "passerelle_employers/opportunities.html", cards=listed, units=units)


@page
def mine(request: HttpRequest) -> HttpResponse:
    """*My applications*."""
    return shown(
        request, "passerelle_employers/mine.html", mine=api.mine(actor=actor_of(request), language=language_of())
    )


@page
def work(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """One opportunity."""
    actor = actor_of(request)
    found = api.read(actor=actor, opportunity_id=str(opportunity_id), language=language_of())
    card = found.card
    units = _closing(actor, {need.uri for need in (*card.missing, *card.related, *card.partly)})
    return shown(request, "passerelle_employers/work.html", work=found, card=card, own=found.application, units=units)


def _closing(actor: Actor, gaps: set[str]) -> dict[str, Unit | None]:
    """By competence, the first unit that teaches it and is not done yet; a finished unit closes no gap by itself."""
    taught = competences.my_units(actor=actor, uris=gaps)
    return {uri: next((unit for unit in some if not unit.complete), None) for uri, some in taught.items()}


save = asks(api.save)
hide = asks(api.hide)
unmark = asks(api.unmark)
apply = asks(api.apply, "message")
withdraw = asks(api.withdraw)


@json_view("POST")
def answer_contact(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Answer a request for contact: `accept`, and with it `reach`."""
    api.answer_contact(
        actor=actor_of(request),
        opportunity_id=str(opportunity_id),
        accept=payload.get("accept") in (True, "yes"),
        reach=text_in(payload, "reach"),
    )
    return {}


appeal = asks(api.appeal, "text")
show_me = asks(api.show_me, answer="pseudonym")
take_back = asks(api.take_back)


# --- The employer


@page
def desk(request: HttpRequest) -> HttpResponse:
    """The organisations that one works for; and how to register one."""
    mine = api.my_organisations(actor=actor_of(request))
    return shown(request, "passerelle_employers/desk.html", organisations=mine, key=str(uuid.uuid4()))


register = asks(api.register, "name", "about", "website", "key", answer="organisation")


@page
def organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """An organisation's desk: its opportunities, what it recognises, who works there."""
    actor, language = actor_of(request), language_of()
    found = api.organisation(actor=actor, organisation=organisation)
    context: dict[str, Any] = {"organisation": found, "roles": list(Role)}
    if found.role:
        known = api.recognised_by(actor=actor, organisation=organisation, language=language)
        targets = {each.target for each in known}
        context |= {
            "offers": api.offers(actor=actor, organisation=organisation, language=language),
            "feeds": api.feeds(actor=actor, organisation=organisation),
            "members": api.members(actor=actor, organisation=organisation),
            "recognised": known,
            "badges": [each for each in badges.offered(language=language) if each.id not in targets],
            "sees_people": found.role != Role.EDITOR,
            "manages": found.role == Role.MANAGER,
        }
    return shown(request, "passerelle_employers/organisation.html", **context)


describe = asks(api.describe, "name", "about", "website")
add_member = asks(api.add_member, "name", "role")
remove_member = asks(api.remove_member)
recognise = asks(api.recognise, "target")
unrecognise = asks(api.unrecognise, "target")


@json_view("POST")
def find(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Competences by name, for whoever writes an opportunity. A POST: what people type stays out of addresses."""
    found = competences.find_competences(
        actor=actor_of(request), text=text_in(payload, "text")[:200], language=language_of(), limit=8
    )
    return {"found": [{"uri": each.uri, "name": each.name} for each in found]}


@page
def new_offer(request: HttpRequest, organisation: str) -> HttpResponse:
    """An empty form under an id of its own."""
    found = api.organisation(actor=actor_of(request), organisation=organisation)
    empty = Draft(
        id=str(uuid.uuid4()),
        organisation=found.slug,
        stage=Stage.DRAFT,
        note="",
        kind=Kind.JOB,
        titles={},
        abouts={},
        place="",
        remote=False,
        region="",
        hours=0,
        languages=(),
        starts="",
        ends="",
        apply_by="",
        wanted=(),
    )
    return _form(request, empty)


@page
def offer(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """The form of an opportunity."""
    return _form(
        request, api.draft(actor=actor_of(request), opportunity_id=str(opportunity_id), language=language_of())
    )


def _form(request: HttpRequest, draft: Draft) -> HttpResponse:
    first = language_of().split("-", maxsplit=1)[0]
    codes = sorted(LANGUAGES, key=lambda code: code != first)
    words = [(code, LANGUAGE_NAMES[code], draft.titles.get(code, ""), draft.abouts.get(code, "")) for code in codes]
    spoken = [*draft.languages, *[("", "")] * (MOST_LANGUAGES - len(draft.languages))]
    context: dict[str, Any] = {
        "draft": draft,
        "words": words,
        "kinds": list(Kind),
        "spoken": spoken,
        "cefr": CEFR,
        "languages": LANGUAGE_NAMES,
        "levels": range(1, 5),
    }
    return shown(request, "passerelle_employers/offer.html", **context)


@json_view("POST")
def suggest(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> Any:
    """What a `text` seems to ask for; with `occupation` (a URI) of that one."""
    return api.suggest(
        actor=actor_of(request),
        organisation=organisation,
        text=text_in(payload, "text"),
        occupation=text_in(payload, "occupation"),
        language=language_of(),
    )


@json_view("POST")
def keep_draft(
    request: HttpRequest, organisation: str, opportunity_id: UUID, payload: dict[str, Any]
) -> dict[str, Any]:
    actor = actor_of(request)
    stage = api.keep_draft(actor=actor, organisation=organisation, opportunity_id=str(opportunity_id), given=payload)
    return {"stage": stage}


@page
def preview(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """As a learner sees it; for those who wrote it also what they can do next."""
    asked: Any = {"actor": actor_of(request), "opportunity_id": str(opportunity_id), "language": language_of()}
    try:
        draft = api.draft(**asked)
    except NotAllowedError:  # the operator reads it, and decides on her own desk
        draft = None
    try:
        card, about = api.preview(**asked)
    except InvalidError as error:  # it is kept, and there is nothing to see yet
        if draft is None:
            raise
        return shown(request, "passerelle_employers/unfinished.html", draft=draft, message=str(error))
    return shown(request, "passerelle_employers/preview.html", card=card, about=about, draft=draft)


submit = asks(api.submit)
archive = asks(api.archive)


@page
def people(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """Who is interested, under pseudonyms."""
    actor, key = actor_of(request), str(opportunity_id)
    found = api.people(actor=actor, opportunity_id=key, language=language_of())
    draft = api.draft(actor=actor, opportunity_id=key, language=language_of())
    title = draft.titles.get(language_of()) or next(iter(draft.titles.values()), "")
    context: dict[str, Any] = {
        "people": found,
        "title": title,
        "offer": key,
        "slug": draft.organisation,
        "decisions": list(Decision),
    }
    return shown(request, "passerelle_employers/people.html", **context)


ask_contact = asks(api.ask_contact, "message")
decide = asks(api.decide, "decision", "reason")


@transaction.non_atomic_requests  # each line is a transaction, so that no other employer waits for the whole file
@json_view("POST")
def import_file(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> Any:
    """Take over a CSV file's `text`; answers with what changed and a report of broken lines."""
    return api.import_file(actor=actor_of(request), organisation=organisation, text=text_in(payload, "text"))


add_feed = asks(api.add_feed, "url")
remove_feed = asks(api.remove_feed)


# --- The operator


read_feed = asks(api.read_feed)


@page
def operator_desk(request: HttpRequest) -> HttpResponse:
    """What waits for the operator."""
    return shown(
        request,
        "passerelle_employers/operator.html",
        desk=api.operator_desk(actor=actor_of(request), language=language_of()),
    )


approve = asks(api.approve)
disapprove = asks(api.disapprove, "reason")
publish = asks(api.publish)
unpublish = asks(api.unpublish, "reason")


@json_view("POST")
def answer_appeal(request: HttpRequest, application_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    """Answer with `answer`; with `reopen` the employer decides anew."""
    reopen = payload.get("reopen") is True
    api.answer_appeal(
        actor=actor_of(request), application_id=application_id, answer=text_in(payload, "answer"), reopen=reopen
    )
    return {}
