"""REST, version 1: one's own badges, and what teams and operators do. The document is at `…/api/v1/openapi.json`.

A table: each line names the function of `api.py` that page and REST both ask.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from opaque_keys.edx.keys import CourseKey

from passerelle.host.api import Actor
from passerelle.host.errors import InvalidError
from passerelle.host.rest import FLAG, NOTHING, TEXT, Endpoint, Operation, addresses, document, endpoint, routes

from . import api
from .data import AchievementView, HoldersView, KeyView, MyBadges, Stage

MOVES = {Stage.PUBLISHED: api.publish, Stage.ARCHIVED: api.archive}


def _said(**kinds: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": kinds, "required": list(kinds), "additionalProperties": False}


def _number(name: str) -> dict[str, Any]:
    return _said(**{name: {"type": "integer"}})


def checked(*, actor: Actor, language: str) -> dict[str, int]:
    """How many badges are new."""
    return {"new": api.check(actor=actor, language=language)}


def shared(*, actor: Actor, award_id: str, show_name: bool = False) -> dict[str, str]:
    """The link."""
    return {"url": api.share(actor=actor, award_id=award_id, show_name=show_name)}


def brought(*, actor: Actor, text: str = "", file: str = "", url: str = "") -> dict[str, str]:
    """The id of what was brought."""
    return {"id": api.bring(actor=actor, text=text, file=file, url=url)}


def achievements(*, actor: Actor, language: str, course_key: CourseKey | None = None) -> list[AchievementView]:
    """Those of a course run, or of the whole site."""
    return api.desk(actor=actor, course_key=course_key, language=language)


def defined(*, actor: Actor, definition: str, course_key: CourseKey | None = None) -> dict[str, str]:
    """The id of what was defined."""
    return {"id": api.define(actor=actor, course_key=course_key, text=definition)}


def moved(*, actor: Actor, achievement_id: str, stage: str) -> None:
    """Let people earn it, or end it."""
    if stage not in list(MOVES):
        raise InvalidError(field="stage")
    MOVES[Stage(stage)](actor=actor, achievement_id=achievement_id)


def renewed(*, actor: Actor, award_id: str) -> dict[str, str]:
    """The new badge's id."""
    return {"id": api.renew(actor=actor, award_id=award_id)}


def made(*, actor: Actor, instead_of: str) -> dict[str, str]:
    """The key that signs now."""
    return {"kid": api.new_key(actor=actor, instead_of=instead_of)}


def taken(*, actor: Actor, kid: str) -> dict[str, int]:
    """How many badges were signed anew."""
    return {"signed_anew": api.take_key(actor=actor, kid=kid)}


def _course(*, course_key: CourseKey | None = None, **_rest: object) -> CourseKey | None:
    return course_key


def _of_achievement(*, achievement_id: str, **_rest: object) -> CourseKey | None:
    return api.course_of_achievement(achievement_id=achievement_id)


def _of_award(*, award_id: str, **_rest: object) -> CourseKey | None:
    return api.course_of_award(award_id=award_id)


def _desk(prefix: str) -> type[Endpoint]:
    return endpoint(
        _course,
        get=Operation(
            name=f"{prefix}desk", summary="What can be earned", answer=AchievementView, many=True, call=achievements
        ),
        post=Operation(
            name=f"{prefix}define",
            summary="Keep a definition, in YAML or JSON",
            answer=_said(id=TEXT),
            body={"definition": TEXT},
            call=defined,
        ),
    )


ENDPOINTS = {
    "badges": endpoint(get=Operation(name="own", summary="My badges", answer=MyBadges, call=api.own)),
    "badges/check": endpoint(
        post=Operation(name="check", summary="Look whether I earned one", answer=_number("new"), call=checked)
    ),
    "awards/<uuid:award_id>/link": endpoint(
        post=Operation(
            name="share",
            summary="Open a link to my badge",
            answer=_said(url=TEXT),
            body={"show_name": FLAG},
            optional=("show_name",),
            call=shared,
        ),
        delete=Operation(name="unshare", summary="Close it", answer=NOTHING, call=api.unshare),
    ),
    "imported": endpoint(
        post=Operation(
            name="bring",
            summary="Bring a badge from elsewhere: the credential, a file in base64, or an address",
            answer=_said(id=TEXT),
            body={"text": TEXT, "file": TEXT, "url": TEXT},
            optional=("text", "file", "url"),
            call=brought,
        )
    ),
    "imported/<uuid:imported_id>": endpoint(
        delete=Operation(name="drop", summary="Take it off my page", answer=NOTHING, call=api.drop)
    ),
    "achievements": _desk(""),
    "courses/<course_key:course_key>/achievements": _desk("course_"),
    "achievements/<uuid:achievement_id>/stage": endpoint(
        _of_achievement,
        put=Operation(
            name="publish",
            summary="Let people earn it (published), or end it (archived)",
            answer=NOTHING,
            body={"stage": {"enum": [stage.value for stage in MOVES]}},
            call=moved,
        ),
    ),
    "achievements/<uuid:achievement_id>/confirmations": endpoint(
        _of_achievement,
        post=Operation(
            name="confirm",
            summary="Say that somebody did a part of the practicum",
            answer=NOTHING,
            body={"person": TEXT, "part": TEXT},
            call=api.confirm,
        ),
    ),
    "achievements/<uuid:achievement_id>/holders": endpoint(
        _of_achievement,
        get=Operation(name="holders", summary="Who holds it; the first fifty", answer=HoldersView, call=api.holders),
    ),
    "awards/<uuid:award_id>/revocation": endpoint(
        _of_award,
        post=Operation(
            name="revoke", summary="Take a badge back", answer=NOTHING, body={"reason": TEXT}, call=api.revoke
        ),
    ),
    "awards/<uuid:award_id>/renewal": endpoint(
        _of_award,
        post=Operation(name="renew", summary="Renew a badge", answer=_said(id=TEXT), call=renewed),
    ),
    "keys": endpoint(
        get=Operation(name="issuer_keys", summary="The issuer's keys", answer=KeyView, many=True, call=api.issuer_keys),
        post=Operation(
            name="new_key",
            summary="Make a key, instead of the one that signs now",
            answer=_said(kid=TEXT),
            body={"instead_of": TEXT},
            call=made,
        ),
    ),
    "keys/<str:kid>": endpoint(
        delete=Operation(name="take_key", summary="Withdraw a key", answer=_number("signed_anew"), call=taken)
    ),
}


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of the table above."""
    return document(
        title="Passerelle: badges",
        description="One's own badges; and what course teams and operators do. Verifiers need no session.",
        addresses=addresses("/passerelle/badges/", urlpatterns),
    )


urlpatterns = routes(ENDPOINTS, described)
