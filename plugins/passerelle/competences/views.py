"""The competences' pages: one's profile, one competence, and the facilitators' queue. Thin: each asks `api.py`."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.views.decorators.http import require_http_methods
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, facilitated_courses, own_stories
from passerelle.host.errors import InvalidError, NotFoundError, PasserelleError
from passerelle.host.files import serve
from passerelle.host.web import (
    actor_of,
    asks,
    error_json,
    json_view,
    key_in,
    language_of,
    number_of,
    page,
    plain,
    shown,
    text_in,
    to_keep,
)

from . import api, charts, words
from .data import LEVELS, OWN_WORD, VALUES, EvidenceKind, Phase, Unrated

OWN_WORDS = {basis.name.lower() for basis in OWN_WORD}
IMPORT_LIMIT = 2 * 1024 * 1024
"""Bytes: a file with everything that one person keeps is smaller."""


def render_page(request: HttpRequest, template: str, actor: Actor, **context: Any) -> HttpResponse:
    """A page of ours; while somebody looks at a course as somebody else, a note in its place."""
    return shown(
        request,
        f"passerelle_competences/{template}.html",
        masquerading=actor.masquerading,
        level_words=words.LEVEL_WORDS,
        basis_words=words.BASIS_WORDS,
        esco_edition=api.esco_edition(),
        **context,
    )


# --- One's own


@login_required
@page
def profile(request: HttpRequest) -> HttpResponse:
    """What I can do: by area, with its basis, how it grew, what is near, and how to take it along."""
    actor, language = actor_of(request), language_of()
    if actor.masquerading:
        return render_page(request, "profile", actor)
    seen = api.profile(actor=actor, language=language)
    shown = [area for area in seen.areas if not area.hidden]
    return render_page(
        request,
        "profile",
        actor,
        profile=seen,
        shown=shown,
        radar=charts.radar([area for area in shown if area.id]),
        moments=words.MOMENT_WORDS,
        validations=api.my_validations(actor=actor, language=language),
        phase_words=words.PHASE_WORDS,
        facilitates=bool(facilitated_courses(user_id=actor.pk)),
        choices=_choices(language),
        pdf=api.can_export_pdf(),
        languages=[(code, get_language_info(code)["name_local"]) for code in api.framework().languages],
        language=language.split("-", maxsplit=1)[0],
    )


def _choices(language: str) -> dict[str, list[Any]]:
    """All competences by their area's name, to choose one from."""
    grouped: dict[str, list[Any]] = {}
    for one in api.competences(language=language):
        grouped.setdefault(one.area, []).append(one)
    return grouped


@login_required
@page
def find(request: HttpRequest) -> HttpResponse:
    """Lead on to the competence chosen from the list."""
    return redirect("passerelle_competences:competence", name=request.GET.get("name") or "-")


@login_required
@page
def competence(request: HttpRequest, name: str) -> HttpResponse:
    """One competence: what it means, where I stand, what shows it, and whether somebody confirmed it."""
    actor, language = actor_of(request), language_of()
    if actor.masquerading:
        return render_page(request, "competence", actor)
    found = api.competence_words(name=name, language=language)
    if found is None:
        raise NotFoundError
    uri = found.uri
    claims = [claim for claim in api.my_claims(actor=actor, language=language) if claim.uri == uri]
    units = api.my_units(actor=actor, uris=[uri]).get(uri, ())
    held = api.strongest(api.claims_of(user_id=actor.pk)).get(uri)
    # What she is asked begins where she last saw herself, not where a badge or somebody else sees her.
    own = next((claim for claim in claims if claim.basis in OWN_WORDS), None)
    return render_page(
        request,
        "competence",
        actor,
        competence=found,
        claims=claims,
        level=own.level if own else held.level if held else None,
        stated=any(claim.basis == "stated" for claim in claims),
        situations=list(enumerate(found.levels, 1)),
        evidence=api.my_evidence(actor=actor, uri=uri),
        kinds=words.KIND_WORDS,
        stories=own_stories(user_id=actor.pk),
        units=[unit for unit in units if unit.complete],
        to_learn=[unit for unit in units if not unit.complete],
        validations=api.my_validations(actor=actor, language=language, uri=uri),
        phase_words=words.PHASE_WORDS,
        ask_in=api.courses_to_ask(actor=actor),
    )


