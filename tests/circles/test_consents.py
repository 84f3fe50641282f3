"""Consent purpose by purpose: recorded, copied, taken back, expired; the way down the ladder of readers."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from passerelle.circles import api, consents, keeping
from passerelle.circles.data import LADDER, Audience, Purpose
from passerelle.circles.models import Circle, Contribution, StoryConsent
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError

from .conftest import USAGE, Scene, new_key

MARKER = "Le figuier de ma grand-mère"


def told(scene: Scene, audience: str = "cohort") -> tuple[str, str]:
    """A circle in which Amal has told, and her story's id."""
    circle_id = scene.started("amal", "elif")
    scene.act("amal", circle_id, "tell", text=MARKER, audience=audience)
    return circle_id, str(Contribution.objects.get(circle=circle_id, text=MARKER).pk)


def stands(story: str) -> set[str]:
    grants = StoryConsent.objects.filter(contribution=story, withdrawn_at=None)
    return set(grants.values_list("purpose", flat=True))


def give(scene: Scene, story: str, purpose: str, name: str = "amal") -> None:
    api.give_consent(actor=scene.actor(name), contribution_id=story, purpose=purpose, key=new_key())


def take_back(scene: Scene, story: str, purpose: str, name: str = "amal") -> None:
    api.withdraw_consent(actor=scene.actor(name), contribution_id=story, purpose=purpose, key=new_key())


@pytest.mark.parametrize(
    ("audience", "purposes"),
    [
        ("self", set()),
        ("facilitators", {"facilitators"}),
        ("circle", {"facilitators", "circle"}),
        ("cohort", {"facilitators", "circle", "cohort"}),
    ],
)
def test_telling_agrees_to_just_these_readers(scene: Scene, audience: str, purposes: set[str]) -> None:
    _circle_id, story = told(scene, audience)
    assert stands(story) == purposes
    for grant in StoryConsent.objects.all():
        assert grant.text_version == consents.current_version()
        assert grant.expires_at
        assert grant.expires_at > timezone.now() + timedelta(days=300)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_purpose_is_said_in_every_language(purpose: Purpose, language: str) -> None:
    others = {consents.words(purpose, language=code) for code in ("en", "fr", "ar") if code != language}
    assert consents.words(purpose, language=language) not in others


def test_no_longer_for_the_group_still_for_the_circle(scene: Scene) -> None:
    circle_id, story = told(scene)
    assert len(api.shared_stories(actor=scene.actor("ifeoma"), usage_key=USAGE)) == 1
    take_back(scene, story, "cohort")
    assert api.shared_stories(actor=scene.actor("ifeoma"), usage_key=USAGE) == []
    assert [one.text for one in scene.see("elif", circle_id).contributions] == [MARKER]
    take_back(scene, story, "circle")
    assert scene.see("elif", circle_id).contributions == ()
    assert [one.text for one in scene.see("nadia", circle_id).contributions] == [MARKER]
    take_back(scene, story, "facilitators")
    assert scene.see("nadia", circle_id).contributions == ()
    assert [one.text for one in scene.see("amal", circle_id).contributions] == [MARKER]
    assert stands(story) == set()


def test_replies_follow_the_story_down(scene: Scene) -> None:
    circle_id = scene.in_phase("share", "amal", "elif", "mariana")
    scene.act("amal", circle_id, "tell", text=MARKER)
    story = str(Contribution.objects.get().pk)
    for _person in ("elif", "mariana", "phase"):
        scene.act("nadia", circle_id, "next")
    scene.act("elif", circle_id, "reply", to=story, text=f"{MARKER} aussi")
    before = api.etag(actor=scene.actor("mariana"), circle_id=circle_id, language="fr")
    take_back(scene, story, "circle")
    assert scene.see("mariana", circle_id).contributions == ()
    assert api.etag(actor=scene.actor("mariana"), circle_id=circle_id, language="fr") != before


def test_training_and_showcase_are_asked_for_alone(scene: Scene) -> None:
    _circle_id, story = told(scene, "circle")
    assert not consents.standing(Purpose.TRAINING).exists()
    give(scene, story, "training")
    give(scene, story, "training")
    give(scene, story, "showcase")
    assert stands(story) == {"facilitators", "circle", "training", "showcase"}
    assert StoryConsent.objects.filter(purpose="training").count() == 1
    assert [one.text for one in consents.standing(Purpose.TRAINING)] == [MARKER]
    take_back(scene, story, "circle")  # what the circle may not read, the public may not either
    assert stands(story) == {"facilitators", "training"}
    take_back(scene, story, "training")
    assert not consents.standing(Purpose.TRAINING).exists()


@pytest.mark.parametrize(
    ("name", "purpose", "error"),
    [("elif", "training", NotFoundError), ("amal", "cohort", InvalidError), ("amal", "glory", InvalidError)],
)
def test_what_cannot_be_agreed_to(scene: Scene, name: str, purpose: str, error: type[Exception]) -> None:
    _circle_id, story = told(scene, "circle")
    with pytest.raises(error):
        give(scene, story, purpose, name)
    if purpose != "cohort":
        with pytest.raises(error):
            take_back(scene, story, purpose, name)
    assert stands(story) == {"facilitators", "circle"}


