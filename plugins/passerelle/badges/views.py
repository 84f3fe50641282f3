"""Pages and addresses of badges. Thin: each asks `api.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import PasserelleError
from passerelle.host.web import error_json, json_view

from . import api

PICTURES = {"png": "image/png", "svg": "image/svg+xml"}
HOUR = 60 * 60


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for people: an error comes as a page that says what to do."""

    @wraps(view)
    @require_GET
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except PasserelleError as error:
            return _render(request, "wrong", {"message": str(error)}, status=error.status)

    return wrapped


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


def _render(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {"base_template": host().base_template, **context}
    response = render(request, f"passerelle_badges/{name}.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"  # the link to a shared badge is its key
    return response


def _actor(request: HttpRequest, course_key: CourseKey | None = None) -> Actor:
    return host().actor(request=request, course_key=course_key)


def _language() -> str:
    return get_language() or "en"


# --- One's own badges


@login_required
@page
def mine(request: HttpRequest) -> HttpResponse:
    """*My badges*."""
    actor = _actor(request)
    if actor.masquerading:
        return _render(request, "mine", {"masquerading": True})
    return _render(request, "mine", {"mine": api.own(actor=actor, language=_language())})


@json_view("POST")
def check(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Look now whether something new is earned."""
    return {"new": api.check(actor=_actor(request), language=_language())}


@json_view("POST")
def share(request: HttpRequest, award_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Open a link to the badge, with `show_name` or without."""
    show_name = payload.get("show_name") is True
    return {"url": api.share(actor=_actor(request), award_id=str(award_id), show_name=show_name)}


@json_view("POST")
def unshare(request: HttpRequest, award_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Close the link."""
    api.unshare(actor=_actor(request), award_id=str(award_id))
    return {}


@json_view("POST")
def bring(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Bring in a badge from elsewhere: `text`, `file` (base64) or `url`."""
    given = {name: str(payload.get(name) or "") for name in ("text", "file", "url")}
    return {"id": api.bring(actor=_actor(request), **given)}


@json_view("POST")
def drop(request: HttpRequest, imported_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Take a badge from elsewhere off the page."""
    api.drop(actor=_actor(request), imported_id=str(imported_id))
    return {}


@login_required
@page
def download(request: HttpRequest, award_id: UUID, form: str) -> HttpResponse:
    """The badge to keep."""
    body = api.download(actor=_actor(request), award_id=str(award_id), form=form)
    response = HttpResponse(body, content_type=api.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="badge-{str(award_id)[:8]}.{form}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- Shared badges


@page
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A shared badge, for anyone who has the link."""
    badge = api.shared(actor=_actor(request), token=token, language=_language())
    response = _render(request, "shared", {"badge": badge, "token": token})
    response["X-Robots-Tag"] = "noindex"
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
    actor = _actor(request, course_key)
    rows = api.desk(actor=actor, course_key=course_key, language=_language())[:100]
    sources = api.sources(actor=actor, course_key=course_key, achievement_ids=[row.id for row in rows])
    cards = [(row, sources.get(row.id, "")) for row in rows]
    context: dict[str, Any] = {"cards": cards, "course_key": course_key}
    if course_key is not None:
        context["course_name"] = host().course_name(course_key=course_key)
    else:
        context["keys"] = api.issuer_keys(actor=actor)
    return _render(request, "desk", context)


@json_view("POST")
def define(request: HttpRequest, payload: dict[str, Any], course_key: CourseKey | None = None) -> Any:
    """Keep a definition. What is wrong with it comes as `problems`, all at once."""
    try:
        made = api.define(
            actor=_actor(request, course_key), course_key=course_key, text=str(payload.get("definition") or "")
        )
    except api.DefinitionError as error:
        problems = [{"field": each.field, "message": each.message} for each in error.problems]
        return JsonResponse({"error": {**error_json(error), "problems": problems}}, status=error.status)
    return {"id": made}


@json_view("POST")
def publish(request: HttpRequest, achievement_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Let people earn it."""
    api.publish(actor=_keeper(request, achievement_id), achievement_id=str(achievement_id))
    return {}


@json_view("POST")
def archive(request: HttpRequest, achievement_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Let nobody earn it any more."""
    api.archive(actor=_keeper(request, achievement_id), achievement_id=str(achievement_id))
    return {}


@json_view("POST")
def confirm(request: HttpRequest, achievement_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Say that `person` has done the `part` of the practicum."""
    given = {name: str(payload.get(name) or "") for name in ("person", "part")}
    api.confirm(actor=_keeper(request, achievement_id), achievement_id=str(achievement_id), **given)
    return {}


@json_view("POST")
def revoke(request: HttpRequest, award_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Take a badge back, saying why (`reason`)."""
    actor = _actor(request, api.course_of_award(award_id=str(award_id)))
    api.revoke(actor=actor, award_id=str(award_id), reason=str(payload.get("reason") or ""))
    return {}


@json_view("POST")
def renew(request: HttpRequest, award_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Give a badge again for another term."""
    actor = _actor(request, api.course_of_award(award_id=str(award_id)))
    return {"id": api.renew(actor=actor, award_id=str(award_id))}


@login_required
@page
def holders(request: HttpRequest, achievement_id: UUID) -> HttpResponse:
    """Who was given the badge."""
    asked = request.GET.get("page", "")
    found = api.holders(
        actor=_keeper(request, achievement_id),
        achievement_id=str(achievement_id),
        language=_language(),
        page=int(asked) if re.fullmatch("[0-9]{1,6}", asked) else 1,
    )
    return _render(request, "holders", {"found": found})


@json_view("POST")
def new_key(request: HttpRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """Make a key that signs from now on, `instead_of` the one that does now."""
    return {"kid": api.new_key(actor=_actor(request), instead_of=str(payload.get("instead_of") or ""))}


@json_view("POST")
def take_key(request: HttpRequest, kid: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Withdraw a key that fell into other hands."""
    return {"signed_anew": api.take_key(actor=_actor(request), kid=kid)}


def _keeper(request: HttpRequest, achievement_id: UUID) -> Actor:
    return _actor(request, api.course_of_achievement(achievement_id=str(achievement_id)))


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
    return _json(api.achievement_json(achievement_id=str(achievement_id), language=_language()), "application/ld+json")


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
