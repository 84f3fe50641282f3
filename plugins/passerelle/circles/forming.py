"""Forming circles out of people: who sits with whom, in which language, at which time. numpy and scipy, no I/O.

A *room* is a language at a time; people who speak it and can come then fit into it. What is maximised, in points:

- 10 for each person who gets a seat, and 3, 2 or 1 more where it is in her first, second or another language;
- 2 for each different affiliation in a circle, where a mix is wanted (affiliations are self-declared and optional);
- less 6 for each circle, since it costs a facilitator's time: as much as a full mix of three brings.

No circle is smaller or larger than wanted; everyone in it speaks its language and can come at its time; nobody is alone
with whoever leads or recruits where she works: there is a colleague beside her, or she sits elsewhere. Nothing else is
known of people here: no name, sex, age, origin or faith.

Up to `EXACT_UP_TO` people the rooms are an integer programme that HiGHS solves (Huangfu and Hall, 2018) to within
`GAP`, or as well as it can in `SECONDS`; for more, rooms fill greedily and are put right. Within a room, dealing people
affiliation by affiliation, one circle after the other, brings each affiliation into as many circles as there can be.
The same input gives the same circles, as long as HiGHS has time enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

SEAT = 10.0
LANGUAGE = (3.0, 2.0, 1.0)
MIX = 2.0
CIRCLE = 6.0

EXACT_UP_TO = 120
GAP = 0.01
SECONDS = 8.0

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person to be seated. `languages`, the best first; `times` she can come at, None for any.

    `affiliation` and `organisation` are what she said of herself, "" for nothing; `leads` is whether she leads or
    recruits in that organisation.
    """

    id: int
    languages: tuple[str, ...]
    times: frozenset[str] | None = None
    affiliation: str = ""
    organisation: str = ""
    leads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the circles shall be like. `languages` and `times` to choose from; without times, any time will do."""

    languages: tuple[str, ...]
    times: tuple[str, ...] = ()
    min_size: int = 4
    max_size: int = 6
    mix: bool = True

    def counts(self, people: int) -> range:
        """How many circles so many people can make."""
        return range(-(-people // self.max_size), people // self.min_size + 1)


class Why(StrEnum):
    """Why somebody waits."""

    LANGUAGE = "language"  # none of the circles' languages is among hers
    TIME = "time"  # she said no time at which she can come
    FEW = "few"  # too few others speak a language of hers at a time of hers
    FULL = "full"  # the circles that would suit her have no seat left for one more
    EMPLOYER = "employer"  # she would be alone with whoever leads or recruits where she works


@dataclass(slots=True, kw_only=True)
class Group:
    """A circle to be: language, time ("" for any), the ids of its people."""

    language: str
    time: str
    people: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Circles, and who waits and why."""

    groups: tuple[Group, ...]
    waiting: Mapping[int, Why]


class Problem(StrEnum):
    """What is wrong with a circle that somebody put together by hand."""

    SMALL = "small"
    LARGE = "large"
    LANGUAGE = "language"
    TIME = "time"
    EMPLOYER = "employer"


def propose(people: Sequence[Candidate], wanted: Wanted) -> Proposal:
    """Seat as many as can be, as well as can be."""
    known = {person.id: person for person in people}
    rooms = [(language, time) for language in wanted.languages for time in wanted.times or ("",)]
    order = sorted(people, key=lambda person: person.id)
    worth = _worth(order, rooms)
    seated = _solve(order, worth, wanted) if len(order) <= EXACT_UP_TO else _fill(worth, wanted)
    groups: list[Group] = []
    alone: set[int] = set()
    for index, (language, time) in enumerate(rooms):
        there = [order[row] for row in np.flatnonzero(seated == index)]
        groups += [Group(language=language, time=time, people=ids) for ids in _deal(there, wanted, alone)]
    sits = {pk for group in groups for pk in group.people}
    rest = [person for person in order if person.id not in sits]
    for person in list(rest):
        if place(person, groups, known, wanted) is not None:
            rest.remove(person)
    fits = worth > 0
    crowd = fits.sum(axis=0)
    rows = {person.id: row for row, person in enumerate(order)}
    waiting = {
        person.id: Why.EMPLOYER if person.id in alone else _why(person, fits[rows[person.id]], crowd, wanted)
        for person in rest
    }
    return Proposal(groups=tuple(groups), waiting=waiting)


