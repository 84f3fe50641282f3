"""Pages and addresses of employers. Thin: each asks `api.py`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from passerelle.badges import api as badges
from passerelle.competences import api as competences
from passerelle.host.api import Actor, host
from passerelle.host.errors import PasserelleError
from passerelle.host.web import json_view
from passerelle.matching.data import CEFR

from . import api
from .data import Decision, Draft, Kind, Role, Stage
from .offers import MOST_LANGUAGES
from .organisations import LANGUAGES
from .words import LANGUAGE_NAMES

LISTED = 20
"""Opportunities on a person's page."""


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for people: an error comes as a page that says what to do; nobody's page is shown while masquerading."""

    @wraps(view)
    @login_required
    @require_GET
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except PasserelleError as error:
            return _render(request, "wrong", {"message": str(error)}, status=error.status)

    return wrapped


def _render(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {"base_template": host().base_template, **context}
    response = render(request, f"passerelle_employers/{name}.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _actor(request: HttpRequest) -> Actor:
    return host().actor(request=request, course_key=None)


def _language() -> str:
    return get_language() or "en"


# --- Learners


@page
def opportunities(request: HttpRequest) -> HttpResponse:
    """*Opportunities for me*."""
    actor = _actor(request)
    cards = api.opportunities_for(actor=actor, language=_language(), limit=LISTED)
    kept = api.saved(actor=actor, language=_language())
    found = {card.id for card in cards}
    return _render(request, "opportunities", {"cards": [*cards, *(card for card in kept if card.id not in found)]})


@page
def mine(request: HttpRequest) -> HttpResponse:
    """*My applications*."""
    return _render(request, "mine", {"mine": api.mine(actor=_actor(request), language=_language())})


@page
def work(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """One opportunity."""
    found = api.read(actor=_actor(request), opportunity_id=str(opportunity_id), language=_language())
    gaps = [need.uri for need in (*found.card.missing, *found.card.related, *found.card.partly)]
    # The first that is not done yet; a unit that one has finished closes no gap by itself.
    taught = competences.my_units(actor=_actor(request), uris=gaps)
    units = {uri: next((unit for unit in some if not unit.complete), None) for uri, some in taught.items()}
    return _render(request, "work", {"work": found, "card": found.card, "own": found.application, "units": units})


@json_view("POST")
def save(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.save(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def hide(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.hide(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def unmark(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.unmark(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def apply(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Apply, with a `message` or without."""
    api.apply(actor=_actor(request), opportunity_id=str(opportunity_id), message=_text(payload, "message"))
    return {}


@json_view("POST")
def withdraw(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.withdraw(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def answer_contact(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Answer a request for contact: `accept`, and with it `reach`."""
    api.answer_contact(
        actor=_actor(request),
        opportunity_id=str(opportunity_id),
        accept=payload.get("accept") in (True, "yes"),
        reach=_text(payload, "reach"),
    )
    return {}


@json_view("POST")
def appeal(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.appeal(actor=_actor(request), opportunity_id=str(opportunity_id), text=_text(payload, "text"))
    return {}


@json_view("POST")
def show_me(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"pseudonym": api.show_me(actor=_actor(request), organisation=organisation)}


@json_view("POST")
def take_back(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.take_back(actor=_actor(request), organisation=organisation)
    return {}


# --- The employer


@page
def desk(request: HttpRequest) -> HttpResponse:
    """The organisations that one works for; and how to register one."""
    mine = api.my_organisations(actor=_actor(request))
    return _render(request, "desk", {"organisations": mine, "key": str(uuid.uuid4())})


@json_view("POST")
def register(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: _text(payload, name) for name in ("name", "about", "website", "key")}
    return {"organisation": api.register(actor=_actor(request), **given)}


@page
def organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """An organisation's desk: its opportunities, what it recognises, who works there."""
    actor, language = _actor(request), _language()
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
    return _render(request, "organisation", context)


@json_view("POST")
def describe(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: _text(payload, name) for name in ("name", "about", "website")}
    api.describe(actor=_actor(request), organisation=organisation, **given)
    return {}


@json_view("POST")
def add_member(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: _text(payload, name) for name in ("name", "role")}
    api.add_member(actor=_actor(request), organisation=organisation, **given)
    return {}


@json_view("POST")
def remove_member(request: HttpRequest, organisation: str, user_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    api.remove_member(actor=_actor(request), organisation=organisation, user_id=user_id)
    return {}


@json_view("POST")
def recognise(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.recognise(actor=_actor(request), organisation=organisation, target=_text(payload, "target"))
    return {}


@json_view("POST")
def unrecognise(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.unrecognise(actor=_actor(request), organisation=organisation, target=_text(payload, "target"))
    return {}


@json_view("POST")
def find(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Competences by name, for whoever writes an opportunity. A POST: what people type stays out of addresses."""
    found = competences.find_competences(
        actor=_actor(request), text=_text(payload, "text")[:200], language=_language(), limit=8
    )
    return {"found": [{"uri": each.uri, "name": each.name} for each in found]}


@page
def new_offer(request: HttpRequest, organisation: str) -> HttpResponse:
    """An empty form under an id of its own."""
    found = api.organisation(actor=_actor(request), organisation=organisation)
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
    return _form(request, api.draft(actor=_actor(request), opportunity_id=str(opportunity_id), language=_language()))


def _form(request: HttpRequest, draft: Draft) -> HttpResponse:
    first = _language().split("-", maxsplit=1)[0]
    codes = sorted(LANGUAGES, key=lambda code: code != first)
    words = [(code, LANGUAGE_NAMES[code], draft.titles.get(code, ""), draft.abouts.get(code, "")) for code in codes]
    spoken = [*draft.languages, *[("", "")] * (MOST_LANGUAGES - len(draft.languages))]
    context = {
        "draft": draft,
        "words": words,
        "kinds": list(Kind),
        "spoken": spoken,
        "cefr": CEFR,
        "languages": LANGUAGE_NAMES,
        "levels": range(1, 5),
    }
    return _render(request, "offer", context)


@json_view("POST")
def suggest(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> Any:
    """What a `text` seems to ask for; with `occupation` (a URI) of that one."""
    return api.suggest(
        actor=_actor(request),
        organisation=organisation,
        text=_text(payload, "text"),
        occupation=_text(payload, "occupation"),
        language=_language(),
    )


@json_view("POST")
def keep_draft(
    request: HttpRequest, organisation: str, opportunity_id: UUID, payload: dict[str, Any]
) -> dict[str, Any]:
    actor = _actor(request)
    stage = api.keep_draft(actor=actor, organisation=organisation, opportunity_id=str(opportunity_id), given=payload)
    return {"stage": stage}


@page
def preview(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """As a learner sees it."""
    card, about = api.preview(actor=_actor(request), opportunity_id=str(opportunity_id), language=_language())
    return _render(request, "preview", {"card": card, "about": about})


@json_view("POST")
def submit(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.submit(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def archive(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.archive(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@page
def people(request: HttpRequest, opportunity_id: UUID) -> HttpResponse:
    """Who is interested, under pseudonyms."""
    actor, key = _actor(request), str(opportunity_id)
    found = api.people(actor=actor, opportunity_id=key, language=_language())
    draft = api.draft(actor=actor, opportunity_id=key, language=_language())
    title = draft.titles.get(_language()) or next(iter(draft.titles.values()), "")
    context = {"people": found, "title": title, "offer": key, "slug": draft.organisation, "decisions": list(Decision)}
    return _render(request, "people", context)


@json_view("POST")
def ask_contact(request: HttpRequest, opportunity_id: UUID, pseudonym: str, payload: dict[str, Any]) -> dict[str, Any]:
    message = _text(payload, "message")
    api.ask_contact(actor=_actor(request), opportunity_id=str(opportunity_id), pseudonym=pseudonym, message=message)
    return {}


@json_view("POST")
def decide(request: HttpRequest, opportunity_id: UUID, pseudonym: str, payload: dict[str, Any]) -> dict[str, Any]:
    given = {name: _text(payload, name) for name in ("decision", "reason")}
    api.decide(actor=_actor(request), opportunity_id=str(opportunity_id), pseudonym=pseudonym, **given)
    return {}


@transaction.non_atomic_requests  # each line is a transaction, so that no other employer waits for the whole file
@json_view("POST")
def import_file(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> Any:
    """Take over a CSV file's `text`; answers with what changed and a report of broken lines."""
    return api.import_file(actor=_actor(request), organisation=organisation, text=_text(payload, "text"))


@json_view("POST")
def add_feed(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.add_feed(actor=_actor(request), organisation=organisation, url=_text(payload, "url"))
    return {}


@json_view("POST")
def remove_feed(request: HttpRequest, organisation: str, feed_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    api.remove_feed(actor=_actor(request), organisation=organisation, feed_id=feed_id)
    return {}


# --- The operator


@json_view("POST")
def read_feed(request: HttpRequest, feed_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    api.read_feed(actor=_actor(request), feed_id=feed_id)
    return {}


@page
def operator_desk(request: HttpRequest) -> HttpResponse:
    """What waits for the operator."""
    return _render(request, "operator", {"desk": api.operator_desk(actor=_actor(request), language=_language())})


@json_view("POST")
def approve(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.approve(actor=_actor(request), organisation=organisation)
    return {}


@json_view("POST")
def disapprove(request: HttpRequest, organisation: str, payload: dict[str, Any]) -> dict[str, Any]:
    api.disapprove(actor=_actor(request), organisation=organisation, reason=_text(payload, "reason"))
    return {}


@json_view("POST")
def publish(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.publish(actor=_actor(request), opportunity_id=str(opportunity_id))
    return {}


@json_view("POST")
def unpublish(request: HttpRequest, opportunity_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    api.unpublish(actor=_actor(request), opportunity_id=str(opportunity_id), reason=_text(payload, "reason"))
    return {}


@json_view("POST")
def answer_appeal(request: HttpRequest, application_id: int, payload: dict[str, Any]) -> dict[str, Any]:
    """Answer with `answer`; with `reopen` the employer decides anew."""
    reopen = payload.get("reopen") is True
    api.answer_appeal(
        actor=_actor(request), application_id=application_id, answer=_text(payload, "answer"), reopen=reopen
    )
    return {}


def _text(payload: dict[str, Any], name: str) -> str:
    return str(payload.get(name) or "")
