"""The issuer's keys: Ed25519, made here, the private half sealed with a secret that the database does not hold.

The secret is the setting `PASSERELLE_BADGES_SECRET`, else Django's `SECRET_KEY`. A copy of the database alone signs
nothing. Opened keys stay in memory, since opening one costs more than a signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from openbadgeslib.ob3 import multikey_from_pem

from passerelle.host.errors import NotNowError

from .data import KeyState
from .models import IssuerKey

ALGORITHM = "EdDSA"


class NoKeyError(NotNowError):
    """No badge can be signed: there is no key, or the secret that seals it is another one."""

    code = "no_key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key ready to sign. `pem` is the private half in PKCS 8, for libraries that want text."""

    kid: str
    private: Ed25519PrivateKey
    pem: bytes


def make() -> IssuerKey:
    """A new key, with which badges are signed from now on. The older ones sign no more; what they signed stays good."""
    private = Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    now = timezone.now()
    with transaction.atomic():
        IssuerKey.objects.filter(retired_at=None).update(retired_at=now, sealed="")
        return IssuerKey.objects.create(
            kid=f"{now:%Y%m%d}-{hashlib.sha256(raw).hexdigest()[:12]}",
            public=base64.urlsafe_b64encode(raw).decode(),
            sealed=_seal().encrypt(_pem(private)).decode(),
        )


def current() -> tuple[IssuerKey, SigningKey]:
    """The key that signs, as row and opened. Raises NoKeyError."""
    row = IssuerKey.objects.filter(retired_at=None, withdrawn_at=None).order_by("-pk").first()
    if row is None:
        raise NoKeyError(_("No badge can be issued here yet. Ask the people who run this site to make a key."))
    return row, opened(row.kid, row.sealed, _secret())


@lru_cache(maxsize=4)
def opened(kid: str, sealed: str, secret: bytes) -> SigningKey:
    """The signing key in this sealed text. Raises NoKeyError where the secret does not fit."""
    try:
        pem = _seal(secret).decrypt(sealed.encode())
    except (InvalidToken, ValueError) as error:
        message = _("The key for badges cannot be opened. Ask the people who run this site to make a new one.")
        raise NoKeyError(message) from error
    private = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(private, Ed25519PrivateKey)  # noqa: S101 - we made it
    return SigningKey(kid, private, pem)


def state(row: IssuerKey) -> KeyState:
    """What the key does at present."""
    if row.withdrawn_at:
        return KeyState.WITHDRAWN
    return KeyState.RETIRED if row.retired_at else KeyState.SIGNS


def published() -> list[IssuerKey]:
    """All keys whose badges are good, the newest first."""
    return list(IssuerKey.objects.filter(withdrawn_at=None).order_by("-pk"))


@lru_cache(maxsize=16)
def public_key(public: str) -> Ed25519PublicKey:
    """The public half as a key, from `IssuerKey.public`."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public))


def public_pem(public: str) -> bytes:
    """The public half in PEM."""
    return public_key(public).public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def multikey(public: str) -> str:
    """The public half as a Multikey's `publicKeyMultibase`."""
    return str(multikey_from_pem(public_pem(public)))


def jwk(row: IssuerKey, kid: str) -> dict[str, Any]:
    """The public half as a JSON Web Key."""
    found: dict[str, Any] = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(public_key(row.public)))
    return {**found, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _secret() -> bytes:
    return str(getattr(settings, "PASSERELLE_BADGES_SECRET", "") or settings.SECRET_KEY).encode()


def _seal(secret: bytes | None = None) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"passerelle badge keys")
    return Fernet(base64.urlsafe_b64encode(derived.derive(_secret() if secret is None else secret)))
