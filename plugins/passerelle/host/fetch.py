"""Public: how the suite reads an address that somebody else chose, without being led into the house.

https on port 443 alone; every address that the name stands for must be public, and the connection goes to the very
address that was looked at, so that a name which answers differently a moment later gains nothing. Redirects are
followed by hand under the same rules. Size and total time are bounded; cookies, proxies and the machine's own
credentials stay out.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.utils.translation import gettext_lazy as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from .errors import PasserelleError

__all__ = ["FetchError", "Fetched", "Why", "fetch", "is_public"]

PORT = 443
MOST_REDIRECTS = 3
MOST_BYTES = 512 * 1024
MOST_SECONDS = 10.0
WAIT_SECONDS = 5.0
"""For a connection, and between two pieces of an answer."""
URL_FORM = re.compile(r"https://[A-Za-z0-9.\-\[\]:]+(?:[/?][!-~]*)?", re.ASCII)
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Public by the registry's letter, but doors to IPv4: an address behind them would pass unseen.
TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
CHUNK = 16 * 1024
OK, NOT_MODIFIED = 200, 304
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Why(StrEnum):
    """What kept an address from being read."""

    ADDRESS = "address"  # not https, not public, not port 443, or not an address at all
    REDIRECTS = "redirects"
    SIZE = "size"
    TIME = "time"
    STATUS = "status"  # the server's answer was no
    NETWORK = "network"


WORDS = {
    Why.ADDRESS: _("This address cannot be opened from here. It must begin with https:// and be open to everyone."),
    Why.REDIRECTS: _("This address leads on too often. Enter the address where it ends."),
    Why.SIZE: _("What lies at this address is too large."),
    Why.TIME: _("The answer took too long. Try again later."),
    Why.STATUS: _("There is nothing to read at this address. Check it and try again."),
    Why.NETWORK: _("This address could not be reached. Try again later."),
}


class FetchError(PasserelleError):
    """Nothing was read. `why` is the reason for programs, `answered` the answer's status where there was one."""

    code = "not_fetched"

    def __init__(self, why: Why, answered: int = 0) -> None:
        super().__init__(WORDS[why], field="url")
        self.why = why
        self.answered = answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address gave. `url` is where the redirects ended; after a 304 (`not_modified`) `body` is empty."""

    url: str
    body: bytes
    content_type: str
    etag: str
    last_modified: str
    not_modified: bool


def fetch(
    url: str,
    *,
    accept: str = "*/*",
    etag: str = "",
    last_modified: str = "",
    most_bytes: int = MOST_BYTES,
    most_seconds: float = MOST_SECONDS,
) -> Fetched:
    """Read what lies at the address. `etag` and `last_modified` are what an earlier answer carried.

    Raises FetchError; nothing else leaves this function, whatever the other side sends.
    """
    headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "openedx-passerelle"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    with _Clock(most_seconds) as clock, requests.Session() as session:
        session.trust_env = False  # neither proxies nor ~/.netrc
        session.mount("https://", _Adapter(clock))
        for _hop in range(MOST_REDIRECTS + 1):
            _require_plain(url)
            try:
                answer = session.get(
                    url, headers=headers, timeout=WAIT_SECONDS, allow_redirects=False, stream=True, cookies={}
                )
                with contextlib.closing(answer):
                    if answer.status_code not in REDIRECTS:
                        return _read(url, answer, most_bytes, clock)
                    url = urljoin(url, answer.headers.get("Location", ""))
                    session.cookies.clear()
            except _NotPublicError as error:
                raise FetchError(Why.ADDRESS) from error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise FetchError(_why(error, clock)) from error
    raise FetchError(Why.REDIRECTS)


def is_public(address: str) -> bool:
    """Whether this IP address belongs to the open internet and not to this machine, its neighbours or its cloud."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in GLOBAL_UNICAST or any(ip in net for net in TRANSLATED)):
        return False  # site-local fec0::/10 among them, which Python takes for global
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _require_plain(url: str) -> None:
    if not isinstance(url, str) or len(url) > 2048 or not URL_FORM.fullmatch(url) or "\\" in url:  # noqa: PLR2004
        raise FetchError(Why.ADDRESS)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(Why.ADDRESS) from error
    if not parts.hostname or port not in (None, PORT):
        raise FetchError(Why.ADDRESS)


def _read(url: str, answer: requests.Response, most_bytes: int, clock: _Clock) -> Fetched:
    not_modified = answer.status_code == NOT_MODIFIED
    if not not_modified and answer.status_code != OK:
        raise FetchError(Why.STATUS, answer.status_code)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError(Why.SIZE)  # unasked for, and may be a bomb
    body = bytearray()
    for chunk in answer.iter_content(CHUNK):
        body += chunk
        if len(body) > most_bytes:
            raise FetchError(Why.SIZE)
    if clock.rang:
        raise FetchError(Why.TIME)
    return Fetched(
        url=url,
        body=b"" if not_modified else bytes(body),
        content_type=answer.headers.get("Content-Type", "").split(";")[0].strip().lower(),
        etag=answer.headers.get("ETag", "")[:200],
        last_modified=answer.headers.get("Last-Modified", "")[:200],
        not_modified=not_modified,
    )


def _why(error: Exception, clock: _Clock) -> Why:
    """The reason, which requests and urllib3 wrap in one another."""
    seen: list[BaseException] = [error]
    while seen:
        current = seen.pop()
        if isinstance(current, _NotPublicError):
            return Why.ADDRESS
        found = [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
        seen += [inner for inner in found if isinstance(inner, BaseException)]
    if clock.rang or isinstance(error, requests.Timeout):
        return Why.TIME
    return Why.NETWORK


class _NotPublicError(HTTPError):
    """The name stands for an address inside the house."""


class _Clock:
    """Shuts the open connection when the time is up: timeouts alone let a server drip for ever."""

    def __init__(self, seconds: float) -> None:
        self.rang = False
        self._ends = time.monotonic() + seconds
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> _Clock:
        self._timer.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._open:
                handle.close()
            self._open.clear()

    def remaining(self) -> float:
        return max(0.01, min(WAIT_SECONDS, self._ends - time.monotonic()))

    def watch(self, connection: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first one over.
        handle = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._open.append(handle)
        if self.rang:
            self._ring()

    def _ring(self) -> None:
        self.rang = True
        with self._lock:
            for handle in self._open:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


def _connect(host: str, port: int, clock: _Clock) -> socket.socket:
    """A connection to one of the name's addresses, all of which must be public."""
    found = _looked_up(host.strip("[]"), port, clock)
    if not found or not all(is_public(str(entry[4][0])) for entry in found):
        raise _NotPublicError
    failed: OSError | None = None
    for family, kind, protocol, _name, address in found:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(clock.remaining())
        try:
            connection.connect(address)
        except OSError as error:
            failed = error
            connection.close()
            continue
        clock.watch(connection)
        connection.settimeout(WAIT_SECONDS)
        return connection
    raise failed or OSError


def _looked_up(host: str, port: int, clock: _Clock) -> list[Any]:
    """The name's addresses. In a thread, which is left alone after the time: no timeout stops a slow name server."""
    answers: list[Any] = []

    def look_up() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(clock.remaining())
    if not answers:
        clock.rang = True
        raise TimeoutError
    if isinstance(answers[0], Exception):
        raise answers[0]
    return list(answers[0])


class _Adapter(HTTPAdapter):
    """Makes every connection through `_connect`, under the fetch's own clock."""

    def __init__(self, clock: _Clock) -> None:
        class Connection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self.host, self.port or PORT, clock)

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self._pool = Pool
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": self._pool}
