"""What circles tell other apps through the host: whose stories there are, who facilitates, what was withdrawn."""

from __future__ import annotations

from typing import Any

from passerelle.circles import api
from passerelle.host.api import facilitated_courses, own_stories, story_taken_back

from .conftest import Scene, new_key


def test_the_host_knows_who_facilitates_where(scene: Scene, django_assert_num_queries: Any) -> None:
    nadia = scene.actor("nadia")
    with django_assert_num_queries(1):
        assert facilitated_courses(user_id=nadia.pk) == {nadia.course_key}
    assert facilitated_courses(user_id=scene.actor("amal").pk) == frozenset()


def test_a_story_is_its_teller_s_to_use_until_she_withdraws_it(
    scene: Scene, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    circle_id = scene.in_phase("share")
    scene.act("amal", circle_id, "tell", text="Le figuier.")
    amal = scene.actor("amal")
    with django_assert_num_queries(1):
        (story,) = own_stories(user_id=amal.pk)
    assert story.text == "Le figuier."
    assert own_stories(user_id=scene.actor("elif").pk) == ()
    heard: list[str] = []

    def hear(reference: str, **_more: Any) -> None:
        heard.append(reference)

    story_taken_back.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            api.withdraw(actor=amal, contribution_id=story.reference, key=new_key())
    finally:
        story_taken_back.disconnect(hear)
    assert heard == [story.reference]
    assert own_stories(user_id=amal.pk) == ()
