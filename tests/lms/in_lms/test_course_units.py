"""Every unit of the courses, imported, opens through the LMS's XBlock view."""

from pathlib import Path

import ddt
from circle_case import PASSWORD
from common.djangoapps.student.tests.factories import GlobalStaffFactory
from django.test import Client
from django.urls import reverse
from openedx.core.djangoapps.content.course_overviews.models import CourseOverview
from passerelle.courses import exports_root
from passerelle.courses.olx import read_run
from xmodule.contentstore.django import contentstore
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.xml_importer import import_course_from_xml

RUNS = sorted(str(path.parent.relative_to(exports_root())) for path in exports_root().glob("*/*/course.xml"))


@ddt.ddt
class CourseUnitsTest(ModuleStoreTestCase):
    @ddt.data(*RUNS)
    def test_every_unit_opens(self, name: str) -> None:
        folder: Path = exports_root() / name
        run = read_run(folder)
        import_course_from_xml(
            modulestore(),
            self.user.id,
            str(folder.parent),
            source_dirs=[folder.name],
            static_content_store=contentstore(),
            target_id=run.key,
            create_if_not_present=True,
            raise_on_failure=True,
        )
        CourseOverview.get_from_id(run.key)
        client = Client()
        client.login(username=GlobalStaffFactory(password=PASSWORD).username, password=PASSWORD)
        for unit in run.units:
            answer = client.get(reverse("render_xblock", kwargs={"usage_key_string": str(unit.usage_key)}))
            page = answer.content.decode()
            assert answer.status_code == 200, unit.url_name
            assert "We're having trouble rendering" not in page, unit.url_name
            assert all(str(child.url_name) in page for child in unit.children), unit.url_name
