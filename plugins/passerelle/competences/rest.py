"""REST, version 1: one's own claims, evidence, profile and assessments, for apps of the person's. See `openapi.json`.

Thin: each view asks `api.py`. What all have in common is in `passerelle.host.rest`.
"""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.host.rest import Endpoint, actor_of, body
from passerelle.host.web import language_of, plain

from . import api

DOCUMENT = Path(__file__).parent / "openapi.json"


class Claims(Endpoint):
    """GET: my claims, the newest first. POST: state a competence."""

    def get(self, request: Request) -> Response:
        return Response({"claims": plain(api.my_claims(actor=actor_of(request), language=language_of()))})

    def post(self, request: Request) -> Response:
        api.state_competence(actor=actor_of(request), **body(request, uri=str, level=int, key=str))
        return self.get(request)

    def delete(self, request: Request) -> Response:
        api.unstate_competence(actor=actor_of(request), **body(request, uri=str, key=str))
        return self.get(request)


class EvidenceList(Endpoint):
    """GET: my evidence, the newest first. POST: add a text, a link, a unit or a story; a file is sent afterwards."""

    def get(self, request: Request) -> Response:
        return Response({"evidence": plain(api.my_evidence(actor=actor_of(request)))})

    def post(self, request: Request) -> Response:
        values = body(request, uri=str, kind=str, level=int, key=str)
        words = {name: request.data[name] for name in ("text", "link", "reference") if name in request.data}
        if not all(isinstance(word, str) for word in words.values()):
            raise InvalidError
        evidence_id = api.add_evidence(actor=actor_of(request), **values, **words)
        return Response({"id": evidence_id}, status=status.HTTP_201_CREATED)

    def delete(self, request: Request) -> Response:
        values = body(request, id=str, key=str)
        api.remove_evidence(actor=actor_of(request), evidence_id=values["id"], key=values["key"])
        return self.get(request)


class ProfileView(Endpoint):
    """GET: what I can do, by area."""

    def get(self, request: Request) -> Response:
        return Response(plain(api.profile(actor=actor_of(request), language=language_of())))


class Assessments(Endpoint):
    """GET: what I answered in courses, the newest first."""

    def get(self, request: Request) -> Response:
        return Response({"assessments": plain(api.my_assessments(actor=actor_of(request)))})


class Schema(Endpoint):
    """GET: the OpenAPI document of all this."""

    def get(self, request: Request) -> HttpResponse:
        if actor_of(request).user_id is None:
            raise NotFoundError
        return HttpResponse(DOCUMENT.read_bytes(), content_type="application/json")
