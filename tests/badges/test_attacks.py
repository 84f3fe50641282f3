"""Badges from elsewhere: good ones count, and a table of attacks, none of which does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from badge_issuer import Elsewhere
from django.contrib.auth import get_user_model
from openbadgeslib import baking
from openbadgeslib.keys import public_jwk_from_pem
from openbadgeslib.ob3 import IdentityObject, Issuer, OB3Signer, add_data_integrity_proof, did_key_from_pem
from passerelle.badges import api, credentials, drawing, verification
from passerelle.badges.data import Picture, Standing
from passerelle.badges.models import Imported, RecognisedIssuer
from passerelle.badges.verification import Refusal, RefusedError
from passerelle.competences.api import claims_of
from passerelle.competences.data import Basis
from passerelle.host.errors import NotAllowedError, NotFoundError, NotNowError
from passerelle.host.fetch import FetchError

from .conftest import TEAMWORK, Scene

EMAIL = "amal@example.org"


@pytest.fixture
def school() -> Elsewhere:
    return Elsewhere()


def verify(issuer: Elsewhere, text: str, email: str = EMAIL) -> verification.Verified:
    return verification.verify(text, email=email, fetch=issuer.fetch)


def issued_on_the_web(school: Elsewhere, issuer: str, key_at: str) -> str:
    """A token of an issuer with a web address, whose key lies at another; nothing to revoke it by."""
    jwk = {**public_jwk_from_pem(school.public_pem), "kid": key_at.partition("#")[2]}
    school.web[key_at.partition("#")[0]] = json.dumps({"keys": [jwk]}).encode()
    made = school.credential(issuer=Issuer(id=issuer, name="S"), credential_status=[])
    return jwt.encode(made.to_jwt_payload(), school.private, algorithm="EdDSA", headers={"kid": key_at})


def refused(issuer: Elsewhere, text: str, email: str = EMAIL) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        verify(issuer, text, email)
    assert str(caught.value)  # a sentence for the person
    return caught.value.why


# --- Good ones


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_a_good_token(algorithm: str) -> None:
    issuer = Elsewhere(algorithm)
    found = verify(issuer, issuer.token(issuer.credential(uri=TEAMWORK)))
    assert (found.issuer, found.issuer_name, found.name) == (issuer.did, "The School", "Cooks for many")
    assert found.aligned == (("work in teams", TEAMWORK),)
    assert len(issuer.asked) == len(set(issuer.asked)) == 2  # the issuer's document and the list, each once


@pytest.mark.parametrize("list_with_proof", [True, False])
def test_a_good_proof(school: Elsewhere, list_with_proof: bool) -> None:
    school.publish_list(proof=list_with_proof)
    assert verify(school, json.dumps(school.proof())).name == "Cooks for many"


@pytest.mark.parametrize(
    "subject",
    [
        {"recipient_id": "mailto:Amal@example.org", "identifiers": []},
        {"identifiers": [IdentityObject(EMAIL, "emailAddress", False)]},
    ],
)
def test_the_subject_in_clear(school: Elsewhere, subject: dict[str, Any]) -> None:
    assert verify(school, school.token(school.credential(**subject)))


@pytest.mark.parametrize("written", [EMAIL, "Amal@Example.org"])
def test_a_did_beside_her_hashed_address(school: Elsewhere, written: str) -> None:
    """The issuer says that the wallet's holder has this address: that is what is checked."""
    salted = hashlib.sha256((written + "7").encode()).hexdigest()
    hers = IdentityObject(f"sha256${salted}", "emailAddress", True, "7")
    made = school.credential(
        recipient_id="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", identifiers=[hers]
    )
    for text in (school.token(made), json.dumps(school.proof(made))):
        assert verify(school, text, written)
        assert refused(school, text, "elif@example.org") is Refusal.SUBJECT


