"""The framework as a taxonomy in the real tagging packages. Run by nox (sessions `tagging_*`)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from opaque_keys.edx.keys import CourseKey
from passerelle.competences import api, taxonomy
from passerelle.competences.catalogue import framework
from passerelle.competences.data import Basis
from passerelle.competences.demonstrated import UPSTREAM
from tagging_host import TaggingHost

pytestmark = pytest.mark.django_db
UNIT = "block-v1:Org+C+R+type@vertical+block@u1"


def tagging() -> Any:
    return taxonomy._tagging()[0]


def models() -> Any:
    return import_module(f"{tagging().__name__.rpartition('.')[0]}.models")


def stored() -> dict[str, taxonomy._Tag]:
    return taxonomy._stored(tagging(), tagging().get_taxonomy_by_export_id(taxonomy.EXPORT_ID))


def test_every_competence_is_a_tag_below_its_area() -> None:
    TaggingHost.shared.clear()
    done = taxonomy.sync()
    core = framework()
    assert done.created
    assert done.changed == len(core.areas) + len(core.competences)
    found = stored()
    assert {key for key in found if key.startswith("http")} == {one.uri for one in core.competences}
    first = core.competences[0]
    assert found[first.uri] == taxonomy._Tag(first.uri, first.name["en"], f"area:{first.area}")
    assert TaggingHost.shared == [taxonomy.EXPORT_ID]


def test_a_second_run_writes_nothing() -> None:
    taxonomy.sync()
    with CaptureQueriesContext(connection) as queries:
        assert taxonomy.sync().changed == 0
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []


def test_a_dry_run_writes_nothing() -> None:
    assert taxonomy.sync(dry_run=True).changed > 70
    assert tagging().get_taxonomy_by_export_id(taxonomy.EXPORT_ID) is None


def test_units_keep_their_tags_when_a_name_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    taxonomy.sync()
    found = tagging().get_taxonomy_by_export_id(taxonomy.EXPORT_ID)
    one = framework().competences[0]
    tagging().tag_object(UNIT, found, [one.name["en"]])
    wanted = list(taxonomy._wanted())
    renamed = [taxonomy._Tag(tag.id, "Team play" if tag.id == one.uri else tag.value, tag.parent_id) for tag in wanted]
    monkeypatch.setattr(taxonomy, "_wanted", lambda: iter(renamed[:-1]))
    assert taxonomy.sync().changed == 2  # one renamed, one gone
    assert stored().keys() == {tag.id for tag in renamed[:-1]}
    tags = [tag.tag.external_id for tag in tagging().get_object_tags(UNIT)]
    assert tags == [one.uri]


def test_upstreams_competency_taxonomy_where_there_is_one() -> None:
    done = taxonomy.sync()
    applet = taxonomy._competencies()
    assert done.competency == (applet is not None)
    if applet:
        assert applet.is_competency_taxonomy(tagging().get_taxonomy_by_export_id(taxonomy.EXPORT_ID))


def test_what_upstream_calls_demonstrated_becomes_a_claim() -> None:
    taxonomy.sync()
    learner, other = (User.objects.create_user(name) for name in ("amal", "elif"))
    course = CourseKey.from_string("course-v1:Org+C+R")
    if taxonomy._competencies() is None:
        api.take_in_grades(user_id=learner.pk, course_key=course, work=[])
        assert api.claims_of(user_id=learner.pk) == ()
        return
    upstream = import_module("openedx_learning.applets.cbe.models")
    first, second = framework().competences[:2]
    now = timezone.now()
    for status in upstream.MasteryStatus:  # as a migration seeds them
        upstream.CompetencyMasteryStatus.objects.get_or_create(pk=status.value, defaults={"status": status.label})
    for uri, status in ((first.uri, "DEMONSTRATED"), (second.uri, "PARTIALLY_ATTEMPTED")):
        upstream.StudentCompetencyStatus.objects.create(
            user=learner,
            tag=models().Tag.objects.get(external_id=uri),
            status_id=upstream.MasteryStatus[status],
            created=now,
            modified=now,
        )
    for person in (learner, other):
        api.take_in_grades(user_id=person.pk, course_key=course, work=[])
    (claim,) = api.claims_of(user_id=learner.pk)
    assert (claim.uri, claim.basis, claim.level, claim.source) == (first.uri, Basis.DEMONSTRATED, 2, UPSTREAM)
    assert api.claims_of(user_id=other.pk) == ()
