"""Time passes in a circle over days: what it changes is kept and registered, and people are told. Private to this app.

A page looks at a circle and writes nothing: `engine.tick` says where it stands. What time did is kept when somebody
acts next, or by the command `passerelle_circles_tick`, whichever comes first; both come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from . import codec, engine
from .data import PhaseKind, Protocol
from .models import Circle, Event
from .signals import circle_closed


def pass_time(circle: Circle, protocol: Protocol, state: engine.State, now: datetime) -> engine.State:
    """The state at `now`; whose turn ran out, and in which phase, is entered into the register."""
    rows: list[Event] = []
    for after, missed in engine.steps(protocol, state, now):
        rows += entries(circle, protocol, (state, after), now=now, missed=missed)
        state = after
    Event.objects.bulk_create(rows)
    return state


def entries(
    circle: Circle,
    protocol: Protocol,
    step: tuple[engine.State, engine.State],
    *,
    now: datetime,
    missed: Iterable[int] = (),
) -> list[Event]:
    """What the register says of a step of the engine: who missed a turn, that a meeting began, who got the floor."""
    before, after = step
    left, here = protocol.phases[before.phase], protocol.phases[after.phase]
    rows = [Event(circle=circle, seat=seat, phase=left.id, what="expired", at=now) for seat in missed]
    if left.kind is PhaseKind.GATHERING and here is not left:
        rows.append(Event(circle=circle, phase=left.id, what="started", at=now))
    if after.holder is not None and (after.holder, after.phase) != (before.holder, before.phase):
        rows.append(Event(circle=circle, seat=after.holder, phase=here.id, what="floor", at=now))
    return rows


def keep(circle: Circle, state: engine.State, now: datetime) -> None:
    """Store the state in the locked circle; one that has come to its end tells so, and forgets affiliations."""
    circle.state = codec.state_to_json(state)
    circle.version += 1
    if state.closed and circle.closed_at is None:
        circle.closed_at = now
        circle.members.exclude(affiliation="").update(affiliation="")
        transaction.on_commit(lambda: circle_closed.send(sender=Circle, circle_id=str(circle.pk)), robust=True)
    circle.save()
