"""REST, version 1: opportunities, applications and the employer's desk. The document is at `…/api/v1/openapi.json`.

A table: each line names the function of `api.py` that page and REST both ask.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import transaction
from django.utils.decorators import method_decorator

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError
from passerelle.host.rest import FLAG, KEY, NOTHING, TEXT, Operation, addresses, document, endpoint, routes

from . import api
from .data import (
    Candidate,
    Decision,
    Draft,
    FeedView,
    Imported,
    Marked,
    MatchCard,
    MemberView,
    Mine,
    OfferView,
    OperatorDesk,
    OpportunityPage,
    OrganisationView,
    RecognisedView,
    Role,
    Stage,
    Suggested,
)

# Each line of a file is a transaction, so that no other employer waits for the whole file.
apart = method_decorator(transaction.non_atomic_requests, name="dispatch")

ABOUT = {"name": TEXT, "about": TEXT, "website": TEXT}
MOVES = {
    Stage.WAITING: api.submit,
    Stage.ARCHIVED: api.archive,
    Stage.PUBLISHED: api.publish,
    Stage.DRAFT: api.unpublish,
}


def fitting(*, actor: Actor, language: str) -> list[MatchCard]:
    """As many as there ever are: pages are cut from them."""
    return api.opportunities_for(actor=actor, language=language, limit=api.MOST)


def mark(*, actor: Actor, opportunity_id: str, mark: str) -> None:
    """Save or hide."""
    if mark not in list(Marked):
        raise InvalidError(field="mark")
    (api.save if mark == Marked.SAVED else api.hide)(actor=actor, opportunity_id=opportunity_id)


def move(*, actor: Actor, opportunity_id: str, stage: str, reason: str = "") -> None:
    """Hand an opportunity in (waiting), end it (archived), let it be seen (published), give it back (draft)."""
    if stage not in list(Stage):
        raise InvalidError(field="stage")
    given = {"reason": reason} if stage == Stage.DRAFT else {}
    MOVES[Stage(stage)](actor=actor, opportunity_id=opportunity_id, **given)


def showing(*, actor: Actor, organisation: str) -> dict[str, str]:
    """Let the employer see one."""
    return {"pseudonym": api.show_me(actor=actor, organisation=organisation)}


def registered(*, actor: Actor, name: str, about: str, website: str, key: str) -> dict[str, str]:
    """A new organisation's short name."""
    return {"organisation": api.register(actor=actor, name=name, about=about, website=website, key=key)}


def kept(*, actor: Actor, organisation: str, opportunity_id: str, draft: dict[str, Any]) -> dict[str, str]:
    """Where the opportunity stands now. Languages are pairs, as `Draft` has them."""
    spoken = draft.get("languages") or []
    if not isinstance(spoken, list) or not all(isinstance(each, list) and len(each) == 2 for each in spoken):  # noqa: PLR2004
        raise InvalidError(field="languages")
    given = {**draft, "languages": [{"code": code, "level": level} for code, level in spoken]}
    stage = api.keep_draft(actor=actor, organisation=organisation, opportunity_id=opportunity_id, given=given)
    return {"stage": stage}


def _said(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: TEXT}, "required": [name], "additionalProperties": False}


def _among(kinds: Any) -> dict[str, Any]:
    return {"enum": [kind.value for kind in kinds]}


LEARNER = {
    "opportunities": endpoint(
        get=Operation(name="opportunities", summary="What fits me", answer=MatchCard, many=True, call=fitting),
    ),
    "opportunities/saved": endpoint(
        get=Operation(name="saved", summary="What I saved", answer=MatchCard, many=True, call=api.saved),
    ),
    "opportunities/<uuid:opportunity_id>": endpoint(
        get=Operation(name="opportunity", summary="One of them", answer=OpportunityPage, call=api.read),
    ),
    "opportunities/<uuid:opportunity_id>/mark": endpoint(
        post=Operation(
            name="mark", summary="Save or hide it", answer=NOTHING, body={"mark": _among(Marked)}, call=mark
        ),
        delete=Operation(name="unmark", summary="Neither", answer=NOTHING, call=api.unmark),
    ),
    "opportunities/<uuid:opportunity_id>/application": endpoint(
        post=Operation(
            name="apply",
            summary="Apply",
            answer=NOTHING,
            body={"message": TEXT},
            optional=("message",),
            call=api.apply,
        ),
        delete=Operation(name="withdraw", summary="Take my application back", answer=NOTHING, call=api.withdraw),
    ),
    "opportunities/<uuid:opportunity_id>/contact": endpoint(
        post=Operation(
            name="answer_contact",
            summary="Answer a request for contact; with yes, how I can be reached",
            answer=NOTHING,
            body={"accept": FLAG, "reach": TEXT},
            optional=("reach",),
            call=api.answer_contact,
        ),
    ),
    "opportunities/<uuid:opportunity_id>/appeal": endpoint(
        post=Operation(
            name="appeal",
            summary="Ask a person to look at a decision",
            answer=NOTHING,
            body={"text": TEXT},
            call=api.appeal,
        ),
    ),
    "applications": endpoint(
        get=Operation(name="mine", summary="What passed between employers and me", answer=Mine, call=api.mine),
    ),
    "organisations/<slug:organisation>/showing": endpoint(
        post=Operation(
            name="show_me", summary="Let them see me under a pseudonym", answer=_said("pseudonym"), call=showing
        ),
        delete=Operation(name="take_back", summary="No longer", answer=NOTHING, call=api.take_back),
    ),
}

