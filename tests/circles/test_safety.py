"""Reports and what becomes of them, hiding, reading from outside, notes, help lines."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from django.utils.translation import gettext
from passerelle.circles import api, keeping
from passerelle.circles.data import ReportStatus, SafetyWhat
from passerelle.circles.models import Circle, Contribution, Facilitator, FacilitatorNote, HelpLine, Report, SafetyStep
from passerelle.host.api import user_retired
from passerelle.host.errors import InvalidError, NotAllowedError, NotFoundError, NotNowError
from passerelledemo.models import Profile

from .conftest import COURSE, USAGE, Scene, new_key

MARKER = "Le figuier de ma grand-mère"


@pytest.fixture
def contact(scene: Scene, settings: Any) -> str:
    """The stranger looks after safety: she takes part in no course."""
    settings.PASSERELLE_SAFEGUARDING = "stranger"
    return "stranger"


@pytest.fixture
def circle_id(scene: Scene) -> str:
    """Amal has told; Elif and Mariana are there."""
    circle_id = scene.started("amal", "elif", "mariana")
    scene.act("amal", circle_id, "tell", text=MARKER, audience="cohort")
    return circle_id


def story_id() -> str:
    return str(Contribution.objects.get(text=MARKER).pk)


def report(scene: Scene, name: str = "elif", **changes: Any) -> Report:
    values = {"contribution_id": story_id(), "reason": "hurt", "words": "Cela me blesse.", "key": new_key()}
    api.report(actor=scene.actor(name), **{**values, **changes})
    return Report.objects.order_by("-at").first()


def texts(scene: Scene, name: str, circle_id: str) -> list[str]:
    return [told.text for told in scene.see(name, circle_id).contributions]


def trail() -> list[str]:
    return list(SafetyStep.objects.values_list("what", flat=True))


def test_a_reported_story_is_hidden_at_once(scene: Scene, circle_id: str) -> None:
    before = api.etag(actor=scene.actor("mariana"), circle_id=circle_id, language="fr")
    made = report(scene)
    assert made.status == ReportStatus.OPEN
    assert texts(scene, "elif", circle_id) == texts(scene, "mariana", circle_id) == []
    assert texts(scene, "amal", circle_id) == texts(scene, "nadia", circle_id) == [MARKER]
    assert api.shared_stories(actor=scene.actor("ifeoma"), usage_key=USAGE) == []
    assert api.my_stories(actor=scene.actor("amal"), language="fr")[0].hidden
    assert api.etag(actor=scene.actor("mariana"), circle_id=circle_id, language="fr") != before
    assert trail() == [SafetyWhat.REPORTED, SafetyWhat.HIDDEN]


def test_replies_are_hidden_with_the_story_they_answer(scene: Scene) -> None:
    circle_id = scene.in_phase("share", "amal", "elif", "mariana")
    scene.act("amal", circle_id, "tell", text=MARKER)
    for _person in ("elif", "mariana", "phase"):
        scene.act("nadia", circle_id, "next")
    scene.act("elif", circle_id, "reply", to=story_id(), text="Je vois le figuier")
    report(scene, "mariana")
    assert texts(scene, "mariana", circle_id) == []
    with pytest.raises(NotFoundError):
        scene.act("mariana", circle_id, "reply", to=story_id(), text="Trop tard")


@pytest.mark.parametrize(
    ("name", "changes", "error"),
    [
        ("amal", {}, NotFoundError),  # her own
        ("oksana", {}, NotAllowedError),
        ("nadia", {}, NotAllowedError),  # the facilitator hides
        ("jonas", {}, NotAllowedError),
        ("elif", {"reason": "boring"}, InvalidError),
        ("elif", {"words": "x" * 1001}, InvalidError),
        ("elif", {"contribution_id": new_key()}, NotFoundError),
        ("elif", {"contribution_id": "nonsense"}, NotFoundError),
        ("elif", {"key": "x"}, InvalidError),
    ],
)
def test_what_cannot_be_reported_changes_nothing(
    scene: Scene, circle_id: str, name: str, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        report(scene, name, **changes)
    assert not Report.objects.exists()
    assert texts(scene, "elif", circle_id) == [MARKER]


def test_a_story_that_one_may_not_read_one_cannot_report(scene: Scene) -> None:
    circle_id = scene.started("amal", "elif")
    scene.act("amal", circle_id, "tell", text=MARKER, audience="facilitators")
    with pytest.raises(NotFoundError):
        report(scene)
    assert Contribution.objects.get().hidden_at is None


def test_the_same_report_twice_is_one(scene: Scene, circle_id: str) -> None:
    key = new_key()
    for _time in range(2):
        report(scene, key=key)
    assert Report.objects.count() == 1
    assert len(trail()) == 2


def test_the_facilitator_decides_with_a_reason(scene: Scene, circle_id: str) -> None:
    made = report(scene)
    nadia = scene.actor("nadia")
    (seen,) = api.reports(actor=nadia, language="fr")
    assert (seen.story, seen.can) == (MARKER, ("escalate", "close"))
    assert [step.by for step in seen.steps] == ["", ""]  # not who reported
    with pytest.raises(InvalidError):
        api.close_report(actor=nadia, report_id=str(made.pk), words=" ", release=True, key=new_key())
    api.close_report(actor=nadia, report_id=str(made.pk), words="Parlé avec les deux.", release=True, key=new_key())
    assert texts(scene, "elif", circle_id) == [MARKER]
    assert trail()[2:] == [SafetyWhat.CLOSED, SafetyWhat.RELEASED]
    with pytest.raises(NotNowError):
        api.close_report(actor=nadia, report_id=str(made.pk), words="Encore", release=True, key=new_key())


def test_a_story_stays_hidden_while_another_report_waits(scene: Scene, circle_id: str) -> None:
    nadia, story = scene.actor("nadia"), story_id()
    one = report(scene)
    Contribution.objects.update(hidden_at=None)
    two = report(scene, "mariana", contribution_id=story)
    api.close_report(actor=nadia, report_id=str(one.pk), words="Non", release=True, key=new_key())
    assert texts(scene, "elif", circle_id) == []
    api.close_report(actor=nadia, report_id=str(two.pk), words="Non", release=True, key=new_key())
    assert texts(scene, "elif", circle_id) == [MARKER]


def test_what_was_passed_on_the_contact_decides(scene: Scene, circle_id: str, contact: str) -> None:
    made = report(scene)
    nadia, safe = scene.actor("nadia"), scene.actor(contact, is_enrolled=False)
    assert api.reports(actor=safe, language="fr") == []
    with pytest.raises(NotNowError):
        api.read_report(actor=safe, report_id=str(made.pk), key=new_key())
    api.escalate(actor=nadia, report_id=str(made.pk), words="À voir ensemble.", key=new_key())
    with pytest.raises(NotNowError):
        api.close_report(actor=nadia, report_id=str(made.pk), words="Bon", release=True, key=new_key())
    with pytest.raises(NotNowError):
        api.release(actor=nadia, contribution_id=story_id(), words="", key=new_key())
    (seen,) = api.reports(actor=safe, language="fr")
    assert (seen.story, seen.can) == (None, ("read", "close"))
    key = new_key()
    for _time in range(2):
        (read,) = api.read_report(actor=safe, report_id=str(made.pk), key=key)
        assert read.text == MARKER
    assert trail().count(SafetyWhat.READ) == 1
    (reading,) = api.readings(user_id=scene.users["amal"].pk)
    assert reading.role == "safeguarding contact"
    assert api.readings(user_id=scene.users["elif"].pk) == []
    api.close_report(actor=safe, report_id=str(made.pk), words="Aide trouvée.", release=False, key=new_key())
    assert texts(scene, "mariana", circle_id) == []
    with pytest.raises(NotNowError):
        api.read_report(actor=safe, report_id=str(made.pk), key=new_key())


def test_without_a_contact_nothing_can_be_passed_on(scene: Scene, circle_id: str) -> None:
    made = report(scene)
    with pytest.raises(NotNowError, match="course team"):
        api.escalate(actor=scene.actor("nadia"), report_id=str(made.pk), words="", key=new_key())
    assert Report.objects.get().status == ReportStatus.OPEN


def test_a_circle_without_facilitator_passes_reports_on_by_itself(scene: Scene, circle_id: str, contact: str) -> None:
    Facilitator.objects.filter(user=scene.users["nadia"]).delete()
    assert report(scene).status == ReportStatus.ESCALATED


def test_words_by_e_mail_say_nothing(
    scene: Scene, circle_id: str, contact: str, django_capture_on_commit_callbacks: Any, caplog: Any
) -> None:
    with caplog.at_level(0), django_capture_on_commit_callbacks(execute=True):
        made = report(scene, words=f"{MARKER}, dit-elle")
        api.escalate(actor=scene.actor("nadia"), report_id=str(made.pk), words=MARKER, key=new_key())
    assert [letter.to for letter in mail.outbox] == [["nadia@example.org"], ["stranger@example.org"]]
    everything = caplog.text + "".join(str(letter.message()) + letter.body for letter in mail.outbox)
    assert "/desk/" in everything
    assert "figuier" not in everything
    assert "hurt" not in everything
    assert "Amal" not in everything


def test_words_by_e_mail_are_in_the_reader_s_language(
    scene: Scene, circle_id: str, contact: str, django_capture_on_commit_callbacks: Any
) -> None:
    Profile.objects.create(user=scene.users["nadia"], language="fr")
    Profile.objects.create(user=scene.users[contact], language="tr")
    with translation.override("ar"), django_capture_on_commit_callbacks(execute=True):
        made = report(scene)
        api.escalate(actor=scene.actor("nadia"), report_id=str(made.pk), words="", key=new_key())
    expected = {"nadia@example.org": "fr", "stranger@example.org": "tr"}
    for letter in mail.outbox:
        with translation.override(expected.pop(*letter.to)):
            assert letter.subject == gettext("A report waits for you") != "A report waits for you"
            body = gettext("Somebody asks you to look at something in a circle. You find it here: %s")
            assert letter.body.startswith(body.partition("%s")[0])
    assert not expected


def test_a_letter_that_cannot_be_sent_loses_no_report(
    scene: Scene, circle_id: str, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "nowhere.Backend"
    with django_capture_on_commit_callbacks(execute=True):
        report(scene)
    assert Report.objects.count() == 1


def test_staff_break_the_glass_with_a_reason_that_tellers_read(scene: Scene, circle_id: str) -> None:
    jonas = scene.actor("jonas")
    scene.act("elif", circle_id, "tell", text="pour moi seule", audience="self")
    scene.act("mariana", circle_id, "tell", text="pour la facilitatrice", audience="facilitators")
    with pytest.raises(InvalidError):
        api.break_glass(actor=jonas, circle_id=circle_id, words="", key=new_key())
    assert not SafetyStep.objects.exists()
    key = new_key()
    for _time in range(2):
        read = api.break_glass(actor=jonas, circle_id=circle_id, words="Une alerte reçue", key=key)
    assert [story.text for story in read] == [MARKER, "pour la facilitatrice"]
    assert SafetyStep.objects.get().by == scene.users["jonas"]
    told = api.readings(user_id=scene.users["amal"].pk)
    assert [(reading.role, reading.words) for reading in told] == [("staff", "Une alerte reçue")]
    assert api.readings(user_id=scene.users["elif"].pk) == []  # her words were for herself


def test_an_old_request_opens_nothing_new(scene: Scene, circle_id: str) -> None:
    jonas, key = scene.actor("jonas"), new_key()
    api.break_glass(actor=jonas, circle_id=circle_id, words="Une alerte reçue", key=key)
    scene.act("elif", circle_id, "tell", text="Plus tard")
    again = api.break_glass(actor=jonas, circle_id=circle_id, words="Une alerte reçue", key=key)
    assert [story.text for story in again] == [MARKER]


def test_notes_are_their_author_s_alone(scene: Scene, circle_id: str) -> None:
    nadia, key = scene.actor("nadia"), new_key()
    for _time in range(2):
        api.add_note(actor=nadia, circle_id=circle_id, text="Amal est fatiguée.", key=key)
    (note,) = api.notes(actor=nadia, circle_id=circle_id)
    assert note.text == "Amal est fatiguée."
    Circle.objects.update(facilitator=scene.users["zora"])
    assert api.notes(actor=scene.actor("zora"), circle_id=circle_id) == []
    with pytest.raises(NotAllowedError):
        api.notes(actor=nadia, circle_id=circle_id)
    api.delete_note(actor=scene.actor("zora"), circle_id=circle_id, note_id=note.id, key=new_key())
    assert FacilitatorNote.objects.count() == 1
    Circle.objects.update(facilitator=scene.users["nadia"])
    api.delete_note(actor=nadia, circle_id=circle_id, note_id=note.id, key=new_key())
    assert not FacilitatorNote.objects.exists()


@pytest.mark.parametrize("who", ["amal", "elif", "nadia", "jonas"])
def test_retirement_leaves_no_word_of_the_person(scene: Scene, circle_id: str, who: str) -> None:
    made = report(scene, words=f"elif: {MARKER}, de amal")
    nadia = scene.actor("nadia")
    api.add_note(actor=nadia, circle_id=circle_id, text="nadia", key=new_key())
    api.close_report(actor=nadia, report_id=str(made.pk), words="nadia", release=False, key=new_key())
    api.break_glass(actor=scene.actor("jonas"), circle_id=circle_id, words="jonas", key=new_key())
    steps = SafetyStep.objects.count()
    for _time in range(2):
        user_retired.send(sender=None, user_id=scene.users[who].pk)
    kept = [*Report.objects.values_list("words", flat=True), *SafetyStep.objects.values_list("words", flat=True)]
    kept += FacilitatorNote.objects.values_list("text", flat=True)
    assert not [words for words in kept if who in words]
    assert not SafetyStep.objects.filter(by=scene.users[who]).exists()
    assert not Report.objects.filter(reporter=scene.users[who]).exists()
    assert SafetyStep.objects.count() == steps
    if who == "amal":
        assert not [words for words in kept if MARKER in words]


def test_decided_reports_go_after_their_time(scene: Scene, circle_id: str, settings: Any) -> None:
    made = report(scene)
    settings.PASSERELLE_RETENTION_DAYS = {"reports": 30}
    later = timezone.now() + timezone.timedelta(days=31)
    keeping.purge(now=later, dry_run=False)
    assert Report.objects.count() == 1  # nobody has decided it yet
    api.close_report(actor=scene.actor("nadia"), report_id=str(made.pk), words="Bon", release=True, key=new_key())
    keeping.purge(now=later, dry_run=True)
    assert Report.objects.count() == 1
    keeping.purge(now=later, dry_run=False)
    assert not Report.objects.exists()


def test_the_trail_outlives_the_report(scene: Scene, circle_id: str, contact: str, settings: Any) -> None:
    made, nadia, safe = report(scene), scene.actor("nadia"), scene.actor(contact, is_enrolled=False)
    api.escalate(actor=nadia, report_id=str(made.pk), words="Elif est inquiète.", key=new_key())
    api.read_report(actor=safe, report_id=str(made.pk), key=new_key())
    api.close_report(actor=safe, report_id=str(made.pk), words="Vu avec Elif.", release=False, key=new_key())
    before, reading = trail(), api.readings(user_id=scene.users["amal"].pk)
    later = timezone.now() + timezone.timedelta(days=731)
    keeping.purge(now=later, dry_run=True)
    assert SafetyStep.objects.exclude(words="").count() == 3
    keeping.purge(now=later, dry_run=False)
    assert not Report.objects.exists()
    assert trail() == before
    assert api.readings(user_id=scene.users["amal"].pk) == reading != []
    assert api.readings(user_id=scene.users["elif"].pk) == []
    assert not SafetyStep.objects.filter(by=scene.users["elif"]).exists()  # who reported is forgotten with the report
    assert list(SafetyStep.objects.exclude(words="").values_list("what", flat=True)) == [SafetyWhat.READ]
    with pytest.raises(NotNowError):  # the contact's word stands
        api.release(actor=nadia, contribution_id=story_id(), words="", key=new_key())
    keeping.purge(now=timezone.now() + timezone.timedelta(days=1826), dry_run=False)
    assert trail() == []


@pytest.mark.parametrize("count", [2, 60])
def test_the_desk_costs_the_same_with_many_reports(scene: Scene, django_assert_num_queries: Any, count: int) -> None:
    circle_id = scene.started("amal", "elif")
    member = Circle.objects.get().members.first()
    scene.act("amal", circle_id, "tell", text="Un récit")
    first = Contribution.objects.get()
    told = Contribution.objects.bulk_create(
        Contribution(
            circle_id=circle_id, member=member, consent=first.consent, phase="share", slot=f"n{n}", audience="circle"
        )
        for n in range(count)
    )
    made = Report.objects.bulk_create(Report(circle_id=circle_id, contribution=one, reason="other") for one in told)
    SafetyStep.objects.bulk_create(
        SafetyStep(circle_id=circle_id, report=one, what="reported", role="member", by=scene.users["elif"])
        for one in made
    )
    with django_assert_num_queries(5):
        assert len(api.reports(actor=scene.actor("nadia"), language="fr", rows=slice(100))) == count
    with django_assert_num_queries(5):
        api.reports(actor=scene.actor("nadia"), language="fr", rows=slice(0, 3))


def test_the_desk_shows_what_waits_first_and_who_is_silent(scene: Scene, circle_id: str) -> None:
    quiet = scene.started("ifeoma", "oksana")
    report(scene)
    cards = api.desk_circles(actor=scene.actor("nadia"), language="fr")
    assert [(card.id, card.reports) for card in cards] == [(circle_id, 1), (quiet, 0)]
    assert cards[0].silent == ("Elif", "Mariana")
    assert api.desk_circles(actor=scene.actor("zora"), language="fr") == []
    seen_by_staff = api.desk_circles(actor=scene.actor("jonas"), language="fr")
    assert [card.silent for card in seen_by_staff] == [(), ()]
    Facilitator.objects.filter(user=scene.users["nadia"]).delete()
    assert [card.abandoned for card in api.desk_circles(actor=scene.actor("zora"), language="fr")] == [True, True]


# --- Addresses


@pytest.mark.parametrize("name", ["nadia", "jonas", "stranger", "amal"])
def test_the_desk_opens_for_those_who_look_after_circles(
    scene: Scene, circle_id: str, client: Any, contact: str, name: str
) -> None:
    report(scene)
    client.force_login(scene.users[name])
    answer = client.get(f"/passerelle/courses/{COURSE}/desk/")
    assert answer.status_code == (403 if name == "amal" else 200)
    assert (MARKER in answer.content.decode()) == (name == "nadia")
    assert client.get(f"/passerelle/circles/{circle_id}/desk/").status_code == (200 if name == "nadia" else 403)


def test_reading_from_outside_shows_on_the_teller_s_page(scene: Scene, circle_id: str, client: Any) -> None:
    client.force_login(scene.users["jonas"])
    url = f"/passerelle/circles/{circle_id}/read"
    body = {"words": "Une alerte reçue", "key": new_key()}
    assert client.get(url).status_code == 405
    assert client.post(url, body).status_code == 415
    answer = client.post(url, body, content_type="application/json")
    assert [story["text"] for story in answer.json()["stories"]] == [MARKER]
    assert answer["Cache-Control"] == "private, no-store"
    client.force_login(scene.users["amal"])
    assert "Une alerte reçue" in client.get("/passerelle/").content.decode()


# --- Help lines


def test_help_lines_are_the_operator_s_and_112_without(scene: Scene, client: Any, tmp_path: Path) -> None:
    page = client.get("/passerelle/help/")
    assert page.status_code == 200
    assert 'href="tel:112"' in page.content.decode()
    file = tmp_path / "lines.csv"
    file.write_text("country,language,name,phone,url,hours\nzz,fr,Ligne,0 00 11,,\nZZ,ar,خط,22,,\nEU,,112,112,,\n")
    for _time in range(2):
        call_command("passerelle_help_lines", file, stdout=io.StringIO())
    assert HelpLine.objects.count() == 3
    lines = api.help_lines_for(language="ar")
    assert [(line.country, line.language) for line in lines] == [("EU", ""), ("ZZ", "ar"), ("ZZ", "fr")]
    assert 'href="tel:00011"' in client.get("/passerelle/help/").content.decode()


def test_help_lines_say_where_and_in_which_language_by_name(db: None, client: Any) -> None:
    HelpLine.objects.create(country="BE", language="ar", name="Ligne", phone="1")
    HelpLine.objects.create(country="DE", language="", name="Linie", phone="2")
    HelpLine.objects.create(country="XQ", language="xq", name="Nulle part", phone="3")
    page = client.get("/passerelle/help/", headers={"Accept-Language": "fr"}).content.decode()
    assert page.index("Allemagne") < page.index("Belgique")
    assert "arabe" in page
    assert ">BE<" not in page
    assert ">XQ<" in page  # a code that nobody has named
    (line,) = [line for line in api.help_lines_for(language="uk") if line.country == "BE"]
    assert (line.country_name, line.language_name) == ("Бельгія", "арабська")
    assert {line.country_name for line in api.help_lines_for(language="eo-xx")} >= {"Belgujo"}
    assert {line.country_name for line in api.help_lines_for(language="rtl")} >= {"Belgium"}


HEADER = "country,language,name,phone,url,hours\n"


@pytest.mark.parametrize(
    "text", ["nonsense", f"{HEADER}ZZZ,,x,1,,\n", "country\n", f"{HEADER}ZZ,,x,1,javascript:alert(1),\n"]
)
def test_a_wrong_file_of_help_lines_is_named_and_changes_nothing(db: None, tmp_path: Path, text: str) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(text)
    with pytest.raises(CommandError):
        call_command("passerelle_help_lines", file, stdout=io.StringIO())
    assert not HelpLine.objects.exists()
