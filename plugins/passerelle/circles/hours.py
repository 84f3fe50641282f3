"""When people can come, in real hours: parts of a day in somebody's time zone, and windows of a week in UTC. No I/O.

A *part* is what people say ("mon-eve": Monday evening, in their own time of day), a *window* two hours in which a
circle can meet ("mon-1700": Monday from 17:00 UTC). Somebody can come to a window that lies within one part that she
said.
Offsets are minutes east of UTC on one day: in the weeks that a draft of circles lives, clocks hardly change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = {"am": (8, 12), "pm": (12, 18), "eve": (18, 22)}
"""From and to which hour a part of the day lasts."""
PARTS = tuple(f"{day}-{part}" for day in DAYS for part in HOURS)
MEETING = 120
"""Minutes of a window."""
LONGEST = 64
"""Characters of a time zone's name."""
WEEK = 7 * 24 * 60
MOST = 63
"""Windows to choose from, at most: as many as in a course in three time zones far from each other."""

Said = tuple[int, str]
"""An offset, and a part of the day there."""


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name (IANA), or the platform's."""
    for known in (name, settings.TIME_ZONE):
        if known and is_zone(known):
            return ZoneInfo(known)
    return ZoneInfo("UTC")


@lru_cache(maxsize=1000)
def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        return len(name) <= LONGEST and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return False


def offset_of(name: str, at: datetime) -> int:
    """Minutes by which clocks there are ahead of UTC at this moment."""
    return round((at.astimezone(zone_of(name)).utcoffset() or timedelta()).total_seconds() / 60)


def windows(said: Mapping[Said, int], *, least: int) -> tuple[str, ...]:
    """The windows to choose from for people who said this: how many said each part, by their offset.

    Of windows to which the same people can come, one; none to which fewer than `least` can. In one time zone these are
    the parts of the day themselves. Beyond `MOST`, those to which most people can come.
    """
    starts = sorted({_start(part) - offset for offset, part in said})
    known = {start % WEEK: frozenset(one for one in said if _holds(one, start)) for start in starts}
    wide = sorted(known, key=lambda start: (-len(known[start]), start))
    kept: list[int] = []
    for start in wide:
        if not any(known[start] <= known[other] for other in kept):
            kept.append(start)
    able = {start: sum(said[one] for one in known[start]) for start in kept}
    best = sorted((start for start in kept if able[start] >= least), key=lambda start: (-able[start], start))[:MOST]
    return tuple(_name(start) for start in sorted(best))


def fitting(parts: Iterable[str], offset: int, among: Iterable[str]) -> frozenset[str]:
    """Those of these windows to which somebody can come who said these parts at this offset."""
    own = frozenset(parts)
    return frozenset(window for window in among if own & _parts_of(window, offset))


def first_window(part: str, offset: int) -> str:
    """The window with which a part of the day begins there."""
    return _name((_start(part) - offset) % WEEK)


def begins(window: str, near: datetime) -> datetime | None:
    """When the window begins in the week (UTC) of this moment; None for what is no window."""
    start = _minute(window)
    if start is None:
        return None
    day = near.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday()) + timedelta(minutes=start)


@lru_cache(maxsize=10_000)
def _parts_of(window: str, offset: int) -> frozenset[str]:
    """The parts of the day there within which the window lies."""
    start = _minute(window)
    return frozenset(part for part in PARTS if start is not None and _holds((offset, part), start))


def _holds(said: Said, start: int) -> bool:
    offset, part = said
    begin, end = HOURS[part[4:]]
    return (start - _start(part) + offset) % WEEK + MEETING <= (end - begin) * 60


def _start(part: str) -> int:
    return (DAYS.index(part[:3]) * 24 + HOURS[part[4:]][0]) * 60


def _name(start: int) -> str:
    day, minute = divmod(start, 24 * 60)
    return f"{DAYS[day]}-{minute // 60:02}{minute % 60:02}"


def _minute(window: str) -> int | None:
    day, _dash, clock = window.partition("-")
    if day not in DAYS or len(clock) != 4 or not clock.isdecimal():  # noqa: PLR2004
        return None
    return (DAYS.index(day) * 24 + int(clock[:2])) * 60 + int(clock[2:])