@pytest.mark.parametrize(
    ("issuer", "key_at"),
    [
        ("https://school.example/", "https://school.example/keys/1.json#k1"),
        ("https://school.example/issuers/1", "https://school.example/issuers/1#k1"),
        ("https://school.example/issuers/1", "https://school.example/issuers/1/jwks.json#k1"),
        ("https://school.example/issuers/1", "https://school.example/.well-known/jwks.json#k1"),
    ],
)
def test_an_issuer_with_a_web_address(school: Elsewhere, issuer: str, key_at: str) -> None:
    assert verify(school, issued_on_the_web(school, issuer, key_at)).issuer == issuer


def test_a_did_that_is_a_key(school: Elsewhere) -> None:
    school.did = did_key_from_pem(school.public_pem)
    school.publish_list()
    assert verify(school, school.token()).issuer == school.did


def test_our_own_credentials_are_good_elsewhere(scene: Scene) -> None:
    """What this site issues, another site of the suite takes."""
    award = scene.award()
    web = {
        f"{credentials.base_url().replace('http:', 'https:')}/did.json": json.dumps(api.did_document()).encode(),
        credentials.list_url(1): str(api.status_list(number=1, as_token=True)).encode(),
    }
    other = Elsewhere()
    other.web = web
    for text in (award.token, json.dumps({**award.document, "proof": award.proof})):
        assert verify(other, text).issuer == credentials.issuer_id()
        assert refused(other, text, "elif@example.org") is Refusal.SUBJECT
    api.revoke(actor=scene.actor("sam"), award_id=str(award.pk), reason="A mistake.")
    for as_token in (True, False):
        found = api.status_list(number=1, as_token=as_token)
        web[credentials.list_url(1)] = (found if isinstance(found, str) else json.dumps(found)).encode()
        for text in (award.token, json.dumps({**award.document, "proof": award.proof})):
            assert refused(other, text) is Refusal.REVOKED


# --- The table of attacks. Each takes a good issuer and returns what an attacker hands in.


def _b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = token.split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "===")) for part in (head, body))
    return header, claims, signature


def tampered_name(school: Elsewhere) -> str:
    header, claims, signature = _parts(school.token())
    claims["credentialSubject"]["achievement"]["name"] = "Surgeon"
    return f"{_b64(header)}.{_b64(claims)}.{signature}"


def tampered_proof(school: Elsewhere) -> str:
    document = school.proof()
    document["credentialSubject"]["achievement"]["name"] = "Surgeon"
    return json.dumps(document)


def status_cut_off(school: Elsewhere) -> str:
    document = school.proof()
    del document["credentialStatus"]
    return json.dumps(document)


def dates_beside_the_proof(school: Elsewhere) -> str:
    """Old date names are in no context, so that a proof does not cover them."""
    document = school.proof()
    document["expirationDate"] = "2099-01-01T00:00:00Z"
    return json.dumps(document)


def no_algorithm(school: Elsewhere) -> str:
    header, claims, _signature = _parts(school.token())
    return f"{_b64({**header, 'alg': 'none'})}.{_b64(claims)}."


def public_key_as_secret(school: Elsewhere) -> str:
    """Key confusion: an HMAC with the public key, which everybody has, as its secret."""
    header, claims, _signature = _parts(school.token())
    signed = f"{_b64({**header, 'alg': 'HS256'})}.{_b64(claims)}"
    return f"{signed}.{_b64(hmac.new(school.public_pem, signed.encode(), hashlib.sha256).digest())}"


def own_key_in_the_header(school: Elsewhere) -> str:
    """Signed by the attacker, whose key the token carries along."""
    attacker = Elsewhere()
    return str(OB3Signer(attacker.pem, "EdDSA").sign_payload(school.credential().to_jwt_payload()))


def key_of_another_issuer(school: Elsewhere) -> str:
    """The attacker's own site is named as the key's, and is a good issuer."""
    attacker = Elsewhere(host="attacker.example")
    school.web |= attacker.web
    claims = school.credential().to_jwt_payload()
    return jwt.encode(claims, attacker.private, "EdDSA", headers={"kid": attacker.did + "#key"})


def proof_of_another_issuer(school: Elsewhere) -> str:
    attacker = Elsewhere(host="attacker.example")
    school.web |= attacker.web
    from openbadgeslib.ob3 import add_data_integrity_proof

    document = add_data_integrity_proof(school.credential().to_vc(), attacker.pem, attacker.did + "#key")
    return json.dumps(document)


