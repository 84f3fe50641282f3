"""REST, version 1: circles and stories, for apps of the people in them. The document is at `…/circles/openapi.json`.

Thin: each view asks `api.py`, as the block and the pages do. Circles are opened in their unit, whose settings they
take; notes, safeguarding and reading for safety stay on the desk's pages.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey
from rest_framework.request import Request
from rest_framework.response import Response

from passerelle.host.api import host
from passerelle.host.errors import InvalidError
from passerelle.host.rest import (
    KEY,
    NOTHING,
    TEXT,
    Endpoint,
    Operation,
    Operations,
    actor_of,
    addresses,
    body,
    document,
    page_of,
)
from passerelle.host.web import language_of, plain

from . import api
from .data import (
    CircleCard,
    CircleView,
    ContributionView,
    DeskCircle,
    HelpLineView,
    OwnStory,
    Purpose,
    RegisterRow,
    ReportReason,
    ReportView,
    ShownStory,
    TrainingStory,
    TranscriptLine,
)

PURPOSE = {"enum": [purpose.value for purpose in Purpose]}
REASON = {"enum": [reason.value for reason in ReportReason]}
SECTION = "Passerelle: circles"


class MyCircles(Endpoint):
    """GET: the circles that I am or was in, or hold."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="circles", summary="My circles", answer=CircleCard, many=True, query=("course",))
    }

    def get(self, request: Request) -> Response:
        actor, language = actor_of(request, _course(request)), language_of()
        return page_of(request, lambda rows: api.my_circles(actor=actor, language=language, rows=rows))


class CirclesAt(Endpoint):
    """GET: the circles at a block that I may join, hold or am in."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="circles_at", summary="The circles at a block", answer=CircleCard, many=True)
    }

    def get(self, request: Request, usage_key: UsageKey) -> Response:
        actor, language = actor_of(request, usage_key.course_key), language_of()
        return page_of(
            request, lambda rows: api.circles_at(actor=actor, usage_key=usage_key, language=language, rows=rows)
        )


class OneCircle(Endpoint):
    """GET: the circle as I may see it now; 304 while nothing has changed since `If-None-Match`."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="circle", summary="The circle as I may see it now", answer=CircleView)
    }

    def get(self, request: Request, circle_id: UUID) -> Response:
        name, language = str(circle_id), language_of()
        actor = actor_of(request, api.course_of(circle_id=name))
        tag = f'"{api.etag(actor=actor, circle_id=name, language=language)}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers=headers)
        return Response(plain(api.circle(actor=actor, circle_id=name, language=language)), headers=headers)


class Actions(Endpoint):
    """POST: do something in the circle."""

    operations: ClassVar[Operations] = {
        "post": Operation(
            name="act",
            summary="Do something in the circle; `can` of the circle names what is open to me",
            answer=api.Answer,
            body={
                "action": {"enum": list(api.ACTIONS)},
                "key": KEY,
                "text": {**TEXT, "description": "tell, reply, answer: the words"},
                "audience": {**TEXT, "description": "tell, answer: who may read; the circle unless said otherwise"},
                "files": {
                    "type": "array",
                    "items": {"type": "object"},
                    "description": "tell: voice and picture that were sent, each with its id and words",
                },
                "link": {**TEXT, "description": "tell: the https address of a film, where the circle takes one"},
                "to": {**TEXT, "description": "reply: the id of the story"},
                "question": {"type": "integer", "description": "answer: its number from 0"},
                "agreed": {"type": "boolean", "description": "join: that I read the ground rules"},
                "name": {**TEXT, "description": "join: what I am called there"},
                "affiliation": {**TEXT, "description": "join, affiliate: one of the circle's, or empty"},
                "seat": {"type": "integer", "description": "arrive: whom the facilitator marks"},
            },
            optional=("text", "audience", "files", "link", "to", "question", "agreed", "name", "affiliation", "seat"),
        )
    }

    def post(self, request: Request, circle_id: UUID) -> Response:
        asked = body(request, action=str, key=str)
        course_key = api.course_of(circle_id=str(circle_id))
        actor = actor_of(request, course_key)
        answer = api.act(actor=actor, circle_id=str(circle_id), **asked, payload=request.data, language=language_of())
        if answer.completed:
            host().complete(user_id=actor.pk, usage_key=api.block_of(circle_id=str(circle_id)))
        return Response(plain(answer))


