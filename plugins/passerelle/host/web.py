"""What every page and handler needs of HTTP: bodies that are JSON and small, and errors that a person can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import register_converter
from django.urls.converters import IntConverter
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey
from webob import Request, Response
from xblock.core import XBlock

from .errors import InvalidError, NotJsonError, PasserelleError, TooLargeError

BODY_LIMIT = 256 * 1024
"""Bytes. The longest story in the widest script is a third of it."""


class CourseKeyConverter:
    """A course key in an address; what is none gives 404."""

    regex = r"[^/]+"

    def to_python(self, value: str) -> CourseKey:
        try:
            return CourseKey.from_string(value)
        except InvalidKeyError as error:
            raise ValueError from error

    def to_url(self, value: object) -> str:
        return str(value)


class NumberConverter(IntConverter):
    """A row's number in an address; one that no database can hold gives 404."""

    regex = "[0-9]{1,18}"


register_converter(CourseKeyConverter, "course_key")
register_converter(NumberConverter, "number")


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
