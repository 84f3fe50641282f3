"""What the apps' REST addresses have in common: who may come in, how often, how errors look, pages, the document.

Views are thin: each asks its app's `api.py`, so that block, page and REST cannot differ. A session is needed (with its
CSRF token for writes), and requests are counted: 120 a minute for each person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import EnumType
from inspect import signature
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from opaque_keys.edx.keys import CourseKey
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

import passerelle.host.addresses  # noqa: F401  (registers keys and numbers in addresses)

from . import web
from .api import Actor
from .errors import InvalidError, NotAllowedError, PasserelleError, TooLargeError
from .web import BODY_LIMIT, PAGE_DIGITS, error_json, language_of, number_of, object_in, plain

PAGE = 50
LONGEST_PAGE = 100


class Throttle(UserRateThrottle):
    """How often a person may ask."""

    rate = "120/min"
    scope = "passerelle"


class Parser(JSONParser):
    """Takes what every other address takes: a JSON object that is not too long."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        found: bytes = stream.read(BODY_LIMIT + 1)
        if len(found) > BODY_LIMIT:
            raise TooLargeError
        return object_in(found)


class Endpoint(APIView):
    """What all have in common: who may come in, and how errors look."""

    authentication_classes: ClassVar[list[Any]] = [SessionAuthentication]
    permission_classes: ClassVar[list[Any]] = []  # the apps' own permission tables decide
    parser_classes: ClassVar[list[Any]] = [Parser]
    renderer_classes: ClassVar[list[Any]] = [JSONRenderer]
    throttle_classes: ClassVar[list[Any]] = [Throttle]
    operations: ClassVar[Operations] = {}
    """What the document says, by HTTP method in lower case; empty where the document is a file."""

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
        if not answer.has_header("Cache-Control"):
            answer["Cache-Control"] = "private, no-store"
        return answer


class Schema(Endpoint):
    """GET: the OpenAPI document that `described` makes, for those who are logged in."""

    described: Callable[[], dict[str, Any]] | None = None

    def get(self, request: Request) -> JsonResponse:
        if self.described is None or actor_of(request).user_id is None:
            raise NotAllowedError
        return JsonResponse(self.described())


def actor_of(request: Request, course_key: CourseKey | None = None) -> Actor:
    """The real person who asks, in this course run."""
    return web.actor_of(request._request, course_key)


def body(request: Request, **types: type) -> dict[str, Any]:
    """The fields with these types. Raises InvalidError for the first that is missing or of another type."""
    data = request.data if isinstance(request.data, dict) else {}
    for name, wanted in types.items():
        if not isinstance(data.get(name), wanted) or (isinstance(data.get(name), bool) and wanted is not bool):
            raise InvalidError(field=name)
    return {name: data[name] for name in types}


def page_of(request: Request, ask: Callable[[slice], Sequence[Any]]) -> Response:
    """The rows that `limit` (1 to 100, else 50) and `offset` ask for, and the address of those that follow, or null.

    `ask` gets the slice of rows that is wanted.
    """
    limit, offset = _number(request, "limit", PAGE), _number(request, "offset", 0)
    if not 1 <= limit <= LONGEST_PAGE:
        raise InvalidError(field="limit")
    rows = list(ask(slice(offset, offset + limit + 1)))
    query = request.query_params.copy()
    query["limit"], query["offset"] = str(limit), str(offset + limit)
    following = f"{request.path}?{query.urlencode()}" if len(rows) > limit else None
    return Response({"results": plain(rows[:limit]), "next": following})


def endpoint(course_of: Callable[..., CourseKey | None] | None = None, **operations: Operation) -> type[Endpoint]:
    """A view whose methods call their operation's `call` with what it takes of `actor`, `language`, what the address
    holds (ids as text), the query's fields and the body's.

    `course_of` says from address and query in which course run the actor acts.
    """
    methods = {name: _method(said, course_of) for name, said in operations.items()}
    return type("Endpoint", (Endpoint,), {"operations": operations, **methods})


def _method(said: Operation, course_of: Callable[..., CourseKey | None] | None) -> Callable[..., Response]:
    call = said.call
    if call is None:
        raise TypeError(said.name)
    taken = signature(call).parameters
    takes_all = any(one.kind is one.VAR_KEYWORD for one in taken.values())
    if not takes_all and not taken.keys() >= said.body.keys():
        raise TypeError(said.name)

    def method(_self: Endpoint, request: Request, **address: Any) -> Response:
        given = {name: str(value) if isinstance(value, UUID) else value for name, value in address.items()}
        given |= {name: request.query_params[name] for name in said.query if name in request.query_params}
        given["actor"] = actor_of(request, course_of(**given) if course_of else None)
        given["language"] = language_of()
        asked = [name for name in said.body if name not in said.optional or name in request.data]
        given |= body(request, **{name: KINDS[said.body[name].get("type", "string")] for name in asked})
        given = given if takes_all else {name: value for name, value in given.items() if name in taken}
        headers = {}
        if said.etag:
            headers = {"ETag": f'"{said.etag(**given)}"', "Cache-Control": "private, no-cache"}
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return Response(status=304, headers=headers)
        if said.many:
            return page_of(request, lambda rows: call(**given, rows=rows) if "rows" in taken else call(**given)[rows])
        answer = call(**given)
        return Response({} if answer is None else plain(answer), status=said.status, headers=headers)

    return method


KINDS = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}


def _number(request: Request, name: str, otherwise: int) -> int:
    number = number_of(request.query_params.get(name, otherwise), digits=PAGE_DIGITS)
    if number is None:
        raise InvalidError(field=name)
    return number


