"""The score, requirement by requirement. This is what it means; the index only finds the best ones faster."""

from __future__ import annotations

from .data import WHOLE, Held, Match, Opportunity, Profile, Reason, Related, Requirement, Standing

STEPS = 12
"""Twelfths: each of the levels 1 to 4 divides them, so level held / level required is a whole number of them."""

FULL = STEPS * WHOLE * WHOLE
"""What a requirement counts that is met in full: steps, times basis, times part of a related competence."""


def worth(held: Held, level: int, part: int = WHOLE) -> int:
    """What a competence is worth to a requirement at this level, from 1 to FULL."""
    return min(held.level * STEPS // level, STEPS) * held.basis * part


def explain(opportunity: Opportunity, profile: Profile, related: Related) -> Match:
    """Score and reasons of one opportunity, in the order of its requirements."""
    found = [_best(requirement, profile, related) for requirement in opportunity.requirements]
    reached = sum(
        value * requirement.weight for (value, _), requirement in zip(found, opportunity.requirements, strict=True)
    )
    asked = sum(requirement.weight for requirement in opportunity.requirements) * FULL
    used = {via for _, via in found if via}
    return Match(
        id=opportunity.id,
        score=reached / asked,
        use=len(used) / len(profile.held) if profile.held else 0.0,
        reasons=tuple(
            _reason(requirement, value, via, profile)
            for (value, via), requirement in zip(found, opportunity.requirements, strict=True)
        ),
    )


def _best(requirement: Requirement, profile: Profile, related: Related) -> tuple[int, str]:
    """What counts most for a requirement, and through which competence; of equals the very one, then by URI."""
    own = profile.held.get(requirement.uri)
    value, via = (worth(own, requirement.level), requirement.uri) if own else (0, "")
    for uri in sorted(profile.held):
        part = related.get(uri, {}).get(requirement.uri)
        if part and uri != requirement.uri and (other := worth(profile.held[uri], requirement.level, part)) > value:
            value, via = other, uri
    return value, via


def _reason(requirement: Requirement, value: int, via: str, profile: Profile) -> Reason:
    if not via:
        return Reason(requirement=requirement, standing=Standing.MISSING)
    held = profile.held[via]
    if via != requirement.uri:
        standing = Standing.RELATED
    else:
        standing = Standing.HELD if held.level >= requirement.level else Standing.PARTLY
    return Reason(requirement=requirement, standing=standing, via=via, held=held, covered=value / FULL)
