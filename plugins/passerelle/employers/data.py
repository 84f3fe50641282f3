"""Value objects of employers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is on offer."""

    JOB = "job"
    INTERNSHIP = "internship"
    VOLUNTEERING = "volunteering"
    MENTORING = "mentoring"


class Marked(StrEnum):
    """What a person did with an opportunity."""

    SAVED = "saved"
    HIDDEN = "hidden"


class Role(StrEnum):
    """What somebody does in an organisation."""

    MANAGER = "manager"  # everything, members and feeds too
    RECRUITER = "recruiter"  # opportunities, and the people who are interested
    EDITOR = "editor"  # opportunities alone; sees nobody


class Stage(StrEnum):
    """Where an opportunity stands."""

    DRAFT = "draft"
    WAITING = "waiting"  # for an operator
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Source(StrEnum):
    """Where an opportunity comes from."""

    HAND = "hand"
    FILE = "file"
    FEED = "feed"


class Decision(StrEnum):
    """What an employer decided."""

    CHOSEN = "chosen"
    INVITED = "invited"
    DECLINED = "declined"


class What(StrEnum):
    """What is written down for a person to read."""

    SHOWN = "shown"
    TAKEN_BACK = "taken_back"
    VIEWED = "viewed"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DECIDED = "decided"
    APPEALED = "appealed"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One competence that the work asks for, beside what the person brings. Levels from 1 to 4, 0 for none.

    `via` is the URI of the competence of hers that it is about, "" where there is none. `covered`: from 0 to 1.
    """

    uri: str
    name: str
    essential: bool
    level: int
    level_held: int
    via: str
    covered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCard:
    """An opportunity as a person sees it, and why it fits. `hours` a week, 0: unsaid.

    `languages`: code and CEFR level needed. `starts`, `ends`: ISO 8601. From 0 to 1, `covered`: the share of the
    weighted requirements that she meets; `use`: the share of her competences that the work would use; `score`: what
    cards are in the order of, made of both.
    """

    id: str
    title: str
    organisation: str
    kind: Kind
    place: str
    hours: int
    languages: tuple[tuple[str, str], ...]
    starts: str | None
    ends: str | None
    covered: float
    use: float
    score: float
    saved: bool
    held: tuple[Need, ...]
    partly: tuple[Need, ...]
    related: tuple[Need, ...]
    missing: tuple[Need, ...]
    applied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """Somebody who works for the organisation."""

    user_id: int
    name: str
    role: Role
    is_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedView:
    """A badge or competence that the organisation recognises."""

    target: str
    is_badge: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """An address that opportunities are read from. `report`: what was wrong when it was read last; dates ISO 8601."""

    id: int
    organisation: str
    url: str
    read_at: str | None
    due_at: str
    failures: int
    report: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationView:
    """An organisation as its members and the operator see it. `role`: the actor's own there, "" where none."""

    slug: str
    name: str
    about: str
    website: str
    approved: bool
    refusal: str
    registered_at: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """An opportunity on a desk. `interested`: people it can be discussed with; 0 for those who may not see them."""

    id: str
    title: str
    organisation: str
    stage: Stage
    note: str
    source: Source
    over: bool
    applied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A competence as it is written into an opportunity."""

    uri: str
    name: str
    level: int
    essential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many opportunities a file changed or brought, and what was wrong with which line."""

    changed: int
    report: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An opportunity as its form shows it. Dates ISO 8601 or ""; `titles`, `abouts` by language code."""

    id: str
    organisation: str
    stage: Stage
    note: str
    kind: str
    titles: dict[str, str]
    abouts: dict[str, str]
    place: str
    remote: bool
    region: str
    hours: int
    languages: tuple[tuple[str, str], ...]
    starts: str
    ends: str
    apply_by: str
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What a pasted text seems to ask for. `occupations` are (URI, name), the likeliest first."""

    occupations: tuple[tuple[str, str], ...]
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityPage:
    """An opportunity as a person reads it. `shown`: the employer may see her. `recognised`: what it recognises."""

    card: MatchCard
    about: str
    slug: str
    organisation_about: str
    website: str
    recognised: tuple[RecognisedView, ...]
    shown: bool
    application: ApplicationView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationView:
    """What passed about an opportunity, as the person sees it. Dates ISO 8601, None where it did not happen."""

    opportunity_id: str
    title: str
    organisation: str
    slug: str
    message: str
    applied_at: str | None
    withdrawn_at: str | None
    asked_at: str | None
    asked: str
    accepted: bool | None
    reach: str
    decision: str
    reason: str
    decided_at: str | None
    appealed_at: str | None
    appeal: str
    answer: str
    answered_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """What was done that concerns the person: on a day, how often."""

    day: str
    what: What
    organisation: str
    title: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An employer that may see the person, under this pseudonym."""

    slug: str
    organisation: str
    pseudonym: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """The page *my applications*."""

    applications: tuple[ApplicationView, ...]
    showing: tuple[Showing, ...]
    traces: tuple[TraceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person as an employer sees her for one opportunity: why it fits, and badges; who she is once she accepted.

    `compared`: whether the opportunity is published; otherwise nothing of what she can do is here.
    """

    pseudonym: str
    name: str
    reach: str
    covered: float
    use: float
    held: tuple[Need, ...]
    partly: tuple[Need, ...]
    related: tuple[Need, ...]
    missing: tuple[Need, ...]
    badges: tuple[tuple[str, str], ...]
    compared: bool
    message: str
    applied_at: str | None
    asked_at: str | None
    accepted: bool | None
    decision: str
    reason: str
    appealed: bool
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealView:
    """A person's appeal, for the operator: by pseudonym."""

    id: int
    pseudonym: str
    organisation: str
    title: str
    decision: str
    reason: str
    appeal: str
    appealed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDesk:
    """What waits for the operator."""

    organisations: tuple[OrganisationView, ...]
    offers: tuple[OfferView, ...]
    appeals: tuple[AppealView, ...]
    feeds: tuple[FeedView, ...]
