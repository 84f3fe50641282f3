"""Reading addresses that others chose: a corpus of ways into the house, and a server that misbehaves."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from passerelle.host import fetch as module
from passerelle.host.fetch import FetchError, Why, fetch, is_public

NOT_ADDRESSES = [
    "",
    "feeds.example",
    "//feeds.example/",
    "http://feeds.example/",
    "ftp://feeds.example/",
    "file:///etc/passwd",
    "gopher://feeds.example/",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "https:feeds.example",
    "https:///feeds.example",
    "https://",
    "https://?",
    "https://user@feeds.example/",
    "https://user:password@feeds.example/",
    "https://feeds.example@127.0.0.1/",
    "https://feeds.example\\@127.0.0.1/",
    "https://feeds.example/\\..\\x",
    "https://feeds.example#@127.0.0.1/",
    "https://feeds.example:22/",
    "https://feeds.example:8443/",
    "https://feeds.example:99999/",
    "https://feeds.example:0443x/",
    "https://feeds.example:-1/",
    "https://feeds.example/a b",
    "https://feeds.example/\r\nHost: inside",
    "https://feeds.example\t/",
    " https://feeds.example/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://①②⑦.⓪.⓪.①/",
    "https://feeds。example/",
    "https://%31%32%37.0.0.1/",
    "https://feeds.example/" + "x" * 2100,
]
INSIDE = [
    "127.0.0.1",
    "127.1",
    "127.000.000.001",
    "0x7f.0.0.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0.0.0.0",
    "0",
    "localhost",
    "localhost.",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[5f00::1]",
    "[ff02::1]",
    "[2001:db8::1]",
]


@pytest.mark.parametrize("url", NOT_ADDRESSES)
def test_what_is_no_plain_https_address_is_not_even_looked_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _never)
    with pytest.raises(FetchError) as caught:
        fetch(url)
    assert caught.value.why is Why.ADDRESS
    assert str(caught.value)


@pytest.mark.parametrize("host", INSIDE)
def test_no_connection_is_made_into_the_house(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _never)
    with pytest.raises(FetchError) as caught:
        fetch(f"https://{host}/")
    # A spelling that this machine's resolver does not know leads nowhere either.
    assert caught.value.why in (Why.ADDRESS, Why.NETWORK)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]"]
)
def test_inside_is_said_to_be_the_reason(host: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(f"https://{host}/")
    assert caught.value.why is Why.ADDRESS


def test_what_is_public() -> None:
    for address in ("8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert is_public(address), address
    for address in (
        "",
        "nonsense",
        "127.0.0.1",
        "::1",
        "fe80::1%eth0",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "fec0::1",
    ):
        assert not is_public(address), address


def _never(*_arguments: Any, **_options: Any) -> None:
    raise AssertionError("this must not be called")


# --- A server of our own, which the tests take for a public one


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: dict[str, Callable[[Any], None]] = {}
    seen: list[tuple[str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        self.answers[self.path](self)

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feeds.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("feeds.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return path


class World:
    """Names and where they lead: `feeds.example` to the server here, taken for public; others as a test says."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.names: dict[str, list[str]] = {"feeds.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
        self.public = {"127.0.0.1"}
        self.looked_up: list[str] = []

    def getaddrinfo(self, host: str, port: int, *_arguments: Any, **_options: Any) -> list[Any]:
        self.looked_up.append(host)
        found = self.names[host]
        if len(found) > 1 and host.startswith("rebinding"):
            self.names[host] = found[1:]  # another answer a moment later
            found = found[:1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, self.port)) for each in found]

    def is_public(self, address: str) -> bool:
        return address in self.public


