"""Answers are kept once, closed by sending, turned into claims, and gone when the person is."""

from __future__ import annotations

from typing import Any

import pytest
from passerelle.competences import api
from passerelle.competences.data import Basis
from passerelle.competences.models import Assessment, Claim, Rating, Receipt
from passerelle.host.errors import InvalidError, NotAllowedError, NotNowError

from .conftest import ASKED, USAGE, Scene, new_key


def test_bases_are_in_the_order_of_their_strength() -> None:
    names = ["STATED", "SELF_ASSESSED", "EVIDENCED", "DEMONSTRATED", "VALIDATED", "BADGE_BACKED"]
    assert [basis.name for basis in sorted(Basis)] == names


def test_answers_are_saved_as_one_goes_and_can_be_changed(scene: Scene) -> None:
    scene.rate("amal", "manage_time", "2")
    seen = scene.rate("amal", "manage_time", "dont_know")
    assert seen.ratings == {"manage_time": "dont_know"}
    assert seen.submitted_at is None
    again = api.assessment(actor=scene.actor("amal"), usage_key=USAGE, settings=scene.settings(), language="fr")
    assert again == seen
    assert Rating.objects.count() == 1
    assert scene.claims("amal") == []


def test_the_same_request_twice_does_nothing_twice(scene: Scene) -> None:
    key = new_key()
    scene.rate("amal", "manage_time", "2", key=key)
    scene.rate("amal", "manage_time", "3")
    assert scene.rate("amal", "manage_time", "2", key=key).ratings == {"manage_time": "3"}

    sent = new_key()
    for competence in ASKED:
        scene.rate("amal", competence, "3")
    first = scene.submit("amal", key=sent)
    assert scene.submit("amal", key=sent) == first
    assert Claim.objects.count() == 3


def test_looking_writes_nothing(scene: Scene) -> None:
    api.assessment(actor=scene.actor("amal"), usage_key=USAGE, settings=scene.settings(), language="fr")
    api.preview(settings=scene.settings(), language="fr")
    assert not Assessment.objects.exists()


def test_levels_become_claims_and_the_rest_does_not(scene: Scene) -> None:
    scene.answer_all("amal")
    found = {(claim.name, claim.level, claim.basis, claim.source) for claim in scene.claims("amal")}
    assert found == {
        ("Travailler en équipe", 3, "self_assessed", str(USAGE)),
        ("Gérer son temps", 1, "self_assessed", str(USAGE)),
    }
    assert scene.claims("elif") == []
    assert api.assessments_held_at(usage_key=USAGE) == 1


def test_looking_back_claims_nothing(scene: Scene) -> None:
    scene.answer_all("amal", moment="looking_back")
    assert scene.claims("amal") == []


def test_what_was_sent_stays(scene: Scene) -> None:
    scene.answer_all("amal")
    with pytest.raises(NotNowError):
        scene.rate("amal", "manage_time", "4")
    with pytest.raises(NotNowError):
        scene.submit("amal")
    changed = scene.settings(competences=("manage_time", "sell_products"), moment="after")
    seen = api.assessment(actor=scene.actor("amal"), usage_key=USAGE, settings=changed, language="fr")
    assert {view.id for view in seen.competences} == set(ASKED)
    assert seen.moment == "before"


def test_nothing_is_sent_before_everything_is_answered(scene: Scene) -> None:
    scene.rate("amal", "work_in_teams", "2")
    with pytest.raises(InvalidError) as caught:
        scene.submit("amal")
    assert caught.value.field == "manage_time"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({"competence": "sell_products", "value": "2"}, "competence"),
        ({"competence": "manage_time", "value": "5"}, "value"),
        ({"competence": "manage_time", "value": ""}, "value"),
        ({"competence": "manage_time", "value": "2", "key": "short"}, "key"),
        ({"competence": "fly", "value": "2", "competences": ("fly",)}, "competences"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(scene: Scene, call: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        scene.rate("amal", **call)
    assert caught.value.field == field
    assert not Rating.objects.exists()


def test_claims_take_one_query_however_many(scene: Scene, django_assert_num_queries: Any) -> None:
    scene.answer_all("amal")
    with django_assert_num_queries(1):
        assert len(scene.claims("amal")) == 2


def test_another_course_runs_block_is_closed(scene: Scene) -> None:
    elsewhere = USAGE.from_string(str(USAGE).replace("+fr+", "+en+"))
    with pytest.raises(NotAllowedError):
        api.assessment(actor=scene.actor("amal"), usage_key=elsewhere, settings=scene.settings(), language="fr")


def test_retirement_erases_one_persons_things_and_may_run_twice(scene: Scene) -> None:
    from passerelledemo.people import retire

    scene.answer_all("amal")
    scene.answer_all("elif")
    for _time in range(2):
        retire(scene.users["amal"])
        for model in (Assessment, Claim, Receipt):
            assert set(model.objects.values_list("user_id", flat=True)) == {scene.users["elif"].pk}
    assert Rating.objects.count() == 3