def test_what_others_may_not_read_goes_nowhere(scene: Scene) -> None:
    _circle_id, story = told(scene, "facilitators")
    with pytest.raises(NotNowError):
        give(scene, story, "showcase")


def test_a_hidden_story_serves_no_purpose(scene: Scene) -> None:
    _circle_id, story = told(scene)
    give(scene, story, "training")
    Contribution.objects.update(hidden_at=timezone.now())
    assert not consents.standing(Purpose.TRAINING).exists()


def test_withdrawing_the_story_ends_every_purpose(scene: Scene) -> None:
    _circle_id, story = told(scene)
    give(scene, story, "training")
    api.withdraw(actor=scene.actor("amal"), contribution_id=story, key=new_key())
    assert stands(story) == set()
    (mine,) = api.my_stories(actor=scene.actor("amal"), language="fr")
    assert (mine.consents, mine.offers) == ((), ())
    with pytest.raises(NotNowError):
        give(scene, story, "training")


def test_consents_end_with_their_time(scene: Scene) -> None:
    _circle_id, story = told(scene)
    give(scene, story, "training")
    soon = timezone.now() - timedelta(seconds=1)
    StoryConsent.objects.filter(purpose__in=["training", "cohort"]).update(expires_at=soon)
    assert not consents.standing(Purpose.TRAINING).exists()
    keeping.purge(now=timezone.now(), dry_run=True)
    assert "training" in stands(story)
    keeping.purge(now=timezone.now(), dry_run=False)
    assert stands(story) == {"facilitators", "circle"}
    assert Contribution.objects.get().audience == Audience.CIRCLE


def test_the_copy_says_what_and_when_and_no_story(scene: Scene, client: Any) -> None:
    _circle_id, story = told(scene)
    give(scene, story, "training")
    take_back(scene, story, "training")
    client.force_login(scene.users["amal"])
    answer = client.get("/passerelle/consents.txt", headers={"Accept-Language": "fr"})
    text = answer.content.decode()
    assert "attachment" in answer["Content-Disposition"]
    assert consents.words(Purpose.TRAINING, language="fr") in text
    assert timezone.now().date().isoformat() in text
    assert MARKER not in text
    client.force_login(scene.users["elif"])
    assert (
        consents.words(Purpose.TRAINING, language="fr") not in client.get("/passerelle/consents.txt").content.decode()
    )
    client.logout()
    assert client.get("/passerelle/consents.txt").status_code == 302


def test_the_page_offers_and_takes_back(scene: Scene, client: Any) -> None:
    _circle_id, story = told(scene, "circle")
    client.force_login(scene.users["amal"])
    url = f"/passerelle/stories/{story}/consents/"
    body = {"purpose": "training", "key": new_key()}
    assert client.post(url + "give", body).status_code == 415
    for _time in range(2):
        assert client.post(url + "give", body, content_type="application/json").status_code == 200
    assert "training" in stands(story)
    assert f"{url}withdraw" in client.get("/passerelle/").content.decode()
    body = {"purpose": "training", "key": new_key()}
    assert client.post(url + "withdraw", body, content_type="application/json").status_code == 200
    assert "training" not in stands(story)


def test_retirement_leaves_no_consent(scene: Scene) -> None:
    told(scene)
    user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert not StoryConsent.objects.exists()


@given(steps=st.lists(st.tuples(st.sampled_from(["give", "take"]), st.sampled_from(list(Purpose))), max_size=8))
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ladder_and_the_consents_never_disagree(scene: Scene, steps: list[tuple[str, Purpose]]) -> None:
    """Whatever is given and taken back: who may read is what stands, and nobody reads more than before."""
    Circle.objects.all().delete()
    _circle_id, story = told(scene)
    highest = LADDER.index(Audience.COHORT)
    for what, purpose in steps:
        with contextlib.suppress(InvalidError, NotNowError):
            (give if what == "give" else take_back)(scene, story, purpose)
        audience = Audience(Contribution.objects.get(pk=story).audience)
        assert LADDER.index(audience) <= highest
        highest = LADDER.index(audience)
        readers = stands(story) - {"training", "showcase"}
        assert readers == set(consents.purposes_of(audience))
        assert "showcase" not in stands(story) or audience in (Audience.CIRCLE, Audience.COHORT)


def test_the_operator_says_how_long_a_consent_stands(scene: Scene, settings: Any) -> None:
    settings.PASSERELLE_CONSENT_DAYS = {"cohort": 30}
    circle_id, story = told(scene)
    assert "Le figuier" in str(api.shared_stories(actor=scene.actor("ifeoma"), usage_key=USAGE))
    keeping.purge(now=timezone.now() + timedelta(days=31), dry_run=False)
    assert stands(story) == {"facilitators", "circle"}
    keeping.purge(now=timezone.now() + timedelta(days=366 * 5), dry_run=False)
    assert stands(story) == set()
    assert scene.see("nadia", circle_id).contributions == ()
    assert [one.text for one in scene.see("amal", circle_id).contributions] == [MARKER]  # hers still
