"""Other people's verifiers take our badges and refuse bad ones. What they are is in `verifiers/check.mjs`."""

from __future__ import annotations

import copy
import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from badge_issuer import Elsewhere
from django.utils import timezone
from openbadgeslib.ob3 import add_data_integrity_proof, multikey_from_pem
from passerelle.badges import api, credentials, keys
from passerelle.badges.awarding import sign
from passerelle.badges.models import Award, IssuerKey

from .conftest import Scene

HERE = Path(__file__).parent / "verifiers"
KEPT = Path(__file__).parents[2] / "var" / "verifiers"
BADGE_CONTEXTS = files("openbadgeslib.ob3") / "contexts"

Check = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def verifiers() -> Path:
    """The verifiers' folder with what it needs, installed once for this lock file."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm")
    lock = (HERE / "package-lock.json").read_bytes()
    folder = KEPT / hashlib.sha256(lock + (HERE / "check.mjs").read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the release matrix runs beside the other tests
        if not (folder / "ready").exists():
            shutil.copytree(HERE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
            (folder / "ready").touch()
    return folder


@pytest.fixture
def check(verifiers: Path) -> Check:
    """Hands credentials and tokens, by name, to the verifiers."""

    def run(*, credentials_by_name: dict[str, Any], tokens: dict[str, str], web: dict[str, Any]) -> dict[str, Any]:
        given = {
            "documents": {**_issuer_on_the_web(), **web},
            "issuer": credentials.issuer_id(),
            "jwks": api.jwks(),
            "credentials": credentials_by_name,
            "tokens": tokens,
        }
        command = ["node", "check.mjs"]
        done = subprocess.run(
            command, cwd=verifiers, input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


def _issuer_on_the_web() -> dict[str, Any]:
    """What verifiers look up: contexts, the issuer's document and each key in it, the status list."""
    document = api.did_document()
    web: dict[str, Any] = {
        credentials.CONTEXTS[1]: json.loads((BADGE_CONTEXTS / "ob-v3p0-context-3.0.3.json").read_text()),
        "https://w3id.org/security/multikey/v1": json.loads((BADGE_CONTEXTS / "security-multikey-v1.json").read_text()),
        document["id"]: document,
        credentials.list_url(1): api.status_list(number=1, as_token=False),
    }
    for method in document["verificationMethod"]:
        web[method["id"]] = {"@context": "https://w3id.org/security/multikey/v1", **method}
    return web


def secured(award: Award) -> dict[str, Any]:
    return {**award.document, "proof": award.proof}


def expired(award: Award) -> Award:
    """The same badge, issued with an end that has passed."""
    other = copy.deepcopy(award)
    other.document = {
        **award.document,
        "validFrom": credentials.iso(timezone.now() - timedelta(days=9)),
        "validUntil": credentials.iso(timezone.now() - timedelta(days=1)),
    }
    sign(other, keys.current()[1])
    return other


def test_two_verifiers_take_ours_and_refuse_bad_ones(scene: Scene, check: Check) -> None:
    award = scene.award()
    stale = expired(award)
    tampered = secured(award)
    tampered["credentialSubject"] = json.loads(
        json.dumps(tampered["credentialSubject"]).replace("Works well", "Works hard")
    )
    stranger = Elsewhere(host="stranger.example")
    forged = add_data_integrity_proof(award.document, stranger.pem, stranger.did + "#key")
    forged_token = stranger.token(issuer=award.document["issuer"], iss=credentials.issuer_id())
    cut = award.token.split(".")
    cut[1] = cut[1][:40] + ("A" if cut[1][40] != "A" else "B") + cut[1][41:]
    documents = {
        stranger.did: json.loads(stranger.web["https://stranger.example/.well-known/did.json"]),
        stranger.did + "#key": _multikey_of(stranger),
    }
    found = check(
        credentials_by_name={
            "good": secured(award),
            "expired": secured(stale),
            "tampered": tampered,
            "wrong issuer": forged,
        },
        tokens={
            "good": award.token,
            "expired": stale.token,
            "tampered": ".".join(cut),
            "wrong issuer": forged_token,
            "not ours": stranger.token(),
        },
        web=documents,
    )
    by_proof, by_token = found["credentials"], found["tokens"]
    assert by_proof["good"] == {"accepted": True, "status": True, "error": ""}
    assert by_token["good"]["accepted"], by_token["good"]
    for name in ("expired", "tampered", "wrong issuer"):
        assert not by_proof[name]["accepted"], name
        assert by_proof[name]["error"], name
    for name in ("expired", "tampered", "wrong issuer", "not ours"):
        assert not by_token[name]["accepted"], name
    assert "validUntil" in by_proof["expired"]["error"]
    assert "issuer must match" in by_proof["wrong issuer"]["error"]
    assert "exp" in by_token["expired"]["error"]


def test_the_status_of_a_revoked_one(scene: Scene, check: Check) -> None:
    """Their signature stays right; the list says no."""
    kept, gone = scene.award("amal"), scene.award("elif")
    api.revoke(actor=scene.actor("sam"), award_id=str(gone.pk), reason="A mistake.")
    found = check(credentials_by_name={"kept": secured(kept), "gone": secured(gone)}, tokens={}, web={})["credentials"]
    assert (found["kept"]["accepted"], found["kept"]["status"]) == (True, True)
    assert found["gone"]["status"] is False


def test_old_badges_stay_good_with_a_new_key_and_a_stolen_key_makes_none(scene: Scene, check: Check) -> None:
    old = scene.award("amal")
    first = IssuerKey.objects.get()
    keys.make()
    new = scene.award("elif")
    assert new.key != first
    assert IssuerKey.objects.get(pk=first.pk).sealed == ""  # signs no more
    both = {"old": secured(old), "new": secured(new)}
    tokens = {"old": old.token, "new": new.token}
    found = check(credentials_by_name=both, tokens=tokens, web={})
    for name in ("old", "new"):
        assert found["credentials"][name]["accepted"], found["credentials"][name]
        assert found["tokens"][name]["accepted"], found["tokens"][name]

    assert api.withdraw_key(kid=first.kid) == 1
    assert api.withdraw_key(kid=first.kid) == 0
    again = Award.objects.get(pk=old.pk)
    found = check(
        credentials_by_name={"before": secured(old), "anew": secured(again)},
        tokens={"before": old.token, "anew": again.token},
        web={},
    )
    for form in ("credentials", "tokens"):
        assert not found[form]["before"]["accepted"]
        assert found[form]["anew"]["accepted"], found[form]["anew"]


def _multikey_of(issuer: Elsewhere) -> dict[str, Any]:
    return {
        "@context": "https://w3id.org/security/multikey/v1",
        "id": issuer.did + "#key",
        "type": "Multikey",
        "controller": issuer.did,
        "publicKeyMultibase": multikey_from_pem(issuer.public_pem),
    }
