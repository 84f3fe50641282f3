"""Whatever people send, in whatever order, again and under forged ids: no forbidden phase, no story beyond its readers.

A state machine over `circles.api`, for each protocol, live and over days: eight people, of whom not all belong there,
send what comes to mind; accounts are retired, the facilitator is dismissed, consents run out. A model that knows
nothing of the engine keeps who told what for whom, and what was taken back, hidden, narrowed; after each step the pages
of one of them are compared with it, and in the end everybody's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from passerelle.circles import api
from passerelle.circles.data import LADDER, Audience, CircleView, PhaseKind, Tempo
from passerelle.circles.keeping import purge
from passerelle.circles.models import Contribution, Event, Facilitator, StoryConsent
from passerelle.host.api import user_retired
from passerelle.host.errors import NotFoundError, PasserelleError

from .conftest import COURSE, USAGE, Scene, new_key

MEMBERS = ("amal", "elif", "mariana")
LEARNERS = {*MEMBERS, "oksana", "ifeoma", "nadia", "zora"}
PEOPLE = (*MEMBERS, "oksana", "ifeoma", "nadia", "zora", "jonas", "stranger")
FIRST, SECOND = "nadia", "zora"
"""Who holds the circle, until she is dismissed and the other one takes it over."""
HERS = {"start", "next", "skip", "close"}
KINDS = {"tell": PhaseKind.ROUND, "reply": PhaseKind.REPLIES, "answer": PhaseKind.QUESTIONS}
AUDIENCES = ("facilitators", "circle", "cohort")
PURPOSES = (*AUDIENCES, "showcase", "training")


@dataclass
class Told:
    """What the model knows of something told."""

    id: str
    by: str
    audience: Audience
    text: str
    answers: Told | None = None
    hidden: bool = False
    withdrawn: bool = False
    shown: bool = False

    def readers(self, members: set[str], holder: str) -> set[str]:
        """Who may find its words anywhere."""
        if self.withdrawn:
            return set()
        found = {self.by}
        if self.audience is not Audience.SELF:
            found.add(holder)
        if self.hidden or (self.answers and self.answers.hidden):
            return found
        if self.audience in (Audience.CIRCLE, Audience.COHORT):
            found |= members
        if self.shown or (self.audience is Audience.COHORT and not self.answers):
            found |= LEARNERS
        return found | ({"jonas"} if self.shown else set())


@dataclass
class Request:
    """Something that was sent, to be sent again."""

    who: str
    send: Callable[[Any], object]
    went_well: bool = field(default=False)


class Machine(RuleBasedStateMachine):
    """One circle and all who do something about it."""

    def __init__(self, scene: Scene, set_clock: Callable[[float], None]) -> None:
        super().__init__()
        self.scene, self.set_clock = scene, set_clock
        self.seconds, self.steps = 0.0, 0
        self.closer = False
        self.told: list[Told] = []
        self.sent: list[Request] = []

    @initialize(
        protocol=st.sampled_from(["story_circle", "goal_circle", "mixed_circle"]),
        tempo=st.sampled_from(Tempo),
        moves=st.integers(3, 12),
    )
    def begin(self, protocol: str, tempo: Tempo, moves: int) -> None:
        """A circle that has come some way: people told in each round that is past."""
        Contribution.objects.all().delete()
        for name in (FIRST, SECOND):
            Facilitator.objects.get_or_create(user=self.scene.users[name], course_key=COURSE)
        self.set_clock(0)
        self.tempo, self.holder, self.retired = tempo, FIRST, set[str]()
        self.circle = self.scene.open(protocol=protocol, tempo=tempo)
        for name in MEMBERS:
            self.scene.act(name, self.circle, "join")
        self.members = set(MEMBERS)
        self.look()
        for number in range(moves):
            if teller := next((name for name in MEMBERS if self.may_tell(name)), None):
                text = f"récit {new_key()}"
                self.act(teller, "tell", text=text, audience=LADDER[1 + number % 3])
                self.keep(text, teller)
            else:
                self.act(self.holder, "next")

    def may_tell(self, name: str) -> bool:
        """Whether it is her turn to tell: with the floor, over days once in a round."""
        if self.tempo is Tempo.LIVE:
            return any(person.holds_floor and person.name.lower() == name for person in self.now.people)
        return {"tell", "pass"} <= set(self.scene.see(name, self.circle).can)

    # What people send

    def request(self, who: str, send: Callable[[Any], object]) -> bool:
        """Whether it was accepted."""
        request = Request(who, send)
        self.sent.append(request)
        try:
            send(self.scene.actor(who))
        except PasserelleError:
            return False
        request.went_well = True
        return True

    def act(self, who: str, action: str, **payload: Any) -> bool:
        before, key, circle = self.now, new_key(), self.circle
        accepted = self.request(
            who, lambda actor: api.act(actor=actor, circle_id=circle, action=action, key=key, payload=payload)
        )
        after = self.look()
        assert after.phase.index - before.phase.index in (0, 1), (action, before.phase, after.phase)
        if after.phase.index != before.phase.index:
            assert accepted
            assert self.tempo is Tempo.DAYS or (who, action in ("start", "next")) == (self.holder, True)
        if accepted:
            assert not before.closed, action
            assert action not in HERS or who == self.holder
            assert action in ("join", *HERS, "arrive", "extend", "pause", "resume") or who in self.members
            assert before.phase.kind is KINDS.get(action, before.phase.kind), (action, before.phase)
        return accepted

    def look(self) -> CircleView:
        """How the circle stands, for its facilitator; at most one person has the floor, and in a round alone."""
        self.now = seen = self.scene.see(self.holder, self.circle)
        holders = [person.seat for person in seen.people if person.holds_floor]
        assert holders == ([seen.floor.seat] if seen.floor else [])
        assert seen.floor is None or seen.phase.kind is PhaseKind.ROUND
        return seen

    def somebody(self, data: st.DataObject, action: str) -> str:
        """Mostly one of those who may be able to do this now."""
        holder = [person.name.lower() for person in self.now.people if person.holds_floor]
        if self.tempo is Tempo.DAYS:
            holder = sorted(self.members)
        able = (
            [self.holder] if action in HERS else holder if action in ("tell", "done", "pass") else sorted(self.members)
        )
        if able and data.draw(st.integers(0, 3)):
            return str(data.draw(st.sampled_from(able)))
        return str(data.draw(st.sampled_from([name for name in PEOPLE if name not in self.retired])))

    @rule(
        data=st.data(), action=st.sampled_from(["skip", "pause", "resume", "extend", "done", "pass", "next", "start"])
    )
    def steer(self, data: st.DataObject, action: str) -> None:
        self.act(self.somebody(data, action), action)

    @precondition(lambda self: self.steps % 3 == 0)
    @rule()
    def go_on(self) -> None:
        self.act(self.holder, "next")

    @rule(data=st.data(), action=st.sampled_from(["arrive", "raise_hand", "lower_hand", "leave", "close"]))
    def come_and_go(self, data: st.DataObject, action: str) -> None:
        if action in ("leave", "close") and data.draw(st.integers(0, 3)):
            return  # or nothing would come after it
        who = self.somebody(data, action)
        if self.act(who, action) and action == "leave":
            self.members.discard(who)

    @rule(data=st.data(), seat=st.integers(1, 6))
    def say_heard(self, data: st.DataObject, seat: int) -> None:
        self.act(self.somebody(data, "say_heard"), "say_heard", seat=seat)

    @rule(data=st.data(), agreed=st.booleans())
    def join(self, data: st.DataObject, agreed: bool) -> None:
        who = self.somebody(data, "join")
        if self.act(who, "join", agreed=agreed):
            assert agreed
            assert who in LEARNERS
            self.members.add(who)

    @rule(data=st.data(), audience=st.sampled_from(["cohort", "circle", "facilitators", "self", "everyone"]))
    def tell(self, data: st.DataObject, audience: str) -> None:
        who, text = self.somebody(data, "tell"), f"récit {new_key()}"
        if self.act(who, "tell", text=text, audience=audience):
            self.keep(text, who)

    @rule(data=st.data())
    def reply(self, data: st.DataObject) -> None:
        who, story, text = self.somebody(data, "reply"), self.any_story(data), f"écho {new_key()}"
        if self.act(who, "reply", text=text, to=story.id if story else new_key()):
            assert story
            assert who in story.readers(self.members, self.holder)
            self.keep(text, who, answers=story)

    @rule(data=st.data(), question=st.integers(-1, 3), audience=st.sampled_from(LADDER))
    def answer(self, data: st.DataObject, question: int, audience: str) -> None:
        who, text = self.somebody(data, "answer"), f"réponse {new_key()}"
        if self.act(who, "answer", text=text, question=question, audience=audience):
            self.keep(text, who)

    def keep(self, text: str, who: str, answers: Told | None = None) -> None:
        row = Contribution.objects.get(text=text)
        self.told.append(Told(str(row.pk), who, Audience(row.audience), text, answers))

    def any_story(self, data: st.DataObject) -> Told | None:
        return data.draw(st.sampled_from(self.told)) if self.told else None

    @precondition(lambda self: self.told)
    @rule(who=st.sampled_from(PEOPLE), data=st.data(), own=st.booleans())
    def withdraw(self, who: str, data: st.DataObject, own: bool) -> None:
        story, key = data.draw(st.sampled_from(self.told)), new_key()
        who = story.by if own else who
        if self.request(who, lambda actor: api.withdraw(actor=actor, contribution_id=story.id, key=key)):
            assert who == story.by
            self.closer = True
            for one in self.told:
                one.withdrawn = one.withdrawn or story in (one, one.answers)

    @precondition(lambda self: self.told)
    @rule(who=st.sampled_from(PEOPLE), data=st.data(), purpose=st.sampled_from(PURPOSES), own=st.booleans())
    def agree(self, who: str, data: st.DataObject, purpose: str, own: bool) -> None:
        story, key = data.draw(st.sampled_from(self.told)), new_key()
        who = story.by if own else who
        asked = {"contribution_id": story.id, "purpose": purpose, "key": key}
        if self.request(who, lambda actor: api.give_consent(actor=actor, **asked)):
            assert who == story.by
            is_story = story.answers is None and story.text.startswith("récit")
            story.shown = story.shown or (purpose == "showcase" and is_story)

    @precondition(lambda self: self.told)
    @rule(who=st.sampled_from(PEOPLE), data=st.data(), purpose=st.sampled_from(PURPOSES), own=st.booleans())
    def take_back(self, who: str, data: st.DataObject, purpose: str, own: bool) -> None:
        story, key = data.draw(st.sampled_from(self.told)), new_key()
        who = story.by if own else who
        asked = {"contribution_id": story.id, "purpose": purpose, "key": key}
        if not self.request(who, lambda actor: api.withdraw_consent(actor=actor, **asked)):
            return
        assert who == story.by
        if purpose == "showcase":
            story.shown = False
        elif purpose != "training":
            self.narrow(story, purpose)

    def narrow(self, story: Told, purpose: str) -> None:
        below = LADDER[LADDER.index(Audience(purpose)) - 1]
        story.shown, self.closer = False, True
        for one in self.told:
            if story in (one, one.answers) and LADDER.index(one.audience) > LADDER.index(below):
                one.audience = below

    @precondition(lambda self: self.told)
    @rule(who=st.sampled_from(PEOPLE), data=st.data(), what=st.sampled_from(["report", "hide", "release"]))
    def look_after(self, who: str, data: st.DataObject, what: str) -> None:
        story, key = data.draw(st.sampled_from(self.told)), new_key()
        asked = {"contribution_id": story.id, "words": "", "key": key}
        calls: dict[str, Callable[[Any], object]] = {
            "report": lambda actor: api.report(actor=actor, reason="other", **asked),
            "hide": lambda actor: api.hide(actor=actor, **asked),
            "release": lambda actor: api.release(actor=actor, **asked),
        }
        if self.request(who, calls[what]):
            assert who in self.members if what == "report" else who == self.holder
            story.hidden = what != "release"

    @rule(seconds=st.integers(1, 400))
    def wait(self, seconds: int) -> None:
        """Over days, up to three of them."""
        before = self.now
        self.seconds += seconds * (700 if self.tempo is Tempo.DAYS else 1)
        self.set_clock(self.seconds)
        after = self.look()
        assert self.tempo is Tempo.DAYS or after.phase == before.phase
        assert after.phase.index >= before.phase.index
        assert (after.phase.index == 0) == (before.phase.index == 0)  # a circle begins by its facilitator alone

    @precondition(lambda self: self.told)
    @rule(data=st.data(), purpose=st.sampled_from(AUDIENCES))
    def a_consent_runs_out(self, data: st.DataObject, purpose: str) -> None:
        """Nobody reads by it from that moment; the night then narrows what is kept."""
        story = data.draw(st.sampled_from(self.told))
        standing = StoryConsent.objects.filter(contribution=story.id, purpose=purpose, withdrawn_at=None)
        if standing.update(expires_at=timezone.now() - timedelta(seconds=1)):
            self.narrow(story, purpose)

    @precondition(lambda self: self.steps % 5 == 0)
    @rule()
    def night(self) -> None:
        purge(now=timezone.now(), dry_run=False)
        self.look()

    @precondition(lambda self: self.steps % 4 == 1 and not self.retired)
    @rule(who=st.sampled_from([*MEMBERS, "oksana"]))
    def an_account_is_retired(self, who: str) -> None:
        """What she told is gone, and so are the answers to it. She sends nothing any more."""
        user_retired.send(sender=None, user_id=self.scene.users[who].pk)
        self.retired.add(who)
        self.closer = True
        self.members.discard(who)
        for one in self.told:
            one.withdrawn = one.withdrawn or who in (one.by, one.answers and one.answers.by)
        assert not [person for person in self.look().people if person.name.lower() == who]

    @precondition(lambda self: self.steps % 4 == 2 and self.holder == FIRST)
    @rule()
    def the_facilitator_is_dismissed(self) -> None:
        """She keeps her seat where she has one, and reads as anybody there; another one takes the circle over."""
        users, staff = self.scene.users, self.scene.actor("jonas")
        api.dismiss_facilitator(actor=staff, course_key=COURSE, user_id=users[FIRST].pk)
        self.holder = ""
        self.compare(FIRST)
        for action in HERS:
            assert not self.request(FIRST, partial(self.send_action, action=action, key=new_key()))
        if self.now.closed:
            Facilitator.objects.create(user=users[FIRST], course_key=COURSE)
            self.holder = FIRST
        else:
            api.take_over(actor=self.scene.actor(SECOND), circle_id=self.circle, user_id=None, key=new_key())
            self.holder = SECOND
        self.look()

    def send_action(self, actor: Any, *, action: str, key: str) -> object:
        return api.act(actor=actor, circle_id=self.circle, action=action, key=key, payload={})

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """Late, and out of order: what was carried out is not carried out again."""
        request = data.draw(st.sampled_from([one for one in self.sent if one.went_well] or self.sent))
        if not request.went_well or request.who in self.retired:
            return
        before = counted()
        with contextlib.suppress(PasserelleError):
            request.send(self.scene.actor(request.who))
        assert counted() == before

    # What holds after each step

    @invariant()
    def nobody_reads_more_than_she_may(self) -> None:
        """One person each time; everybody after somebody lost the right to read."""
        self.steps += 1
        for who in PEOPLE if self.closer else [PEOPLE[self.steps * 4 % len(PEOPLE)]]:
            self.compare(who)
        self.closer = False

    def teardown(self) -> None:
        for who in PEOPLE:
            self.compare(who)

    def compare(self, who: str) -> None:
        found = self.words_on_the_pages_of(who)
        for one in self.told:
            if one.text in found:
                assert who in one.readers(self.members, self.holder), (who, one)
            elif who == one.by and not one.withdrawn and one.text.startswith("récit"):
                raise AssertionError(f"{who} no longer finds her own story")

    def words_on_the_pages_of(self, who: str) -> str:
        actor = self.scene.actor(who)
        reads: list[Callable[[], object]] = [
            lambda: api.circle(actor=actor, circle_id=self.circle, language="fr"),
            lambda: api.transcript(actor=actor, circle_id=self.circle, language="fr"),
            lambda: api.shared_stories(actor=actor, usage_key=USAGE),
            lambda: api.showcase(actor=actor, course_key=COURSE, language="fr"),
            lambda: api.my_stories(actor=actor, language="fr"),
            lambda: api.reports(actor=actor, language="fr"),
            lambda: api.desk_circles(actor=actor, language="fr"),
        ]
        return "".join(map(_read, reads))


def _read(ask: Callable[[], object]) -> str:
    try:
        return repr(ask())
    except PasserelleError:
        return ""


def counted() -> tuple[int, int, int]:
    untold = Contribution.objects.filter(withdrawn_at=None).count()
    return Contribution.objects.count(), untold, Event.objects.exclude(what="expired").count()


def test_no_sequence_of_requests_breaks_the_circle(scene: Scene, at: Callable[[float], None]) -> None:
    run_state_machine_as_test(
        lambda: Machine(scene, at),
        settings=settings(
            max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_ids_of_other_circles_are_of_no_use(scene: Scene) -> None:
    first, second = scene.in_phase("flashbacks", "amal", "elif"), scene.in_phase("flashbacks", "mariana", "oksana")
    mine = scene.see("nadia", first)
    assert mine.phase.of
    member = Contribution.objects.create
    told = member(
        circle_id=first, member=_seat(first, "elif"), consent=_seat(first, "elif").consents.first(), phase="share",
        text="Le figuier", audience="circle",
    )  # fmt: skip
    for stolen in (str(told.pk), first, "0" * 32, "../x", "", None, 7, ["x"]):
        try:
            scene.act("mariana", second, "reply", to=stolen, text="Je lis cela")
        except NotFoundError:
            continue
        raise AssertionError(stolen)
    for name in ("mariana", "zora", "jonas", "stranger"):
        assert "Le figuier" not in _read(lambda name=name: scene.see(name, first))  # type: ignore[misc]


def _seat(circle: str, name: str) -> Any:
    from passerelle.circles.models import Member

    return Member.objects.get(circle=circle, user__username=name)