@pytest.fixture
def world(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    made = World(server.server_address[1])
    Handler.answers, Handler.seen = {}, []

    class Session(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            self.verify = str(certificate)

    monkeypatch.setattr(module.requests, "Session", Session)
    monkeypatch.setattr(module.socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(module, "is_public", made.is_public)
    yield made
    server.shutdown()
    server.server_close()


def why(url: str, **options: Any) -> Why:
    with pytest.raises(FetchError) as caught:
        fetch(url, **options)
    return caught.value.why


def test_an_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # the machine's own ways are not taken
    Handler.answers["/jobs?page=1"] = lambda here: here.say(b"hello", ETag='"1"', Content_Type="text/xml; charset=x")
    found = fetch("https://feeds.example/jobs?page=1", accept="text/xml")
    assert (found.body, found.etag, found.content_type, found.not_modified) == (b"hello", '"1"', "text/xml", False)
    _path, headers = Handler.seen[0]
    assert headers["Host"] == "feeds.example"
    assert headers["Accept"] == "text/xml"
    assert "Authorization" not in headers
    assert "Cookie" not in headers


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    Handler.answers["/"] = lambda here: here.say(b"", 304)
    found = fetch("https://feeds.example/", etag='"1"', last_modified="yesterday")
    assert found.not_modified
    assert Handler.seen[0][1]["If-None-Match"] == '"1"'
    assert Handler.seen[0][1]["If-Modified-Since"] == "yesterday"


def test_redirects_are_followed_by_the_same_rules(world: World) -> None:
    Handler.answers["/a"] = lambda here: here.say(b"", 302, Location="b", Set_Cookie="a=1")
    Handler.answers["/b"] = lambda here: here.say(b"there")
    found = fetch("https://feeds.example/a")
    assert (found.body, found.url) == (b"there", "https://feeds.example/b")
    assert "Cookie" not in Handler.seen[1][1]


@pytest.mark.parametrize(
    "location",
    [
        "http://feeds.example/b",
        "https://127.0.0.2/",
        "https://inside.example/",
        "//inside.example/",
        "https://user@feeds.example/b",
        "https://feeds.example:22/",
        "file:///etc/passwd",
        "https://mixed.example/",
        "",
    ],
)
def test_a_redirect_does_not_lead_into_the_house(world: World, location: str) -> None:
    world.names |= {
        "inside.example": ["10.0.0.1"],
        "127.0.0.2": ["127.0.0.2"],
        "mixed.example": ["127.0.0.1", "10.0.0.1"],
    }
    Handler.answers["/a"] = lambda here: here.say(b"", 302, Location=location)
    expected = Why.REDIRECTS if location == "" else Why.ADDRESS
    assert why("https://feeds.example/a") is expected
    assert {path for path, _headers in Handler.seen} == {"/a"}


def test_one_inside_address_among_public_ones_is_enough_to_refuse(world: World) -> None:
    world.names["mixed.example"] = ["127.0.0.1", "10.0.0.1"]
    assert why("https://mixed.example/") is Why.ADDRESS
    assert not Handler.seen


def test_the_address_that_was_looked_at_is_the_one_connected_to(world: World) -> None:
    """DNS rebinding: a public answer first, an inside one a moment later. There is no second look."""
    world.names["rebinding.example"] = ["127.0.0.1", "10.0.0.1"]
    # The certificate is for another name: the connection went to the first address, and no further.
    assert why("https://rebinding.example/") is Why.NETWORK
    assert world.looked_up == ["rebinding.example"]


def test_the_certificate_must_be_for_the_name(world: World) -> None:
    Handler.answers["/"] = lambda here: here.say(b"hello")
    assert why("https://other.example/") is Why.NETWORK
    assert not Handler.seen


def test_endless_redirects(world: World) -> None:
    Handler.answers["/"] = lambda here: here.say(b"", 307, Location="/")
    assert why("https://feeds.example/") is Why.REDIRECTS
    assert len(Handler.seen) == module.MOST_REDIRECTS + 1


def test_a_name_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_given, **_options: time.sleep(3))
    started = time.monotonic()
    assert why("https://feeds.example/", most_seconds=0.3) is Why.TIME
    assert time.monotonic() - started < 2


def test_too_much(world: World) -> None:
    Handler.answers["/"] = lambda here: here.say(b"x" * 5000)
    assert why("https://feeds.example/", most_bytes=4999) is Why.SIZE
    assert fetch("https://feeds.example/", most_bytes=5000).body == b"x" * 5000


def test_too_much_without_saying_so(world: World) -> None:
    def endless(here: Any) -> None:
        here.send_response(200)
        here.send_header("Transfer-Encoding", "chunked")
        here.end_headers()
        try:
            for _chunk in range(1000):
                here.wfile.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
        except OSError:
            pass

    Handler.answers["/"] = endless
    assert why("https://feeds.example/", most_bytes=100_000) is Why.SIZE


def test_a_packed_bomb(world: World) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    Handler.answers["/"] = lambda here: here.say(bomb, Content_Encoding="gzip")
    assert why("https://feeds.example/") is Why.SIZE


@pytest.mark.parametrize("where", ["body", "headers"])
def test_dripping(world: World, where: str) -> None:
    def drip(here: Any) -> None:
        if where == "body":
            here.send_response(200)
            here.send_header("Content-Length", "1000")
            here.end_headers()
        try:
            for _drop in range(100):
                here.wfile.write(b"x" if where == "body" else b"HTTP/1.1 200 OK\r\n"[:1])
                time.sleep(0.1)
        except OSError:
            pass

    Handler.answers["/"] = drip
    started = time.monotonic()
    assert why("https://feeds.example/", most_seconds=0.7) is Why.TIME
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("status", [204, 401, 403, 404, 500, 503])
def test_a_no(world: World, status: int) -> None:
    Handler.answers["/"] = lambda here: here.say(b"", status)
    with pytest.raises(FetchError) as caught:
        fetch("https://feeds.example/")
    assert (caught.value.why, caught.value.answered) == (Why.STATUS, status)


def test_nobody_there(world: World) -> None:
    world.port = 1
    assert why("https://feeds.example/") is Why.NETWORK
    world.names["gone.example"] = []
    assert why("https://gone.example/") is Why.ADDRESS


def test_the_corpus_knows_each_private_network() -> None:
    """Every network that Python counts as private or special has somebody in the corpus or is refused."""
    networks = ipaddress.IPv4Network("0.0.0.0/0").subnets(new_prefix=8)
    public = [net for net in networks if is_public(str(net[1]))]
    assert not {"10.0.0.0/8", "127.0.0.0/8", "0.0.0.0/8", "240.0.0.0/8", "224.0.0.0/8"} & {str(net) for net in public}
