"""Credentials issued elsewhere, distrusted: nothing in one is believed before its signature, and little after.

Checked are size, form, types, signature (by a key that belongs to the issuer, with the key's own algorithm), issuer,
dates, subject and status, in this order; the first failure refuses. What is on the web is read by `host.fetch`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils.translation import gettext_lazy as _
from openbadgeslib import baking
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import (
    OB3LdpVerifier,
    OB3Verifier,
    OpenBadgeCredential,
    check_credential_status,
    resolve_did,
    verify_data_integrity_proof,
)
from openbadgeslib.ob3.contexts import document_loader
from openbadgeslib.ob3.did import pem_for_kid
from pyld import jsonld  # type: ignore[import-untyped]

from passerelle.host.errors import InvalidError
from passerelle.host.fetch import MOST_SECONDS as MOST_SECONDS_EACH
from passerelle.host.fetch import Fetched
from passerelle.host.web import require_writable

MOST_BYTES = 64 * 1024
"""Of a credential. Canonicalising a hostile graph costs more than its size, and no badge comes near it."""
MOST_NODES, MOST_ORDERS = 60, 24
"""Nodes without an id in a document with a proof, and orders in which those that look alike could stand."""
MOST_STATUS_BYTES = 512 * 1024
MOST_STATUS_ENTRIES = 4
MOST_SECONDS = 20.0
"""For all that one check reads from the web: slow servers, one after the other, must not hold a process."""
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:", re.ASCII)
PNG, SVG = b"\x89PNG\r\n\x1a\n", b"<"

ADDRESSES = ("emailAddress", "email")
ALGORITHMS = (
    (Ed25519PublicKey, ("EdDSA",)),
    (EllipticCurvePublicKey, ("ES256", "ES384", "ES512")),
    (RSAPublicKey, ("RS256", "RS384", "RS512")),
)
"""What each kind of key may sign with."""

Fetch = Callable[..., Fetched]


class Refusal(StrEnum):
    """Why a credential does not count."""

    SIZE = "size"
    FORM = "form"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    DATES = "dates"
    SUBJECT = "subject"
    HOLDER = "holder"  # a key or wallet is meant, and nothing else
    UNCONFIRMED = "unconfirmed"  # nobody has shown that the account's address is hers
    REVOKED = "revoked"
    STATUS = "status"
    USED = "used"


WORDS = {
    Refusal.SIZE: _("This is too large for a badge. Choose the badge file itself."),
    Refusal.FORM: _("No badge was found in this. Choose the picture or file that you got when the badge was issued."),
    Refusal.ISSUER: _("Whoever issued this badge could not be found, so it cannot be checked. Try again later."),
    Refusal.SIGNATURE: _(
        "This badge was changed after it was issued, or its issuer did not sign it. Ask them for it again."
    ),
    Refusal.DATES: _("This badge is not valid today: it has expired, or it begins later."),
    Refusal.SUBJECT: _("This badge was issued to another e-mail address than yours here."),
    Refusal.HOLDER: _(
        "This badge was issued to a digital wallet and names no e-mail address, so nothing here shows that it is "
        "yours. Ask whoever issued it for one that carries your e-mail address."
    ),
    Refusal.UNCONFIRMED: _(
        "Your e-mail address here is not confirmed yet. Open the message that you got when you signed up, follow its "
        "link, and bring the badge again."
    ),
    Refusal.REVOKED: _("Whoever issued this badge has taken it back."),
    Refusal.STATUS: _("Whether this badge is still valid could not be found out. Try again later."),
    Refusal.USED: _("This badge is already on somebody else's page."),
}


class RefusedError(InvalidError):
    """The credential does not count; `why` says the reason to programs."""

    code = "badge_refused"

    def __init__(self, why: Refusal) -> None:
        super().__init__(WORDS[why], field="credential")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a good credential says. `aligned`: (name, URI). `text` is the credential itself, to be checked again."""

    text: str
    id: str
    issuer: str
    issuer_name: str
    name: str
    aligned: tuple[tuple[str, str], ...]
    expires_at: datetime | None

    @property
    def source(self) -> str:
        """The credential's name in all the world, hashed."""
        return hashlib.sha256(json.dumps([self.issuer, self.id]).encode()).hexdigest()


def text_in(data: bytes) -> str:
    """The credential in a file: a baked PNG or SVG, or the credential itself. Raises RefusedError."""
    try:
        if data.startswith(PNG):
            found = baking.extract_png(data, keyword=baking.ITXT_KEYWORD_OB3)
        elif data.lstrip().startswith(SVG):
            found = baking.extract_svg(data, element=baking.SVG_ELEMENT_OB3, text_fallback=True)
        else:
            found = data.decode()
    except baking.DecompressionLimitExceeded as error:
        raise RefusedError(Refusal.SIZE) from error
    except Exception as error:  # what an image library makes of hostile bytes is open-ended
        raise RefusedError(Refusal.FORM) from error
    if not found or not found.strip():
        raise RefusedError(Refusal.FORM)
    return found.strip()