def place(person: Candidate, groups: Sequence[Group], known: Mapping[int, Candidate], wanted: Wanted) -> int | None:
    """Give a late arrival the best free seat, in place; returns the index of her circle, None where none suits her."""
    best: tuple[float, int] | None = None
    for index, group in enumerate(groups):
        worth = _worth_of(person, group.language, group.time)
        if worth <= 0 or len(group.people) >= wanted.max_size:
            continue
        together = [known[pk] for pk in group.people]
        if not alone_with_employer(together) and alone_with_employer([*together, person]):
            continue
        is_new = person.affiliation and all(other.affiliation != person.affiliation for other in together)
        gain = worth + (MIX if wanted.mix and is_new else 0.0) - 0.001 * len(together)
        if best is None or gain > best[0]:
            best = (gain, index)
    if best is None:
        return None
    groups[best[1]].people.append(person.id)
    return best[1]


def score(groups: Sequence[Group], known: Mapping[int, Candidate], wanted: Wanted) -> float:
    """The points that these circles are worth."""
    total = 0.0
    for group in groups:
        together = [known[pk] for pk in group.people]
        total += sum(_worth_of(person, group.language, group.time) for person in together) - CIRCLE
        total += MIX * len({person.affiliation for person in together} - {""}) * wanted.mix
    return total


def problems(group: Group, known: Mapping[int, Candidate], wanted: Wanted) -> list[Problem]:
    """What the rules say against this circle."""
    together = [known[pk] for pk in group.people]
    checks = {
        Problem.SMALL: len(together) < wanted.min_size,
        Problem.LARGE: len(together) > wanted.max_size,
        Problem.LANGUAGE: any(group.language not in person.languages for person in together),
        Problem.TIME: any(not _can_come(person, group.time) for person in together),
        Problem.EMPLOYER: bool(alone_with_employer(together)),
    }
    return [problem for problem, holds in checks.items() if holds]


def alone_with_employer(together: Sequence[Candidate]) -> list[int]:
    """The ids of those who would sit with whoever leads or recruits where they work, with no colleague beside them."""
    leading = {person.organisation for person in together if person.leads and person.organisation}
    staff = [person for person in together if not person.leads and person.organisation in leading]
    counts = Counter(person.organisation for person in staff)
    return [person.id for person in staff if counts[person.organisation] == 1]


# --- What a seat is worth


def _can_come(person: Candidate, time: str) -> bool:
    return not time or person.times is None or time in person.times


def _worth_of(person: Candidate, language: str, time: str) -> float:
    if language not in person.languages or not _can_come(person, time):
        return 0.0
    return SEAT + LANGUAGE[min(person.languages.index(language), len(LANGUAGE) - 1)]


def _worth(people: Sequence[Candidate], rooms: Sequence[tuple[str, str]]) -> Floats:
    """Points by person and room; 0 where she does not fit."""
    worth = np.zeros((len(people), len(rooms)))
    columns = {room: column for column, room in enumerate(rooms)}
    every = {time for _language, time in rooms}
    for row, person in enumerate(people):
        times = every if person.times is None or "" in every else every & person.times
        for room in product(person.languages, times):
            if room in columns:
                worth[row, columns[room]] = _worth_of(person, *room)
    return worth


def _why(person: Candidate, fits: np.ndarray[Any, np.dtype[np.bool_]], crowd: Ints, wanted: Wanted) -> Why:
    if not set(person.languages) & set(wanted.languages):
        return Why.LANGUAGE
    if wanted.times and person.times is not None and not person.times:
        return Why.TIME
    return Why.FEW if not fits.any() or crowd[fits].max() < wanted.min_size else Why.FULL


# --- Who sits in which room: exactly


def _solve(people: Sequence[Candidate], worth: Floats, wanted: Wanted) -> Ints:
    """The room of each person, -1 for none. Greedy where HiGHS finds nothing in its time."""
    rough = _fill(worth, wanted)
    rows, columns = np.nonzero(worth)
    if not len(rows):
        return rough
    answer = _programme(people, worth, wanted)
    if answer.x is None:
        return rough
    seated = np.full(len(people), -1, dtype=np.int64)
    chosen = answer.x[: len(rows)] > 0.5  # noqa: PLR2004
    seated[rows[chosen]] = columns[chosen]
    return max((seated, rough), key=lambda found: _points(people, found, worth, wanted))


