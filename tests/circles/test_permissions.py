"""The permission table, walked: every action, every role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from passerelle.circles import api
from passerelle.circles.data import CircleSettings
from passerelle.circles.models import Contribution, Member, Report, StoryFile
from passerelle.circles.permissions import PERMISSIONS, Relation
from passerelle.host.api import Actor
from passerelle.host.errors import NotAllowedError, PasserelleError

from .conftest import COURSE, USAGE, Scene, new_key

R = Relation
ROLES: dict[str, tuple[str, dict[str, Any], set[Relation]]] = {
    "anonymous": ("anonymous", {"course_key": COURSE}, {R.ANONYMOUS}),
    "stranger": ("stranger", {}, {R.STRANGER}),
    "learner outside the circle": ("mariana", {}, {R.LEARNER}),
    "member": ("amal", {}, {R.LEARNER, R.MEMBER}),
    "member who is no longer enrolled": ("amal", {"is_enrolled": False}, {R.STRANGER, R.MEMBER}),
    "former member": ("oksana", {}, {R.LEARNER}),
    "facilitator": ("nadia", {}, {R.LEARNER, R.COURSE_FACILITATOR, R.FACILITATOR}),
    "another facilitator": ("zora", {}, {R.LEARNER, R.COURSE_FACILITATOR}),
    "staff": ("jonas", {}, {R.STAFF}),
    "safeguarding contact": ("ifeoma", {"is_enrolled": False}, {R.STRANGER, R.SAFEGUARDING}),
    "staff looking as the member": ("jonas", {"masquerading": True}, {R.MASQUERADER}),
    "member looking as somebody else": ("amal", {"masquerading": True}, {R.MASQUERADER}),
}


@pytest.fixture
def circle_id(scene: Scene, settings: Any) -> str:
    settings.PASSERELLE_SAFEGUARDING = "ifeoma"
    circle_id = scene.open()
    for name in ("amal", "elif", "oksana"):
        scene.act(name, circle_id, "join")
    scene.act("oksana", circle_id, "leave")
    report_for(circle_id)
    return circle_id


def report_for(circle_id: str) -> None:
    """A story of Elif's that Amal reported, with a voice; and files that both began to send."""
    member = Member.objects.get(circle=circle_id, user__username="elif")
    consent = member.consents.first()
    common = {"circle_id": circle_id, "member": member, "consent": consent, "audience": "circle"}
    story = Contribution.objects.create(**common, phase="share", text="Un récit")
    Report.objects.create(circle_id=circle_id, contribution=story, reason="other")
    StoryFile.objects.create(member=member, contribution=story, kind="audio", size=1, path="stories/gone.webm")
    for name in ("amal", "elif"):
        begun = Member.objects.get(circle=circle_id, user__username=name)
        StoryFile.objects.create(member=begun, kind="audio", size=1)


