"""Opportunities from elsewhere: a CSV file, or schema.org JobPostings. Private: ask `api.py`.

What is right is kept and waits for the operator, or for its authors where it names no competence; what is broken is
reported line by line, and costs the rest nothing. The same file again changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from passerelle.competences import api as competences
from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError, PasserelleError

from . import offers, organisations
from .data import Imported, Kind, Source, Stage
from .models import Feed, Opportunity, Organisation
from .permissions import require

COLUMNS = ("reference", "kind", "place")
"""Beside these a file has `title_<language>` at least once. `needed` and `useful` hold names or URIs of competences,
each with `:level` behind it, divided by `;`; `languages` looks like `fr:A2;en:B1`."""

MOST_ROWS = 1000
MOST_BYTES = 200 * 1024
ESCO_SKILL = "http://data.europa.eu/esco/skill/"
EMPLOYMENT = {"INTERN": Kind.INTERNSHIP, "VOLUNTEER": Kind.VOLUNTEERING}
REFERENCE_FORM = re.compile(r"[A-Za-z0-9_-]{1,60}")


# --- A file


def import_file(*, actor: Actor, organisation: str, text: str) -> Imported:
    """Take over the opportunities in a CSV file (columns: see `COLUMNS`), and say which lines are broken and why."""
    org = organisations.find(organisation)
    require("import_file", actor, org.pk)
    if len(text.encode()) > MOST_BYTES:
        raise InvalidError(_("This file is too large. Divide it into several."), field="text")
    text = text.lstrip("\ufeff\r\n ")
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        names, lines = [str(name or "").strip() for name in rows.fieldnames or []], list(rows)
    except csv.Error as error:  # a cell that nobody wrote by hand
        raise InvalidError(_("This file is too large. Divide it into several."), field="text") from error
    absent = [name for name in COLUMNS if name not in names]
    if not any(name.startswith("title_") for name in names):
        absent.append("title_en")
    if absent:
        raise InvalidError(
            _("The first line has to name the columns. These are missing: %(names)s") % {"names": ", ".join(absent)},
            field="text",
        )
    report: list[str] = []
    changed = 0
    for number, row in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            report.append(_("Only the first %(most)s lines were read.") % {"most": MOST_ROWS})
            break
        try:
            changed += _take_line(actor, org, {str(k or "").strip(): str(v or "").strip() for k, v in row.items()})
        except PasserelleError as error:
            report.append(_("Line %(number)s: %(what)s") % {"number": number, "what": error})
    return Imported(changed=changed, report=tuple(report))


def _take_line(actor: Actor, org: Organisation, row: Mapping[str, str]) -> bool:
    reference = row["reference"]
    if not REFERENCE_FORM.fullmatch(reference):
        raise InvalidError(_("the reference is made of letters, digits, - and _, and is there."))
    given = {
        "titles": {name[6:]: text for name, text in row.items() if name.startswith("title_")},
        "abouts": {name[6:]: text for name, text in row.items() if name.startswith("about_")},
        "kind": row["kind"].lower(),
        "place": row["place"],
        "remote": row["place"].lower() == offers.REMOTE,
        **{name: row.get(name, "") for name in ("region", "hours", "starts", "ends", "apply_by")},
        "languages": [_language(each) for each in _several(row.get("languages", ""))],
        "wanted": [
            *(_wanted(actor, each, essential=True) for each in _several(row.get("needed", ""))),
            *(_wanted(actor, each, essential=False) for each in _several(row.get("useful", ""))),
        ],
    }
    # Lower case: some databases hold A1 and a1 for the same, others do not.
    return take(org, f"file-{reference.lower()}", given, source=Source.FILE)


def _several(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"[;|]", text) if each.strip()]


def _language(text: str) -> dict[str, str]:
    code, _colon, level = text.partition(":")
    return {"code": code.strip().lower(), "level": level.strip().upper()}


def _wanted(actor: Actor, text: str, *, essential: bool) -> dict[str, Any]:
    """`work in teams:2`, or a URI with `:2` behind it; without a level: 2."""
    found = re.fullmatch(r"(.+?)(?::\s*([0-9]+))?", text)
    name, level = (found[1].strip(), found[2]) if found else (text, None)
    return {"uri": uri_of(actor, name), "level": level or 2, "essential": essential}


def uri_of(actor: Actor, name: str) -> str:
    """The competence that is called so, in whatever language, word for word. Raises InvalidError."""
    if name.startswith("http"):
        return name
    for hit in competences.find_competences(actor=actor, text=name, language=actor.language, limit=3):
        if name.casefold() in (hit.matched.casefold(), hit.name.casefold()):
            return hit.uri
    raise InvalidError(_("“%(name)s” is not in the list of competences.") % {"name": name})


# --- What both share


@transaction.atomic
def take(
    org: Organisation, reference: str, given: Mapping[str, Any], *, source: Source, feed: Feed | None = None
) -> bool:
    """Bring the organisation's opportunity of this reference in line; returns whether that changed anything.

    A new one, or one that changed, waits for the operator if it names competences. Raises InvalidError.
    """
    values, wanted = offers.checked(given)
    row = Opportunity.objects.select_for_update().filter(organisation=org, reference=reference[:64]).first()
    row = row or Opportunity(organisation=org, reference=reference[:64], source=source, feed=feed)
    before = None if row._state.adding else row.changed_at
    if before is not None and not wanted:
        wanted = offers.wanted_of(row)  # its authors said what a feed without competences did not
    offers.write(row, values, wanted)
    if row.changed_at == before:
        return False
    if row.stage == Stage.DRAFT and wanted:
        row.stage = Stage.WAITING
        row.save()
    return True


# --- schema.org JobPosting


@dataclass(frozen=True, slots=True)
class Posting:
    """A JobPosting as our form would hold it, under the feed's own name for it."""

    reference: str
    given: Mapping[str, Any]