# --- The OpenAPI document, from the views and the value objects that they answer with


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address. `answer` is a value object or a JSON Schema; with `many`, there is a page of them.

    `body` are the request's fields as JSON Schemas by name, those in `optional` may be left out. `call` is the function
    of an app's `api.py` behind it, for `endpoint`; where it takes `rows`, it cuts the page itself. `etag` takes the
    same and gives a token of what `call` would answer, for 304 while nothing has changed.
    """

    name: str
    summary: str
    answer: Any = None
    many: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    status: int = 200
    call: Callable[..., Any] | None = None
    etag: Callable[..., str] | None = None


Operations = Mapping[str, Operation]

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
NUMBER = {"type": "integer"}
NOTHING = {"type": "object", "additionalProperties": False}
KEY = {
    "type": "string",
    "minLength": 8,
    "maxLength": 64,
    "description": "Made up for this request. The same key sent again does nothing and gives the same answer.",
}
PLAIN_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}


COMMON = (
    "Words come in the language of the request (Accept-Language). A list with `next` comes in pages: it is the address "
    "of the rows that follow. 120 requests a minute."
)


def document(*, title: str, description: str, addresses: Mapping[str, type[Endpoint]]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these addresses, by path with `{name}` for what varies."""
    known: dict[str, Any] = {"Error": ERROR}
    paths = {
        path: {method: _operation(path, said, known) for method, said in view.operations.items()}
        for path, view in addresses.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": f"{description} {COMMON}"},
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "sessionid"}},
            "responses": {"Error": {"description": "A sentence for the person.", **_json(_ref("Error"))}},
            "schemas": known,
        },
    }


ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"code": TEXT, "message": TEXT, "field": TEXT},
            "required": ["code", "message", "field"],
            "additionalProperties": False,
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}


def routes(
    endpoints: Mapping[str, type[Endpoint]], described: Callable[[], dict[str, Any]], schema: str = "openapi.json"
) -> list[URLPattern]:
    """Addresses below `api/v1/`, each named after its first operation, and that of the document (`schema`)."""
    found = [
        path(f"api/v1/{route}", view.as_view(), name=f"v1_{next(iter(view.operations.values())).name}")
        for route, view in endpoints.items()
    ]
    return [*found, path(f"api/v1/{schema}", Schema.as_view(described=described), name="v1_schema")]


def addresses(prefix: str, patterns: Iterable[URLPattern]) -> dict[str, type[Endpoint]]:
    """The addresses among these that are REST's, by path, for `document`. `prefix`: where they lie."""
    found = {}
    for one in patterns:
        view = getattr(one.callback, "view_class", None)
        if view is not None and issubclass(view, Endpoint):
            found[prefix + re.sub(r"<\w+:(\w+)>", r"{\1}", str(one.pattern))] = view
    return found


def _operation(path: str, said: Operation, known: dict[str, Any]) -> dict[str, Any]:
    answer = said.answer if isinstance(said.answer, dict) else schema(said.answer, known) if said.answer else {}
    if said.many:
        results = {"results": {"type": "array", "items": answer}, "next": {"type": ["string", "null"]}}
        answer = _object(results, required=list(results))
    varying = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": TEXT} for name in varying
    ]
    numbers = ("limit", "offset") if said.many else ()
    parameters += [{"name": name, "in": "query", "schema": TEXT} for name in (*said.query, *numbers)]
    errors: dict[str, Any] = {
        str(status): {"$ref": "#/components/responses/Error"} for status in (400, 403, 404, 409, 429)
    }
    found: dict[str, Any] = {
        "operationId": said.name,
        "summary": said.summary,
        "parameters": parameters,
        "responses": {str(said.status): {"description": said.summary, **_json(answer)}, **errors},
    }
    if said.body:
        required = [name for name in said.body if name not in said.optional]
        found["requestBody"] = {"required": True, **_json(_object(dict(said.body), required=required))}
    return found


def schema(kind: Any, known: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a type that value objects are made of; value objects are entered into `known`.

    More about a plain type comes as `Annotated[int, ("minimum", 1)]`.
    """
    if kind in PLAIN_TYPES:
        return PLAIN_TYPES[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        more = {name: list(value) if isinstance(value, tuple) else value for name, value in arguments[1:]}
        return {**schema(arguments[0], known), **more}
    if origin in (Union, UnionType):
        return {"anyOf": [schema(one, known) for one in arguments]}
    if origin is not None:
        return _collection(origin, [schema(one, known) for one in arguments if one is not ...], arguments)
    if isinstance(kind, EnumType):
        return {"enum": [one.value for one in list[Any](kind)]}
    if is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in known:
            known[kind.__name__] = {}  # for those that name themselves
            hints = get_type_hints(kind, include_extras=True)
            properties = {one.name: schema(hints[one.name], known) for one in fields(kind)}
            known[kind.__name__] = {**_object(properties, required=list(properties)), "description": _said(kind)}
        return _ref(kind.__name__)
    raise TypeError(kind)


def _collection(origin: Any, within: list[dict[str, Any]], arguments: tuple[Any, ...]) -> dict[str, Any]:
    if issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": within[1]}
    if origin is list or ... in arguments:
        return {"type": "array", "items": within[0]}
    return {"type": "array", "prefixItems": within, "minItems": len(within), "maxItems": len(within)}


def _said(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _object(properties: dict[str, Any], *, required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _json(found: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": found}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
