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
from passerelle.host.errors import NotAllowedError
from passerelle.host.web import actor_of, json_view, language_of, shown, text_in
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
    return login_required(web.page("passerelle_employers/wrong.html")(view))


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


@json_view("POST")
def save(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.save(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def hide(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.hide(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def unmark(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.unmark(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def apply(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Apply, with a `message` or without."""
    api.apply(actor=actor_of(request), opportunity_id=str(opportunity_id), message=text_in(payload, "message"))
    return {}


@json_view("POST")
def withdraw(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.withdraw(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


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


@json_view("POST")
def appeal(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.appeal(actor=actor_of(request), opportunity_id=str(opportunity_id), text=text_in(payload, "text"))
    return {}


@json_view("POST")
def show_me(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"pseudonym": api.show_me(actor=actor_of(request), organisation=organisation)}


@json_view("POST")
def take_back(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.take_back(actor=actor_of(request), organisation=organisation)
    return {}


# --- The employer


@page
def desk(request: HttpRequest) -> HttpResponse:
    """The organisations that one works for; and how to register one."""
    mine = api.my_organisations(actor=actor_of(request))
    return shown(request, "passerelle_employers/desk.html", organisations=mine, key=str(uuid.uuid4()))


@json_view("POST")
def register(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: text_in(payload, name) for name in ("name", "about", "website", "key")}
    return {"organisation": api.register(actor=actor_of(request), **given)}


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


@json_view("POST")
def describe(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: text_in(payload, name) for name in ("name", "about", "website")}
    api.describe(actor=actor_of(request), organisation=organisation, **given)
    return {}


@json_view("POST")
def add_member(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: text_in(payload, name) for name in ("name", "role")}
    api.add_member(actor=actor_of(request), organisation=organisation, **given)
    return {}


@json_view("POST")
def remove_member(request: HttpRequest, organisation: str, user_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    api.remove_member(actor=actor_of(request), organisation=organisation, user_id=user_id)
    return {}


@json_view("POST")
def recognise(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.recognise(actor=actor_of(request), organisation=organisation, target=text_in(payload, "target"))
    return {}


@json_view("POST")
def unrecognise(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.unrecognise(actor=actor_of(request), organisation=organisation, target=text_in(payload, "target"))
    return {}


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
    card, about = api.preview(**asked)
    try:
        draft = api.draft(**asked)
    except NotAllowedError:  # the operator reads it, and decides on her own desk
        draft = None
    return shown(request, "passerelle_employers/preview.html", card=card, about=about, draft=draft)


@json_view("POST")
def submit(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.submit(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def archive(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.archive(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


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


@json_view("POST")
def ask_contact(request: HttpRequest, opportunity_id: UUID, pseudonym: str, payload: dict[str, Any]) -> dict[str, Any]:
    message = text_in(payload, "message")
    api.ask_contact(actor=actor_of(request), opportunity_id=str(opportunity_id), pseudonym=pseudonym, message=message)
    return {}


@json_view("POST")
def decide(request: HttpRequest, opportunity_id: UUID, pseudonym: str, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: text_in(payload, name) for name in ("decision", "reason")}
    api.decide(actor=actor_of(request), opportunity_id=str(opportunity_id), pseudonym=pseudonym, **given)
    return {}


@transaction.non_atomic_requests  # each line is a transaction, so that no other employer waits for the whole file
@json_view("POST")
def import_file(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> Any:
    """Take over a CSV file's `text`; answers with what changed and a report of broken lines."""
    return api.import_file(actor=actor_of(request), organisation=organisation, text=text_in(payload, "text"))


@json_view("POST")
def add_feed(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.add_feed(actor=actor_of(request), organisation=organisation, url=text_in(payload, "url"))
    return {}


@json_view("POST")
def remove_feed(request: HttpRequest, organisation: str, feed_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    api.remove_feed(actor=actor_of(request), organisation=organisation, feed_id=feed_id)
    return {}


# --- The operator


@json_view("POST")
def read_feed(request: HttpRequest, feed_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    api.read_feed(actor=actor_of(request), feed_id=feed_id)
    return {}


@page
def operator_desk(request: HttpRequest) -> HttpResponse:
    """What waits for the operator."""
    return shown(
        request,
        "passerelle_employers/operator.html",
        desk=api.operator_desk(actor=actor_of(request), language=language_of()),
    )


@json_view("POST")
def approve(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.approve(actor=actor_of(request), organisation=organisation)
    return {}


@json_view("POST")
def disapprove(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.disapprove(actor=actor_of(request), organisation=organisation, reason=text_in(payload, "reason"))
    return {}


@json_view("POST")
def publish(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.publish(actor=actor_of(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def unpublish(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.unpublish(actor=actor_of(request), opportunity_id=str(opportunity_id), reason=text_in(payload, "reason"))
    return {}


@json_view("POST")
def answer_appeal(request: HttpRequest, application_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    """Answer with `answer`; with `reopen` the employer decides anew."""
    reopen = payload.get("reopen") is True
    api.answer_appeal(
        actor=actor_of(request), application_id=application_id, answer=text_in(payload, "answer"), reopen=reopen
    )
    return {}
