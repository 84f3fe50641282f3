"""What a match means, requirement by requirement. The index only finds the best ones faster."""

from __future__ import annotations

from .data import BASIS_STEP, WHOLE, Held, Match, Opportunity, Profile, Reason, Related, Requirement, Standing

STEPS = 12
"""Twelfths: each of the levels 1 to 4 divides them, so level held / level required is a whole number of them."""

FULL = STEPS * WHOLE // BASIS_STEP
"""What a requirement counts that is met in full: steps of the level times steps of the basis."""

USE = 2
"""How many times the use counts beside the covered share.

Chosen in tests/bench/bench_matching_quality.py. By the covered share alone, work that asks for little wins.
"""


def explain(opportunity: Opportunity, profile: Profile, related: Related | None = None) -> Match:
    """Shares and reasons for one opportunity, in the order of its requirements."""
    reached = used = asked = 0
    reasons = []
    for requirement in opportunity.requirements:
        held = profile.held.get(requirement.uri)
        value = worth(held, requirement.level) if held else 0
        reached += value * requirement.weight
        asked += FULL * requirement.weight
        used += held is not None
        reasons.append(_reason(requirement, value, profile, related or {}))
    return Match(
        id=opportunity.id,
        covered=reached / asked,
        use=used / len(profile.held) if profile.held else 0.0,
        score=_score(reached, asked, used, len(profile.held)),
        reasons=tuple(reasons),
    )


def worth(held: Held, level: int) -> int:
    """What a competence is worth to a requirement at this level, from 1 to FULL."""
    return min(held.level * STEPS // level, STEPS) * (held.basis // BASIS_STEP)


def _score(reached: int, asked: int, used: int, held: int) -> float:
    # One fraction of whole numbers, so that equal scores are equal.
    return (reached * held + USE * used * asked) / ((1 + USE) * asked * held) if held else 0.0


def _reason(requirement: Requirement, value: int, profile: Profile, related: Related) -> Reason:
    uri = requirement.uri
    if held := profile.held.get(uri):
        standing = Standing.HELD if held.level >= requirement.level else Standing.PARTLY
        return Reason(requirement=requirement, standing=standing, via=uri, held=held, covered=value / FULL)
    if close := min((near for near in related.get(uri, ()) if near in profile.held), default=""):
        return Reason(requirement=requirement, standing=Standing.RELATED, via=close, held=profile.held[close])
    return Reason(requirement=requirement, standing=Standing.MISSING)