def verify(text: str, *, email: str, fetch: Fetch) -> Verified:
    """What the credential says, once all of it was checked. Raises RefusedError."""
    if len(text.encode()) > MOST_BYTES:
        raise RefusedError(Refusal.SIZE)
    web = _Web(fetch)
    credential = _verify_proof(text, web) if text.startswith("{") else _verify_token(text, web)
    raw: Mapping[str, Any] = credential.raw or {}
    _require_dates(credential)
    _require_subject(raw, email)
    _require_status(credential, web)
    return Verified(
        text=text,
        id=str(credential.id),
        issuer=credential.issuer.id,
        issuer_name=str(credential.issuer.name or "")[:255],
        name=str(credential.achievement.name)[:255],
        aligned=tuple((str(each.target_name)[:255], str(each.target_url)[:255]) for each in _alignments(credential)),
        expires_at=credential.expiration_date,
    )


def _alignments(credential: OpenBadgeCredential) -> list[Any]:
    return credential.achievement.alignments[:20]


# --- Signature and issuer


class _Web:
    """What one check reads from the web; every address once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._seen: dict[str, bytes] = {}
        self._ends = time.monotonic() + MOST_SECONDS

    def read(self, url: str) -> bytes:
        if url not in self._seen:
            left = max(0.01, min(MOST_SECONDS_EACH, self._ends - time.monotonic()))
            self._seen[url] = self._fetch(url, most_bytes=MOST_STATUS_BYTES, most_seconds=left).body
        return self._seen[url]

    def json(self, url: str) -> dict[str, Any]:
        found = json.loads(self.read(url))
        if not isinstance(found, dict):
            raise RefusedError(Refusal.ISSUER)
        return found


def _verify_token(text: str, web: _Web) -> OpenBadgeCredential:
    header, claims = _peek(text)
    _require_types(claims)
    pem = _key_of(_issuer_of(claims), header.get("kid"), web)
    try:
        # The library takes the algorithm from the key, never from the header, and compares what the token says twice.
        return OB3Verifier(pem).verify(text)
    except Exception as error:  # hostile input fails in more ways than a library documents
        raise RefusedError(_refusal(error)) from error


def _verify_proof(text: str, web: _Web) -> OpenBadgeCredential:
    document = _parsed(text)
    _require_tree(document)
    _require_types(document)
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    pem = _key_of(_issuer_of(document), method, web)
    _require_all_signed(document)
    try:
        return OB3LdpVerifier(pubkey_pem=pem).verify(document)
    except Exception as error:  # and so does the canonicalisation of a hostile graph
        raise RefusedError(_refusal(error)) from error


def _refusal(error: Exception) -> Refusal:
    """DATES where the signature is right and the dates are not; else SIGNATURE."""
    if not isinstance(error, LibOpenBadgesException):
        return Refusal.SIGNATURE
    late = any(words in str(error) for words in ("has expired", "not yet valid"))
    return Refusal.DATES if late else Refusal.SIGNATURE


def _peek(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A token's header and claims, unverified: only to find out whose key to ask for."""
    try:
        head, body, _signature = text.split(".")
        header, claims = (json.loads(_unpadded(part)) for part in (head, body))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise RefusedError(Refusal.FORM) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise RefusedError(Refusal.FORM)
    if "crit" in header:
        # It demands what nobody here does (RFC 7515, 4.1.11); PyJWT looks at it from 2.12 on only.
        raise RefusedError(Refusal.SIGNATURE)
    return header, claims


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedError(Refusal.FORM) from error
    if not isinstance(found, dict):
        raise RefusedError(Refusal.FORM)
    return found


def _require_tree(document: Mapping[str, Any]) -> None:
    """A document whose graph can be canonicalised quickly. Raises RefusedError(FORM) for any other.

    Canonicalisation tries the orders of nodes without an id that look alike: eight of them, each pointing at the
    others, take minutes. So there may be no labels that make rings, no keywords, addresses or contexts in their place,
    and few nodes that look alike.
    """
    orders, nameless = 1, 0
    below: list[Any] = [document]
    while below:
        node = below.pop()
        if isinstance(node, str) and node.startswith("_:"):
            raise RefusedError(Refusal.FORM)
        if isinstance(node, list):
            alike = Counter(_outside(each) for each in node if isinstance(each, dict) and "id" not in each)
            orders *= math.prod(math.factorial(min(count, MOST_NODES)) for count in alike.values())
            below += node
        if isinstance(node, dict):
            nameless += "id" not in node
            # A node with a relative name is left out of the graph, with all that it says.
            if not ABSOLUTE.match(str(node.get("id", "x:"))):
                raise RefusedError(Refusal.FORM)
            contexts = node.get("@context", [])
            contexts = contexts if isinstance(contexts, list) else [contexts]
            odd = any(key != "@context" and (key[:1] == "@" or ":" in key) for key in node)
            if odd or not all(isinstance(each, str) for each in contexts):
                raise RefusedError(Refusal.FORM)
            below += node.values()
        if orders > MOST_ORDERS or nameless > MOST_NODES:
            raise RefusedError(Refusal.FORM)


