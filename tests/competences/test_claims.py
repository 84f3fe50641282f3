"""Claims: bases in their order, one for each source, and what other apps hear of them."""

from __future__ import annotations

from typing import Any

import pytest
from passerelle.competences import api
from passerelle.competences.claims import record, strongest, supported
from passerelle.competences.data import Basis
from passerelle.host.errors import InvalidError

from .conftest import TEAM, TIME, Scene, new_key


def levels(scene: Scene, name: str) -> dict[str, tuple[int, Basis]]:
    found = strongest(api.claims_of(user_id=scene.users[name].pk))
    return {uri: (claim.level, claim.basis) for uri, claim in found.items()}


def test_bases_are_ordered_as_they_convince() -> None:
    names = ["STATED", "SELF_ASSESSED", "EVIDENCED", "DEMONSTRATED", "VALIDATED", "BADGE_BACKED"]
    assert [basis.name for basis in sorted(Basis)] == names


def test_what_counts_grows_with_what_it_rests_on(scene: Scene) -> None:
    user_id = scene.users["amal"].pk
    api.state_competence(actor=scene.actor("amal"), uri=TEAM, level=4, key=new_key())
    assert levels(scene, "amal") == {TEAM: (4, Basis.STATED)}
    scene.show("amal", level=3)
    assert levels(scene, "amal") == {TEAM: (3, Basis.EVIDENCED)}
    api.back_with_badge(user_id=user_id, uri=TEAM, level=2, badge="badge:1")
    assert levels(scene, "amal") == {TEAM: (2, Basis.BADGE_BACKED)}
    record(user_id=user_id, uri=TEAM, level=4, basis=Basis.DEMONSTRATED, source="work")
    assert levels(scene, "amal") == {TEAM: (2, Basis.BADGE_BACKED)}
    api.back_with_badge(user_id=user_id, uri=TEAM, level=3, badge="badge:2")
    assert levels(scene, "amal") == {TEAM: (3, Basis.BADGE_BACKED)}


@pytest.mark.parametrize(
    ("held", "counts"),
    [
        ({Basis.BADGE_BACKED: 2, Basis.VALIDATED: 3}, Basis.VALIDATED),  # a badge hides no higher level
        ({Basis.BADGE_BACKED: 3, Basis.VALIDATED: 3}, Basis.BADGE_BACKED),
        ({Basis.VALIDATED: 1, Basis.SELF_ASSESSED: 4}, Basis.VALIDATED),  # nobody outbids who looked
        ({Basis.DEMONSTRATED: 2, Basis.SELF_ASSESSED: 3}, Basis.SELF_ASSESSED),  # a quiz caps nothing
        ({Basis.DEMONSTRATED: 2, Basis.SELF_ASSESSED: 2, Basis.STATED: 4}, Basis.DEMONSTRATED),
        ({Basis.EVIDENCED: 2, Basis.STATED: 4}, Basis.STATED),
    ],
)
def test_one_basis_hides_no_other(scene: Scene, held: dict[Basis, int], counts: Basis) -> None:
    for basis, level in held.items():
        record(user_id=scene.users["amal"].pk, uri=TEAM, level=level, basis=basis, source="here")
    assert levels(scene, "amal") == {TEAM: (held[counts], counts)}
    (area,) = api.profile(actor=scene.actor("amal"), language="fr").areas
    others = {one.basis: one.level for one in area.lines[0].others}
    assert others == {basis.name.lower(): level for basis, level in held.items() if basis is not counts}


def test_of_her_own_words_the_newest_counts_of_what_shows_it_the_highest(scene: Scene) -> None:
    user_id = scene.users["amal"].pk
    for basis in (Basis.SELF_ASSESSED, Basis.DEMONSTRATED):
        for source, level in (("first", 3), ("second", 2)):
            record(user_id=user_id, uri=TEAM, level=level, basis=basis, source=source)
    (held,) = supported(api.claims_of(user_id=user_id)).values()
    assert [(claim.basis, claim.level) for claim in held] == [(Basis.DEMONSTRATED, 3), (Basis.SELF_ASSESSED, 2)]


def test_a_badge_is_taken_back_alone(scene: Scene) -> None:
    user_id = scene.users["amal"].pk
    for uri in (TEAM, TIME):
        api.back_with_badge(user_id=user_id, uri=uri, level=3, badge="badge:1")
    api.back_with_badge(user_id=user_id, uri=TEAM, level=2, badge="badge:2")
    for _again in range(2):
        api.withdraw_badge(user_id=user_id, badge="badge:1")
    assert levels(scene, "amal") == {TEAM: (2, Basis.BADGE_BACKED)}


def test_stating_again_takes_the_place_of_what_was_stated(scene: Scene) -> None:
    actor, key = scene.actor("amal"), new_key()
    for _again in range(2):
        api.state_competence(actor=actor, uri=TEAM, level=2, key=key)
    api.state_competence(actor=actor, uri=TEAM, level=3, key=new_key())
    api.state_competence(actor=actor, uri=TEAM, level=2, key=key)  # an old request, sent once more
    assert [(claim.level, claim.basis) for claim in scene.claims("amal")] == [(3, "stated")]
    api.unstate_competence(actor=actor, uri=TEAM, key=new_key())
    assert scene.claims("amal") == []


@pytest.mark.parametrize("level", [0, 5, True, "3", None])
def test_a_level_that_is_none_is_refused(scene: Scene, level: Any) -> None:
    with pytest.raises(InvalidError):
        api.state_competence(actor=scene.actor("amal"), uri=TEAM, level=level, key=new_key())


@pytest.mark.parametrize("uri", ["", "http://example.org/x", None])
def test_what_no_framework_knows_cannot_be_stated(scene: Scene, uri: Any) -> None:
    with pytest.raises(InvalidError):
        api.state_competence(actor=scene.actor("amal"), uri=uri, level=2, key=new_key())


def test_others_hear_of_it_after_the_commit(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[dict[str, Any]] = []

    def hear(**values: Any) -> None:
        heard.append({name: values[name] for name in values.keys() - {"sender", "signal"}})

    api.claim_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            api.state_competence(actor=scene.actor("amal"), uri=TEAM, level=2, key=new_key())
            assert heard == []
    finally:
        api.claim_changed.disconnect(hear)
    assert heard == [{"user_id": scene.users["amal"].pk, "uris": (TEAM,)}]


def test_claims_for_other_apps_are_frozen(scene: Scene) -> None:
    api.state_competence(actor=scene.actor("amal"), uri=TEAM, level=2, key=new_key())
    (claim,) = api.claims_of(user_id=scene.users["amal"].pk)
    with pytest.raises(AttributeError):
        claim.level = 4  # type: ignore[misc]


def fill(scene: Scene, count: int) -> None:
    from django.utils import timezone
    from passerelle.competences.models import Claim

    uris = [competence.uri for competence in api.framework().competences]
    Claim.objects.bulk_create(
        Claim(
            user=scene.users["amal"],
            uri=uris[number % len(uris)],
            level=number % 4 + 1,
            basis=Basis.EVIDENCED,
            source=f"evidence:{number}",
            at=timezone.now(),
        )
        for number in range(count)
    )


@pytest.mark.parametrize("count", [5, 500])
def test_claims_and_profile_cost_the_same_however_many_there_are(
    scene: Scene, count: int, django_assert_num_queries: Any
) -> None:
    fill(scene, count)
    with django_assert_num_queries(1):
        assert len(scene.claims("amal")) == count
    with django_assert_num_queries(4):
        api.profile(actor=scene.actor("amal"), language="fr")
