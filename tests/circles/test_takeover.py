"""A circle whose facilitator is gone goes on with another one; and what a poll costs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from passerelle.circles import api
from passerelle.circles.models import Circle, SafetyStep
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError, NotNowError

from .conftest import COURSE, Scene, new_key


def take(scene: Scene, name: str, circle_id: str, user_id: int | None = None, key: str = "") -> None:
    api.take_over(actor=scene.actor(name), circle_id=circle_id, user_id=user_id, key=key or new_key())


def gone(scene: Scene, circle_id: str, how: str) -> None:
    nadia = scene.users["nadia"]
    if how == "dismissed":
        api.dismiss_facilitator(actor=scene.actor("jonas"), course_key=COURSE, user_id=nadia.pk)
    elif how == "retired":
        user_retired.send(sender=None, user_id=nadia.pk)
    else:
        api.step_back(actor=scene.actor("nadia"), circle_id=circle_id, key=new_key())


@pytest.mark.parametrize("how", ["dismissed", "retired", "stepped back"])
@pytest.mark.parametrize("who", ["zora", "jonas"])
def test_another_facilitator_goes_on(scene: Scene, how: str, who: str) -> None:
    circle_id = scene.started("amal", "elif")
    gone(scene, circle_id, how)
    zora = scene.users["zora"].pk
    key = new_key()
    for _time in range(2):
        take(scene, who, circle_id, zora if who == "jonas" else None, key)
    assert Circle.objects.get().facilitator_id == zora
    assert SafetyStep.objects.filter(what="taken over").count() == 1
    assert "next" in scene.see("zora", circle_id).can
    with pytest.raises(NotAllowedError):
        scene.see("jonas", circle_id)  # handing it over opens no story
    with pytest.raises(NotAllowedError):
        scene.see("nadia", circle_id)


def test_what_somebody_holds_nobody_takes(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    with pytest.raises(NotNowError):
        take(scene, "zora", circle_id)
    with pytest.raises(NotAllowedError):
        take(scene, "amal", circle_id)
    gone(scene, circle_id, "stepped back")
    with pytest.raises(InvalidError):
        take(scene, "jonas", circle_id)  # staff who facilitate nothing
    with pytest.raises(InvalidError):
        take(scene, "jonas", circle_id, scene.users["amal"].pk)
    # A facilitator names nobody else.
    take(scene, "zora", circle_id, scene.users["nadia"].pk)
    assert Circle.objects.get().facilitator == scene.users["zora"]
    scene.act("zora", circle_id, "close")
    gone_again = Circle.objects.get()
    gone_again.facilitator = None
    gone_again.save()
    with pytest.raises(NotNowError):
        take(scene, "nadia", circle_id)


def test_the_addresses(scene: Scene, client: Any) -> None:
    circle_id = scene.started("amal", "elif")
    client.force_login(scene.users["nadia"])
    body = {"key": new_key()}
    assert client.post(f"/passerelle/circles/{circle_id}/step-back", body).status_code == 415
    back = client.post(f"/passerelle/circles/{circle_id}/step-back", body, content_type="application/json")
    assert back.status_code == 200
    client.force_login(scene.users["zora"])
    assert (
        f"/passerelle/circles/{circle_id}/take-over"
        in client.get(f"/passerelle/courses/{COURSE}/desk/").content.decode()
    )
    over = client.post(
        f"/passerelle/circles/{circle_id}/take-over", {"key": new_key()}, content_type="application/json"
    )
    assert over.status_code == 200
    assert Circle.objects.get().facilitator == scene.users["zora"]


@pytest.mark.parametrize("name", ["elif", "nadia"])
def test_a_poll_without_news_costs_two_queries_of_ours(scene: Scene, client: Any, name: str) -> None:
    circle_id = scene.started("amal", "elif")
    client.force_login(scene.users[name])
    url = f"/passerelle/circles/{circle_id}/state?lang=fr"
    tag = f'"{client.get(url).json()["etag"]}"'
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = client.get(url, headers={"If-None-Match": tag})
    assert answer.status_code == 304
    ours = [query["sql"] for query in seen if re.search(r'FROM ["`]passerelle_', query["sql"])]
    assert 0 < len(ours) <= 2
    assert not [query for query in seen if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))]


def test_who_was_dismissed_keeps_a_seat_and_nothing_else(scene: Scene) -> None:
    circle_id = scene.open()
    for name in ("amal", "elif", "nadia"):
        scene.act(name, circle_id, "join")
    scene.act("nadia", circle_id, "start")
    scene.act("elif", circle_id, "raise_hand")
    (card,) = api.my_circles(actor=scene.actor("nadia"), language="fr")
    assert card.facilitated
    gone(scene, circle_id, "dismissed")
    for action in ("pause", "extend"):
        with pytest.raises(NotNowError):
            scene.act("nadia", circle_id, action)
    with pytest.raises(NotNowError):
        scene.act("nadia", circle_id, "lower_hand", seat=2)  # her own hand is not up
    assert scene.see("elif", circle_id).people[1].hand == 1
    (card,) = api.my_circles(actor=scene.actor("nadia"), language="fr")
    assert (card.mine, card.facilitated) == (True, False)
    scene.act("amal", circle_id, "pass")
    scene.act("elif", circle_id, "pass")
    scene.act("nadia", circle_id, "pause")  # in her own turn, as anybody
    assert scene.see("amal", circle_id).floor.left is not None