def another_issuer_inside(school: Elsewhere) -> str:
    """`iss` names who signed, the badge names somebody better."""
    better = Elsewhere(host="university.example")
    school.web |= better.web
    return school.token(issuer={"id": better.did, "type": ["Profile"], "name": "University"})


def another_iss(school: Elsewhere) -> str:
    return school.token(iss="did:web:university.example")


def another_id(school: Elsewhere) -> str:
    return school.token(jti="urn:uuid:another")


def unknown_demand(school: Elsewhere) -> str:
    """A header that must be understood, and is not."""
    header = {"kid": f"{school.did}#key", "crit": ["once"], "once": True}
    return jwt.encode(school.credential().to_jwt_payload(), school.private, algorithm="EdDSA", headers=header)


def key_that_may_not_sign(school: Elsewhere) -> str:
    """The key is the issuer's, but not one for credentials."""
    where = "https://school.example/.well-known/did.json"
    school.web[where] = json.dumps({**json.loads(school.web[where]), "assertionMethod": []}).encode()
    return jwt.encode(
        school.credential().to_jwt_payload(), school.private, "EdDSA", headers={"kid": school.did + "#key"}
    )


def did_document_of_another(school: Elsewhere) -> str:
    where = "https://school.example/.well-known/did.json"
    school.web[where] = json.dumps({**json.loads(school.web[where]), "id": "did:web:other.example"}).encode()
    return school.token()


def expired(school: Elsewhere) -> str:
    past = datetime.now(UTC) - timedelta(hours=1)
    return school.token(school.credential(expiration_date=past))


def expired_in_the_badge_alone(school: Elsewhere) -> str:
    """The token's own date says otherwise."""
    past = datetime.now(UTC) - timedelta(hours=1)
    return school.token(school.credential(expiration_date=past), exp=int(datetime.now(UTC).timestamp()) + 9999)


def expired_proof(school: Elsewhere) -> str:
    past = datetime.now(UTC) - timedelta(hours=1)
    return json.dumps(school.proof(school.credential(expiration_date=past)))


def not_yet_valid(school: Elsewhere) -> str:
    return school.token(school.credential(issuance_date=datetime.now(UTC) + timedelta(days=2)))


def revoked(school: Elsewhere) -> str:
    school.revoked.add(7)
    school.publish_list()
    return school.token()


def revoked_proof(school: Elsewhere) -> str:
    school.revoked.add(7)
    school.publish_list(proof=True)
    return json.dumps(school.proof())


def list_signed_by_another(school: Elsewhere) -> str:
    """Whoever serves the list says that nothing is revoked."""
    school.publish_list(signer=Elsewhere())
    return school.token()


def proved_list_signed_by_another(school: Elsewhere) -> str:
    school.publish_list(proof=True, signer=Elsewhere())
    return school.token()


def old_list_again(school: Elsewhere) -> str:
    """The list from before the revocation, replayed."""
    school.publish_list(days=-1)
    return school.token()


def list_of_another_badge(school: Elsewhere) -> str:
    """A good, fresh list of the same issuer, served where the other one should be."""
    school.web["https://school.example/status/2"] = school.web[school.list_url]
    entry = {**school.credential().credential_status[0], "statusListCredential": "https://school.example/status/2"}
    return school.token(school.credential(credential_status=[entry]))


def list_that_is_gone(school: Elsewhere) -> str:
    del school.web[school.list_url]
    return school.token()


def list_that_is_a_bomb(school: Elsewhere) -> str:
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(bytes(64 * 1024 * 1024)) + packer.flush()
    _header, claims, _signature = _parts(school.web[school.list_url].decode())
    claims["credentialSubject"]["encodedList"] = "u" + _b64(bomb)
    school.web[school.list_url] = str(OB3Signer(school.pem, "EdDSA").sign_payload(claims)).encode()
    return school.token()


def many_lists(school: Elsewhere) -> str:
    return school.token(school.credential(credential_status=school.credential().credential_status * 50))


