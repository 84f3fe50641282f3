"""Open Badges 3.0 credentials (W3C Verifiable Credentials 2.0) and what anyone needs to check them.

Each is signed twice over the same document: as a JWT (EdDSA) and with a Data Integrity proof (eddsa-rdfc-2022), since
verifiers know one or the other. The issuer is a `did:web` below the site's address. Sources: Open Badges 3.0 (1EdTech),
VC Data Model 2.0, VC Data Integrity EdDSA 1.0, Bitstring Status List 1.0, Controlled Identifiers 1.0 (W3C).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from openbadgeslib.ob3 import add_data_integrity_proof, build_status_list_credential, status_entry

from . import keys
from .keys import ALGORITHM, SigningKey
from .models import STATUS_LIST_SIZE, IssuerKey

CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
TYPES = ["VerifiableCredential", "OpenBadgeCredential"]
DID_CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
LIST_LIVES = timedelta(days=2)
"""How long a copy of a status list may be used; longer, and a revocation would be heard too late."""


class BadTokenError(ValueError):
    """A token that its key did not sign, or that is no credential of ours."""


# --- The issuer


def base_url() -> str:
    """Where badges live, without a slash at the end: below the setting `PASSERELLE_BADGES_URL`, else the LMS's root."""
    root = (
        getattr(settings, "PASSERELLE_BADGES_URL", "") or getattr(settings, "LMS_ROOT_URL", "") or "https://localhost"
    )
    return f"{str(root).rstrip('/')}/passerelle/badges"


def issuer_id() -> str:
    """The issuer's DID, whose document is served at `did.json` below `base_url`."""
    return _did_of(base_url())


@lru_cache(maxsize=8)
def _did_of(base: str) -> str:
    parts = urlsplit(base)
    host = quote(parts.netloc.rpartition("@")[2], safe="")
    return ":".join(["did:web", host, *(quote(part, safe="") for part in parts.path.split("/") if part)])


def issuer_name() -> str:
    """Who issues: the setting `PASSERELLE_BADGES_ISSUER`, else the platform's name."""
    return str(
        getattr(settings, "PASSERELLE_BADGES_ISSUER", "") or getattr(settings, "PLATFORM_NAME", "") or "Passerelle"
    )


def method_id(kid: str) -> str:
    """How credentials name a key."""
    return f"{issuer_id()}#{kid}"


def did_document(published: Iterable[IssuerKey]) -> dict[str, Any]:
    """The issuer's document: every key that was not withdrawn."""
    did = issuer_id()
    methods = [
        {
            "id": method_id(row.kid),
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": keys.multikey(row.public),
        }
        for row in published
    ]
    return {
        "@context": DID_CONTEXTS,
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def jwks(published: Iterable[IssuerKey]) -> dict[str, Any]:
    """The same keys as a JSON Web Key Set."""
    return {"keys": [keys.jwk(row, method_id(row.kid)) for row in published]}


# --- A credential


def document(
    *,
    credential_id: str,
    achievement: Mapping[str, Any],
    name: str,
    email: str,
    status: tuple[int, int],
    awarded_at: datetime,
    expires_at: datetime | None,
) -> dict[str, Any]:
    """The credential, unsigned. `status` is (list number, index); the holder appears as a salted hash of her e-mail."""
    issuer = {"id": issuer_id(), "type": ["Profile"], "name": issuer_name(), "url": base_url().rpartition("/pass")[0]}
    made: dict[str, Any] = {
        "@context": CONTEXTS,
        "id": credential_id,
        "type": TYPES,
        "name": name,
        "issuer": issuer,
        "validFrom": iso(awarded_at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [hashed_email(email, secrets.token_hex(16))],
            "achievement": achievement,
        },
        "credentialStatus": status_entry(list_url(status[0]), "revocation", status[1]),
    }
    if expires_at is not None:
        made["validUntil"] = iso(expires_at)
    return made


def hashed_email(email: str, salt: str) -> dict[str, Any]:
    """An Open Badges `IdentityObject`: who holds the badge, to those who know her e-mail address."""
    digest = hashlib.sha256((email.strip().lower() + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def sign(made: Mapping[str, Any], key: SigningKey) -> str:
    """The credential as a JWT: the document's members with the registered claims beside them (Open Badges 3.0, 8.2)."""
    issuer = made["issuer"]["id"]
    claims = {**made, "iss": issuer, "jti": made["id"], "nbf": _epoch(made["validFrom"])}
    if "validUntil" in made:
        claims["exp"] = _epoch(made["validUntil"])
    signed = _head(f"{issuer}#{key.kid}") + b"." + _encoded(claims)
    return (signed + b"." + _base64(key.private.sign(signed))).decode()


@lru_cache(maxsize=8)
def _head(method: str) -> bytes:
    return _encoded({"alg": ALGORITHM, "kid": method, "typ": "JWT"})


def check(token: str, public: Ed25519PublicKey) -> dict[str, Any]:
    """The claims in one of our tokens. Raises BadTokenError for what this key did not sign, or what is not all ours.

    Dates are the caller's: an expired badge is still a badge.
    """
    try:
        signed, _dot, signature = token.rpartition(".")
        head, _dot, body = signed.partition(".")
        public.verify(_decoded(signature), signed.encode("ascii"))
        header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
        ours = (
            header["alg"] == ALGORITHM
            and claims["iss"] == claims["issuer"]["id"] == issuer_id()
            and claims["jti"] == claims["id"]
            and claims["type"] == TYPES
        )
    except (InvalidSignature, ValueError, KeyError, TypeError) as error:
        raise BadTokenError from error
    if not ours:
        raise BadTokenError
    return dict(claims)


def prove(made: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The document with its Data Integrity proof. Milliseconds, where `sign` takes microseconds."""
    return dict(add_data_integrity_proof(dict(made), key.pem, method_id(key.kid)))


# --- The status list


def list_url(number: int) -> str:
    """Where the status list is served."""
    return f"{base_url()}/status/{number}"


def status_list(number: int, revoked: Iterable[int], now: datetime) -> dict[str, Any]:
    """The list as an unsigned credential, good for `LIST_LIVES`: a bit for every badge, set where it was revoked."""
    made = build_status_list_credential(
        issuer_id(),
        list_url(number),
        "revocation",
        revoked,
        STATUS_LIST_SIZE,
        issued=now - timedelta(minutes=5),  # for readers whose clock is slow
        valid_until=now + LIST_LIVES,
    )
    return {**made, "issuer": {"id": issuer_id()}}


def iso(at: datetime) -> str:
    """A moment as credentials write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def _encoded(value: Any) -> bytes:
    return _base64(COMPACT.encode(value).encode())


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