def _points(people: Sequence[Candidate], seated: Ints, worth: Floats, wanted: Wanted) -> float:
    total = float(worth[np.flatnonzero(seated >= 0), seated[seated >= 0]].sum())
    for room in np.unique(seated[seated >= 0]):
        sizes = Counter(people[int(row)].affiliation for row in np.flatnonzero(seated == room))
        total += _dealt(sizes, wanted)[0]
    return total


def _programme(people: Sequence[Candidate], worth: Floats, wanted: Wanted) -> Any:
    """Variables: who sits where; circles per room; in how many of a room's circles each affiliation is."""
    rows, columns = np.nonzero(worth)
    names = sorted({person.affiliation for person in people} - {""}) if wanted.mix else []
    kind = np.array([names.index(person.affiliation) if person.affiliation in names else -1 for person in people])
    seats, count, kinds = len(rows), worth.shape[1], len(names)
    every, room = np.arange(seats), np.arange(count)
    many = seats + room
    mixed = seats + count + np.arange(count * kinds)
    size = seats + count + count * kinds
    ones = np.ones(seats)
    filled = coo_array((ones, (columns, every)), shape=(count, size))
    circles = coo_array((np.ones(count), (room, many)), shape=(count, size))
    constraints = [
        LinearConstraint(coo_array((ones, (rows, every)), shape=(len(people), size)).tocsr(), -np.inf, 1),
        LinearConstraint(csr_array(filled - wanted.min_size * circles), 0, np.inf),
        LinearConstraint(csr_array(filled - wanted.max_size * circles), -np.inf, 0),
    ]
    if kinds:
        belongs = kind[rows] >= 0
        at = columns[belongs] * kinds + kind[rows][belongs]
        there = coo_array((ones[belongs], (at, every[belongs])), shape=(count * kinds, size))
        own = coo_array((np.ones(count * kinds), (np.arange(count * kinds), mixed)), shape=(count * kinds, size))
        each = coo_array((np.ones(count * kinds), (np.arange(count * kinds), np.repeat(many, kinds))), shape=own.shape)
        constraints.append(LinearConstraint(csr_array(there - own), 0, np.inf))
        constraints.append(LinearConstraint(csr_array(each - own), 0, np.inf))
    if rules := list(_employers(people, rows, columns, many)):
        at = np.array([(line, column) for line, rule in enumerate(rules) for column in rule])
        sign = np.array([value for rule in rules for value in rule.values()], dtype=float)
        table = coo_array((sign, (at[:, 0], at[:, 1])), shape=(len(rules), size))
        constraints.append(LinearConstraint(table.tocsr(), -np.inf, 0))
    cost = np.concatenate([-worth[rows, columns], np.full(count, CIRCLE), np.full(count * kinds, -MIX)])
    highest = np.concatenate([ones, np.full(size - seats, len(people))])
    options = {"time_limit": SECONDS, "mip_rel_gap": GAP}
    return milp(cost, constraints=constraints, integrality=np.ones(size), bounds=Bounds(0, highest), options=options)


def _employers(people: Sequence[Candidate], rows: Ints, columns: Ints, many: Ints) -> Iterator[dict[int, float]]:
    """Rows of the rule about employers, by variable: in a room of one circle, whoever leads and one of her staff are
    there together with a colleague only. In a room of several circles, `_deal` keeps them apart."""
    there: dict[tuple[str, int], list[tuple[int, Candidate]]] = {}
    for index, (row, column) in enumerate(zip(rows, columns, strict=True)):
        person = people[int(row)]
        if person.organisation:
            there.setdefault((person.organisation, int(column)), []).append((index, person))
    for (_organisation, column), found in there.items():
        staff = [index for index, person in found if not person.leads]
        for leader in (index for index, person in found if person.leads):
            for one in staff:
                yield {leader: 1, int(many[column]): -1, **{other: 1 if other == one else -1 for other in staff}}


# --- Who sits in which room: for many people


