"""The audit: exposure by language and region, and nothing about fewer than five people."""

from __future__ import annotations

from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from passerelle.employers import api
from passerelle.employers.audit import audit
from passerelle.employers.models import Opportunity
from passerelledemo.models import Profile

from .conftest import HYGIENE, Scene


def people(scene: Scene, language: str, count: int) -> list[str]:
    names = [f"{language}{number}" for number in range(count)]
    for name in names:
        user = scene.users[name] = User.objects.create_user(name)
        Profile.objects.create(user=user, name=name, language=language)
        scene.claim(name, HYGIENE, 2, "validated")
    return names


def test_groups_of_five_are_counted_and_smaller_ones_are_not_told(scene: Scene) -> None:
    Opportunity.objects.filter(pk=scene.kitchen).update(region="Provence")
    names = people(scene, "ar", 6)
    people(scene, "uk", 2)
    for name in names[:5]:
        api.show_me(actor=scene.actor(name), organisation=scene.table.slug)
    scene.people()
    api.ask_contact(
        actor=scene.actor("rosa"), opportunity_id=scene.kitchen, pseudonym=scene.people()[0].pseudonym, message="Hello"
    )
    found = audit()
    assert set(found.languages) == {"ar"}
    assert found.left_out == 3  # two in Ukrainian, and one who chose no language
    group = found.languages["ar"]
    assert (group.people, group.found, dict(group.seen)) == (6, 6, {"shown": 5, "viewed": 5, "asked": 1})
    assert found.regions["Provence"] == (1, 9)
    out = StringIO()
    call_command("audit_matching", stdout=out)
    line = next(line.split() for line in out.getvalue().splitlines() if line.startswith("ar"))
    assert (line[1], line[-4:]) == ("6", ["5", "5", "<5", "0"])
    assert "uk" not in out.getvalue()


def test_small_groups_together_are_large_enough(scene: Scene) -> None:
    people(scene, "uk", 3)
    people(scene, "tr", 3)
    found = audit()
    assert {language: group.people for language, group in found.languages.items()} == {"others": 7}
    assert found.left_out == 0
