"""What every page and handler needs of HTTP: who asks, what comes in, how pages and JSON go out, errors in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import wraps
from inspect import signature
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey
from webob import Request, Response
from xblock.core import XBlock

from .api import Actor, host
from .data import Way
from .errors import InvalidError, NotJsonError, PasserelleError, TooLargeError
from .signals import ways_asked

BODY_LIMIT = 256 * 1024
"""Bytes. The longest story in the widest script is a third of it."""

ROW_DIGITS = 18
"""Of a row's number, at most: more, no database here has a place for."""
INT_DIGITS = 9
"""Of what is kept in four bytes, as the platform's ids of people are."""
PAGE_DIGITS = 6
"""Of what counts rows and pages."""


# --- Who asks


def actor_of(request: HttpRequest, course_key: CourseKey | None = None) -> Actor:
    """The real person who asks, in this course run."""
    return host().actor(request=request, course_key=course_key)


def language_of() -> str:
    """The language of the request."""
    return get_language() or "en"


# --- What comes in


def text_in(payload: dict[str, Any], name: str) -> str:
    """The text under this name, or ""."""
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def key_in(payload: dict[str, Any]) -> str:
    """The key that was made up for this request, or ""."""
    return text_in(payload, "key")


def number_of(given: object, *, digits: int = ROW_DIGITS, least: int = 0) -> int | None:
    """A whole number as an address, a form or JSON brings it; None for anything else, and below `least`."""
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    number = int(text) if re.fullmatch(rf"-?\d{{1,{digits}}}", text) else None
    return number if number is not None and number >= least else None


def json_body(
    *, content_type: str | None, length: int | None, read: Callable[[], bytes], limit: int = BODY_LIMIT
) -> dict[str, Any]:
    """The request's JSON object. `read` is called only when type and length are right.

    Raises NotJsonError, TooLargeError, or InvalidError where the body is no JSON object.
    """
    if (content_type or "").split(";")[0].strip().lower() != "application/json":
        raise NotJsonError
    if (length or 0) > limit:
        raise TooLargeError
    body = read()
    if len(body) > limit:
        raise TooLargeError
    return object_in(body)


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body. Raises InvalidError where there is none, or one that nobody can keep."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidError from error
    if not isinstance(payload, dict):
        raise InvalidError
    require_writable(payload)
    return payload


def require_writable(given: object) -> None:
    """Raise InvalidError where JSON-like values hold what no page or column takes: half a character, infinity."""
    try:
        json.dumps(given, ensure_ascii=False, allow_nan=False, default=str).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidError from error


# --- Pages and files


def shown(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of ours, which no cache keeps."""
    response = render(request, template, {"base_template": host().base_template, **context}, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for people: an error comes as a page that says what to do."""

    @wraps(view)
    @require_GET
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except PasserelleError as error:
            return shown(request, "passerelle/wrong.html", status=error.status, message=str(error))

    return wrapped


def ways_of(actor: Actor) -> list[Way]:
    """Where this person can go, by what all apps say; nowhere while she looks at a course as somebody else."""
    answers: list[Any] = [] if actor.masquerading else ways_asked.send(sender=None, actor=actor)
    return sorted((way for _app, ways in answers for way in ways), key=lambda way: (way.place, way.about))


def to_keep(content: str | bytes, *, name: str, media_type: str) -> HttpResponse:
    """A file for the person to keep, which no cache keeps."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=media_type, headers=headers)


# --- JSON


def error_json(error: PasserelleError) -> dict[str, str]:
    """The error as clients get it: its code, a sentence for the person, the faulty field or ""."""
    return {"code": error.code, "message": str(error), "field": error.field}


def plain(value: Any) -> Any:
    """Value objects as what `json` can write."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def json_view(method: str, *, limit: int = BODY_LIMIT) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    """A view that answers with JSON. A POST view gets the body's object as `payload`; errors come as JSON too.

    `limit` is the largest body in bytes. The wrapped view may return an HttpResponse of its own instead (a 304, say).
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method != method:
                return HttpResponse(status=405, headers={"Allow": method})
            try:
                if method == "POST":
                    length = int(request.headers.get("Content-Length") or 0)
                    kwargs["payload"] = json_body(
                        content_type=request.content_type, length=length, read=lambda: request.body, limit=limit
                    )
                answer = view(request, **kwargs)
            except PasserelleError as error:
                return JsonResponse({"error": error_json(error)}, status=error.status)
            if isinstance(answer, HttpResponse):
                return answer
            response = JsonResponse(plain(answer), safe=False)
            response["Cache-Control"] = "private, no-store"
            return response

        return wrapped

    return decorate


def asks(
    call: Callable[..., Any], *texts: str, answer: str = "", course_of: Callable[..., CourseKey | None] | None = None
) -> Callable[..., HttpResponse]:
    """A POST view that lets `call` do its work with what it takes of `actor`, `language`, what the address holds (ids
    as text), and these texts of the body.

    It answers with what `call` returned, under the name `answer`, or with nothing. `course_of` says from the address in
    which course run the actor acts; else it is the address's own, if any.
    """
    if not signature(call).parameters.keys() >= set(texts):
        raise TypeError(texts)

    @json_view("POST")
    @wraps(call)
    def view(request: HttpRequest, payload: dict[str, Any], **address: Any) -> dict[str, Any]:
        given = {name: str(value) if isinstance(value, UUID) else value for name, value in address.items()}
        course_key = course_of(**_taken(course_of, given)) if course_of else given.get("course_key")
        given |= {name: text_in(payload, name) for name in texts}
        given |= {"actor": actor_of(request, course_key), "language": language_of()}
        found = call(**_taken(call, given))
        return {answer: plain(found)} if answer else {}

    return view


def _taken(call: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in signature(call).parameters if name in given}


def block_json(value: Any, status: int = 200) -> Response:
    """A block's answer as JSON that nobody keeps."""
    body = json.dumps(plain(value)).encode()
    response = Response(body, status=status, content_type="application/json", charset="UTF-8")
    # Not as `headerlist`: that would take the content type's place, and a story would be served as HTML.
    response.headers["Cache-Control"] = "private, no-store"
    return response


def block_handler(handler: Callable[[Any, dict[str, Any]], Any]) -> Any:
    """A block's POST handler that takes a JSON object and answers with JSON.

    Errors carry their HTTP status and a sentence. Unlike XBlock's own `json_handler`, it refuses what comes as a form.
    """

    @wraps(handler)
    def wrapped(block: Any, request: Request, suffix: str = "") -> Response:
        if request.method != "POST":
            return Response(status=405, allow="POST")
        try:
            payload = json_body(
                content_type=request.content_type, length=request.content_length, read=lambda: request.body
            )
            return block_json(handler(block, payload))
        except PasserelleError as error:
            return block_json({"error": error_json(error)}, status=error.status)

    return XBlock.handler(wrapped)
