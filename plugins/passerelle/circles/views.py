"""The circles' pages and the address that a running circle polls. Thin: each asks `api.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import IO, Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe
from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotAllowedError, NotJsonError, PasserelleError
from passerelle.host.files import serve
from passerelle.host.web import (
    INT_DIGITS,
    PAGE_DIGITS,
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
    ways_of,
)

from . import api

PART_TYPE = "application/offset+octet-stream"


def render_page(request: HttpRequest, template: str, actor: Actor, **context: Any) -> HttpResponse:
    """A page of ours, in the actor's course run where there is one; a note in its place while she looks as another."""
    course_key = context.setdefault("course_key", actor.course_key)
    if course_key is not None:
        context["course_name"] = host().course_name(course_key=course_key)
    template = f"passerelle_circles/{template}.html"
    return shown(request, template, masquerading=actor.masquerading, **context)


@login_required
@page
def home(request: HttpRequest, course_key: CourseKey | None = None) -> HttpResponse:
    """*My Passerelle*: one's circles and stories, in one course run or in all; for staff also the facilitators."""
    actor, language = actor_of(request, course_key), language_of()
    if actor.masquerading:
        return render_page(request, "home", actor)
    context: dict[str, Any] = {
        "ways": ways_of(actor),
        "circles": api.my_circles(actor=actor, language=language),
        "stories": api.my_stories(actor=actor, language=language),
        "evidence": {story.reference for story in api.own_stories(user_id=actor.pk)},
        "messages": api.my_messages(actor=actor, language=language, course_key=course_key, rows=slice(20)),
        "reminded": api.reminders_wanted(actor=actor),
        "can_wish": course_key is not None and actor.is_enrolled,
        "readings": api.readings(user_id=actor.pk, course_key=course_key),
        "guides": course_key is not None and bool(api.desk_roles(actor=actor)),
    }
    if course_key is not None and actor.is_course_staff:
        context["facilitators"] = api.facilitators(actor=actor, course_key=course_key)
    return render_page(request, "home", actor, **context)


appoint = asks(api.appoint_facilitator, "name", answer="user_id")


