"""An issuer of badges elsewhere, made with openbadgeslib's own signers, and the web that it publishes on."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from openbadgeslib.keys import public_jwk_from_pem
from openbadgeslib.ob3 import (
    Achievement,
    Alignment,
    IdentityObject,
    Issuer,
    OB3Signer,
    OpenBadgeCredential,
    add_data_integrity_proof,
    build_did_document,
    build_status_list_credential,
    status_entry,
)
from passerelle.host.fetch import Fetched, FetchError, Why

PEM, PKCS8, PLAIN = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
SALT = "salt"


class Elsewhere:
    """`did:web:school.example`, with one key, one status list and everything it publishes in `web`."""

    def __init__(self, algorithm: str = "EdDSA", host: str = "school.example") -> None:
        self.algorithm = algorithm
        self.did = f"did:web:{host}"
        self.list_url = f"https://{host}/status/1"
        self.private: Any = {
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
        }[algorithm]()
        self.pem = self.private.private_bytes(PEM, PKCS8, PLAIN)
        self.public_pem = self.private.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.revoked: set[int] = set()
        self.asked: list[str] = []
        jwk = public_jwk_from_pem(self.public_pem)
        self.web: dict[str, bytes] = {
            f"https://{host}/.well-known/did.json": json.dumps(build_did_document(self.did, [("key", jwk)])).encode()
        }
        self.publish_list()

    def publish_list(self, *, proof: bool = False, days: int = 1, signer: Elsewhere | None = None) -> None:
        """The status list anew, as a token or with a proof; `signer`: by somebody else's key."""
        now = datetime.now(UTC) - timedelta(minutes=1)
        made = build_status_list_credential(
            self.did, self.list_url, "revocation", self.revoked, issued=now, valid_until=now + timedelta(days=days)
        )
        pen = signer or self
        if proof:
            self.web[self.list_url] = json.dumps(add_data_integrity_proof(made, pen.pem, self.did + "#key")).encode()
        else:
            claims = {**made, "iss": self.did, "jti": made["id"], "nbf": int(now.timestamp())}
            self.web[self.list_url] = OB3Signer(pen.pem, pen.algorithm).sign_payload(claims).encode()

    def fetch(self, url: str, **_options: Any) -> Fetched:
        self.asked.append(url)
        if url not in self.web:
            raise FetchError(Why.STATUS, 404)
        return Fetched(url=url, body=self.web[url], content_type="", etag="", last_modified="", not_modified=False)

    def credential(self, email: str = "amal@example.org", uri: str = "", **changes: Any) -> OpenBadgeCredential:
        identity = hashlib.sha256((email + SALT).encode()).hexdigest()
        achievement = Achievement(
            id="https://school.example/badges/1",
            name="Cooks for many",
            description="Cooks.",
            criteria_narrative="Cook.",
            alignments=[Alignment("work in teams", uri, "ESCO")] if uri else [],
        )
        values: dict[str, Any] = {
            "issuer": Issuer(id=self.did, name="The School"),
            "recipient_id": None,
            "achievement": achievement,
            "issuance_date": datetime.now(UTC) - timedelta(days=1),
            "credential_status": [status_entry(self.list_url, "revocation", 7)],
            "identifiers": [IdentityObject(f"sha256${identity}", "emailAddress", True, SALT)],
        }
        return OpenBadgeCredential(**{**values, **changes})

    def token(self, credential: OpenBadgeCredential | None = None, **changes: Any) -> str:
        """The credential as a token; `changes` to its claims come before the signature."""
        claims = {**(credential or self.credential()).to_jwt_payload(), **changes}
        return str(OB3Signer(self.pem, self.algorithm).sign_payload(claims))

    def proof(self, credential: OpenBadgeCredential | None = None) -> dict[str, Any]:
        """The credential with a Data Integrity proof."""
        document = (credential or self.credential()).to_vc()
        return dict(add_data_integrity_proof(document, self.pem, self.did + "#key"))