EMPLOYER = {
    "organisations": endpoint(
        get=Operation(
            name="organisations",
            summary="Those I work for",
            answer=OrganisationView,
            many=True,
            call=api.my_organisations,
        ),
        post=Operation(
            name="register",
            summary="Register one",
            answer=_said("organisation"),
            body={**ABOUT, "key": KEY},
            call=registered,
        ),
    ),
    "organisations/<slug:organisation>": endpoint(
        get=Operation(name="organisation", summary="One of them", answer=OrganisationView, call=api.organisation),
        put=Operation(name="describe", summary="Describe it", answer=NOTHING, body=ABOUT, call=api.describe),
    ),
    "organisations/<slug:organisation>/members": endpoint(
        get=Operation(name="members", summary="Who works there", answer=MemberView, many=True, call=api.members),
        post=Operation(
            name="add_member",
            summary="Add somebody, or change the role",
            answer=NOTHING,
            body={"name": TEXT, "role": _among(Role)},
            call=api.add_member,
        ),
    ),
    "organisations/<slug:organisation>/members/<number:user_id>": endpoint(
        delete=Operation(name="remove_member", summary="Remove somebody", answer=NOTHING, call=api.remove_member),
    ),
    "organisations/<slug:organisation>/recognised": endpoint(
        get=Operation(
            name="recognised",
            summary="Badges and competences that it recognises",
            answer=RecognisedView,
            many=True,
            call=api.recognised_by,
        ),
        post=Operation(
            name="recognise", summary="Recognise one", answer=NOTHING, body={"target": TEXT}, call=api.recognise
        ),
        delete=Operation(
            name="unrecognise", summary="No longer", answer=NOTHING, body={"target": TEXT}, call=api.unrecognise
        ),
    ),
    "organisations/<slug:organisation>/offers": endpoint(
        get=Operation(name="offers", summary="Its opportunities", answer=OfferView, many=True, call=api.offers),
    ),
    "organisations/<slug:organisation>/offers/<uuid:opportunity_id>": endpoint(
        put=Operation(
            name="keep_draft",
            summary="Keep an opportunity; a new one under an id that is made up here",
            answer=_said("stage"),
            body={"draft": {"type": "object", "description": "as Draft, without id, organisation, stage and note"}},
            call=kept,
        ),
    ),
    "organisations/<slug:organisation>/suggestions": endpoint(
        post=Operation(
            name="suggest",
            summary="What a text seems to ask for",
            answer=Suggested,
            body={"text": TEXT, "occupation": TEXT},
            optional=("occupation",),
            call=api.suggest,
        ),
    ),
    "organisations/<slug:organisation>/imports": apart(
        endpoint(
            post=Operation(
                name="import_file",
                summary="Take over a CSV file's text",
                answer=Imported,
                body={"text": TEXT},
                call=api.import_file,
            ),
        )
    ),
    "organisations/<slug:organisation>/feeds": endpoint(
        get=Operation(name="feeds", summary="Its feeds", answer=FeedView, many=True, call=api.feeds),
        post=Operation(name="add_feed", summary="Add one", answer=NOTHING, body={"url": TEXT}, call=api.add_feed),
    ),
    "organisations/<slug:organisation>/feeds/<number:feed_id>": endpoint(
        delete=Operation(name="remove_feed", summary="Remove one", answer=NOTHING, call=api.remove_feed),
    ),
    "offers/<uuid:opportunity_id>": endpoint(
        get=Operation(name="draft", summary="An opportunity as it is written", answer=Draft, call=api.draft),
    ),
    "offers/<uuid:opportunity_id>/stage": endpoint(
        put=Operation(
            name="move",
            summary="Hand in (waiting), end (archived); for operators also publish and give back (draft)",
            answer=NOTHING,
            body={"stage": _among(Stage), "reason": TEXT},
            optional=("reason",),
            call=move,
        ),
    ),
    "offers/<uuid:opportunity_id>/people": endpoint(
        get=Operation(
            name="people", summary="Who is interested, under pseudonyms", answer=Candidate, many=True, call=api.people
        ),
    ),
    "offers/<uuid:opportunity_id>/people/<slug:pseudonym>/contact": endpoint(
        post=Operation(
            name="ask_contact", summary="Ask for contact", answer=NOTHING, body={"message": TEXT}, call=api.ask_contact
        ),
    ),
    "offers/<uuid:opportunity_id>/people/<slug:pseudonym>/decision": endpoint(
        put=Operation(
            name="decide",
            summary="Decide, with the reason that the person reads",
            answer=NOTHING,
            body={"decision": _among(Decision), "reason": TEXT},
            call=api.decide,
        ),
    ),
}

OPERATOR = {
    "desk": endpoint(
        get=Operation(name="desk", summary="What waits for the operator", answer=OperatorDesk, call=api.operator_desk),
    ),
    "organisations/<slug:organisation>/approval": endpoint(
        post=Operation(name="approve", summary="Approve an organisation", answer=NOTHING, call=api.approve),
        delete=Operation(
            name="disapprove",
            summary="Refuse one, or take the approval back",
            answer=NOTHING,
            body={"reason": TEXT},
            optional=("reason",),
            call=api.disapprove,
        ),
    ),
    "appeals/<number:application_id>": endpoint(
        put=Operation(
            name="answer_appeal",
            summary="Answer an appeal; with reopen the employer decides anew",
            answer=NOTHING,
            body={"answer": TEXT, "reopen": FLAG},
            optional=("reopen",),
            call=api.answer_appeal,
        ),
    ),
    "feeds/<number:feed_id>/reading": endpoint(
        post=Operation(name="read_feed", summary="Read a feed now", answer=NOTHING, call=api.read_feed),
    ),
}


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of the tables above."""
    return document(
        title="Passerelle: employers",
        description="Opportunities that fit, applications, and the employer's desk.",
        addresses=addresses("/passerelle/employers/", urlpatterns),
    )


urlpatterns = routes({**LEARNER, **EMPLOYER, **OPERATOR}, described)
