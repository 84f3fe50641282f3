"""The framework as a taxonomy in the platform: authors tag a unit, and the tags travel in the course export."""

from __future__ import annotations

import tempfile

from django.core.management import call_command
from opaque_keys.edx.keys import CourseKey
from openedx.core.djangoapps.content_tagging import api as tagging
from openedx_tagging.core.tagging import api as packages
from passerelle.competences import api
from passerelle.competences.taxonomy import EXPORT_ID
from xmodule.contentstore.django import contentstore
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory
from xmodule.modulestore.xml_exporter import export_course_to_xml
from xmodule.modulestore.xml_importer import import_course_from_xml


class TagsTest(ModuleStoreTestCase):
    """A course with a tagged unit."""

    def setUp(self) -> None:
        super().setUp()
        self.course = CourseFactory.create(org="Passerelle", number="T1", run="first")
        chapter = BlockFactory.create(parent=self.course, category="chapter")
        sequential = BlockFactory.create(parent=chapter, category="sequential")
        self.unit = BlockFactory.create(parent=sequential, category="vertical")
        for _twice in range(2):
            call_command("passerelle_sync_taxonomy")
        self.taxonomy = packages.get_taxonomy_by_export_id(EXPORT_ID)
        team, time = (one for one in api.framework().competences if one.id in ("work_in_teams", "manage_time"))
        self.uris = (team.uri, time.uri)
        tagging.tag_object(str(self.unit.location), self.taxonomy, [time.name["en"], team.name["en"]])

    def move_to(self, key: CourseKey) -> None:
        """Export the course and import it under another key."""
        with tempfile.TemporaryDirectory() as folder:
            export_course_to_xml(modulestore(), contentstore(), self.course.id, folder, "one")
            import_course_from_xml(
                modulestore(), self.user.id, folder, source_dirs=["one"], static_content_store=contentstore(),
                target_id=key, create_if_not_present=True, raise_on_failure=True,
            )  # fmt: skip

    def test_every_organisation_may_tag_with_it(self) -> None:
        assert self.taxonomy in {found.cast() for found in tagging.get_taxonomies_for_org(org_short_name="Anybody")}

    def test_tags_say_what_the_unit_teaches(self) -> None:
        assert api.competences_taught(course_key=self.course.id) == {self.unit.location: self.uris}
        assert api.units_teaching(course_key=self.course.id)[self.uris[0]] == (self.unit.location,)

    def test_tags_travel_with_the_export(self) -> None:
        key = modulestore().make_course_key("Passerelle", "T1", "second")
        self.move_to(key)
        there = key.make_usage_key("vertical", self.unit.location.block_id)
        assert api.competences_taught(course_key=key) == {there: self.uris}
