"""Pages and addresses of badges. Thin: each asks `api.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import PasserelleError
from passerelle.host.web import (
    PAGE_DIGITS,
    actor_of,
    asks,
    error_json,
    json_view,
    language_of,
    number_of,
    page,
    shown,
    text_in,
    to_keep,
)

from . import api

PICTURES = {"png": "image/png", "svg": "image/svg+xml"}
HOUR = 60 * 60


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for programs anywhere: no login, readable from other sites' pages, errors as JSON."""

    @wraps(view)
    @require_GET
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except PasserelleError as error:
            response = JsonResponse({"error": error_json(error)}, status=error.status)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return wrapped


# --- One's own badges


@login_required
@page
def mine(request: HttpRequest) -> HttpResponse:
    """*My badges*."""
    actor = actor_of(request)
    if actor.masquerading:
        return shown(request, "passerelle_badges/mine.html", masquerading=True)
    return shown(request, "passerelle_badges/mine.html", mine=api.own(actor=actor, language=language_of()))


check = asks(api.check, answer="new")


@json_view("POST")
def share(request: HttpRequest, award_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Open a link to the badge, with `show_name` or without."""
    show_name = payload.get("show_name") is True
    return {"url": api.share(actor=actor_of(request), award_id=str(award_id), show_name=show_name)}


unshare = asks(api.unshare)
bring = asks(api.bring, "text", "file", "url", answer="id")
drop = asks(api.drop)


@login_required
@page
def download(request: HttpRequest, award_id: UUID, form: str) -> HttpResponse:
    """The badge to keep."""
    body = api.download(actor=actor_of(request), award_id=str(award_id), form=form)
    return to_keep(body, name=f"badge-{str(award_id)[:8]}.{form}", media_type=api.FORMS[form])


# --- Shared badges


@page
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A shared badge, for anyone who has the link."""
    badge = api.shared(actor=actor_of(request), token=token, language=language_of())
    response = shown(request, "passerelle_badges/shared.html", badge=badge, token=token)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"  # the link to a shared badge is its key
    return response


@public
def shared_credential(request: HttpRequest, token: str) -> HttpResponse:
    """The same for programs: the credential with its proof."""
    return _json(api.shared_credential(token=token), "application/vc")


# --- The desk


@login_required
@page
def desk(request: HttpRequest, course_key: CourseKey | None = None) -> HttpResponse:
    """Achievements of a course run, or of the whole site, to be defined, published and archived."""
    actor = actor_of(request, course_key)
    rows = api.desk(actor=actor, course_key=course_key, language=language_of())[:100]
    sources = api.sources(actor=actor, course_key=course_key, achievement_ids=[row.id for row in rows])
    cards = [(row, sources.get(row.id, "")) for row in rows]
    context: dict[str, Any] = {"cards": cards, "course_key": course_key}
    if course_key is not None:
        context["course_name"] = host().course_name(course_key=course_key)
    else:
        context["keys"] = api.issuer_keys(actor=actor)
    return shown(request, "passerelle_badges/desk.html", **context)


@json_view("POST")
def define(request: HttpRequest, payload: dict[str, Any], course_key: CourseKey | None = None) -> Any:
    """Keep a definition. What is wrong with it comes as `problems`, all at once."""
    try:
        made = api.define(
            actor=actor_of(request, course_key), course_key=course_key, text=text_in(payload, "definition")
        )
    except api.DefinitionError as error:
        problems = [{"field": each.field, "message": each.message} for each in error.problems]
        return JsonResponse({"error": {**error_json(error), "problems": problems}}, status=error.status)
    return {"id": made}


publish = asks(api.publish, course_of=api.course_of_achievement)
archive = asks(api.archive, course_of=api.course_of_achievement)
confirm = asks(api.confirm, "person", "part", course_of=api.course_of_achievement)
revoke = asks(api.revoke, "reason", course_of=api.course_of_award)
renew = asks(api.renew, answer="id", course_of=api.course_of_award)


@login_required
@page
def holders(request: HttpRequest, achievement_id: UUID) -> HttpResponse:
    """Who was given the badge."""
    found = api.holders(
        actor=_keeper(request, achievement_id),
        achievement_id=str(achievement_id),
        language=language_of(),
        page=number_of(request.GET.get("page"), digits=PAGE_DIGITS, least=1) or 1,
    )
    return shown(request, "passerelle_badges/holders.html", found=found)


new_key = asks(api.new_key, "instead_of", answer="kid")
take_key = asks(api.take_key, answer="signed_anew")


def _keeper(request: HttpRequest, achievement_id: UUID) -> Actor:
    return actor_of(request, api.course_of_achievement(achievement_id=str(achievement_id)))


# --- For verifiers


@public
def did_document(request: HttpRequest) -> HttpResponse:
    """The issuer's DID document."""
    return _json(api.did_document(), "application/did+ld+json", HOUR)


@public
def jwks(request: HttpRequest) -> HttpResponse:
    """The issuer's keys."""
    return _json(api.jwks(), "application/jwk-set+json", HOUR)


@public
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """A status list: as a token for those who ask for one, else as JSON with a proof."""
    wanted = request.headers.get("Accept", "")
    as_token = any(kind in wanted for kind in ("application/vc+jwt", "application/jwt"))
    found = api.status_list(number=number, as_token=as_token)
    response = HttpResponse(found, content_type="application/vc+jwt") if as_token else _json(found, "application/vc")
    response["Cache-Control"] = "public, max-age=60"
    response["Vary"] = "Accept"
    return response


@public
def achievement(request: HttpRequest, achievement_id: UUID) -> HttpResponse:
    """The achievement as Open Badges writes it."""
    return _json(
        api.achievement_json(achievement_id=str(achievement_id), language=language_of()), "application/ld+json"
    )


@xframe_options_exempt
@public
def picture(request: HttpRequest, achievement_id: UUID, form: str) -> HttpResponse:
    """The achievement's picture."""
    if form not in PICTURES:
        return HttpResponse(status=404)
    body = api.picture(achievement_id=str(achievement_id), form=form)
    response = HttpResponse(body, content_type=PICTURES[form])
    response["Cache-Control"] = f"public, max-age={HOUR}"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _json(value: Any, content_type: str, max_age: int = 0) -> HttpResponse:
    response = JsonResponse(value, json_dumps_params={"ensure_ascii": False}, content_type=content_type)
    response["Cache-Control"] = f"public, max-age={max_age}" if max_age else "no-store"
    return response
