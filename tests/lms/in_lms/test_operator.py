"""What an operator does, in the LMS; and what is left of a course when the suite has gone."""

import contextlib
import importlib.metadata
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import xblock.plugin
from common.djangoapps.student.models import CourseEnrollment
from common.djangoapps.student.roles import CourseStaffRole
from common.djangoapps.student.tests.factories import UserFactory
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.urls import reverse
from fill import fill
from lxml import etree
from opaque_keys.edx.keys import CourseKey
from openedx.core.djangoapps.content.course_overviews.tests.factories import CourseOverviewFactory
from passerelle.host.api import private_storage
from xblock.core import XBlock
from xmodule.contentstore.django import contentstore
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory
from xmodule.modulestore.xml_exporter import export_course_to_xml

PASSWORD = "a-long-Password-1"
SETTINGS = {
    "storytelling_circle": {"max_size": 5, "languages": ["fr", "ar"], "seconds": {"round_1": 90}},
    "competence_self_assessment": {"competences": ["manage_time"], "layout": "all"},
    "employer_badge_matching": {"count": 3, "matched_by": "unit"},
}
OURS = tuple(SETTINGS)


def run(command, *arguments, **options):
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


class CommandsTest(TestCase):
    def setUp(self):
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        storage = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(self.folder / "private"), "base_url": None, "file_permissions_mode": 0o600},
        }
        settings = override_settings(PASSERELLE_PRIVATE_STORAGE=storage)
        settings.enable()
        self.addCleanup(settings.disable)
        private_storage.cache_clear()
        self.addCleanup(private_storage.cache_clear)

    def test_the_doctor(self):
        said = run("passerelle_doctor")
        assert "No setting of ours was overwritten" in said
        assert "The private storage is private" in said
        assert "failed:" not in said, said

    def test_backup_and_restore(self):
        fill()
        file = self.folder / "backup.zip"
        before = run("passerelle_backup", file=file).splitlines()[-1]
        assert before.startswith("fingerprint ")
        assert run("passerelle_restore", str(file), replace=True).splitlines()[-1] == before
        assert run("passerelle_backup", file=self.folder / "again.zip").splitlines()[-1] == before
        assert "Contribution: 1 rows" in run("passerelle_export_person", "amal", file=self.folder / "amal.zip")

    def test_demo_people(self):
        key = CourseKey.from_string("course-v1:Passerelle+TOT101+fr")
        CourseOverviewFactory.create(id=key, org="Passerelle")
        with self.assertRaisesMessage(CommandError, "--password"):
            run("passerelle_demo_people")
        assert run("passerelle_demo_people", dry_run=True).count(": new") == 7
        assert not get_user_model().objects.filter(username="demo_amal").exists()

        run("passerelle_demo_people", password=PASSWORD)

        assert self.client.login(username="demo_amal", password=PASSWORD)
        nadia = get_user_model().objects.get(username="demo_nadia")
        assert nadia.profile.name == "Nadia"
        assert CourseEnrollment.objects.filter(course_id=key, is_active=True).count() == 7
        assert CourseStaffRole(key).has_user(nadia)
        assert "0 new people" in run("passerelle_demo_people")


class GoneTest(ModuleStoreTestCase):
    """A course whose blocks are no longer in the image: their entry points are others, or none."""

    POINTS = ()

    def setUp(self):
        super().setUp()
        self.course = CourseFactory.create()
        parent = self.course
        for category in ("chapter", "sequential", "vertical"):
            parent = BlockFactory.create(parent=parent, category=category)
        self.unit = parent
        BlockFactory.create(parent=self.unit, category="html", data="<p>What we read together</p>")
        for category in OURS:
            BlockFactory.create(
                parent=self.unit, category=category, display_name=f"Our {category}", **SETTINGS[category]
            )
        self.entry_points = importlib.metadata.entry_points
        gone = mock.patch.object(
            xblock.plugin.importlib.metadata, "entry_points", lambda **wanted: self.points_now(wanted)
        )
        cache = mock.patch.dict(xblock.plugin.PLUGIN_CACHE, clear=True)
        for patch in (cache, gone):
            patch.start()
            self.addCleanup(patch.stop)

    def points_now(self, wanted):
        others = [point for point in self.entry_points(**wanted) if point.name not in OURS]
        ours = [point for point in self.POINTS if point.name == wanted.get("name", point.name)]
        return others + (ours if wanted.get("group") == "xblock.v1" else [])

    def page(self, user):
        assert self.client.login(username=user.username, password=PASSWORD)
        response = self.client.get(reverse("render_xblock", kwargs={"usage_key_string": str(self.unit.location)}))
        assert response.status_code == 200
        page = response.content.decode()
        assert "What we read together" in page
        assert "Traceback" not in page
        return page

    def learner(self):
        learner = UserFactory.create(password=PASSWORD)
        CourseEnrollment.enroll(learner, self.course.id)
        return learner


class NoteTest(GoneTest):
    """`tutor plugins disable passerelle`: the image has the notes of the plugin `passerelle-note`."""

    POINTS = tuple(
        importlib.metadata.EntryPoint(name, f"passerelle_note.block:{class_name}", "xblock.v1")
        for name, class_name in (
            ("storytelling_circle", "StorytellingCircleNote"),
            ("competence_self_assessment", "CompetenceSelfAssessmentNote"),
            ("employer_badge_matching", "EmployerBadgeMatchingNote"),
        )
    )

    def test_learners_see_a_note_in_each_place_and_read_on(self):
        page = self.page(self.learner())
        assert page.count("This activity is not available at the moment") == len(OURS)

    def test_in_the_learners_language(self):
        learner = self.learner()
        assert self.client.login(username=learner.username, password=PASSWORD)
        address = reverse("render_xblock", kwargs={"usage_key_string": str(self.unit.location)})
        page = self.client.get(address, HTTP_ACCEPT_LANGUAGE="ar").content.decode()
        assert page.count('lang="ar" dir="rtl">هذا النشاط غير متاح') == len(OURS)

    def test_an_authors_settings_travel_on(self):
        with TemporaryDirectory() as folder:
            export_course_to_xml(modulestore(), contentstore(), self.course.id, folder, "course")
            (file,) = Path(folder, "course", "vertical").glob("*.xml")
            unit = etree.parse(str(file)).getroot()
            for category in OURS:
                (element,) = unit.iter(category)
                assert element.get("display_name") == f"Our {category}"
                for name, value in SETTINGS[category].items():
                    field = XBlock.load_class(category).fields[name]
                    assert field.from_string(element.get(name)) == value


class StockImageTest(GoneTest):
    """`tutor plugins disable passerelle-note` too: nothing of ours is there, not even the note."""

    def setUp(self):
        super().setUp()
        for category in OURS:
            with self.assertRaises(xblock.plugin.PluginMissingError):
                XBlock.load_class(category)

    def test_learners_read_on(self):
        assert "unknown component" not in self.page(self.learner())

    def test_staff_read_on(self):
        self.page(UserFactory.create(password=PASSWORD, is_staff=True))
