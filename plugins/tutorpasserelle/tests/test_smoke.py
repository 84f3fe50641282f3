"""Is the suite there, and is it closed to strangers? Tutor runs this on the operator's host against the platform.

Tutor sets LMS_HOST, ENABLE_HTTPS and, in development, LMS_PORT. Nothing is written.
"""

from __future__ import annotations

import json
import os
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 30


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """A redirect is an answer here."""


def address(path: str) -> str:
    scheme = "https" if os.environ.get("ENABLE_HTTPS", "false").lower() == "true" else "http"
    port = os.environ.get("LMS_PORT", "")
    return f"{scheme}://{os.environ['LMS_HOST']}{f':{port}' if port else ''}{path}"


def answer(path: str, body: Any = None) -> HTTPResponse | HTTPError:
    """What the LMS says to somebody who is not logged in."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(address(path), data=data, headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        response: HTTPResponse = build_opener(_NoRedirect).open(request, timeout=SECONDS)
    except HTTPError as error:
        return error
    return response


def test_my_passerelle_is_there_and_asks_for_a_login() -> None:
    response = answer("/passerelle/")

    assert response.status == 302, f"{address('/passerelle/')} answers {response.status}: is the image the suite's?"  # noqa: PLR2004
    assert "next=" in (response.headers["Location"] or "")


def test_strangers_write_nothing() -> None:
    assert answer("/passerelle/", {"text": "from a stranger"}).status in (302, 401, 403, 405)


def test_private_files_have_no_address() -> None:
    for path in ("/media/passerelle-private/", "/media-private/passerelle/", "/media/passerelle/"):
        assert answer(path).status in (301, 302, 403, 404)
