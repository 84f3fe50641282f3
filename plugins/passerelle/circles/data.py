"""Public value objects of circles. All are frozen; texts by language map language codes to texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

Words = Mapping[str, str]
"""The same sentence in several languages, by language code."""


class PhaseKind(StrEnum):
    """What people do in a phase."""

    GATHERING = "gathering"  # arrive, read the rules, agree
    ROUND = "round"  # one after the other, each with the floor for some seconds
    REPLIES = "replies"  # one line to each teller of an earlier round
    QUESTIONS = "questions"  # everybody answers, at her own pace


class Tempo(StrEnum):
    """How a circle is played: everybody at the same time, or over days with a deadline for each phase."""

    LIVE = "live"
    DAYS = "days"


class Audience(StrEnum):
    """Who may read a contribution besides its author, from the fewest to the most."""

    SELF = "self"
    FACILITATORS = "facilitators"
    CIRCLE = "circle"
    COHORT = "cohort"


LADDER = (Audience.SELF, Audience.FACILITATORS, Audience.CIRCLE, Audience.COHORT)
"""Audiences from the fewest to the most; each includes those before it."""


class Purpose(StrEnum):
    """What a teller agrees to for one story. The first three are the audiences beyond herself."""

    FACILITATORS = "facilitators"
    CIRCLE = "circle"
    COHORT = "cohort"
    SHOWCASE = "showcase"
    TRAINING = "training"

    @property
    def label(self) -> str:
        """For whom the story is then, in the active language."""
        return {
            Purpose.FACILITATORS: _("for the facilitator"),
            Purpose.CIRCLE: _("for the circle"),
            Purpose.COHORT: _("for the course group"),
            Purpose.SHOWCASE: _("for the public"),
            Purpose.TRAINING: _("for training"),
        }[self]


class Media(StrEnum):
    """What a story may hold besides written words, which it always may."""

    AUDIO = "audio"
    IMAGE = "image"
    LINK = "link"  # to a film elsewhere


class ReportReason(StrEnum):
    """Why a member asks that a story be looked at."""

    DANGER = "danger"  # somebody may be in danger
    HURT = "hurt"  # it hurts or threatens somebody here
    PRIVATE = "private"  # it tells what is somebody else's
    OTHER = "other"


class ReportStatus(StrEnum):
    """Who has a report before her: the facilitator, the safeguarding contact, nobody any more."""

    OPEN = "open"
    ESCALATED = "escalated"
    CLOSED = "closed"


class SafetyWhat(StrEnum):
    """What the audit trail knows."""

    REPORTED = "reported"
    HIDDEN = "hidden"
    RELEASED = "released"
    ESCALATED = "escalated"
    CLOSED = "closed"
    EXPORTED = "exported"  # a story went into the export for training
    READ = "read"  # stories were read by somebody who is not of the circle
    TAKEN_OVER = "taken over"
    STEPPED_BACK = "stepped back"


class Outcome(StrEnum):
    """How a person's turn in a round stands."""

    WAITING = "waiting"
    DONE = "done"
    PASSED = "passed"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of a protocol. `seconds` is a turn's length in a round, a guide in replies, else None.

    People meet once or several times: `session` counts the meetings from 1, and each begins with a gathering. Over
    days the phase lasts `days` at most; people act in any order, in an `ordered` round one after the other.
    """

    id: str
    kind: PhaseKind
    title: Words
    prompt: Words
    seconds: int | None = None
    of: str | None = None
    questions: tuple[Words, ...] = ()
    session: int = 1
    days: int = 3
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A guided conversation as data: its phases in order, the group it is for, the ground rules by language.

    Where there are `affiliations` (titles by id), people may say which is theirs, and turns go round among them.
    """

    id: str
    version: int
    title: Words
    min_size: int
    max_size: int
    rules: Mapping[str, tuple[str, ...]]
    phases: tuple[Phase, ...]
    affiliations: Mapping[str, Words] = field(default_factory=dict)
    tempo: Tempo = Tempo.LIVE
    media: tuple[Media, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the protocol speaks."""
        return tuple(self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleSettings:
    """What an author sets in Studio. `seconds`, `days` and `prompts` override the protocol's, by phase id.

    `without` names the phases that she leaves out.
    """

    protocol: str = "story_circle"
    min_size: int = 4
    max_size: int = 6
    languages: tuple[str, ...] = ("en",)
    seconds: Mapping[str, int] = field(default_factory=dict)
    prompts: Mapping[str, Words] = field(default_factory=dict)
    tempo: Tempo = Tempo.LIVE
    days: Mapping[str, int] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    media: tuple[str, ...] = (Media.AUDIO, Media.IMAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with what somebody entered: in which field, and in words what to do."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A course run's circles in numbers: facilitators, and circles by how far they are."""

    facilitators: int
    gathering: int
    under_way: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleCard:
    """A circle in a list. `phase` is the running phase's title in the reader's language, "" before the start.

    `affiliations` are those to choose from, by id and title.
    """

    id: str
    title: str
    course_name: str
    usage_key: str
    url: str
    facilitator: str
    people: int
    max_size: int
    phase: str
    started: bool
    closed: bool
    mine: bool
    facilitated: bool
    rules: tuple[str, ...] = ()
    affiliations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """What somebody agreed to, in those words; times in ISO 8601, "" for none.

    `pseudonym` is the name that she chose to stand beside the story in the showcase, "" for none.
    """

    purpose: Purpose
    words: str
    version: int
    granted_at: str
    expires_at: str
    withdrawn_at: str
    pseudonym: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    """A file on its way: how many of its bytes arrived, and whether all did and were found fit to keep.

    `accepted` is False where a part did not begin where the last one ended; then nothing was kept of it.
    """

    id: str
    offset: int
    size: int
    complete: bool
    accepted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFileView:
    """A voice or a picture of a story. `words` are what is said, or what is to be seen; `seconds` 0 for a picture."""

    id: str
    kind: Media
    media_type: str
    seconds: int
    words: str

    @property
    def length(self) -> str:
        """Minutes and seconds, as players show them."""
        return f"{self.seconds // 60}:{self.seconds % 60:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStory:
    """A contribution as its author sees it on her own page: `consents` that stand, `offers` to agree to."""

    id: str
    circle_id: str
    course_name: str
    phase: str
    text: str
    audience: Audience
    told_at: str
    withdrawn: bool
    hidden: bool = False
    consents: tuple[ConsentView, ...] = ()
    offers: tuple[tuple[Purpose, str], ...] = ()
    files: tuple[StoryFileView, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """The running phase in words: `prompt` in the circle's language, `own_prompt` in the reader's where it differs."""

    id: str
    kind: PhaseKind
    index: int
    count: int
    title: str
    prompt: str
    own_prompt: str
    seconds: int | None
    questions: tuple[str, ...]
    own_questions: tuple[str, ...]
    of: str | None = None
    session: int = 1
    sessions: int = 1
    days: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A seat on the ring. `outcome` is None where there are no turns; `here` is whether she came to this session.

    `hand` counts raised hands from 1 in the order in which they went up; 0 where hers is down.
    """

    seat: int
    name: str
    me: bool
    holds_floor: bool
    outcome: Outcome | None
    here: bool = True
    hand: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorView:
    """The running turn. `ends_at` is in milliseconds since 1970, None while paused; then `left` seconds remain."""

    seat: int
    mine: bool
    ends_at: int | None
    left: float | None
    lengthened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineView:
    """Until when a phase lasts over days: `ends_at` in ms since 1970, None while paused; then `left` seconds remain.

    `time_zone` is the reader's on the platform (a name of the IANA's database), "" where she set none there.
    """

    ends_at: int | None
    left: float | None
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionView:
    """A contribution that the reader may read. `reply_to` is a contribution's id."""

    id: str
    seat: int
    phase: str
    text: str
    audience: Audience
    mine: bool
    reply_to: str | None
    question: int | None
    hidden: bool = False
    files: tuple[StoryFileView, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleView:
    """A circle as one reader may see it now. `can` names the actions open to her; `now` is in ms since 1970.

    `affiliation` is what she said of herself, for nobody else to see. `hearable` are the seats that she may let know
    that she heard them, `heard` those that know; `heard_by` are those who let her know.
    """

    id: str
    etag: str
    title: str
    language: str
    direction: str
    facilitating: bool
    started: bool
    closed: bool
    min_size: int
    max_size: int
    rules: tuple[str, ...]
    phase: PhaseView
    people: tuple[PersonView, ...]
    floor: FloorView | None
    contributions: tuple[ContributionView, ...]
    can: tuple[str, ...]
    now: int
    affiliations: tuple[tuple[str, str], ...] = ()
    affiliation: str = ""
    tempo: Tempo = Tempo.LIVE
    deadline: DeadlineView | None = None
    media: tuple[Media, ...] = ()
    hearable: tuple[int, ...] = ()
    heard: tuple[int, ...] = ()
    heard_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPage:
    """What somebody sees at a block: `circle` is the one that she is in or holds, None where there is none."""

    cards: tuple[CircleCard, ...]
    circle: CircleView | None
    shared: tuple[ContributionView, ...]
    can_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One line of the audit trail; `by` is a display name, "" for an account that is gone."""

    what: SafetyWhat
    role: str
    by: str
    words: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report as the facilitator or the safeguarding contact sees it.

    `story` is None for the contact, who opens it in a step of her own that the trail keeps, and "" where the teller
    took her words back. `can` names what is open to the reader: escalate, close, read.
    """

    id: str
    circle_id: str
    contribution_id: str
    reason: ReportReason
    words: str
    status: ReportStatus
    at: str
    teller: str
    story: str | None
    hidden: bool
    steps: tuple[StepView, ...]
    can: tuple[str, ...]
    files: tuple[StoryFileView, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A facilitator's own note."""

    id: str
    text: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """What a facilitator wrote to a circle: the circle's title, her display name, the time in ISO 8601."""

    id: str
    circle: str
    by: str
    text: str
    at: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStory:
    """A story that was opened for reading from outside the circle: who told it, in which phase, in which words."""

    name: str
    phase: str
    text: str
    files: tuple[StoryFileView, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """That somebody from outside read the stories of one's circle: when, in which role, and the reason given.

    `exported`: one's own story went into an export for training, as one had agreed.
    """

    at: str
    role: str
    words: str
    exported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLineView:
    """A number to call. `country` is a code of two letters or EU, `language` a code or ""; each with what the reader
    calls it."""

    country: str
    language: str
    name: str
    phone: str
    url: str
    hours: str
    country_name: str = ""
    language_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCircle:
    """A circle at a glance. `abandoned`: nobody who may holds it; `silent`: names, for its facilitator alone."""

    id: str
    title: str
    url: str
    facilitator: str
    mine: bool
    abandoned: bool
    phase: str
    started: bool
    closed: bool
    people: int
    silent: tuple[str, ...]
    reports: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """Somebody in a circle's register: times in ISO 8601; `sessions` says of each that began whether she was there."""

    name: str
    joined_at: str
    left_at: str
    sessions: tuple[bool, ...]
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLine:
    """Something told, with what its teller agreed to. `kind` is "story", "reply" or "answer"."""

    name: str
    phase: str
    kind: str
    text: str
    told_at: str
    purposes: tuple[Purpose, ...]
    hidden: bool
    files: tuple[StoryFileView, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStory:
    """A story of the showcase. `name` is one that its teller chose for it, or ""; `language` is the circle's code, with
    what the language calls itself. `files` are those that she agreed to show."""

    name: str
    phase: str
    language: str
    language_name: str
    text: str
    files: tuple[StoryFileView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFile:
    """A voice or a picture for those who train others: what it is called in the archive, what is said or to be seen."""

    name: str
    kind: Media
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStory:
    """A story for those who train others, without any name; `until` is the day on which the consent ends, or "".

    `files` are those that its teller agreed to hand over.
    """

    language: str
    phase: str
    text: str
    until: str
    files: tuple[TrainingFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseReport:
    """A course run's circles in numbers of people and stories; None where a number could point at somebody."""

    people: int | None
    to_the_end: int | None
    told: int | None
    shared: int | None
    reporters: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishView:
    """What somebody said for the forming of circles: languages (the best first), times as ids of `hours.PARTS`.

    `time_zone` is the one that they are meant in; before she said anything, her account's. "" for none known.
    """

    said: bool = False
    languages: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    affiliation: str = ""
    organisation: str = ""
    leads: bool = False
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCard:
    """A draft of circles in a list: how many people have a place in it, how many wait."""

    id: str
    title: str
    begun_at: str
    confirmed: bool
    people: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPerson:
    """Somebody in a draft; `why` she waits, in words; `seated` is whether she has taken her seat by now."""

    user_id: int
    name: str
    affiliation: str
    languages: str
    why: str
    seated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGroup:
    """A circle to be, with what speaks against it in words; `mix` counts affiliations, `circle_id` is "" before.

    `time` is in words, by the reader's clocks; `hours` are those of one week (ISO 8601, from/to), "" for any.
    """

    number: int
    language: str
    time: str
    hours: str
    people: tuple[DraftPerson, ...]
    mix: int
    problems: tuple[str, ...]
    circle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft of circles: one page of its `count` circles, and one of the `waiting_count` people who wait.

    `time_zone` is the reader's on the platform, "" where she set none there; then times are in the platform's.
    """

    id: str
    title: str
    min_size: int
    max_size: int
    mix: bool
    common_time: bool
    everyone: bool
    confirmed: bool
    groups: tuple[DraftGroup, ...]
    count: int
    people: int
    waiting_count: int
    waiting: tuple[DraftPerson, ...]
    page: int
    pages: int
    waiting_page: int
    waiting_pages: int
    time_zone: str