def status_that_is_no_status(school: Elsewhere) -> str:
    return school.token(credentialStatus=["https://school.example/status/1"])


def somebody_else_s(school: Elsewhere) -> str:
    return school.token(school.credential(email="elif@example.org"))


def somebody_else_s_proof(school: Elsewhere) -> str:
    return json.dumps(school.proof(school.credential(email="elif@example.org")))


def a_did_for_a_subject(school: Elsewhere) -> str:
    """Anybody may say that a DID is hers."""
    return school.token(school.credential(recipient_id="did:example:amal", identifiers=[]))


def a_key_for_a_subject(school: Elsewhere) -> str:
    return json.dumps(school.proof(school.credential(recipient_id="did:key:z6MkhaXg", identifiers=[])))


def a_site_for_a_subject(school: Elsewhere) -> str:
    return school.token(school.credential(recipient_id="did:web:amal.example", identifiers=[]))


def a_did_with_another_address(school: Elsewhere) -> str:
    others = [IdentityObject("elif@example.org", "emailAddress", False)]
    return school.token(school.credential(recipient_id="did:web:amal.example", identifiers=others))


def a_did_with_another_identifier(school: Elsewhere) -> str:
    """A number at the school is no address, even where it looks like one."""
    others = [IdentityObject(EMAIL, "studentId", False)]
    return school.token(school.credential(recipient_id="did:web:amal.example", identifiers=others))


def _untyped(school: Elsewhere, *path: str | int) -> dict[str, Any]:
    """A proof by a careless issuer: a node without its type means nothing to JSON-LD, so no proof covers it."""
    document = school.credential(email="elif@example.org", uri=TEAMWORK).to_vc()
    node: Any = document
    for step in path:
        node = node[step]
    del node["type"]
    return dict(add_data_integrity_proof(document, school.pem, f"{school.did}#key"))


def address_that_no_proof_covers(school: Elsewhere) -> str:
    document = _untyped(school, "credentialSubject", "identifier", 0)
    document["credentialSubject"]["identifier"][0] |= {"hashed": False, "identityHash": EMAIL}
    return json.dumps(document)


def subject_that_no_proof_covers(school: Elsewhere) -> str:
    document = _untyped(school, "credentialSubject")
    document["credentialSubject"]["identifier"][0] |= {"hashed": False, "identityHash": EMAIL}
    return json.dumps(document)


def skill_that_no_proof_covers(school: Elsewhere) -> str:
    document = _untyped(school, "credentialSubject", "achievement", "alignment", 0)
    document["credentialSubject"]["achievement"]["alignment"][0]["targetUrl"] = "http://example.org/surgery"
    return json.dumps(document)


def achievement_with_a_relative_name(school: Elsewhere) -> str:
    """Left out of the graph with all that it says."""
    document = school.credential().to_vc()
    document["credentialSubject"]["achievement"]["id"] = "badges/1"
    made = dict(add_data_integrity_proof(document, school.pem, f"{school.did}#key"))
    made["credentialSubject"]["achievement"]["name"] = "Surgeon"
    return json.dumps(made)


def expired_proof_alone(school: Elsewhere) -> str:
    return json.dumps({**school.proof(), "proof": {**school.proof()["proof"], "expires": "2020-01-01T00:00:00Z"}})


def proof_for_another_purpose(school: Elsewhere) -> str:
    return json.dumps({**school.proof(), "proof": {**school.proof()["proof"], "proofPurpose": "authentication"}})


def without_an_id(school: Elsewhere) -> str:
    """It could be brought by everybody, each time as another one."""
    claims = school.credential().to_jwt_payload()
    del claims["id"], claims["jti"]
    return str(OB3Signer(school.pem, school.algorithm).sign_payload(claims))


def context_from_elsewhere(school: Elsewhere) -> str:
    document = school.proof()
    document["@context"] = [*document["@context"], "https://attacker.example/context"]
    return json.dumps(document)