class Register(Endpoint):
    """GET: who was there, for the circle's facilitator."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="register", summary="Who was there", answer=RegisterRow, many=True)
    }

    def get(self, request: Request, circle_id: UUID) -> Response:
        name = str(circle_id)
        actor = actor_of(request, api.course_of(circle_id=name))
        return page_of(request, lambda rows: api.register(actor=actor, circle_id=name)[rows])


class Transcript(Endpoint):
    """GET: what was told, with what its tellers agreed to, for the circle's facilitator."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="transcript", summary="What was told", answer=TranscriptLine, many=True)
    }

    def get(self, request: Request, circle_id: UUID) -> Response:
        name, language = str(circle_id), language_of()
        actor = actor_of(request, api.course_of(circle_id=name))
        return page_of(request, lambda rows: api.transcript(actor=actor, circle_id=name, language=language)[rows])


class MyStories(Endpoint):
    """GET: what I told, and what I agreed to about it."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="stories", summary="My stories", answer=OwnStory, many=True, query=("course",))
    }

    def get(self, request: Request) -> Response:
        actor, language = actor_of(request, _course(request)), language_of()
        return page_of(request, lambda rows: api.my_stories(actor=actor, language=language, rows=rows))


class SharedStories(Endpoint):
    """GET: the stories told at a block that are open to my cohort."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="shared", summary="Stories open to my cohort", answer=ContributionView, many=True)
    }

    def get(self, request: Request, usage_key: UsageKey) -> Response:
        actor = actor_of(request, usage_key.course_key)
        return page_of(request, lambda rows: api.shared_stories(actor=actor, usage_key=usage_key, rows=rows))


class Story(Endpoint):
    """DELETE: take a story of mine back, with the replies to it."""

    operations: ClassVar[Operations] = {
        "delete": Operation(name="withdraw", summary="Take my story back", answer=NOTHING, body={"key": KEY})
    }

    def delete(self, request: Request, contribution_id: UUID) -> Response:
        api.withdraw(actor=actor_of(request), contribution_id=str(contribution_id), **body(request, key=str))
        return Response({})


class Consents(Endpoint):
    """POST: agree to one more purpose of a story of mine. DELETE: take that back."""

    operations: ClassVar[Operations] = {
        "post": Operation(
            name="give_consent",
            summary="Agree to a purpose",
            answer=NOTHING,
            body={
                "purpose": PURPOSE,
                "key": KEY,
                "pseudonym": {**TEXT, "description": "showcase: the name beside it, 40 characters at most; or empty"},
            },
            optional=("pseudonym",),
        ),
        "delete": Operation(
            name="withdraw_consent", summary="Take it back", answer=NOTHING, body={"purpose": PURPOSE, "key": KEY}
        ),
    }

    def post(self, request: Request, contribution_id: UUID) -> Response:
        asked, pseudonym = body(request, purpose=str, key=str), request.data.get("pseudonym", "")
        api.give_consent(actor=actor_of(request), contribution_id=str(contribution_id), pseudonym=pseudonym, **asked)
        return Response({})

    def delete(self, request: Request, contribution_id: UUID) -> Response:
        asked = body(request, purpose=str, key=str)
        api.withdraw_consent(actor=actor_of(request), contribution_id=str(contribution_id), **asked)
        return Response({})


class Reports(Endpoint):
    """POST: ask that a story be looked at; it is hidden at once."""

    operations: ClassVar[Operations] = {
        "post": Operation(
            name="report",
            summary="Ask that a story be looked at",
            answer=NOTHING,
            body={"reason": REASON, "words": TEXT, "key": KEY},
        )
    }

    def post(self, request: Request, contribution_id: UUID) -> Response:
        asked, name = body(request, reason=str, words=str, key=str), str(contribution_id)
        api.report(actor=actor_of(request, api.course_of(contribution_id=name)), contribution_id=name, **asked)
        return Response({})


