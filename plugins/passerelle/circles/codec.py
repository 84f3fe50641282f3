"""Protocols and states as JSON, the form in which a circle's row keeps them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from .data import Outcome, Protocol
from .engine import State, Turn
from .protocols import parse


def protocol_to_json(protocol: Protocol) -> dict[str, Any]:
    """The protocol in the shape of its YAML file."""
    raw = asdict(protocol)
    raw["group"] = {"min": raw.pop("min_size"), "max": raw.pop("max_size")}
    raw["rules"] = {language: list(lines) for language, lines in raw["rules"].items()}
    return raw


def protocol_from_json(raw: dict[str, Any]) -> Protocol:
    """The protocol that a circle was opened with. Raises ProtocolError for a damaged row."""
    return parse(raw, source="circle")


def state_to_json(state: State) -> dict[str, Any]:
    """The state with times in ISO 8601."""
    raw = asdict(state)
    raw["ends_at"] = state.ends_at.isoformat() if state.ends_at else None
    return raw


def state_from_json(raw: dict[str, Any]) -> State:
    """The state that a circle's row holds; an empty one is a circle that gathers."""
    if not raw:
        return State()
    turns = tuple(Turn(seat=turn["seat"], outcome=Outcome(turn["outcome"])) for turn in raw["turns"])
    ends_at = datetime.fromisoformat(raw["ends_at"]) if raw["ends_at"] else None
    present = raw.get("present")
    return State(
        **{
            **raw,
            "turns": turns,
            "ends_at": ends_at,
            "present": None if present is None else tuple(present),
            "hands": tuple(raw.get("hands", ())),
            "heard": tuple((seat, other) for seat, other in raw.get("heard", ())),
        }
    )
