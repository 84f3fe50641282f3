"""REST, version 1: one's own claims, evidence, profile and assessments, for apps of the person's. See `openapi.json`.

Thin: each view asks `api.py`. A session is needed (with its CSRF token for writes), and requests are counted: 120 a
minute for each person.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from rest_framework import status
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotFoundError, PasserelleError
from passerelle.host.web import error_json, plain

from . import api

DOCUMENT = Path(__file__).parent / "openapi.json"


class Throttle(UserRateThrottle):
    """How often a person may ask."""

    rate = "120/min"
    scope = "passerelle"


class Endpoint(APIView):
    """What all have in common: who may come in, and how errors look."""

    authentication_classes: ClassVar[list[Any]] = [SessionAuthentication]
    permission_classes: ClassVar[list[Any]] = []  # the apps' own permission tables decide
    parser_classes: ClassVar[list[Any]] = [JSONParser]
    renderer_classes: ClassVar[list[Any]] = [JSONRenderer]
    throttle_classes: ClassVar[list[Any]] = [Throttle]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, PasserelleError):
            return Response({"error": error_json(exc)}, status=exc.status)
        if isinstance(exc, APIException):
            answer = super().handle_exception(exc)
            answer.data = {"error": {"code": exc.default_code, "message": str(exc.detail), "field": ""}}
            return answer
        raise exc

    def finalize_response(self, request: HttpRequest, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        return answer


def _actor(request: Request) -> Actor:
    return host().actor(request=request._request, course_key=None)


def _language() -> str:
    return get_language() or "en"


def _body(request: Request, **types: type) -> dict[str, Any]:
    """The fields with these types. Raises InvalidError for the first that is missing or of another type."""
    data = request.data if isinstance(request.data, dict) else {}
    for name, wanted in types.items():
        if not isinstance(data.get(name), wanted) or isinstance(data.get(name), bool):
            raise InvalidError(field=name)
    return {name: data[name] for name in types}


class Claims(Endpoint):
    """GET: my claims, the newest first. POST: state a competence."""

    def get(self, request: Request) -> Response:
        return Response({"claims": plain(api.my_claims(actor=_actor(request), language=_language()))})

    def post(self, request: Request) -> Response:
        api.state_competence(actor=_actor(request), **_body(request, uri=str, level=int, key=str))
        return self.get(request)

    def delete(self, request: Request) -> Response:
        api.unstate_competence(actor=_actor(request), **_body(request, uri=str, key=str))
        return self.get(request)


class EvidenceList(Endpoint):
    """GET: my evidence, the newest first. POST: add a text, a link, a unit or a story; a file is sent afterwards."""

    def get(self, request: Request) -> Response:
        return Response({"evidence": plain(api.my_evidence(actor=_actor(request)))})

    def post(self, request: Request) -> Response:
        values = _body(request, uri=str, kind=str, level=int, key=str)
        words = {name: request.data[name] for name in ("text", "link", "reference") if name in request.data}
        if not all(isinstance(word, str) for word in words.values()):
            raise InvalidError
        evidence_id = api.add_evidence(actor=_actor(request), **values, **words)
        return Response({"id": evidence_id}, status=status.HTTP_201_CREATED)

    def delete(self, request: Request) -> Response:
        values = _body(request, id=str, key=str)
        api.remove_evidence(actor=_actor(request), evidence_id=values["id"], key=values["key"])
        return self.get(request)


class ProfileView(Endpoint):
    """GET: what I can do, by area."""

    def get(self, request: Request) -> Response:
        return Response(plain(api.profile(actor=_actor(request), language=_language())))


class Assessments(Endpoint):
    """GET: what I answered in courses, the newest first."""

    def get(self, request: Request) -> Response:
        return Response({"assessments": plain(api.my_assessments(actor=_actor(request)))})


class Schema(Endpoint):
    """GET: the OpenAPI document of all this."""

    def get(self, request: Request) -> HttpResponse:
        if _actor(request).user_id is None:
            raise NotFoundError
        return HttpResponse(DOCUMENT.read_bytes(), content_type="application/json")