@json_view("POST")
def state(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Say at which `level` I can do the competence `uri`."""
    api.state_competence(
        actor=actor_of(request), uri=text_in(payload, "uri"), level=_level(payload), key=key_in(payload)
    )
    return {}


unstate = asks(api.unstate_competence, "uri", "key")


@json_view("POST")
def hide(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Show the areas in `shown` out of those in `areas`, and hide the rest of them."""
    areas, shown = _texts(payload, "areas"), _texts(payload, "shown")
    api.hide_areas(actor=actor_of(request), hidden=[area for area in areas if area not in shown], key=key_in(payload))
    return {}


@json_view("POST")
def add_evidence(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Add evidence. For a file, `file_url` says where to send it."""
    kind = text_in(payload, "kind")
    evidence_id = api.add_evidence(
        actor=actor_of(request),
        uri=text_in(payload, "uri"),
        kind=kind,
        level=_level(payload),
        key=key_in(payload),
        text=text_in(payload, "text"),
        link=text_in(payload, "link"),
        reference=text_in(payload, "story" if kind == EvidenceKind.STORY else "unit"),
    )
    file_url = reverse("passerelle_competences:evidence_file", args=[evidence_id])
    return {"id": evidence_id, "file_url": file_url if kind == EvidenceKind.FILE else ""}


@require_http_methods(["GET", "POST"])
def evidence_file(request: HttpRequest, evidence_id: UUID) -> Any:
    """GET: the file, for whoever may read it. POST: the request's body is the file, with the file's own media type."""
    actor, name = actor_of(request), str(evidence_id)
    try:
        if request.method == "POST":
            return JsonResponse(plain(api.store_file(actor=actor, evidence_id=name, body=request)))
        found = api.open_file(actor=actor, evidence_id=name)
    except PasserelleError as error:
        return JsonResponse({"error": error_json(error)}, status=error.status)
    return serve(request, found, name="evidence", download=found.media_type == "application/pdf")


remove_evidence = asks(api.remove_evidence, "key")


# --- To take along


@login_required
@page
def pdf(request: HttpRequest) -> HttpResponse:
    """The profile as PDF, in the language `first` and, where given, beside it in `second`."""
    actor = actor_of(request)
    languages = [request.GET.get(name, "") for name in ("first", "second")]
    content = api.export_pdf(actor=actor, languages=[one for one in languages if one])
    return to_keep(content, name="passerelle.pdf", media_type="application/pdf")


@login_required
@page
def export(request: HttpRequest) -> HttpResponse:
    """Claims and evidence as JSON, to be brought back with `import_`."""
    actor = actor_of(request)
    content = json.dumps(api.export_json(actor=actor), ensure_ascii=False, indent=1).encode()
    return to_keep(content, name="passerelle.json", media_type="application/json")


@json_view("POST", limit=IMPORT_LIMIT)
def import_(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Bring back what `export` wrote: the body is the file. Read twice, it brings nothing new, so it needs no key."""
    count = api.import_json(actor=actor_of(request), document=payload, key=uuid4().hex)
    return {"said": ngettext("%d thing is new.", "%d things are new.", count) % count}


# --- Validation


@login_required
@page
def queue(request: HttpRequest) -> HttpResponse:
    """For facilitators: what people asked to have confirmed, and assessments that want the facilitator's view."""
    actor, language = actor_of(request), language_of()
    if actor.masquerading:
        return render_page(request, "queue", actor)
    cards = api.validation_queue(actor=actor, language=language)
    sheets = api.rating_sheets(actor=actor, language=language)
    return render_page(
        request,
        "queue",
        actor,
        phases=[(label, [card for card in cards if card.phase == phase]) for phase, label in words.PHASE_WORDS.items()],
        empty=not cards,
        sheets=sheets,
        moments=words.MOMENT_WORDS,
        unrated=list(Unrated),
    )


@login_required
@page
def validation(request: HttpRequest, validation_id: UUID) -> HttpResponse:
    """One request, for the person who asked and for the facilitators of her course run."""
    name, language = str(validation_id), language_of()
    actor = actor_of(request)
    seen = api.validation(actor=actor, validation_id=name, language=language)
    return render_page(
        request,
        "validation",
        actor,
        seen=seen,
        phases=[(phase, words.PHASE_WORDS[phase], phase == seen.card.phase) for phase in Phase],
        steps=[(step, words.DO_WORDS[step], step in ("comment", "ask_more", "assess")) for step in seen.steps],
        step_words=words.STEP_WORDS,
        kinds=words.KIND_WORDS,
        situations=list(enumerate(seen.situations, 1)),
    )


@json_view("POST")
def ask(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Ask the facilitators of the course run `course` to confirm `level`."""
    try:
        course_key = CourseKey.from_string(text_in(payload, "course"))
    except InvalidKeyError as error:
        raise InvalidError(field="course") from error
    found = api.ask_validation(
        actor=actor_of(request, course_key),
        uri=text_in(payload, "uri"),
        level=_level(payload),
        text=text_in(payload, "text"),
        key=key_in(payload),
    )
    return {"url": reverse("passerelle_competences:validation", args=[found])}


@json_view("POST")
def step(request: HttpRequest, validation_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Take a `step` in a validation."""
    api.step_validation(
        actor=actor_of(request),
        validation_id=str(validation_id),
        step=text_in(payload, "step"),
        text=text_in(payload, "text"),
        level=_level(payload) if payload.get("level") else None,
        key=key_in(payload),
        language=language_of(),
    )
    return {}


@json_view("POST")
def rate(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Give the facilitator's view of somebody's assessment: one of `VALUES` by competence, those that were chosen."""
    actor, key = actor_of(request), key_in(payload)
    sheet = number_of(text_in(payload, "sheet"))
    if sheet is None:
        return {}
    for name, value in payload.items():
        if name.startswith("competence:") and value in VALUES:
            competence_id = name.removeprefix("competence:")
            api.rate_other(
                actor=actor,
                assessment_id=sheet,
                competence=competence_id,
                value=value,
                key=api.part_of(key, competence_id),
            )
    return {}


# --- What comes in


def _texts(payload: dict[str, Any], name: str) -> list[str]:
    value = payload.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _level(payload: dict[str, Any]) -> int:
    """A level as a form sends it; 0, which no level is, for anything else."""
    level = number_of(payload.get("level"), digits=1)
    return level if level is not None and level <= LEVELS else 0
