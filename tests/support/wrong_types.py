"""Requests in which what nobody expects stands: a person gets a sentence, and nothing fails.

Which fields a view asks for is learnt from the view: its request's object notes the names. Each is then sent as many
kinds of nonsense, while the other fields hold something of the right kind.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, "", "x", "9" * 5000, "\x00", [], [[]], [{}, ["x"]], {}, {"id": {"x": []}},
)  # fmt: skip
FAILED = 500
REFUSED = (302, 401, 403)
MISSING = 404
NO_SUCH_METHOD = 405
METHODS = ("POST", "DELETE", "PUT", "PATCH")


class Asked(dict[str, Any]):
    """A request's object, which notes what is asked of it."""

    names: set[str]

    def __init__(self, given: Mapping[str, Any], names: set[str]) -> None:
        super().__init__(given)
        self.names = names

    def get(self, key: str, default: Any = None, /) -> Any:
        self.names.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str, /) -> Any:
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object, /) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)


class Walker:
    """Sends nonsense to addresses. `guesses` are values of the right kind by field; any other field is "x"."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, guesses: Mapping[str, Any]) -> None:
        from passerelle.host import rest, web

        self.names: set[str] = set()
        self.guesses = guesses
        real = web.object_in
        for module in (web, rest):
            monkeypatch.setattr(module, "object_in", lambda body: Asked(real(body), self.names))
        monkeypatch.setattr(rest.Throttle, "allow_request", lambda *_args: True)

    def failures(self, clients: Iterable[Client], method: str, path: str) -> list[str]:
        """What fails there, for the one of these people who gets furthest; or that nobody is let in."""
        far = {self._right(client, method, path).status_code: client for client in clients}
        if set(far) == {NO_SUCH_METHOD}:
            return []
        best = min(far, key=lambda status: (status in REFUSED, status == MISSING, status))
        if best in REFUSED or max(far) >= FAILED:
            return [f"{method} {path}: {sorted(far)}"]
        return self._nonsense(far[best], method, path)

    def _right(self, client: Client, method: str, path: str) -> HttpResponse:
        """The answer where every field holds something of the right kind; `names` are the fields asked for."""
        client.raise_request_exception = False
        self.names.clear()
        known: set[str] = set()
        answer = self._send(client, method, path, {})
        while not self.names <= known:
            known |= self.names
            answer = self._send(client, method, path, self._guessed())
        return answer

    def _guessed(self) -> dict[str, Any]:
        return {name: self.guesses.get(name, "x") for name in self.names - {"key"}}

    def _nonsense(self, client: Client, method: str, path: str) -> list[str]:
        self._right(client, method, path)
        right = self._guessed()
        return [
            f"{method} {path}: {name} = {str(value)[:40]!r}"
            for name in sorted(self.names)
            for value in WRONG
            if self._send(client, method, path, {**right, name: value}).status_code >= FAILED
        ]

    def _send(self, client: Client, method: str, path: str, payload: Any) -> HttpResponse:
        payload = {"key": str(uuid.uuid4()), **payload}
        with transaction.atomic():
            answer: Any = client.generic(method, path, json.dumps(payload), content_type="application/json")
            transaction.set_rollback(True)
        return answer


def addresses(patterns: Iterable[Any], namespace: str, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path of all that may take a body; `known` are the parts of addresses by name."""
    for one in patterns:
        if isinstance(one, URLPattern):
            parts = {name: known[name] for name in one.pattern.converters}
            for method in _methods(one.callback):
                try:
                    yield method, reverse(f"{namespace}:{one.name}", kwargs=parts)
                except NoReverseMatch as error:
                    raise AssertionError(one.name) from error


def _methods(view: Callable[..., Any]) -> list[str]:
    if found := getattr(view, "view_class", None):
        return [method for method in METHODS if hasattr(found, method.lower())]
    return ["POST"]
