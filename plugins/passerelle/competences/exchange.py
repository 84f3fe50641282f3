"""The profile as a file: out as PDF or JSON, back in as JSON. Private: everyone else asks `api.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from importlib.util import find_spec
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError

from .catalogue import framework, named, names
from .claims import claims_of, record_all
from .data import LEVELS, Basis, Claimed, EvidenceKind
from .done import MOST_KEPT, WORDS_LIMIT, known_experiences
from .evidence import MOST, checked_link, checked_note, evidence_of
from .models import Evidence, Experience
from .permissions import require
from .profile import profile
from .receipts import is_new

FORMAT, VERSION = "passerelle-profile", 1
IMPORTED = "import"
"""The source of claims that came in with a file."""
MOST_CLAIMS = 1000
KEPT = (EvidenceKind.TEXT, EvidenceKind.LINK)
"""What of the evidence comes back: the rest belongs to where it was made."""


def export_pdf(*, actor: Actor, languages: Sequence[str]) -> bytes:
    """The actor's profile as PDF in one or two of the framework's languages, without what she hid."""
    require("own", actor)
    wanted = list(dict.fromkeys(languages))
    if not 1 <= len(wanted) <= 2 or not set(wanted) <= set(framework().languages):  # noqa: PLR2004
        raise InvalidError(_("Choose one or two of the languages in the list."), field="language")
    from .pdf import profile_pdf  # here: its library is large, and an image may come without it

    person = host().display_names(user_ids=[actor.pk]).get(actor.pk, "")
    return profile_pdf(person=person, profiles={one: profile(actor=actor, language=one) for one in wanted})


def can_export_pdf() -> bool:
    """Whether what writes PDFs is installed."""
    return all(find_spec(name) for name in ("fpdf", "uharfbuzz"))


def export_json(*, actor: Actor) -> dict[str, Any]:
    """The actor's claims, evidence and experiences, for her to keep and to bring back. Files stay behind."""
    require("own", actor)
    claims = claims_of(user_id=actor.pk)
    words = named(uris=[claim.uri for claim in claims], language="en")
    experiences = Experience.objects.filter(user_id=actor.pk).order_by("pk")
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now().isoformat(),
        "claims": [
            {
                "uri": claim.uri,
                "name": words[claim.uri].name,
                "level": claim.level,
                "basis": claim.basis.name.lower(),
                "at": claim.at.isoformat(),
            }
            for claim in claims
        ],
        "evidence": [
            {"uri": one.uri, "kind": one.kind, "level": one.level, "text": one.text, "link": one.link, "at": one.at}
            for one in evidence_of(user_id=actor.pk)
        ],
        "experiences": [{"what": what, "words": words} for what, words in experiences.values_list("what", "words")],
    }


@transaction.atomic
def import_json(*, actor: Actor, document: Mapping[str, Any], key: str) -> int:
    """Bring a file of ours back. Returns how much was new; the same file again brings nothing new.

    Claims come as stated by the actor, whatever they rested on: a file proves nothing. Texts and links come as
    evidence of hers. A file with anything wrong in it changes nothing; the error's field names the place.
    """
    require("own", actor)
    if document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InvalidError(_("This is not a file that this page wrote. Take one that you saved here."), field="format")
    stated, shown = _list(document, "claims"), _list(document, "evidence")
    lines = _list(document, "experiences", needed=False)
    known = names(uris=_texts([*stated, *shown], "uri"), language="en").keys()
    claims = [_claim(raw, number, known) for number, raw in enumerate(stated)]
    checked = [_evidence(raw, number, known) for number, raw in enumerate(shown)]
    evidence = [one for one in checked if one["kind"] in KEPT]
    listed = known_experiences(_texts(lines, "what"))
    experiences = [_experience(raw, number, listed) for number, raw in enumerate(lines)]
    if not is_new(actor, key, "import"):
        return 0
    new = _new_claims(actor, claims) + _bring_evidence(actor, evidence)
    record_all(user_id=actor.pk, claims=new)
    return len(new) + _bring_experiences(actor, experiences)


def _texts(lines: list[Any], name: str) -> set[str]:
    """What stands under this name, where it is text."""
    found = {raw.get(name) for raw in lines if isinstance(raw, dict) and isinstance(raw.get(name), str)}
    return {str(one) for one in found}