def only_key_that_may_not_sign(school: Elsewhere) -> str:
    """One key, for another purpose, and a token that names none."""
    url = "https://school.example/.well-known/did.json"
    document = json.loads(school.web[url])
    school.web[url] = json.dumps({**document, "assertionMethod": []}).encode()
    return jwt.encode(school.credential().to_jwt_payload(), school.private, algorithm="EdDSA")


def neighbour_on_the_same_host(school: Elsewhere) -> str:
    """Many publish on one host: another one's folder there is not the issuer's."""
    return issued_on_the_web(
        school, "https://pages.example/school/issuer.json", "https://pages.example/evil/jwks.json#k1"
    )


def neighbour_by_dots(school: Elsewhere) -> str:
    return issued_on_the_web(
        school, "https://pages.example/school", "https://pages.example/school/%2e%2e/evil/k.json#k1"
    )


def neighbour_with_a_longer_name(school: Elsewhere) -> str:
    return issued_on_the_web(school, "https://pages.example/school", "https://pages.example/school-evil/k.json#k1")


def two_subjects(school: Elsewhere) -> str:
    claims = school.credential().to_jwt_payload()
    return school.token(credentialSubject=[claims["credentialSubject"], claims["credentialSubject"]])


def another_type(school: Elsewhere) -> str:
    return school.token(type=["VerifiableCredential", "EmailCredential"])


def huge(school: Elsewhere) -> str:
    return school.token(evidence=[{"narrative": "x" * 100_000}])


def deep(school: Elsewhere) -> str:
    return '{"proof":' + "[" * 20_000 + "]" * 20_000 + "}"


def graph_of_rings(school: Elsewhere) -> str:
    """Eight nameless nodes that all point at one another: canonicalising them takes minutes."""
    document = school.proof()
    document["credentialSubject"]["achievement"]["related"] = [
        {"id": f"_:{here}", "type": ["Related"], "related": [{"id": f"_:{there}"} for there in range(8)]}
        for here in range(8)
    ]
    return json.dumps(document)


def rings_by_a_context(school: Elsewhere) -> str:
    document = school.proof()
    document["@context"] = [*document["@context"], {"p": "_:"}]
    return json.dumps(document)


def rings_by_keywords(school: Elsewhere) -> str:
    return json.dumps({**school.proof(), "@included": [{"@id": "https://x.example/"}]})


def many_alike(school: Elsewhere) -> str:
    document = school.proof()
    alike = [{"type": ["Result"], "alignment": [{"targetName": str(number)}]} for number in range(10)]
    document["credentialSubject"]["result"] = alike
    return json.dumps(document)


def long_chain(school: Elsewhere) -> str:
    link: dict[str, Any] = {"type": ["Result"]}
    for _link in range(200):
        link = {"type": ["Result"], "result": link}
    document = school.proof()
    document["credentialSubject"]["result"] = [link]
    return json.dumps(document)


def list_with_rings(school: Elsewhere) -> str:
    """The same through the status list, which the attacker serves."""
    school.publish_list(proof=True)
    made = json.loads(school.web[school.list_url])
    made["credentialSubject"]["related"] = [{"id": f"_:{number}"} for number in range(8)]
    school.web[school.list_url] = json.dumps(made).encode()
    return school.token()


def half_a_character(school: Elsewhere) -> str:
    return school.token(note="\ud800")


def no_badge(school: Elsewhere) -> str:
    return "My badge is very good."


def empty_parts(school: Elsewhere) -> str:
    return ".."


