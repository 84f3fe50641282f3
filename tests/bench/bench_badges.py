"""Signing and verifying a badge, beside bare Ed25519 over the same bytes, in one run.

    python tests/bench/bench_badges.py [--rounds 40] [--each 200] [--seed 7]

Prints medians of the rounds (each round measures all, in a shuffled order) and the ratios that must hold: signing at
least 0.5, verifying at least 0.6 of the bare rate. Beside them, for the record: openbadgeslib as it comes, and the Data
Integrity proof, whose cost is RDF canonicalisation and which is made once, when a badge is awarded.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "plugins"), str(ROOT / "xblocks")]
warnings.simplefilter("ignore")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passerelledemo.settings")
os.environ.setdefault("PASSERELLE_VAR", "/tmp")

LEAST = {"sign": 0.5, "verify": 0.6}


def measured(work: dict[str, Callable[[], Any]], *, rounds: int, each: int, slow: set[str]) -> dict[str, float]:
    """The median rate of each piece of work, in calls a second."""
    rates: dict[str, list[float]] = {name: [] for name in work}
    for _round in range(rounds):
        order = list(work)
        random.shuffle(order)
        for name in order:
            times = max(1, each // 100) if name in slow else each
            call = work[name]
            started = time.perf_counter()
            for _time in range(times):
                call()
            rates[name].append(times / (time.perf_counter() - started))
    return {name: statistics.median(found) for name, found in rates.items()}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    random.seed(asked.seed)

    import django

    django.setup()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from openbadgeslib.ob3 import OB3Signer, OB3Verifier, verify_data_integrity_proof
    from passerelle.badges import credentials, keys

    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    key = keys.SigningKey("bench", private, keys._pem(private))
    made = credentials.document(
        credential_id="urn:uuid:0", achievement=achievement(), name="Works well with others", email="a@example.org",
        status=(1, 7), awarded_at=datetime.now(UTC).replace(microsecond=0), expires_at=None,
    )  # fmt: skip
    token = credentials.sign(made, key)
    signed = token.rpartition(".")[0].encode()
    signature = private.sign(signed)
    theirs = OB3Signer(key.pem, "EdDSA")
    claims = credentials.check(token, public)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    their_verifier = OB3Verifier(pem)
    proved = credentials.prove(made, key)

    work: dict[str, Callable[[], Any]] = {
        "bare sign": lambda: private.sign(signed),
        "our sign": lambda: credentials.sign(made, key),
        "library sign": lambda: theirs.sign_payload(claims),
        "bare verify": lambda: public.verify(signature, signed),
        "our verify": lambda: credentials.check(token, public),
        "library verify": lambda: their_verifier.verify(token),
        "make a proof": lambda: credentials.prove(made, key),
        "check a proof": lambda: verify_data_integrity_proof(proved, pem),
    }
    found = measured(work, rounds=asked.rounds, each=asked.each, slow={"make a proof", "check a proof"})
    print(f"Python {platform.python_version()}, {asked.rounds} rounds of {asked.each}, seed {asked.seed}, ", end="")
    print(f"{len(token)} characters a token, median calls a second:")
    for name, rate in found.items():
        print(f"  {name:15} {rate:12,.0f}")
    status = 0
    for what, least in LEAST.items():
        bare, ours, library = (found[f"{who} {what}"] for who in ("bare", "our", "library"))
        holds = ours / bare >= least
        status |= not holds
        word = "holds" if holds else "DOES NOT HOLD"
        print(f"{what}: ours {ours / bare:.2f} of bare (at least {least}: {word}); the library {library / bare:.2f}")
    return status


def achievement() -> dict[str, Any]:
    """An achievement of the usual size."""
    return {
        "id": "https://lms.example/passerelle/badges/achievements/0b3b5f0e-6c6c-4d0e-8f0a-1d2c3b4a5f60",
        "type": ["Achievement"],
        "achievementType": "Badge",
        "name": "Works well with others",
        "description": "Does her or his part of a shared job and agrees with the others on how, as was confirmed.",
        "criteria": {"narrative": "Have a facilitator confirm what you can do when you work with others."},
        "image": {"id": "https://lms.example/passerelle/badges/achievements/0b3b5f0e.png", "type": "Image"},
        "inLanguage": "en",
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": "work in teams",
                "targetUrl": "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0",
                "targetFramework": "ESCO",
                "targetDescription": "Level 2 of 4",
            }
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