def _new_claims(actor: Actor, claims: list[tuple[str, int]]) -> list[Claimed]:
    best: dict[str, int] = {}
    for uri, level in claims:  # the newest first, as they were written
        best.setdefault(uri, level)
    held = {(claim.uri, claim.level) for claim in claims_of(user_id=actor.pk)}
    now = timezone.now()
    return [
        Claimed(uri=uri, level=level, basis=Basis.STATED, source=IMPORTED, at=now)
        for uri, level in best.items()
        if (uri, level) not in held
    ]


def _bring_evidence(actor: Actor, evidence: list[dict[str, Any]]) -> list[Claimed]:
    """The claims that rest on what is new of it."""
    held = {(one.uri, one.kind, one.text, one.link) for one in evidence_of(user_id=actor.pk)}
    new = {
        uuid5(NAMESPACE_OID, f"passerelle import {actor.pk} {sorted(one.items())}"): one
        for one in evidence
        if (one["uri"], one["kind"], one["text"], one["link"]) not in held
    }
    if len(held) + len(new) > MOST:
        raise InvalidError(_("You keep very many things here. Remove some that you no longer need, then try again."))
    rows = [Evidence(pk=pk, user_id=actor.pk, **one) for pk, one in new.items()]
    Evidence.objects.bulk_create(rows, ignore_conflicts=True)  # another tap may bring the same file
    now = timezone.now()
    return [
        Claimed(uri=row.uri, level=row.level, basis=Basis.EVIDENCED, source=f"evidence:{row.pk}", at=now)
        for row in rows
    ]


def _bring_experiences(actor: Actor, lines: list[tuple[str, str]]) -> int:
    mine = Experience.objects.filter(user_id=actor.pk)
    held = set(mine.values_list("what", flat=True))
    new = {what: words for what, words in lines if what not in held}
    if len(held) + len(new) > MOST_KEPT:
        raise InvalidError(_("You keep very many things here. Remove some that you no longer need, then try again."))
    Experience.objects.bulk_create(Experience(user_id=actor.pk, what=what, words=words) for what, words in new.items())
    return len(new)


def _list(document: Mapping[str, Any], name: str, *, needed: bool = True) -> list[Any]:
    found = document.get(name) if needed else document.get(name, [])
    if not isinstance(found, list) or len(found) > MOST_CLAIMS:
        raise _wrong(name)
    return found


def _wrong(place: str) -> InvalidError:
    message = _("Something in this file is not as it was saved here (%s). Nothing was taken over.") % place
    return InvalidError(message, field=place)


def _claim(raw: Any, number: int, known: Set[str]) -> tuple[str, int]:
    place = f"claims[{number}]"
    if not isinstance(raw, dict) or not _good(raw, known):
        raise _wrong(place)
    return raw["uri"], raw["level"]


def _good(raw: dict[str, Any], known: Set[str]) -> bool:
    uri, level = raw.get("uri"), raw.get("level")
    levels = isinstance(level, int) and not isinstance(level, bool) and 1 <= level <= LEVELS
    return levels and isinstance(uri, str) and uri in known


def _experience(raw: Any, number: int, known: Set[str]) -> tuple[str, str]:
    place = f"experiences[{number}]"
    what, words = (raw.get("what"), raw.get("words")) if isinstance(raw, dict) else (None, None)
    if not isinstance(what, str) or not isinstance(words, str) or len(words) > WORDS_LIMIT or what not in known:
        raise _wrong(place)
    return what, words


def _evidence(raw: Any, number: int, known: Set[str]) -> dict[str, Any]:
    """As it was saved. Stories, units and files belong to where they were made, and are left out later."""
    place = f"evidence[{number}]"
    if not isinstance(raw, dict) or not _good(raw, known) or raw.get("kind") not in list(EvidenceKind):
        raise _wrong(place)
    kind, text, link = raw["kind"], raw.get("text"), raw.get("link")
    if not isinstance(text, str) or not isinstance(link, str):
        raise _wrong(place)
    if kind == EvidenceKind.TEXT and (not text or link):
        raise _wrong(place)
    if kind in KEPT:
        try:
            checked_note(text)
            if kind == EvidenceKind.LINK:
                checked_link(link)
        except InvalidError as error:
            raise _wrong(place) from error
    return {"uri": raw["uri"], "kind": kind, "level": raw["level"], "text": text, "link": link}