@json_view("POST")
def dismiss(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """Take the role from the person with `user_id`."""
    user_id = number_of(payload.get("user_id"), digits=INT_DIGITS) or 0
    api.dismiss_facilitator(actor=actor_of(request, course_key), course_key=course_key, user_id=user_id)
    return {}


@json_view("GET")
def state(request: HttpRequest, circle_id: UUID) -> Any:
    """The circle as this person sees it; 304 while nothing has changed since `If-None-Match`."""
    name = str(circle_id)
    actor = actor_of(request, api.course_of(circle_id=name))
    language = request.GET.get("lang", "")[:16] or language_of()
    tag = f'"{api.etag(actor=actor, circle_id=name, language=language)}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    return api.circle(actor=actor, circle_id=name, language=language)


@json_view("POST")
def upload(request: HttpRequest, circle_id: UUID, payload: dict[str, Any]) -> Any:
    """Announce a file for a story, or ask how far one is; `part_url` is where to send it."""
    name = str(circle_id)
    found = api.start_upload(
        actor=actor_of(request, api.course_of(circle_id=name)),
        circle_id=name,
        kind=text_in(payload, "kind"),
        size=payload.get("size") or 0,
        key=key_in(payload),
    )
    return plain(found) | {"part_url": reverse("passerelle:upload_part", args=[found.id])}


def upload_part(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """PATCH: the body is part of the file, from `Upload-Offset` on; 409 where it had to begin elsewhere. DELETE: forget
    the file."""
    name = str(upload_id)
    try:
        actor = actor_of(request, api.course_of(file_id=name))
        if request.method == "DELETE":
            api.drop_upload(actor=actor, upload_id=name)
            return HttpResponse(status=204)
        if request.method != "PATCH":
            return HttpResponse(status=405, headers={"Allow": "PATCH, DELETE"})
        if request.content_type != PART_TYPE:
            raise NotJsonError
        offset = number_of(request.headers.get("Upload-Offset"))
        if offset is None:
            raise InvalidError(field="Upload-Offset")
        found = api.add_part(actor=actor, upload_id=name, offset=offset, body=request)
    except PasserelleError as error:
        return JsonResponse({"error": error_json(error)}, status=error.status)
    headers = {"Upload-Offset": str(found.offset), "Cache-Control": "private, no-store"}
    return JsonResponse(plain(found), status=200 if found.accepted else 409, headers=headers)


@require_safe
def story_file(request: HttpRequest, file_id: UUID) -> Any:
    """A voice or a picture, whole or a range of it; with `?save` as a download."""
    name = str(file_id)
    try:
        found = api.open_story_file(actor=actor_of(request, api.course_of(file_id=name)), file_id=name)
    except PasserelleError as error:
        return JsonResponse({"error": error_json(error)}, status=error.status)
    return serve(request, found, name="story", download="save" in request.GET)


@login_required
@page
def story_copy(request: HttpRequest) -> Any:
    """All that one told, as an archive to keep."""
    content = api.story_copy(actor=actor_of(request), language=language_of())
    return _archive(content)


def _archive(content: IO[bytes]) -> FileResponse:
    response = FileResponse(content, as_attachment=True, filename="stories.zip", content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


withdraw = asks(api.withdraw, "key")


@login_required
@page
def desk(request: HttpRequest, course_key: CourseKey) -> HttpResponse:
    """The facilitator's desk in a course run: reports first, then the circles. The safeguarding contact's as well."""
    actor = actor_of(request, course_key)
    if actor.masquerading:
        return render_page(request, "desk", actor)
    return render_page(request, "desk", actor, **_desk_of(request, actor, course_key, language_of()))


def _desk_of(request: HttpRequest, actor: Actor, course_key: CourseKey, language: str) -> dict[str, Any]:
    held = api.desk_roles(actor=actor)
    if not held:
        raise NotAllowedError
    found: dict[str, Any] = {"staff": "staff" in held}
    if held & {"course facilitator", "safeguarding contact"}:
        found["reports"] = _window(request, "reports", partial(api.reports, actor=actor, language=language))
    if "staff" in held:
        found["numbers"] = api.course_report(actor=actor, course_key=course_key)
        found["facilitators"] = api.facilitators(actor=actor, course_key=course_key)
    if held & {"course facilitator", "staff"}:
        found["circles"] = _window(request, "circles", partial(api.desk_circles, actor=actor, language=language))
    if "course facilitator" in held:
        found["drafts"] = api.drafts(actor=actor, language=language)
    return found


DESK_PAGE = 20


def _window(request: HttpRequest, name: str, ask: Callable[..., list[Any]]) -> dict[str, Any]:
    """The page of rows that the address asks for under this name, and the addresses of the pages before and after."""
    number = number_of(request.GET.get(name), digits=PAGE_DIGITS, least=1) or 1
    first = (number - 1) * DESK_PAGE
    rows = ask(rows=slice(first, first + DESK_PAGE + 1))
    if not rows and number > 1:  # what stood there is on an earlier page by now
        number, rows = 1, ask(rows=slice(DESK_PAGE + 1))

    return {"rows": rows[:DESK_PAGE], **steps(request, name, number, more=len(rows) > DESK_PAGE)}


def steps(request: HttpRequest, name: str, number: int, *, more: bool) -> dict[str, Any]:
    """For `pages.html`: the number of the page that the address asks for under this name, and where the pages before
    and after it are, "" for none."""

    def address(page: int) -> str:
        query = request.GET.copy()
        query[name] = str(page)
        return f"?{query.urlencode()}"

    return {
        "number": number,
        "before": address(number - 1) if number > 1 else "",
        "after": address(number + 1) if more else "",
    }


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Whom to call. Open to everyone, signed in or not."""
    lines = api.help_lines_for(language=language_of())
    return shown(request, "passerelle_circles/help.html", lines=lines, exit_url=api.quick_exit_url())


report = asks(api.report, "reason", "words", "key", course_of=api.course_of)
hide = asks(api.hide, "words", "key", course_of=api.course_of)
release = asks(api.release, "words", "key", course_of=api.course_of)
escalate = asks(api.escalate, "words", "key", course_of=api.course_of)


@json_view("POST")
def close_report(request: HttpRequest, report_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Decide a report; `outcome` "release" lets the story be read again."""
    name = str(report_id)
    api.close_report(
        actor=actor_of(request, api.course_of(report_id=name)),
        report_id=name,
        words=text_in(payload, "words"),
        release=payload.get("outcome") == "release",
        key=key_in(payload),
    )
    return {}


read_report = asks(api.read_report, "key", answer="stories", course_of=api.course_of)
break_glass = asks(api.break_glass, "words", "key", answer="stories", course_of=api.course_of)


@login_required
@page
def circle_desk(request: HttpRequest, circle_id: UUID) -> HttpResponse:
    """One circle for its facilitator: her private notes, and how the circle stands."""
    name, language = str(circle_id), language_of()
    actor = actor_of(request, api.course_of(circle_id=name))
    context: dict[str, Any] = {
        "circle_id": name,
        "notes": api.notes(actor=actor, circle_id=name),
        "messages": api.messages(actor=actor, circle_id=name, language=language),
        "circle": api.circle(actor=actor, circle_id=name, language=language),
        "register": api.register(actor=actor, circle_id=name),
        "transcript": api.transcript(actor=actor, circle_id=name, language=language),
    }
    return render_page(request, "circle_desk", actor, **context)


send_message = asks(api.send_message, "text", "key", course_of=api.course_of)
take_back_message = asks(api.take_back_message, "key", course_of=api.course_of)
add_note = asks(api.add_note, "text", "key", course_of=api.course_of)
delete_note = asks(api.delete_note, "key", course_of=api.course_of)
give_consent = asks(api.give_consent, "purpose", "pseudonym", "key")


@page
def showcase(request: HttpRequest, course_key: CourseKey) -> HttpResponse:
    """The stories of a course run that their tellers agreed to show. Nothing of it is kept by browsers or proxies."""
    actor = actor_of(request, course_key)
    try:
        stories = api.showcase(actor=actor, course_key=course_key, language=language_of())
    except NotAllowedError:
        if actor.user_id is None:
            return redirect_to_login(request.get_full_path())
        raise
    return render_page(request, "showcase", actor, stories=stories, course_key=course_key)


@json_view("POST")
def training_export(request: HttpRequest, course_key: CourseKey, payload: dict[str, Any]) -> dict[str, Any]:
    """The stories that trainers may use, as a file for the page to save: CSV, or JSON where `form` says so; for the
    archive with voices and pictures ("zip"), where it lies ready."""
    key = key_in(payload)
    stories = api.training_export(
        actor=actor_of(request, course_key),
        course_key=course_key,
        words=text_in(payload, "words"),
        language=language_of(),
        key=key,
    )
    if payload.get("form") == "zip":
        return {"go": f"{reverse('passerelle:training_archive', args=[course_key])}?{urlencode({'key': key})}"}
    if payload.get("form") == "json":
        return {"name": "stories.json", "type": "application/json", "text": json.dumps(plain(stories))}
    return {"name": "stories.csv", "type": "text/csv", "text": api.training_csv(stories)}


@login_required
@require_GET
def training_archive(request: HttpRequest, course_key: CourseKey) -> HttpResponse | FileResponse:
    """The stories of an export that was asked for just now, with their voices and pictures."""
    actor, key = actor_of(request, course_key), request.GET.get("key", "")
    try:
        content = api.training_archive(actor=actor, course_key=course_key, key=key, language=language_of())
    except PasserelleError as error:
        return JsonResponse({"error": error_json(error)}, status=error.status)
    return _archive(content)


withdraw_consent = asks(api.withdraw_consent, "purpose", "key")


@login_required
@page
def consent_copy(request: HttpRequest) -> HttpResponse:
    """What one has agreed to, as a text to keep."""
    actor = actor_of(request)
    text = api.consent_copy(actor=actor, language=language_of())
    return to_keep(text, name="consents.txt", media_type="text/plain; charset=utf-8")


@json_view("POST")
def take_over(request: HttpRequest, circle_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """Take a circle over that nobody holds; course staff name the facilitator with `user_id`."""
    name = str(circle_id)
    actor = actor_of(request, api.course_of(circle_id=name))
    user_id = number_of(payload.get("user_id"), digits=INT_DIGITS)
    api.take_over(actor=actor, circle_id=name, user_id=user_id, key=key_in(payload))
    return {}


step_back = asks(api.step_back, "key", course_of=api.course_of)


@login_required
@page
def export(request: HttpRequest, circle_id: UUID, what: str) -> HttpResponse:
    """A circle's register or transcript for a spreadsheet, as it stands now."""
    name = str(circle_id)
    actor = actor_of(request, api.course_of(circle_id=name))
    if what == "register":
        text = api.register_csv(actor=actor, circle_id=name)
    else:
        text = api.transcript_csv(actor=actor, circle_id=name, language=language_of())
    return to_keep(text, name=f"{what}.csv", media_type="text/csv; charset=utf-8")