ATTACKS: dict[Callable[[Elsewhere], str], Refusal] = {
    tampered_name: Refusal.SIGNATURE,
    tampered_proof: Refusal.SIGNATURE,
    status_cut_off: Refusal.SIGNATURE,
    dates_beside_the_proof: Refusal.SIGNATURE,
    no_algorithm: Refusal.SIGNATURE,
    public_key_as_secret: Refusal.SIGNATURE,
    own_key_in_the_header: Refusal.SIGNATURE,
    key_of_another_issuer: Refusal.ISSUER,
    proof_of_another_issuer: Refusal.ISSUER,
    another_issuer_inside: Refusal.SIGNATURE,
    another_iss: Refusal.SIGNATURE,
    another_id: Refusal.SIGNATURE,
    unknown_demand: Refusal.SIGNATURE,
    key_that_may_not_sign: Refusal.ISSUER,
    did_document_of_another: Refusal.ISSUER,
    expired: Refusal.DATES,
    expired_in_the_badge_alone: Refusal.DATES,
    expired_proof: Refusal.DATES,
    not_yet_valid: Refusal.DATES,
    revoked: Refusal.REVOKED,
    revoked_proof: Refusal.REVOKED,
    list_signed_by_another: Refusal.STATUS,
    proved_list_signed_by_another: Refusal.STATUS,
    old_list_again: Refusal.STATUS,
    list_of_another_badge: Refusal.STATUS,
    list_that_is_gone: Refusal.STATUS,
    list_that_is_a_bomb: Refusal.STATUS,
    many_lists: Refusal.STATUS,
    status_that_is_no_status: Refusal.STATUS,
    somebody_else_s: Refusal.SUBJECT,
    somebody_else_s_proof: Refusal.SUBJECT,
    a_did_for_a_subject: Refusal.HOLDER,
    a_key_for_a_subject: Refusal.HOLDER,
    a_site_for_a_subject: Refusal.HOLDER,
    a_did_with_another_address: Refusal.SUBJECT,
    a_did_with_another_identifier: Refusal.HOLDER,
    address_that_no_proof_covers: Refusal.SIGNATURE,
    subject_that_no_proof_covers: Refusal.SIGNATURE,
    skill_that_no_proof_covers: Refusal.SIGNATURE,
    achievement_with_a_relative_name: Refusal.FORM,
    expired_proof_alone: Refusal.DATES,
    proof_for_another_purpose: Refusal.SIGNATURE,
    without_an_id: Refusal.SIGNATURE,
    context_from_elsewhere: Refusal.SIGNATURE,
    only_key_that_may_not_sign: Refusal.ISSUER,
    neighbour_on_the_same_host: Refusal.ISSUER,
    neighbour_by_dots: Refusal.ISSUER,
    neighbour_with_a_longer_name: Refusal.ISSUER,
    two_subjects: Refusal.SUBJECT,
    another_type: Refusal.FORM,
    huge: Refusal.SIZE,
    deep: Refusal.FORM,
    graph_of_rings: Refusal.FORM,
    rings_by_a_context: Refusal.FORM,
    rings_by_keywords: Refusal.FORM,
    many_alike: Refusal.FORM,
    long_chain: Refusal.FORM,
    list_with_rings: Refusal.STATUS,
    half_a_character: Refusal.FORM,
    no_badge: Refusal.FORM,
    empty_parts: Refusal.FORM,
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_is_refused_for_the_right_reason(school: Elsewhere, attack: Callable[[Elsewhere], str]) -> None:
    text = attack(school)
    started = time.monotonic()
    assert refused(school, text) is ATTACKS[attack]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("position", range(0, 3))
def test_a_flipped_bit_anywhere_is_noticed(school: Elsewhere, position: int) -> None:
    parts = school.token().split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[position] + "==="))
    raw[len(raw) // 2] ^= 1
    parts[position] = _b64(bytes(raw))
    assert refused(school, ".".join(parts)) in (Refusal.SIGNATURE, Refusal.FORM, Refusal.ISSUER)


# --- Onto a person's page


@pytest.fixture
def on_the_web(scene: Scene, school: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    monkeypatch.setattr("passerelle.badges.bringing.web.fetch", school.fetch)
    return school


def test_a_badge_is_brought_once_and_counts_where_its_issuer_is_recognised(scene: Scene, on_the_web: Elsewhere) -> None:
    amal, user_id = scene.actor("amal"), scene.users["amal"].pk
    token = on_the_web.token(on_the_web.credential(uri=TEAMWORK))
    first = api.bring(actor=amal, text=token)
    assert claims_of(user_id=user_id) == ()
    assert not scene.own().imported[0].recognised
    api.drop(actor=amal, imported_id=first)

    RecognisedIssuer.objects.create(issuer=on_the_web.did, name="The School", level=3)
    again = api.bring(actor=amal, text=token)
    assert api.bring(actor=amal, text=token) == again  # replayed: the same answer, nothing new
    assert [(each.uri, each.level, each.basis) for each in claims_of(user_id=user_id)] == [
        (TEAMWORK, 3, Basis.BADGE_BACKED)
    ]
    (shown,) = scene.own().imported
    assert (shown.recognised, shown.standing, shown.issuer) == (True, Standing.VALID, "The School")
    with pytest.raises(NotFoundError):
        api.drop(actor=scene.actor("elif"), imported_id=again)
    api.drop(actor=amal, imported_id=again)
    assert claims_of(user_id=user_id) == ()


def test_nobody_brings_a_badge_that_another_has_brought(scene: Scene, on_the_web: Elsewhere) -> None:
    token = on_the_web.token()
    api.bring(actor=scene.actor("amal"), text=token)
    scene.users["elif"].email = EMAIL  # even with her address
    scene.users["elif"].save()
    with pytest.raises(RefusedError) as caught:
        api.bring(actor=scene.actor("elif"), text=token)
    assert caught.value.why is Refusal.USED
    assert Imported.objects.count() == 1


@pytest.mark.parametrize("form", ["png", "svg", "json", "address"])
def test_from_a_file_or_an_address(scene: Scene, on_the_web: Elsewhere, form: str) -> None:
    token = on_the_web.token()
    ob3 = {"element": baking.SVG_ELEMENT_OB3, "namespace": baking.SVG_NS_OB3}
    files = {
        "png": baking.bake_png(drawing.png(Picture()), token, keyword=baking.ITXT_KEYWORD_OB3),
        "svg": baking.bake_svg(drawing.svg(Picture()), token, **ob3),
        "json": json.dumps(on_the_web.proof()).encode(),
    }
    if form == "address":
        on_the_web.web["https://school.example/amal.png"] = files["png"]
        assert api.bring(actor=scene.actor("amal"), url="https://school.example/amal.png")
    else:
        assert api.bring(actor=scene.actor("amal"), file=base64.b64encode(files[form]).decode())


def _png_with(chunk: bytes) -> bytes:
    plain = drawing.png(Picture())
    body = struct.pack("!I", len(chunk)) + b"iTXt" + chunk + struct.pack("!I", zlib.crc32(b"iTXt" + chunk))
    return plain[:33] + body + plain[33:]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 100,
        drawing.png(Picture()),
        drawing.svg(Picture()),
        _png_with(b"openbadgecredential\0\x01\0\0\0" + zlib.compress(bytes(10_000_000))),
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        b"\xff\xfe",
        b"x" * 300_000,
    ],
)
def test_a_file_without_a_badge_is_refused(scene: Scene, on_the_web: Elsewhere, file: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        api.bring(actor=scene.actor("amal"), file=base64.b64encode(file).decode())
    assert caught.value.why in (Refusal.FORM, Refusal.SIZE)
    assert not on_the_web.asked


def test_an_address_inside_the_house_is_not_read(scene: Scene) -> None:
    for url in ("http://school.example/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data"):
        with pytest.raises(FetchError):
            api.bring(actor=scene.actor("amal"), url=url)


def test_a_badge_of_this_site_is_not_brought(scene: Scene, on_the_web: Elsewhere) -> None:
    award = scene.award()
    on_the_web.web |= {
        f"{credentials.base_url().replace('http:', 'https:')}/did.json": json.dumps(api.did_document()).encode(),
        credentials.list_url(1): str(api.status_list(number=1, as_token=True)).encode(),
    }
    with pytest.raises(NotNowError, match="issued here"):
        api.bring(actor=scene.actor("amal"), text=award.token)
    with pytest.raises(NotAllowedError):
        api.bring(actor=scene.actor("anonymous"), text=award.token)


def test_what_was_taken_back_since_is_noticed_at_night(scene: Scene, on_the_web: Elsewhere) -> None:
    RecognisedIssuer.objects.create(issuer=on_the_web.did, name="The School")
    api.bring(actor=scene.actor("amal"), text=on_the_web.token(on_the_web.credential(uri=TEAMWORK)))
    user_id = scene.users["amal"].pk
    assert api.check_again() == (0, 0)
    long_ago = datetime.now(UTC) - timedelta(days=3)
    Imported.objects.update(checked_at=long_ago)
    kept = on_the_web.web.pop(on_the_web.list_url)
    assert api.check_again() == (1, 0)  # out of reach: it keeps its standing, and is due again
    assert claims_of(user_id=user_id)
    on_the_web.web[on_the_web.list_url] = kept
    on_the_web.revoked.add(7)
    on_the_web.publish_list()
    assert api.check_again() == (1, 1)
    assert scene.own().imported[0].standing is Standing.REVOKED
    assert claims_of(user_id=user_id) == ()


def key_elsewhere(school: Elsewhere, document: str) -> str:
    """A token of an issuer with a web address, at which this lies where its key should."""
    token = issued_on_the_web(school, "https://school.example/", "https://school.example/jwks.json#k1")
    school.web["https://school.example/jwks.json"] = document.encode()
    return token


@pytest.mark.parametrize(
    "document", ['{"keys": [{"kid": "k2"}]}', '{"keys": []}', '{"kty": "oct", "k": "AAAA"}', "[" * 100_000, "5"]
)
def test_an_issuer_without_the_key_is_refused(school: Elsewhere, document: str) -> None:
    assert refused(school, key_elsewhere(school, document)) is Refusal.ISSUER


def test_a_badge_dropped_while_it_is_checked_stops_no_other(
    scene: Scene, on_the_web: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.bring(actor=scene.actor("amal"), text=on_the_web.token())
    Imported.objects.update(checked_at=datetime.now(UTC) - timedelta(days=3))

    def fetch(url: str, **options: Any) -> Any:
        Imported.objects.all().delete()
        return on_the_web.fetch(url, **options)

    monkeypatch.setattr("passerelle.badges.bringing.web.fetch", fetch)
    assert api.check_again() == (1, 0)
    assert not Imported.objects.exists()


def test_those_out_of_reach_keep_nobody_from_being_looked_at(scene: Scene, on_the_web: Elsewhere) -> None:
    """Some night its turn comes: of two, one is looked at each night."""
    api.bring(actor=scene.actor("amal"), text=on_the_web.token())
    checked = datetime.now(UTC) - timedelta(days=3)
    Imported.objects.update(checked_at=checked)
    dead = {"issuer": "i", "name": "n", "checked_at": checked - timedelta(days=1)}
    Imported.objects.create(user=scene.users["elif"], source="x", text="dead", **dead)
    for _night in range(60):
        api.check_again(limit=1)
    assert Imported.objects.get(user=scene.users["amal"]).checked_at > checked


def test_an_address_that_nobody_confirmed_takes_no_badge(scene: Scene, on_the_web: Elsewhere) -> None:
    get_user_model().objects.filter(username="amal").update(is_active=False)
    for given in ({"text": on_the_web.token()}, {"url": "https://school.example/amal.png"}):
        with pytest.raises(RefusedError, match="not confirmed yet") as caught:
            api.bring(actor=scene.actor("amal"), **given)
        assert caught.value.why is Refusal.UNCONFIRMED
    assert not on_the_web.asked  # and nothing is read for her


def test_one_check_waits_for_slow_servers_no_longer_than_it_may(
    school: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, waits = [0.0], []

    def slow(url: str, *, most_seconds: float, **_options: Any) -> Any:
        waits.append(most_seconds)
        clock[0] += 9
        return school.fetch(url)

    monkeypatch.setattr(verification.time, "monotonic", lambda: clock[0])
    lists = [f"https://school.example/status/{number}" for number in range(3)]
    entries = [{**school.credential().credential_status[0], "statusListCredential": url} for url in lists]
    with pytest.raises(RefusedError):
        verification.verify(school.token(school.credential(credential_status=entries)), email=EMAIL, fetch=slow)
    school.web |= dict.fromkeys(lists, school.web[school.list_url])
    web = verification._Web(slow)
    for url in lists:
        web.read(url)
    assert waits[-3:] == [10.0, 10.0, 2.0]
