"""Employers: what a person finds and why, what she keeps, and that changes show at once."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from passerelle.employers import api, samples, shelf
from passerelle.employers.models import Mark, Opportunity, Organisation
from passerelle.host.errors import InvalidError, NotFoundError
from passerelle.matching.data import Wishes

from .conftest import CUTTING, HYGIENE, Scene

KITCHEN = "Kitchen assistant"
ESCO_SKILLS = Path(__file__).parents[2].parent / "shared" / "data" / "esco" / "skills.csv"


def test_a_person_finds_what_fits_and_why(scene: Scene) -> None:
    cards = scene.found()
    assert [card.score for card in cards] == sorted((card.score for card in cards), reverse=True)
    card = scene.card(KITCHEN)
    assert (card.organisation, card.kind, card.place, card.hours) == ("La Table ronde", "job", "Marseille", 28)
    assert card.languages == (("fr", "A2"),)
    assert [(need.name, need.level_held, need.covered) for need in card.held] == [
        ("comply with food safety and hygiene", 3, 0.95)
    ]
    assert [(need.name, need.level, need.level_held, need.covered) for need in card.partly] == [
        ("work in teams", 2, 1, 0.3)
    ]
    assert "use food cutting tools" in [need.name for need in card.missing]
    assert card.covered == pytest.approx((0.95 + 0.3) / (5 + 4 * 0.4))
    assert card.use == 1.0
    assert card.score == pytest.approx((card.covered + 2 * card.use) / 3)


def test_what_comes_close_is_said_and_counts_nothing(scene: Scene) -> None:
    from passerelle.competences.esco.models import Concept, ConceptTie, Kind, Tie

    before = scene.card(KITCHEN)
    concepts = [Concept.objects.create(uri=uri, kind=Kind.SKILL) for uri in (HYGIENE, CUTTING)]
    ConceptTie.objects.create(source=concepts[0], target=concepts[1], tie=Tie.OPTIONAL)
    card = scene.card(KITCHEN)
    assert [(need.uri, need.via, need.covered) for need in card.related] == [(CUTTING, HYGIENE, 0.0)]
    assert CUTTING not in [need.uri for need in card.missing]
    assert (card.covered, card.use, card.score) == (before.covered, before.use, before.score)
    api.show_me(actor=scene.actor("amal"), organisation="la-table-ronde")
    (seen,) = scene.people()
    assert seen.related == ()  # an employer learns nothing that the work does not ask for


def test_words_come_in_the_persons_language(scene: Scene) -> None:
    assert "Aide en cuisine" in [card.title for card in scene.found(language="fr")]
    assert "مساعد في المطبخ" in [card.title for card in scene.found(language="ar")]
    assert KITCHEN in [card.title for card in scene.found(language="uk")]


def test_a_person_without_claims_finds_nothing_yet(scene: Scene) -> None:
    assert scene.found("elif") == []


def test_what_somebody_confirmed_counts_and_a_badge_hides_no_higher_level(scene: Scene) -> None:
    scene.claim("amal", HYGIENE, 4, "stated", "word")
    scene.claim("amal", HYGIENE, 2, "badge_backed", "first")
    assert [(need.level_held, need.covered) for need in scene.card(KITCHEN).held] == [(3, 0.95)]  # as confirmed before
    scene.claim("amal", HYGIENE, 3, "badge_backed", "second")
    assert [(need.level_held, need.covered) for need in scene.card(KITCHEN).held] == [(3, 1.0)]


def test_wishes_rule_out(scene: Scene) -> None:
    assert {card.place for card in scene.found(wishes=Wishes(places=frozenset({"Dublin"})))} == {"Dublin"}
    assert KITCHEN not in [card.title for card in scene.found(wishes=Wishes(languages={"fr": "A1"}))]
    assert KITCHEN in [card.title for card in scene.found(wishes=Wishes(languages={"fr": "B1"}))]


def test_by_some_of_her_claims_alone_and_the_reasons_tell_all(scene: Scene) -> None:
    found = scene.found(about={HYGIENE})
    assert {HYGIENE in {need.uri for need in card.held + card.partly} for card in found} == {True}
    kitchen = next(card for card in found if card.title == KITCHEN)
    assert kitchen == scene.card(KITCHEN)
    assert scene.found(about=set()) == []


def test_hidden_ones_stay_away_and_saved_ones_are_marked(scene: Scene) -> None:
    actor, card = scene.actor("amal"), scene.card(KITCHEN)
    others = [each.id for each in scene.found() if each.id != card.id]
    for _again in range(2):
        api.hide(actor=actor, opportunity_id=card.id)
    assert [each.id for each in scene.found(limit=len(others))] == others
    for _again in range(2):
        api.save(actor=actor, opportunity_id=card.id)
    assert scene.card(KITCHEN).saved
    assert [each.id for each in api.saved(actor=actor, language="en")] == [card.id]
    assert api.saved(actor=scene.actor("elif"), language="en") == []
    for _again in range(2):
        api.unmark(actor=actor, opportunity_id=card.id)
    assert not scene.card(KITCHEN).saved
    assert Mark.objects.count() == 0


def test_what_an_operator_changes_shows_in_the_next_search(scene: Scene) -> None:
    operator, card = scene.actor("sam"), scene.card(KITCHEN)
    api.save(actor=scene.actor("amal"), opportunity_id=card.id)
    api.unpublish(actor=operator, opportunity_id=card.id)
    assert KITCHEN not in [each.title for each in scene.found()]
    assert api.saved(actor=scene.actor("amal"), language="en") == []
    with pytest.raises(NotFoundError):
        api.hide(actor=scene.actor("amal"), opportunity_id=card.id)
    api.publish(actor=operator, opportunity_id=card.id)
    assert scene.card(KITCHEN).saved
    api.disapprove(actor=operator, organisation="la-table-ronde")
    assert "La Table ronde" not in [each.organisation for each in scene.found()]
    api.approve(actor=operator, organisation="la-table-ronde")
    assert scene.card(KITCHEN)


def test_every_other_change_shows_too(scene: Scene) -> None:
    row = Opportunity.objects.get(reference="kitchen-assistant")
    row.requirements.get(uri=CUTTING).delete()
    assert scene.card(KITCHEN).covered == pytest.approx((0.95 + 0.3) / (4 + 4 * 0.4))
    row.ends = timezone.localdate() - timedelta(days=1)
    row.save()
    assert KITCHEN not in [each.title for each in scene.found()]
    row.ends = timezone.localdate()
    row.save()
    assert scene.card(KITCHEN)
    Organisation.objects.get(slug="la-table-ronde").delete()
    assert KITCHEN not in [each.title for each in scene.found()]


def test_an_index_is_built_once_and_a_search_costs_seven_queries(scene: Scene) -> None:
    from django.db import connection

    scene.found()
    kept = shelf.index()
    with CaptureQueriesContext(connection) as queries:
        scene.found()
    assert len(queries) == 7
    assert shelf.index() is kept


@pytest.mark.parametrize("limit", [0, api.MOST + 1])
def test_a_senseless_limit_is_refused(scene: Scene, limit: int) -> None:
    with pytest.raises(InvalidError):
        scene.found(limit=limit)


def test_what_is_not_there_is_not_found(scene: Scene) -> None:
    operator = scene.actor("sam")
    for wrong in ("no-uuid", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFoundError):
            api.save(actor=operator, opportunity_id=wrong)
        with pytest.raises(NotFoundError):
            api.publish(actor=operator, opportunity_id=wrong)
    with pytest.raises(NotFoundError):
        api.approve(actor=operator, organisation="nobody")


def test_work_that_asks_for_nothing_is_not_published(scene: Scene) -> None:
    row = Opportunity.objects.create(
        organisation=Organisation.objects.get(slug="la-table-ronde"),
        reference="empty",
        title={"en": "Empty"},
        kind="job",
    )
    with pytest.raises(InvalidError):
        api.publish(actor=scene.actor("sam"), opportunity_id=str(row.pk))


def test_retirement_erases_what_a_person_marked_and_nothing_else(scene: Scene) -> None:
    from passerelle.host.api import user_retired

    card = scene.card(KITCHEN)
    for name in ("amal", "elif"):
        api.save(actor=scene.actor(name), opportunity_id=card.id)
    for _again in range(2):
        user_retired.send(sender=None, user_id=scene.users["amal"].pk)
    assert list(Mark.objects.values_list("user__username", flat=True)) == ["elif"]


def test_loading_again_changes_nothing_and_keeps_an_operators_decision(scene: Scene, capsys: Any) -> None:
    kitchen = scene.card(KITCHEN)
    api.unpublish(actor=scene.actor("sam"), opportunity_id=kitchen.id)
    call_command("load_opportunities")
    assert "0 new" in capsys.readouterr().out
    assert Opportunity.objects.count() == 10
    assert KITCHEN not in [card.title for card in scene.found()]


@pytest.mark.parametrize(
    "change", ["kind: job -> kind: hobby", "teamwork: 2 -> teamwork: 5", "competences: -> skills:"]
)
def test_a_broken_file_loads_nothing_and_is_said(db: None, tmp_path: Path, change: str) -> None:
    old, new = change.split(" -> ")
    text = samples.OPPORTUNITIES.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CommandError, match="Nothing is loaded"):
        call_command("load_opportunities", str(broken), stdout=StringIO())
    assert Organisation.objects.count() == 0


def test_the_samples_point_at_esco_and_speak_the_blocks_languages() -> None:
    content = yaml.safe_load(samples.OPPORTUNITIES.read_text(encoding="utf-8"))
    offers = [offer for organisation in content["organisations"] for offer in organisation["opportunities"]]
    assert (len(content["organisations"]), len(offers)) == (3, 10)
    assert all(set(words) == {"fr", "en", "ar"} for words in (offer["title"] for offer in offers))
    if not ESCO_SKILLS.is_file():
        pytest.skip(f"no ESCO table at {ESCO_SKILLS}")
    labels = {row["uri"]: row["label_en"] for row in csv.DictReader(ESCO_SKILLS.open(encoding="utf-8"))}
    for competence in content["competences"].values():
        assert labels[competence["uri"]] == competence["words"]["en"]
