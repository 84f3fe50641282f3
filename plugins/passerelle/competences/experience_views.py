"""The pages *my experiences → occupation → skills*. Thin: each asks `api.py`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from passerelle.host.errors import InvalidError
from passerelle.host.web import actor_of, json_view, key_in, language_of, number_of, page, text_in

from . import api
from .views import render_page

FIRST = 12
"""Skills that a page shows at once; the others unfold."""

LEVEL = "level:"


@login_required
@page
def experiences(request: HttpRequest) -> HttpResponse:
    """What I have done, and where to begin: a job title, or a ready list for unpaid work."""
    actor, language = actor_of(request), language_of()
    if actor.masquerading:
        return render_page(request, "experiences", actor)
    return render_page(
        request,
        "experiences",
        actor,
        mine=api.my_experiences(actor=actor, language=language),
        unpaid=api.unpaid_experiences(actor=actor, language=language),
        occupations=api.knows_occupations(),
    )


@login_required
@page
def experience(request: HttpRequest, name: str) -> HttpResponse:
    """One thing that I have done, and the skills that it takes, to confirm or strike."""
    actor, language = actor_of(request), language_of()
    if actor.masquerading:
        return render_page(request, "experience", actor)
    sheet = api.experience(actor=actor, name=name, language=language)
    return render_page(
        request, "experience", actor, sheet=sheet, first=sheet.skills[:FIRST], others=sheet.skills[FIRST:]
    )


@json_view("POST")
def keep(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Keep the `experience`, with a level for each skill confirmed: `level:<uri>`, empty for one struck out."""
    chosen = {field.removeprefix(LEVEL): _level(value) for field, value in payload.items() if field.startswith(LEVEL)}
    count = api.keep_experience(
        actor=actor_of(request),
        name=text_in(payload, "experience"),
        words=text_in(payload, "words"),
        levels=chosen,
        key=key_in(payload),
    )
    # A name, not a bare number: languages may say "one skill" or "no skill" without it.
    said = ngettext(
        "%(count)d skill of it is on your profile now.", "%(count)d skills of it are on your profile now.", count
    )
    return {"said": said % {"count": count}, "url": reverse("passerelle_competences:experiences")}


@json_view("POST")
def remove(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Take the `experience` off my list."""
    api.remove_experience(actor=actor_of(request), name=text_in(payload, "experience"), key=key_in(payload))
    return {}


def _level(value: object) -> int | None:
    if value == "":
        return None
    level = number_of(value, digits=1)
    if level is None:
        raise InvalidError(field="level")
    return level