def _require_all_signed(document: Mapping[str, Any]) -> None:
    """What no context defines stands in no graph, so no proof covers it: whoever holds the badge could rewrite it.

    A person's hashed address in a node without its type is such a thing. Raises RefusedError(SIGNATURE).
    """
    dropped: list[object] = []
    bare = {key: value for key, value in document.items() if key != "proof"}
    try:
        jsonld.expand(bare, {"documentLoader": document_loader()}, on_property_dropped=dropped.append)
    except Exception as error:
        raise RefusedError(Refusal.SIGNATURE) from error
    if dropped:
        raise RefusedError(Refusal.SIGNATURE)


def _outside(node: Mapping[str, Any]) -> str:
    """What a node says itself, whatever the nodes in it say: nodes alike in this are told apart by trying."""
    own = {key: "" if isinstance(value, dict | list) else value for key, value in node.items() if key != "type"}
    return json.dumps(own, sort_keys=True)


def _issuer_of(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(found, str) or not found or len(found) > 255:  # noqa: PLR2004
        raise RefusedError(Refusal.FORM)
    return found


def _key_of(issuer: str, kid: object, web: _Web) -> bytes:
    """The issuer's own key, in PEM, that `kid` names. Raises RefusedError where it is not the issuer's."""
    kid = kid if isinstance(kid, str) else None
    try:
        if issuer.startswith("did:key:"):
            if kid is not None and kid.partition("#")[0] not in ("", issuer):
                raise RefusedError(Refusal.ISSUER)
            return bytes(resolve_did(issuer))
        if issuer.startswith("did:web:"):
            return _key_of_did_web(issuer, kid, web)
        return _key_on_the_web(issuer, kid, web)
    except RefusedError:
        raise
    except Exception as error:  # what an issuer publishes is as hostile as the credential
        raise RefusedError(Refusal.ISSUER) from error


def _key_of_did_web(did: str, kid: str | None, web: _Web) -> bytes:
    host, *path = did.removeprefix("did:web:").split(":")
    where = "/".join(path) if path else ".well-known"
    document = web.json(f"https://{host.replace('%3A', ':')}/{where}/did.json")
    if document.get("id") != did:
        raise RefusedError(Refusal.ISSUER)
    methods = document.get("verificationMethod")
    if kid is None and isinstance(methods, list) and len(methods) != 1:
        raise RefusedError(Refusal.ISSUER)  # with several keys, a guess would be one
    if kid is None and isinstance(methods, list):
        kid = str(methods[0]["id"])
    asserting = document.get("assertionMethod")
    if kid is not None and isinstance(asserting, list):
        named = {each.get("id") if isinstance(each, dict) else each for each in asserting}
        if not {kid, f"{did}{kid}"} & named and not {kid.removeprefix(did)} & named:
            raise RefusedError(Refusal.ISSUER)  # a key, but not one for signing credentials
    return bytes(pem_for_kid(document, did, kid))


def _key_on_the_web(issuer: str, kid: str | None, web: _Web) -> bytes:
    """The key of an issuer who is named by an https address. Raises RefusedError for a key that lies elsewhere.

    On one host there can be many issuers: the key must lie at the issuer's own address, below it, or where only the
    host's owner puts things (RFC 8615).
    """
    if kid is None or not issuer.startswith("https://") or not kid.startswith("https://"):
        raise RefusedError(Refusal.ISSUER)
    own, key_at = urlsplit(issuer), urlsplit(kid)
    below = (own.path.rstrip("/") + "/", "/.well-known/")
    steps = unquote(unquote(key_at.path)).replace("\\", "/").split("/")
    if own.netloc != key_at.netloc or {".", ".."} & set(steps):
        raise RefusedError(Refusal.ISSUER)
    if (own.path, own.query) != (key_at.path, key_at.query) and not key_at.path.startswith(below):
        raise RefusedError(Refusal.ISSUER)
    found = web.json(kid.partition("#")[0])
    listed = found.get("keys")
    if isinstance(listed, list):
        fragment = kid.partition("#")[2]
        found = next(each for each in listed if isinstance(each, dict) and each.get("kid") in (kid, fragment))
    key: Any = jwt.PyJWK(found).key
    public = key.public_key() if hasattr(key, "public_key") else key
    pem: bytes = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem


# --- What it says


def _require_types(document: Mapping[str, Any]) -> None:
    try:
        require_writable(document)
    except InvalidError as error:
        raise RefusedError(Refusal.FORM) from error
    types = document.get("type")
    found = set(types) if isinstance(types, list) and all(isinstance(each, str) for each in types) else set()
    if "VerifiableCredential" not in found or not found & {"OpenBadgeCredential", "AchievementCredential"}:
        raise RefusedError(Refusal.FORM)


def _require_dates(credential: OpenBadgeCredential) -> None:
    now = datetime.now(UTC)
    starts, ends = credential.issuance_date, credential.expiration_date
    if (starts is not None and starts > now) or (ends is not None and ends < now):
        raise RefusedError(Refusal.DATES)


def _require_subject(raw: Mapping[str, Any], email: str) -> None:
    """Somebody with this e-mail address must be meant, in clear or hashed.

    A DID alone proves nothing about her: a credential is not bound to whoever brings it (VC Data Model 2.0), and only a
    presentation signed with the DID's key would show that it is hers.
    """
    subjects = raw.get("credentialSubject")
    # With several subjects, who of them earned it would be open.
    if isinstance(subjects, list) and len(subjects) == 1:
        subjects = subjects[0]
    email = email.strip()
    if not isinstance(subjects, dict) or not email:
        raise RefusedError(Refusal.SUBJECT)
    named = str(subjects.get("id") or "")
    if named.lower() == f"mailto:{email.lower()}":
        return
    identifiers = subjects.get("identifier")
    identifiers = identifiers if isinstance(identifiers, list) else [identifiers]
    addresses = [each for each in identifiers[:20] if isinstance(each, dict) and each.get("identityType") in ADDRESSES]
    if not any(_means(each, email) for each in addresses):
        raise RefusedError(Refusal.HOLDER if named.startswith("did:") and not addresses else Refusal.SUBJECT)


def _means(identity: Mapping[str, Any], email: str) -> bool:
    said, salt = str(identity.get("identityHash") or ""), str(identity.get("salt") or "")
    if identity.get("hashed") is not True:
        return said.strip().lower() == email.lower()
    said = said.removeprefix("sha256$").lower()
    # Hashed as it was written, or in small letters.
    return any(said == hashlib.sha256((each + salt).encode()).hexdigest() for each in (email.lower(), email))


# --- Status


def _require_status(credential: OpenBadgeCredential, web: _Web) -> None:
    """Not revoked and not suspended, by lists that the same issuer signed and that are still fresh."""
    raw = (credential.raw or {}).get("credentialStatus")
    entries = raw if isinstance(raw, list) else [raw] if raw is not None else []
    if len(entries) > MOST_STATUS_ENTRIES or len(entries) != len(credential.credential_status):
        raise RefusedError(Refusal.STATUS)
    for entry in entries:
        url = entry.get("statusListCredential")
        try:
            _require_signed_list(web.read(str(url)), str(url), credential.issuer.id, web)
        except RefusedError as error:
            raise RefusedError(Refusal.STATUS) from error
        except Exception as error:  # fetched from an address in an untrusted document
            raise RefusedError(Refusal.STATUS) from error
    try:
        check_credential_status(credential, download=web.read)
    except LibOpenBadgesException as error:
        is_set = "is set at index" in str(error)
        raise RefusedError(Refusal.REVOKED if is_set else Refusal.STATUS) from error
    except Exception as error:
        raise RefusedError(Refusal.STATUS) from error


def _require_signed_list(body: bytes, url: str, issuer: str, web: _Web) -> None:
    text = body.decode().strip()
    if text.startswith("{"):
        document = _parsed(text)
        _require_tree(document)
        _require_all_signed(document)
        proof = document["proof"]
        verify_data_integrity_proof(document, _key_of(issuer, proof.get("verificationMethod"), web))
    else:
        header, document = _peek(text)
        _require_signature(text, _key_of(issuer, header.get("kid"), web))
    if _issuer_of(document) != issuer or document.get("id") != url:
        raise RefusedError(Refusal.STATUS)


def _require_signature(token: str, pem: bytes) -> None:
    """Raises unless this key signed the token, with the key's own algorithm."""
    key: Any = serialization.load_pem_public_key(pem)
    allowed = next(names for kind, names in ALGORITHMS if isinstance(key, kind))
    jwt.decode(token, key, algorithms=list(allowed), options={"verify_aud": False})
