"""REST, version 1: circles and stories, for apps of the people in them. The document is at `…/circles/openapi.json`.

A table: each line names the function of `api.py` that block, page and REST all ask. Circles are opened in their unit,
whose settings they take; notes, safeguarding and reading for safety stay on the desk's pages.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey

from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError
from passerelle.host.rest import FLAG, KEY, NOTHING, NUMBER, TEXT, Operation, addresses, document, endpoint, routes

from . import api
from .data import (
    CircleCard,
    CircleView,
    ContributionView,
    DeskCircle,
    HelpLineView,
    MessageView,
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
ACT = {
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
    "question": {**NUMBER, "description": "answer: its number from 0"},
    "agreed": {**FLAG, "description": "join: that I read the ground rules"},
    "name": {**TEXT, "description": "join: what I am called there"},
    "affiliation": {**TEXT, "description": "join, affiliate: one of the circle's, or empty"},
    "seat": {**NUMBER, "description": "arrive: whom the facilitator marks"},
}


def acted(*, actor: Actor, circle_id: str, action: str, key: str, language: str, **payload: Any) -> api.Answer:
    """Do something in the circle; when it came to its end with that, the block is done."""
    answer = api.act(actor=actor, circle_id=circle_id, action=action, key=key, payload=payload, language=language)
    if answer.completed:
        host().complete(user_id=actor.pk, usage_key=api.block_of(circle_id=circle_id))
    return answer


def _asked(*, course: str = "") -> CourseKey | None:
    try:
        return CourseKey.from_string(course) if course else None
    except InvalidKeyError as error:
        raise InvalidError(field="course") from error


def _named(*, course_key: CourseKey) -> CourseKey:
    return course_key


def _of_block(*, usage_key: UsageKey) -> CourseKey:
    return usage_key.course_key


ENDPOINTS = {
    "circles": endpoint(
        _asked,
        get=Operation(
            name="circles", summary="My circles", answer=CircleCard, many=True, query=("course",), call=api.my_circles
        ),
    ),
    "circles/<uuid:circle_id>": endpoint(
        api.course_of,
        get=Operation(
            name="circle", summary="The circle as I may see it now", answer=CircleView, call=api.circle, etag=api.etag
        ),
    ),
    "circles/<uuid:circle_id>/actions": endpoint(
        api.course_of,
        post=Operation(
            name="act",
            summary="Do something in the circle; `can` of the circle names what is open to me",
            answer=api.Answer,
            body=ACT,
            optional=tuple(name for name in ACT if name not in ("action", "key")),
            call=acted,
        ),
    ),
    "circles/<uuid:circle_id>/register": endpoint(
        api.course_of,
        get=Operation(name="register", summary="Who was there", answer=RegisterRow, many=True, call=api.register),
    ),
    "circles/<uuid:circle_id>/transcript": endpoint(
        api.course_of,
        get=Operation(
            name="transcript", summary="What was told", answer=TranscriptLine, many=True, call=api.transcript
        ),
    ),
    "circles/<uuid:circle_id>/messages": endpoint(
        api.course_of,
        get=Operation(
            name="messages",
            summary="What the facilitator wrote to the circle",
            answer=MessageView,
            many=True,
            call=api.messages,
        ),
        post=Operation(
            name="send_message",
            summary="Write to the people of a circle that I hold",
            answer=NOTHING,
            body={"text": TEXT, "key": KEY},
            call=api.send_message,
        ),
    ),
    "stories": endpoint(
        _asked,
        get=Operation(
            name="stories", summary="My stories", answer=OwnStory, many=True, query=("course",), call=api.my_stories
        ),
    ),
    "stories/<uuid:contribution_id>": endpoint(
        delete=Operation(
            name="withdraw", summary="Take my story back", answer=NOTHING, body={"key": KEY}, call=api.withdraw
        ),
    ),
    "stories/<uuid:contribution_id>/consents": endpoint(
        post=Operation(
            name="give_consent",
            summary="Agree to a purpose",
            answer=NOTHING,
            body={
                "purpose": PURPOSE,
                "key": KEY,
                "pseudonym": {**TEXT, "description": "showcase: the name beside it, 40 characters at most; or empty"},
            },
            optional=("pseudonym",),
            call=api.give_consent,
        ),
        delete=Operation(
            name="withdraw_consent",
            summary="Take it back",
            answer=NOTHING,
            body={"purpose": PURPOSE, "key": KEY},
            call=api.withdraw_consent,
        ),
    ),
    "stories/<uuid:contribution_id>/reports": endpoint(
        api.course_of,
        post=Operation(
            name="report",
            summary="Ask that a story be looked at",
            answer=NOTHING,
            body={"reason": REASON, "words": TEXT, "key": KEY},
            call=api.report,
        ),
    ),
    "stories/<uuid:contribution_id>/hiding": endpoint(
        api.course_of,
        post=Operation(
            name="hide", summary="Hide a story", answer=NOTHING, body={"words": TEXT, "key": KEY}, call=api.hide
        ),
        delete=Operation(
            name="release",
            summary="Let it be read again",
            answer=NOTHING,
            body={"words": TEXT, "key": KEY},
            call=api.release,
        ),
    ),
    "blocks/<usage_key:usage_key>/circles": endpoint(
        _of_block,
        get=Operation(
            name="circles_at", summary="The circles at a block", answer=CircleCard, many=True, call=api.circles_at
        ),
    ),
    "blocks/<usage_key:usage_key>/stories": endpoint(
        _of_block,
        get=Operation(
            name="shared",
            summary="Stories open to my cohort",
            answer=ContributionView,
            many=True,
            call=api.shared_stories,
        ),
    ),
    "courses/<course_key:course_key>/circles": endpoint(
        _named,
        get=Operation(
            name="desk",
            summary="A course run's circles at a glance",
            answer=DeskCircle,
            many=True,
            call=api.desk_circles,
        ),
    ),
    "courses/<course_key:course_key>/showcase": endpoint(
        _named,
        get=Operation(name="showcase", summary="Stories to show", answer=ShownStory, many=True, call=api.showcase),
    ),
    "courses/<course_key:course_key>/training-exports": endpoint(
        _named,
        post=Operation(
            name="training_export",
            summary="Stories that trainers may use; for an hour their voices and pictures are in an archive at "
            "/passerelle/courses/{course_key}/training-export.zip?key={key}",
            answer=tuple[TrainingStory, ...],
            body={"words": TEXT, "key": KEY},
            call=api.training_export,
        ),
    ),
    "courses/<course_key:course_key>/reports": endpoint(
        _named,
        get=Operation(
            name="reports",
            summary="Reports that are mine to look at",
            answer=ReportView,
            many=True,
            call=api.reports,
        ),
    ),
    "help-lines": endpoint(
        get=Operation(
            name="help_lines", summary="Whom to call", answer=HelpLineView, many=True, call=api.help_lines_for
        ),
    ),
}


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of the table above."""
    return document(
        title="Passerelle: circles",
        description="Circles and stories for the people in them. A voice or a picture is announced by POST to "
        "/passerelle/circles/{circle_id}/uploads (kind, size, key); what answers says where to PATCH its parts (with "
        "Upload-Offset), and its id, with which it is told. It is heard at /passerelle/stories/files/{id}.",
        addresses=addresses("/passerelle/", urlpatterns),
    )


urlpatterns = routes(ENDPOINTS, described, schema="circles/openapi.json")
