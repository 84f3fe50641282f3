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
from opaque_keys.edx.keys import CourseKey
from openedx.core.djangoapps.content.course_overviews.tests.factories import CourseOverviewFactory
from passerelle.host.api import private_storage
from xblock.core import XBlock
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory

PASSWORD = "a-long-Password-1"
OURS = ("storytelling_circle", "competence_self_assessment", "employer_badge_matching")


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


class LeavingTest(ModuleStoreTestCase):
    """The stock image lacks our blocks' classes; their places in the courses are still there."""

    def setUp(self):
        super().setUp()
        self.course = CourseFactory.create()
        parent = self.course
        for category in ("chapter", "sequential", "vertical"):
            parent = BlockFactory.create(parent=parent, category=category)
        self.unit = parent
        BlockFactory.create(parent=self.unit, category="html", data="<p>What we read together</p>")
        for category in OURS:
            BlockFactory.create(parent=self.unit, category=category)
        gone = mock.patch.object(
            xblock.plugin.importlib.metadata, "entry_points", lambda **wanted: self.without_ours(wanted)
        )
        self.entry_points = importlib.metadata.entry_points
        cache = mock.patch.dict(xblock.plugin.PLUGIN_CACHE, clear=True)
        for patch in (cache, gone):
            patch.start()
            self.addCleanup(patch.stop)
        for category in OURS:
            with self.assertRaises(xblock.plugin.PluginMissingError):
                XBlock.load_class(category)

    def without_ours(self, wanted):
        return [point for point in self.entry_points(**wanted) if point.name not in OURS]

    def page(self, user):
        assert self.client.login(username=user.username, password=PASSWORD)
        response = self.client.get(reverse("render_xblock", kwargs={"usage_key_string": str(self.unit.location)}))
        assert response.status_code == 200
        return response.content.decode()

    def test_learners_read_on(self):
        learner = UserFactory.create(password=PASSWORD)
        CourseEnrollment.enroll(learner, self.course.id)
        page = self.page(learner)
        assert "What we read together" in page
        assert "Traceback" not in page
        assert "unknown component" not in page

    def test_staff_read_on(self):
        staff = UserFactory.create(password=PASSWORD, is_staff=True)
        assert "What we read together" in self.page(staff)