def postings(body: bytes, language: str = "en") -> tuple[list[Posting], list[str]]:
    """The JobPostings in a JSON-LD document, or in a page that holds some; and what was wrong with others.

    Raises InvalidError where there is no JSON in it.
    """
    found: list[Posting] = []
    report: list[str] = []
    for node in _job_nodes(_documents(body)):
        try:
            found.append(_posting(node, language))
        except (InvalidError, ValueError, TypeError, AttributeError, KeyError) as error:
            name = str(node.get("title") or node.get("identifier") or "?")[:60]
            said = str(error) if isinstance(error, InvalidError) else _("it is not laid out like a JobPosting.")
            report.append(f"{name}: {said}")
    return found, report


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"
        if self._inside:
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def _documents(body: bytes) -> list[Any]:
    text = body.decode("utf-8", errors="replace").lstrip("\ufeff \r\n\t")
    try:
        if text.startswith(("{", "[")):
            return [json.loads(text)]
        scripts = _Scripts()
        scripts.feed(text)
        documents = [json.loads(each) for each in scripts.found]
    except (ValueError, RecursionError) as error:
        raise InvalidError(_("What lies at this address cannot be read: it is cut off, or no JSON.")) from error
    if not documents:
        raise InvalidError(_("There is no JobPosting at this address."))
    return documents


def _job_nodes(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > 8:  # noqa: PLR2004 - no honest document lies deeper
        return
    if isinstance(value, list):
        for each in value:
            yield from _job_nodes(each, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        if "JobPosting" in (kinds if isinstance(kinds, list) else [kinds]):
            yield value
        else:
            for name in ("@graph", "itemListElement", "item", "mainEntity"):
                yield from _job_nodes(value.get(name), depth + 1)


def _posting(node: Mapping[str, Any], language: str) -> Posting:
    title = _plain(node.get("title"))
    if not title:
        raise InvalidError(_("it has no title."))
    identifier = node.get("identifier")
    if isinstance(identifier, dict):
        identifier = identifier.get("value") or identifier.get("@id")
    name = str(identifier or node.get("url") or node.get("@id") or title)
    spoken = str(node.get("inLanguage") or language).split("-", maxsplit=1)[0].lower()
    place, region = _place(node)
    return Posting(
        reference=f"feed-{hashlib.sha256(name.encode()).hexdigest()[:40]}",
        given={
            "titles": {spoken: title[: offers.MOST_TITLE]},
            "abouts": {spoken: _plain(node.get("description"))[: offers.MOST_ABOUT]},
            "kind": _kind(node.get("employmentType")),
            "place": place,
            "remote": node.get("jobLocationType") == "TELECOMMUTE",
            "region": region,
            "hours": _hours(node.get("workHours")),
            "starts": _day(node.get("jobStartDate")),
            "apply_by": _day(node.get("validThrough")),
            "wanted": [{"uri": uri, "level": 2, "essential": True} for uri in _uris(node.get("skills"))],
        },
    )


def _plain(value: Any) -> str:
    text = re.sub(r"(?i)<(?:br|/p|/li|/div)[^>]*>", "\n", str(value or ""))
    return re.sub(r"\n{3,}", "\n\n", unescape(re.sub(r"<[^>]*>", "", text))).strip()


def _kind(value: Any) -> str:
    types = value if isinstance(value, list) else [value]
    return next((EMPLOYMENT[each].value for each in types if each in EMPLOYMENT), Kind.JOB.value)


def _place(node: Mapping[str, Any]) -> tuple[str, str]:
    places = node.get("jobLocation")
    first = places[0] if isinstance(places, list) and places else places
    address = first.get("address") if isinstance(first, dict) else None
    if not isinstance(address, dict):
        return _plain(address)[:100], ""
    return _plain(address.get("addressLocality"))[:100], _plain(address.get("addressRegion"))[:100]


def _hours(value: Any) -> int:
    found = re.search(r"\d{1,2}", str(value or ""))
    return min(int(found[0]), offers.MOST_HOURS) if found else 0


def _day(value: Any) -> str:
    text = str(value or "")[:10]
    return date.fromisoformat(text).isoformat() if text else ""


def _uris(value: Any) -> list[str]:
    """ESCO URIs among the skills: as text, or as a DefinedTerm."""
    found: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        named = [each.get(name) for name in ("@id", "url", "sameAs", "termCode")] if isinstance(each, dict) else [each]
        found += [str(one) for one in named if str(one or "").startswith(ESCO_SKILL)][:1]
    return list(dict.fromkeys(found))[: offers.MOST_WANTED]
