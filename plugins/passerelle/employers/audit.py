"""Whom matching serves: exposure by the language that people read in, and by region. Private: for the command.

The engine knows neither; this looks afterwards whether it treats groups alike. Nothing is said of fewer than FLOOR
people: small groups go together, and a smaller number is not printed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from passerelle.competences import api as competences
from passerelle.host.api import host
from passerelle.matching.data import Wishes

from . import shelf
from .data import What
from .models import Trace
from .searching import profile_of

FLOOR = 5
BEST = 10
BATCH = 500
REST = "others"


@dataclass(slots=True)
class Group:
    """People who read in one language. `best` adds up the scores of each one's best match."""

    people: int = 0
    found: int = 0
    best: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, other: Group) -> None:
        """Take other people in."""
        self.people += other.people
        self.found += other.found
        self.best += other.best
        self.seen += other.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """By language, groups of at least FLOOR people; by region, how many opportunities and how many people find one."""

    languages: dict[str, Group]
    left_out: int
    regions: dict[str, tuple[int, int]]


def audit() -> Audit:
    """Look at everybody who has claims. A few queries for each BATCH of people."""
    groups: dict[str, Group] = defaultdict(Group)
    finders: Counter[str] = Counter()
    regions = {str(key): region for key, region in shelf.on_offer().values_list("pk", "region")}
    index, today = shelf.index(), Wishes(on=timezone.localdate())
    for user_ids in _people():
        claims = competences.claims_of_all(user_ids=user_ids)
        languages = host().languages_of(user_ids=user_ids)
        seen = _seen(user_ids)
        for user_id in user_ids:
            group = groups[languages.get(user_id, "") or "?"]
            top = index.top(profile_of(claims.get(user_id, ())), k=BEST, wishes=today)
            group.people += 1
            group.found += bool(top)
            group.best += top[0][1] if top else 0.0
            group.seen.update(seen.get(user_id, ()))
            finders.update({regions[key] or "?" for key, _score in top if key in regions})
    offered = Counter(region or "?" for region in regions.values())
    kept, left_out = _with_floor(groups)
    return Audit(
        languages=kept,
        left_out=left_out,
        regions={region: (count, finders[region]) for region, count in sorted(offered.items())},
    )


def _people() -> Iterator[list[int]]:
    last = 0
    while batch := competences.people_with_claims(after=last, limit=BATCH):
        yield batch
        last = batch[-1]


def _seen(user_ids: list[int]) -> dict[int, set[str]]:
    """What employers did about each person, each thing once."""
    found: dict[int, set[str]] = defaultdict(set)
    wanted = (What.SHOWN, What.VIEWED, What.ASKED, What.DECIDED)
    rows = Trace.objects.filter(user_id__in=user_ids, what__in=wanted).values_list("user_id", "what").distinct()
    for user_id, what in rows:
        found[user_id].add(what)
    return found


def _with_floor(groups: dict[str, Group]) -> tuple[dict[str, Group], int]:
    """Groups of at least FLOOR people; the smaller ones as one, if it is large enough; how many people are left out."""
    kept = {language: group for language, group in sorted(groups.items()) if group.people >= FLOOR}
    rest = Group()
    for language, group in groups.items():
        if language not in kept:
            rest.add(group)
    if rest.people >= FLOOR:
        kept[REST] = rest
        return kept, 0
    return kept, rest.people


def said(number: int) -> str:
    """A number of people, unless it is one that points at somebody."""
    return str(number) if number == 0 or number >= FLOOR else f"<{FLOOR}"
