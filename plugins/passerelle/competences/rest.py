"""REST, version 1: one's own claims, evidence, profile and assessments. The document is at `…/api/v1/openapi.json`.

A table: each line names the function of `api.py` that page and REST both ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from passerelle.host.api import Actor
from passerelle.host.rest import KEY, NUMBER, TEXT, Operation, addresses, document, endpoint, routes

from . import api
from .data import LEVELS, ClaimView, EvidenceKind, EvidenceView, OwnAssessment, Profile

LEVEL = {**NUMBER, "minimum": 1, "maximum": LEVELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The person's claims, the newest first."""

    claims: list[ClaimView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The person's evidence, the newest first."""

    evidence: list[EvidenceView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The id of what was added."""

    id: Annotated[str, ("format", "uuid")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessments:
    """What the person answered, the newest first."""

    assessments: list[OwnAssessment]


def claims(*, actor: Actor, language: str) -> Claims:
    return Claims(claims=api.my_claims(actor=actor, language=language))


def stated(*, actor: Actor, language: str, uri: str, level: int, key: str) -> Claims:
    api.state_competence(actor=actor, uri=uri, level=level, key=key)
    return claims(actor=actor, language=language)


def unstated(*, actor: Actor, language: str, uri: str, key: str) -> Claims:
    api.unstate_competence(actor=actor, uri=uri, key=key)
    return claims(actor=actor, language=language)


def evidence(*, actor: Actor) -> Evidence:
    return Evidence(evidence=api.my_evidence(actor=actor))


def added(*, actor: Actor, **given: Any) -> Added:
    asked = {name: value for name, value in given.items() if name in EVIDENCE}
    return Added(id=api.add_evidence(actor=actor, **asked))


def removed(*, actor: Actor, id: str, key: str) -> Evidence:  # noqa: A002 - the field's name
    api.remove_evidence(actor=actor, evidence_id=id, key=key)
    return evidence(actor=actor)


def assessments(*, actor: Actor) -> Assessments:
    return Assessments(assessments=api.my_assessments(actor=actor))


EVIDENCE = {
    "uri": TEXT,
    "kind": {"enum": list(EvidenceKind)},
    "level": LEVEL,
    "key": KEY,
    "text": TEXT,
    "link": TEXT,
    "reference": TEXT,
}

ENDPOINTS = {
    "claims": endpoint(
        get=Operation(name="claims", summary="My claims", answer=Claims, call=claims),
        post=Operation(
            name="state",
            summary="State a competence",
            answer=Claims,
            body={"uri": TEXT, "level": LEVEL, "key": KEY},
            call=stated,
        ),
        delete=Operation(
            name="unstate",
            summary="Take back what I stated",
            answer=Claims,
            body={"uri": TEXT, "key": KEY},
            call=unstated,
        ),
    ),
    "evidence": endpoint(
        get=Operation(name="evidence", summary="My evidence", answer=Evidence, call=evidence),
        post=Operation(
            name="addEvidence",
            summary="Add evidence; a file is sent afterwards, as the body of POST /passerelle/evidence/{id}/file",
            answer=Added,
            body=EVIDENCE,
            optional=("text", "link", "reference"),
            status=201,
            call=added,
        ),
        delete=Operation(
            name="removeEvidence",
            summary="Remove evidence",
            answer=Evidence,
            body={"id": TEXT, "key": KEY},
            call=removed,
        ),
    ),
    "profile": endpoint(
        get=Operation(name="profile", summary="What I can do, by area", answer=Profile, call=api.profile)
    ),
    "assessments": endpoint(
        get=Operation(name="assessments", summary="What I answered in courses", answer=Assessments, call=assessments)
    ),
}


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of the table above."""
    return document(
        title="Passerelle: what I can do",
        description="A person's own claims, evidence, profile and assessments.",
        addresses=addresses("/passerelle/", urlpatterns),
    )


urlpatterns = routes(ENDPOINTS, described)
