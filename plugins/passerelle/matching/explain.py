"""What a match means, requirement by requirement. The index only finds the best ones faster."""

from __future__ import annotations

from collections.abc import Mapping

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
    close = _closest(profile, related or {})
    reached = used = asked = 0
    reasons = []
    for requirement in opportunity.requirements:
        held = profile.held.get(requirement.uri)
        value = worth(held, requirement.level) if held else 0
        reached += value * requirement.weight
        asked += FULL * requirement.weight
        used += held is not None
        reasons.append(_reason(requirement, held, value, close.get(requirement.uri, ""), profile))
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


def _closest(profile: Profile, related: Related) -> Mapping[str, str]:
    """By what is not held: the competence held that comes close to it, the first by URI."""
    return {near: uri for uri in sorted(profile.held, reverse=True) for near in related.get(uri, ())}


def _reason(requirement: Requirement, held: Held | None, value: int, close: str, profile: Profile) -> Reason:
    if held:
        standing = Standing.HELD if held.level >= requirement.level else Standing.PARTLY
        return Reason(requirement=requirement, standing=standing, via=requirement.uri, held=held, covered=value / FULL)
    if close:
        return Reason(requirement=requirement, standing=Standing.RELATED, via=close, held=profile.held[close])
    return Reason(requirement=requirement, standing=Standing.MISSING)
