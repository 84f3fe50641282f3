"""The employer's desk: an organisation, its people, what it recognises, its opportunities; and the operator's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from passerelle.employers import api, offers
from passerelle.employers.models import Opportunity, Organisation
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError

from .conftest import HYGIENE, TEAMWORK, Scene

KEY = "11111111-2222-4333-8444-555555555555"
WORK = "99999999-2222-4333-8444-555555555555"


def given(**changes: Any) -> dict[str, Any]:
    return {
        "titles": {"en": "Cook", "fr": "Cuisinière"},
        "abouts": {"fr": "Cuisiner chaque midi."},
        "kind": "job",
        "place": "Lyon",
        "region": "Rhône",
        "hours": "20",
        "languages": [{"code": "fr", "level": "A2"}, {"code": "", "level": "A1"}],
        "starts": "",
        "ends": "",
        "apply_by": "",
        "wanted": [{"uri": HYGIENE, "level": "2", "essential": "1"}, {"uri": TEAMWORK, "level": "1", "essential": ""}],
        **changes,
    }


def keep(scene: Scene, name: str = "ed", **changes: Any) -> Any:
    return api.keep_draft(
        actor=scene.actor(name), organisation=scene.table.slug, opportunity_id=WORK, given=given(**changes)
    )


def test_an_organisation_is_registered_once_and_waits(scene: Scene) -> None:
    amal, sam = scene.actor("amal"), scene.actor("sam")
    asked = {"name": "Au coin", "about": "A shop.", "website": "", "key": KEY}
    slug = api.register(actor=amal, **asked)
    assert api.register(actor=amal, **asked) == slug
    (mine,) = api.my_organisations(actor=amal)
    assert (mine.role, mine.approved) == ("manager", False)
    with pytest.raises(NotFoundError):
        api.show_me(actor=scene.actor("elif"), organisation=slug)
    assert slug in [
        each.slug for each in api.operator_desk(actor=sam, language="en").organisations if not each.approved
    ]
    api.disapprove(actor=sam, organisation=slug, reason="Which shop?")
    assert api.organisation(actor=amal, organisation=slug).refusal == "Which shop?"
    api.describe(actor=amal, organisation=slug, name="Au coin", about="The shop at 3, rue Haute.", website="")
    assert api.organisation(actor=amal, organisation=slug).refusal == ""
    api.approve(actor=sam, organisation=slug)
    api.describe(actor=amal, organisation=slug, name="Au coin", about="The shop.", website="https://example.org")
    assert Organisation.objects.get(slug=slug).approved
    api.describe(actor=amal, organisation=slug, name="Another", about="The shop.", website="")
    assert not Organisation.objects.get(slug=slug).approved


@pytest.mark.parametrize("wrong", [{"name": ""}, {"about": " "}, {"website": "javascript:alert(1)"}, {"key": "x"}])
def test_a_registration_that_is_not_right_is_refused(scene: Scene, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        api.register(
            actor=scene.actor("amal"), **{"name": "Au coin", "about": "A shop.", "website": "", "key": KEY, **wrong}
        )
    assert refused.value.field == next(iter(wrong))


def test_members_come_and_go_but_a_manager_stays(scene: Scene) -> None:
    marta, table = scene.actor("marta"), scene.table.slug
    for _again in range(2):
        api.add_member(actor=marta, organisation=table, name="elif@example.org", role="manager")
    assert [each.role for each in api.members(actor=marta, organisation=table) if each.name == "elif"] == ["manager"]
    api.add_member(actor=marta, organisation=table, name="elif", role="editor")
    for change in (
        lambda: api.remove_member(actor=marta, organisation=table, user_id=marta.pk),
        lambda: api.add_member(actor=marta, organisation=table, name="marta", role="editor"),
    ):
        with pytest.raises(NotNowError):
            change()
    api.remove_member(actor=marta, organisation=table, user_id=scene.users["elif"].pk)
    with pytest.raises(NotAllowedError):
        api.offers(actor=scene.actor("elif"), organisation=table, language="en")
    with pytest.raises(InvalidError):
        api.add_member(actor=marta, organisation=table, name="nobody", role="editor")


def test_two_taps_at_once_register_one_organisation(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"actor": scene.actor("amal"), "name": "Au coin", "about": "A shop.", "website": "", "key": KEY}
    count = QuerySet.count

    def after_the_other_tap(rows: Any) -> int:
        monkeypatch.undo()
        api.register(**asked)
        return count(rows)

    monkeypatch.setattr(QuerySet, "count", after_the_other_tap)
    slug = api.register(**asked)
    assert [each.slug for each in api.my_organisations(actor=asked["actor"])] == [slug]


def test_nobody_reads_whose_an_address_is_before_an_operator_approved(scene: Scene) -> None:
    elif_ = scene.actor("elif")
    slug = api.register(actor=elif_, name="Au coin", about="A shop.", website="", key=KEY)
    for name in ("amal@example.org", "amal"):
        with pytest.raises(NotNowError):
            api.add_member(actor=elif_, organisation=slug, name=name, role="editor")
    assert [each.is_me for each in api.members(actor=elif_, organisation=slug)] == [True]


def test_learners_read_what_is_recognised(scene: Scene) -> None:
    for _again in range(2):
        api.recognise(actor=scene.actor("ed"), organisation=scene.table.slug, target=TEAMWORK)
    with pytest.raises(InvalidError):
        api.recognise(actor=scene.actor("ed"), organisation=scene.table.slug, target="https://example.org/nothing")
    read = api.read(actor=scene.actor("amal"), opportunity_id=scene.kitchen, language="fr")
    assert [(each.target, each.is_badge) for each in read.recognised] == [(TEAMWORK, False)]
    api.unrecognise(actor=scene.actor("ed"), organisation=scene.table.slug, target=TEAMWORK)
    assert api.read(actor=scene.actor("amal"), opportunity_id=scene.kitchen, language="fr").recognised == ()


def test_from_a_draft_to_people(scene: Scene) -> None:
    ed, sam = scene.actor("ed"), scene.actor("sam")
    assert [keep(scene) for _again in range(2)] == ["draft", "draft"]
    row = Opportunity.objects.get(pk=WORK)
    assert (row.languages, row.hours, row.place, row.region) == ({"fr": "A2"}, 20, "Lyon", "Rhône")
    assert [(need.level, need.weight, need.essential) for need in row.requirements.all()] == [
        (2, 100, True),
        (1, 40, False),
    ]
    assert set(row.requirements.first().words) == {"fr", "en", "ar", "pt", "tr", "uk"}  # type: ignore[union-attr]
    card, about = api.preview(actor=ed, opportunity_id=WORK, language="fr")
    assert (card.title, about, len(card.missing)) == ("Cuisinière", "Cuisiner chaque midi.", 2)
    assert "Cook" not in [each.title for each in scene.found()]
    api.submit(actor=ed, opportunity_id=WORK)
    assert [each.id for each in api.operator_desk(actor=sam, language="en").offers] == [WORK]
    api.unpublish(actor=sam, opportunity_id=WORK, reason="Say where.")
    assert api.draft(actor=ed, opportunity_id=WORK, language="en").note == "Say where."
    api.submit(actor=ed, opportunity_id=WORK)
    api.publish(actor=sam, opportunity_id=WORK)
    assert "Cook" in [each.title for each in scene.found()]
    assert keep(scene) == "published"
    assert keep(scene, hours="21") == "waiting"
    assert "Cook" not in [each.title for each in scene.found()]
    api.publish(actor=sam, opportunity_id=WORK)
    api.archive(actor=ed, opportunity_id=WORK)
    assert "Cook" not in [each.title for each in scene.found()]


def test_what_may_no_longer_be_applied_for_is_over(scene: Scene) -> None:
    row = Opportunity.objects.get(pk=scene.kitchen)
    row.apply_by = timezone.localdate() - timedelta(days=1)
    row.save()
    assert "Kitchen assistant" not in [each.title for each in scene.found()]
    with pytest.raises(NotFoundError):
        api.apply(actor=scene.actor("amal"), opportunity_id=scene.kitchen)
    assert next(
        each
        for each in api.offers(actor=scene.actor("ed"), organisation=scene.table.slug, language="en")
        if each.id == scene.kitchen
    ).over


@pytest.mark.parametrize(
    "wrong",
    [
        {"titles": {}},
        {"titles": {"en": "x" * 151}},
        {"titles": {"e1": "Cook"}},
        {"abouts": {"en": "x" * 10_001}},
        {"kind": "hobby"},
        {"place": " "},
        {"hours": "many"},
        {"hours": "61"},
        {"languages": [{"code": "fr", "level": "Z9"}]},
        {"languages": "fr"},
        {"ends": "tomorrow"},
        {"wanted": [{"uri": HYGIENE, "level": "5", "essential": "1"}]},
        {"wanted": [{"uri": "https://example.org/nothing", "level": "1", "essential": "1"}]},
        {"wanted": ["x"]},
    ],
)
def test_a_form_that_is_not_right_says_where_and_changes_nothing(scene: Scene, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidError) as refused:
        keep(scene, **wrong)
    assert refused.value.field == next(iter(wrong))
    assert not Opportunity.objects.filter(pk=WORK).exists()


def test_nobody_writes_into_another_organisations_opportunity(scene: Scene) -> None:
    slug = api.register(actor=scene.actor("elif"), name="Au coin", about="A shop.", website="", key=KEY)
    with pytest.raises(NotFoundError):
        api.keep_draft(actor=scene.actor("elif"), organisation=slug, opportunity_id=scene.kitchen, given=given())
    with pytest.raises(NotAllowedError):
        api.people(actor=scene.actor("elif"), opportunity_id=scene.kitchen, language="en")


def test_a_pasted_text_suggests_what_it_names(scene: Scene) -> None:
    text = "Kitchen helper\n- work in teams\n- comply with food safety and hygiene\n- we are a nice bunch"
    found = api.suggest(actor=scene.actor("ed"), organisation=scene.table.slug, text=text, language="en")
    uris = [each.uri for each in found.wanted]
    assert {TEAMWORK, HYGIENE} <= set(uris)
    assert len(uris) <= 4
    with pytest.raises(InvalidError):
        api.suggest(actor=scene.actor("ed"), organisation=scene.table.slug, text=" - ", language="en")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("work in teams", "work in teams", True),
        ("you work in a team", "work in a construction team", False),
        ("comply with food safety and hygiene", "comply with food safety rules and hygiene", True),
        ("we are a nice bunch", "work in teams", False),
    ],
)
def test_a_text_does_not_ask_for_what_it_does_not_say(one: str, other: str, same: bool) -> None:
    assert offers._alike(one, other) is same