class Hiding(Endpoint):
    """POST: hide a story of the circle that I hold. DELETE: let it be read again."""

    operations: ClassVar[Operations] = {
        "post": Operation(name="hide", summary="Hide a story", answer=NOTHING, body={"words": TEXT, "key": KEY}),
        "delete": Operation(
            name="release", summary="Let it be read again", answer=NOTHING, body={"words": TEXT, "key": KEY}
        ),
    }

    def post(self, request: Request, contribution_id: UUID) -> Response:
        asked, name = body(request, words=str, key=str), str(contribution_id)
        api.hide(actor=actor_of(request, api.course_of(contribution_id=name)), contribution_id=name, **asked)
        return Response({})

    def delete(self, request: Request, contribution_id: UUID) -> Response:
        asked, name = body(request, words=str, key=str), str(contribution_id)
        api.release(actor=actor_of(request, api.course_of(contribution_id=name)), contribution_id=name, **asked)
        return Response({})


class Desk(Endpoint):
    """GET: the course run's circles at a glance, for facilitators and course staff."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="desk", summary="A course run's circles at a glance", answer=DeskCircle, many=True)
    }

    def get(self, request: Request, course_key: CourseKey) -> Response:
        actor, language = actor_of(request, course_key), language_of()
        return page_of(request, lambda rows: api.desk_circles(actor=actor, language=language, rows=rows))


class Showcase(Endpoint):
    """GET: the stories of a course run that their tellers agreed to show."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="showcase", summary="Stories to show", answer=ShownStory, many=True)
    }

    def get(self, request: Request, course_key: CourseKey) -> Response:
        actor, language = actor_of(request, course_key), language_of()
        return page_of(
            request, lambda rows: api.showcase(actor=actor, course_key=course_key, language=language, rows=rows)
        )


class Training(Endpoint):
    """POST: the stories that trainers may use, for course staff who say what for. Their tellers read it."""

    operations: ClassVar[Operations] = {
        "post": Operation(
            name="training_export",
            summary="Stories that trainers may use",
            answer=tuple[TrainingStory, ...],
            body={"words": TEXT, "key": KEY},
        )
    }

    def post(self, request: Request, course_key: CourseKey) -> Response:
        asked = body(request, words=str, key=str)
        actor, language = actor_of(request, course_key), language_of()
        return Response(plain(api.training_export(actor=actor, course_key=course_key, language=language, **asked)))


class DeskReports(Endpoint):
    """GET: the reports that are mine to look at, those that wait first."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="reports", summary="Reports that are mine to look at", answer=ReportView, many=True)
    }

    def get(self, request: Request, course_key: CourseKey) -> Response:
        actor, language = actor_of(request, course_key), language_of()
        return page_of(request, lambda rows: api.reports(actor=actor, language=language, rows=rows))


class HelpLines(Endpoint):
    """GET: whom to call. Open to everyone."""

    operations: ClassVar[Operations] = {
        "get": Operation(name="help_lines", summary="Whom to call", answer=HelpLineView, many=True)
    }

    def get(self, request: Request) -> Response:
        language = language_of()
        return page_of(request, lambda rows: api.help_lines_for(language=language)[rows])


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document, from `operations` above and the value objects in `data.py`."""
    from .urls import urlpatterns  # here: it imports this module

    return document(
        title=SECTION,
        description="Circles and stories for the people in them. A voice or a picture is announced by POST to "
        "/passerelle/circles/{circle_id}/uploads (kind, size, key); what answers says where to PATCH its parts (with "
        "Upload-Offset), and its id, with which it is told. It is heard at /passerelle/stories/files/{id}.",
        addresses=addresses("/passerelle/", urlpatterns),
    )


def _course(request: Request) -> CourseKey | None:
    raw = request.query_params.get("course")
    try:
        return CourseKey.from_string(raw) if raw else None
    except InvalidKeyError as error:
        raise InvalidError(field="course") from error
