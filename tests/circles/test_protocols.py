"""Protocols as data, and what authors may make of them."""

from __future__ import annotations

from typing import Any

import pytest
from passerelle.circles import api, codec, protocols
from passerelle.circles.data import CircleSettings
from passerelle.host.errors import InvalidError


@pytest.mark.parametrize("name", protocols.names())
def test_every_protocol_reads_and_survives_storage(name: str) -> None:
    protocol = protocols.load(name)
    assert codec.protocol_from_json(codec.protocol_to_json(protocol)) == protocol


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"protocol": "seance"}, "protocol"),
        ({"min_size": 0}, "min_size"),
        ({"max_size": 1000}, "max_size"),
        ({"min_size": 6, "max_size": 4}, "min_size"),
        ({"seconds": {"share": -1}}, "seconds.share"),
        ({"seconds": {"nowhere": 60}}, "seconds"),
        ({"languages": ()}, "languages"),
        ({"languages": ("xx",)}, "languages"),
        ({"prompts": {"nowhere": {"fr": "x"}}}, "prompts"),
        ({"prompts": {"share": {"fr": "x" * 2000}}}, "prompts.share"),
        ({"days": {"share": 0}}, "days.share"),
        ({"days": {"nowhere": 2}}, "days"),
        ({"without": ("gathering",)}, "without.gathering"),
        ({"without": ("nowhere",)}, "without.nowhere"),
        ({"without": ("share",)}, "without.share"),  # flashbacks answer it
        ({"without": ("acquaint", "share", "flashbacks")}, "without"),
    ],
)
def test_unusable_settings_are_named_with_what_to_do(changes: dict[str, Any], field: str) -> None:
    settings = CircleSettings(**changes)
    found = api.problems(settings=settings)
    assert [problem.field for problem in found] == [field]
    assert len(found[0].message) > 10
    with pytest.raises(InvalidError):
        api.outline(settings=settings, language="fr")


def test_settings_change_the_protocol_and_nothing_is_stored() -> None:
    settings = CircleSettings(seconds={"share": 300}, prompts={"share": {"fr": "Votre métier ?"}}, languages=("fr",))
    share = api.outline(settings=settings, language="fr")[2]
    assert (share.seconds, share.prompt) == (300, "Votre métier ?")
    assert protocols.load("story_circle").phases[2].seconds == 180


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda raw: raw.pop("phases"), "phases"),
        (lambda raw: raw["phases"].pop(0), "gathering"),
        (lambda raw: raw["phases"][1].pop("seconds"), "seconds"),
        (lambda raw: raw["phases"][3].update(of="closing"), "earlier round"),
        (lambda raw: raw["phases"][2]["prompt"].pop("ar"), "needed in"),
        (lambda raw: raw["phases"][2].update(id="acquaint"), "acquaint"),
    ],
)
def test_a_broken_protocol_file_says_where(break_it: Any, says: str) -> None:
    import json

    raw = json.loads(json.dumps(codec.protocol_to_json(protocols.load("story_circle"))))
    break_it(raw)
    with pytest.raises(protocols.ProtocolError, match=says):
        protocols.parse(raw, source="circle.yaml")


def test_an_author_leaves_parts_out() -> None:
    phases = api.outline(settings=CircleSettings(without=("share", "flashbacks"), days={"acquaint": 9}), language="fr")
    assert "share" not in [phase.id for phase in phases]
    assert phases[1].days == 9


def test_a_circle_in_a_language_that_an_author_added_can_be_stored() -> None:
    said = {phase.id: {"pl": "Opowiedz"} for phase in protocols.load("story_circle").phases}
    settings = CircleSettings(languages=("pl",), prompts=said)
    assert not api.problems(settings=settings)
    stored = codec.protocol_from_json(codec.protocol_to_json(protocols.applied(settings)))
    assert protocols.say(stored.phases[1].prompt, "pl") == "Opowiedz"