def calls(scene: Scene, circle_id: str) -> dict[str, Callable[[Any], object]]:
    """One call for each entry of the table that is no action in a circle."""
    settings = CircleSettings(languages=("fr",))
    nobody = str(new_key())
    report, story = (str(pk) for pk in Report.objects.values_list("pk", "contribution").first() or (nobody, nobody))
    return {
        "list": lambda actor: api.circles_at(actor=actor, usage_key=USAGE, language="fr"),
        "see": lambda actor: api.circle(actor=actor, circle_id=circle_id, language="fr"),
        "shared": lambda actor: api.shared_stories(actor=actor, usage_key=USAGE),
        "open": lambda actor: api.open_circle(
            actor=actor, usage_key=USAGE, settings=settings, language="fr", key=new_key()
        ),
        "upload": lambda actor: api.start_upload(actor=actor, circle_id=circle_id, kind="audio", size=9, key=new_key()),
        "hear": lambda actor: api.open_story_file(actor=actor, file_id=nobody),
        "own": lambda actor: api.my_stories(actor=actor, language="fr"),
        "withdraw": lambda actor: api.withdraw(actor=actor, contribution_id=nobody, key=new_key()),
        "appoint": lambda actor: api.appoint_facilitator(actor=actor, course_key=COURSE, name="elif"),
        "dismiss": lambda actor: api.dismiss_facilitator(actor=actor, course_key=COURSE, user_id=0),
        "facilitators": lambda actor: api.facilitators(actor=actor, course_key=COURSE),
        "overview": lambda actor: api.overview(actor=actor, course_key=COURSE),
        "report": lambda actor: api.report(actor=actor, contribution_id=story, reason="other", words="", key=new_key()),
        "hide": lambda actor: api.hide(actor=actor, contribution_id=story, words="", key=new_key()),
        "release": lambda actor: api.release(actor=actor, contribution_id=story, words="", key=new_key()),
        "reports": lambda actor: api.reports(actor=actor, language="fr"),
        "escalate": lambda actor: api.escalate(actor=actor, report_id=report, words="", key=new_key()),
        "close_report": lambda actor: api.close_report(
            actor=actor, report_id=report, words="", release=False, key=new_key()
        ),
        "read_report": lambda actor: api.read_report(actor=actor, report_id=report, key=new_key()),
        "break_glass": lambda actor: api.break_glass(actor=actor, circle_id=circle_id, words="x", key=new_key()),
        "notes": lambda actor: api.notes(actor=actor, circle_id=circle_id),
        "add_note": lambda actor: api.add_note(actor=actor, circle_id=circle_id, text="x", key=new_key()),
        "delete_note": lambda actor: api.delete_note(actor=actor, circle_id=circle_id, note_id=nobody, key=new_key()),
        "give_consent": lambda actor: api.give_consent(
            actor=actor, contribution_id=nobody, purpose="training", key=new_key()
        ),
        "withdraw_consent": lambda actor: api.withdraw_consent(
            actor=actor, contribution_id=nobody, purpose="training", key=new_key()
        ),
        "take_over": lambda actor: api.take_over(actor=actor, circle_id=circle_id, user_id=None, key=new_key()),
        "step_back": lambda actor: api.step_back(actor=actor, circle_id=circle_id, key=new_key()),
        "messages": lambda actor: api.messages(actor=actor, circle_id=circle_id, language="fr"),
        "send_message": lambda actor: api.send_message(actor=actor, circle_id=circle_id, text="x", key=new_key()),
        "take_back_message": lambda actor: api.take_back_message(
            actor=actor, circle_id=circle_id, message_id=nobody, key=new_key()
        ),
        "register": lambda actor: api.register(actor=actor, circle_id=circle_id),
        "transcript": lambda actor: api.transcript(actor=actor, circle_id=circle_id, language="fr"),
        "course_report": lambda actor: api.course_report(actor=actor, course_key=COURSE),
        "showcase": lambda actor: api.showcase(actor=actor, course_key=COURSE, language="fr"),
        "training_export": lambda actor: api.training_export(
            actor=actor, course_key=COURSE, words="x", language="fr", key=new_key()
        ),
        "wish": lambda actor: api.my_wish(actor=actor, course_key=COURSE),
        "form": lambda actor: api.drafts(actor=actor, language="fr"),
        "desk_circles": lambda actor: api.desk_circles(actor=actor, language="fr"),
    }


def test_the_table_names_every_action_and_nothing_else(scene: Scene) -> None:
    assert set(PERMISSIONS) == set(api.ACTIONS) | set(calls(scene, ""))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_or_refused_as_the_table_says(scene: Scene, circle_id: str, role: str) -> None:
    name, changes, relations = ROLES[role]
    actor = Actor(user_id=None, course_key=COURSE) if role == "anonymous" else scene.actor(name, **changes)
    wrong = [
        what for what, may in PERMISSIONS.items() if is_let_in(scene, actor, circle_id, what) != bool(may & relations)
    ]
    assert wrong == []


def is_let_in(scene: Scene, actor: Actor, circle_id: str, what: str) -> bool:
    """Past the table, whatever comes then. Undoes what it did."""
    call = calls(scene, circle_id).get(what) or (
        lambda actor: api.act(actor=actor, circle_id=circle_id, action=what, key=new_key(), payload={"agreed": True})
    )
    with transaction.atomic():
        try:
            call(actor)
        except NotAllowedError:
            return False
        except PasserelleError:  # not now, not here
            return True
        finally:
            transaction.set_rollback(True)
    return True
