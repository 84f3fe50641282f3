"""Time passes in a circle over days: what it changes is kept and registered, and people are told. Private to this app.

A page looks at a circle and writes nothing: `engine.tick` says where it stands. What time did is kept when somebody
acts next, or by the command `passerelle_circles_tick`, whichever comes first; both come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from . import codec, engine
from .data import PhaseKind, Protocol, Tempo
from .models import Circle, Event
from .signals import circle_closed


def pass_time(circle: Circle, protocol: Protocol, state: engine.State, now: datetime) -> engine.State:
    """The state at `now`; whose turn ran out, and in which phase, is entered into the register."""
    for after, missed in engine.steps(protocol, state, now):
        register_step(circle, protocol, (state, after), now=now, missed=missed)
        state = after
    return state


def register_step(
    circle: Circle,
    protocol: Protocol,
    step: tuple[engine.State, engine.State],
    *,
    now: datetime,
    missed: Iterable[int] = (),
) -> None:
    """Enter who missed a turn; over days also that a later meeting began, which no facilitator says there."""
    before, after = step
    phase = protocol.phases[before.phase]
    rows = [Event(circle=circle, seat=seat, phase=phase.id, what="expired", at=now) for seat in missed]
    begins = protocol.tempo is Tempo.DAYS and phase.kind is PhaseKind.GATHERING and before.phase > 0
    if begins and after.phase != before.phase:
        rows.append(Event(circle=circle, phase=phase.id, what="started", at=now))
    Event.objects.bulk_create(rows)


def keep(circle: Circle, state: engine.State, now: datetime) -> None:
    """Store the state in the locked circle; one that has come to its end tells so, and forgets affiliations."""
    circle.state = codec.state_to_json(state)
    circle.version += 1
    if state.closed and circle.closed_at is None:
        circle.closed_at = now
        circle.members.exclude(affiliation="").update(affiliation="")
        transaction.on_commit(lambda: circle_closed.send(sender=Circle, circle_id=str(circle.pk)), robust=True)
    circle.save()