def _fill(worth: Floats, wanted: Wanted) -> Ints:
    """Everyone to her best room, the fuller one where several are as good; rooms that cannot stand are closed."""
    if not worth.size:
        return np.full(worth.shape[0], -1, dtype=np.int64)
    points = worth + 1e-6 * (worth > 0).sum(axis=0) * (worth > 0)
    while True:
        seated = np.where(points.max(axis=1) > 0, points.argmax(axis=1), -1)
        sizes = np.bincount(seated[seated >= 0], minlength=worth.shape[1])
        small = np.flatnonzero((sizes > 0) & (sizes < wanted.min_size))
        if not len(small):
            break
        points[:, small[sizes[small].argmin()]] = 0
    for room in np.flatnonzero(sizes):
        while sizes[room] and not wanted.counts(sizes[room]):
            here = np.flatnonzero(seated == room)
            person, other = _lightest(here, int(room), worth, sizes, wanted)
            seated[person] = other
            sizes[room] -= 1
            if other >= 0:
                sizes[other] += 1
    return _reopen(worth, seated, sizes, wanted)


def _lightest(here: Ints, room: int, worth: Floats, sizes: Ints, wanted: Wanted) -> tuple[int, int]:
    """The person whose moving costs least, and the room that she moves to; -1 where she has to wait."""
    takes = np.array([bool(size) and bool(wanted.counts(size + 1)) for size in sizes])
    takes[room] = False
    elsewhere = np.where(takes, worth[here], 0.0)
    loss = worth[here, room] - elsewhere.max(axis=1)
    index = int(loss.argmin())
    best = int(elsewhere[index].argmax())
    return int(here[index]), best if elsewhere[index, best] > 0 else -1


def _reopen(worth: Floats, seated: Ints, sizes: Ints, wanted: Wanted) -> Ints:
    """Open closed rooms with those who wait, and with people whom other rooms can spare."""
    fits = worth > 0
    for room in np.argsort(-(fits & (seated < 0)[:, None]).sum(axis=0), kind="stable"):
        if sizes[room] or not (fits[:, room] & (seated < 0)).any():
            continue
        takes = list(np.flatnonzero(fits[:, room] & (seated < 0))[: wanted.max_size])
        spare = sizes.copy()
        for person in np.flatnonzero(fits[:, room] & (seated >= 0)):
            if len(takes) >= wanted.min_size:
                break
            if wanted.counts(spare[seated[person]] - 1):
                spare[seated[person]] -= 1
                takes.append(person)
        if len(takes) >= wanted.min_size:
            seated[takes] = room
            sizes = spare
            sizes[room] = len(takes)
    return seated


# --- Who sits with whom in a room


def _deal(there: Sequence[Candidate], wanted: Wanted, alone: set[int]) -> Iterator[list[int]]:
    """Circles of the people of one room; who would be alone with her employer is noted in `alone` and left out."""
    if not there or not wanted.counts(len(there)):
        return
    _worth_it, best = _dealt(Counter(person.affiliation for person in there), wanted)
    order = sorted(there, key=lambda person: (person.affiliation, person.organisation, person.id))
    circles = [list(order[first::best]) for first in range(best)]
    for index in range(best):
        while found := alone_with_employer(circles[index]):
            person = next(one for one in circles[index] if one.id == found[0])
            if not _swap(circles, index, person):
                circles[index].remove(person)
                alone.add(person.id)
    for circle in circles:
        if len(circle) >= wanted.min_size:
            yield [person.id for person in circle]


def _dealt(sizes: Mapping[str, int], wanted: Wanted) -> tuple[float, int]:
    """The points of a room with so many people of each affiliation, in as many circles as are best; and how many."""

    def points(circles: int) -> float:
        mixed = sum(min(size, circles) for affiliation, size in sizes.items() if affiliation)
        return MIX * wanted.mix * mixed - CIRCLE * circles

    return max(((points(circles), circles) for circles in wanted.counts(sum(sizes.values()))), default=(0.0, 0))


def _swap(circles: list[list[Candidate]], index: int, person: Candidate) -> bool:
    """Let her change places with somebody of another circle, alike in affiliation if can be, so that both are right."""
    mine = circles[index]
    others = ((circle, other) for circle in circles if circle is not mine for other in circle)
    for circle, other in sorted(others, key=lambda pair: pair[1].affiliation != person.affiliation):
        here = [other if one is person else one for one in mine]
        away = [person if one is other else one for one in circle]
        if len(alone_with_employer(here)) < len(alone_with_employer(mine)) and not alone_with_employer(away):
            mine[:], circle[:] = here, away
            return True
    return False
