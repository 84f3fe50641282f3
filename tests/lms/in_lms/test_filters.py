"""Our steps in the platform's filters, in its own pages and before its certificates."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from circle_case import CircleCase
from common.djangoapps.student.models import CourseEnrollment
from common.djangoapps.student.roles import CourseDataResearcherRole
from common.djangoapps.student.tests.factories import UserFactory
from django.conf import settings
from django.test.utils import override_settings
from django.urls import reverse
from edx_toggles.toggles.testutils import override_waffle_switch
from lms.djangoapps.certificates.config import AUTO_CERTIFICATE_GENERATION
from lms.djangoapps.certificates.models import GeneratedCertificate
from lms.djangoapps.grades.models import PersistentCourseGrade
from openedx.core.djangoapps.content.course_overviews.models import CourseOverview
from openedx.core.djangoapps.signals.signals import COURSE_GRADE_NOW_PASSED
from passerelle.circles.settings import common as circles_settings
from passerelle.host.settings import common as host_settings
from xmodule.modulestore import ModuleStoreEnum
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory

PRODUCTION = """
import json
from django.conf import settings
ours = [str(folder) for folder in settings.TEMPLATES[1]["DIRS"] if "passerelle" in str(folder)]
print(json.dumps({"filters": settings.OPEN_EDX_FILTERS_CONFIG, "mako": ours}))
"""


@cache
def production() -> dict[str, Any]:
    """What the LMS's real production settings come to, with a YAML file that overwrites the filters."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "lms.envs.production",
        "LMS_CFG": "lms/envs/mock.yml",
        "SERVICE_VARIANT": "lms",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRODUCTION],
        env=environment,
        cwd=Path(settings.REPO_ROOT),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


class FiltersCase(CircleCase):
    filters: dict[str, Any] | None = None

    def setUp(self) -> None:
        if self.filters is not None:
            override = override_settings(OPEN_EDX_FILTERS_CONFIG=self.filters)
            override.enable()
            self.addCleanup(override.disable)
        super().setUp()

    def text_of(self, who: str, address: str) -> str:
        answer = self.clients[who].get(address)
        assert answer.status_code == 200, (who, answer.status_code)
        return str(answer.content.decode())


class PagesTest(FiltersCase):
    def instructor(self, who: str) -> str:
        return self.text_of(who, reverse("instructor_dashboard", kwargs={"course_id": str(self.course.id)}))

    def test_the_course_team_s_section(self) -> None:
        self.started()
        page = self.instructor("staff")
        assert 'data-section="passerelle"' in page
        assert '<section id="passerelle" class="idash-section' in page
        assert f'href="/passerelle/courses/{self.course.id}/"' in page
        assert f'href="/passerelle/courses/{self.course.id}/competences/"' in page
        assert "in this course: 2" in page
        assert "under way: 1" in page

    def test_no_section_for_a_researcher(self) -> None:
        """The platform opens the dashboard to more people than run the course."""
        self.users["reader"] = UserFactory(username="reader", password="Password1234")
        CourseDataResearcherRole(self.course.id).add_users(self.users["reader"])
        self.clients["reader"] = self.logged_in("reader")
        assert 'data-section="passerelle"' not in self.instructor("reader")

    def test_the_dashboard_s_entry(self) -> None:
        page = self.text_of("ana", reverse("dashboard"))
        assert page.count('<a href="/passerelle/">My Passerelle</a>') == 1

    def about(self, who: str, course: Any) -> str:
        CourseOverview.get_from_id(course.id)
        return self.text_of(who, reverse("about_course", args=[str(course.id)]))

    def test_the_about_page_of_a_run_with_circles(self) -> None:
        for who in ("anonymous", "stranger", "ana"):
            page = self.about(who, self.course)
            assert page.count("Circles in this course") == 1, who
            assert 'class="course-profile"' in page, who  # the platform's page is all there
            assert 'class="inner-wrapper"' in page, who

    def test_the_about_page_of_another_run(self) -> None:
        page = self.about("anonymous", CourseFactory.create())
        assert "Circles in this course" not in page
        assert 'class="course-profile"' in page

    def test_the_about_page_after_its_circle_was_deleted(self) -> None:
        course = CourseFactory.create()
        chapter = BlockFactory.create(parent=course, category="chapter")
        block = BlockFactory.create(parent=chapter, category="storytelling_circle")
        assert "Circles in this course" in self.about("ana", course)
        self.store.delete_item(block.location, ModuleStoreEnum.UserID.test)
        assert "Circles in this course" not in self.about("ana", course)


class ProductionPagesTest(PagesTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.filters = production()["filters"]
        super().setUpClass()

    def test_the_yaml_s_own_filters_stay(self) -> None:
        found = production()["filters"]
        theirs = found["org.openedx.learning.xblock.render.started.v1"]["pipeline"]
        assert theirs == ["translatable_xblocks.filters.UpdateRequestLanguageCode"]
        for name, paths in {**host_settings.FILTER_STEPS, **circles_settings.FILTER_STEPS}.items():
            assert set(paths) <= set(found[name]["pipeline"]), name

    def test_our_mako_templates_are_found(self) -> None:
        (folder,) = production()["mako"]
        assert Path(folder, "passerelle_circles", "passerelle.html").is_file()


class CertificateTest(FiltersCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.ask(["no_such_block"])

    @classmethod
    def ask(cls, practicum: Any) -> None:
        course = cls.store.get_course(cls.course.id)
        course.other_course_settings = {"passerelle": {"practicum": practicum}}
        course.cert_html_view_enabled = True
        cls.store.update_item(course, ModuleStoreEnum.UserID.test)

    def setUp(self) -> None:
        super().setUp()
        html = override_settings(FEATURES={**settings.FEATURES, "CERTIFICATES_HTML_VIEW": True})
        html.enable()
        self.addCleanup(html.disable)
        switch = override_waffle_switch(AUTO_CERTIFICATE_GENERATION, active=True)
        switch.__enter__()
        self.addCleanup(switch.__exit__, None, None, None)
        for name in ("ana", "ben", "lou"):
            CourseEnrollment.enroll(self.users[name], self.course.id, mode="honor")

    def passes(self, name: str) -> None:
        """The grade is recorded, and the platform tells itself so, as when a learner's last answer made her pass."""
        PersistentCourseGrade.update_or_create(
            self.users[name].pk, course_id=self.course.id, percent_grade=0.9, letter_grade="Pass", passed=True
        )
        COURSE_GRADE_NOW_PASSED.send(sender=type(self), user=self.users[name], course_id=self.course.id)

    def holders(self) -> set[str]:
        passing = GeneratedCertificate.objects.filter(course_id=self.course.id, status="downloadable")
        return set(passing.values_list("user__username", flat=True))

    def play(self) -> None:
        circle = self.started()
        with self.captureOnCommitCallbacks(execute=True):
            while not self.state("fay", circle).json()["closed"]:
                self.do("fay", circle, "next")

    def test_without_a_practicum_nothing_waits(self) -> None:
        for off in (False, None, []):
            self.ask(off)
            self.passes("ana")
            assert self.holders() == {"ana"}
            GeneratedCertificate.objects.all().delete()

    def test_held_and_released(self) -> None:
        self.ask([self.block.location.block_id])
        for name in ("ana", "lou"):
            self.passes(name)
        assert self.holders() == set()
        self.play()
        # Ben was there too, and has not passed. Lou has passed, and was not there.
        assert self.holders() == {"ana"}
        self.passes("ben")
        assert self.holders() == {"ana", "ben"}

    def test_a_circle_elsewhere_in_the_course_does_not_release_it(self) -> None:
        self.ask([self.elsewhere.location.block_id])
        self.passes("ana")
        self.play()
        assert self.holders() == set()

    def test_she_who_asks_is_told_what_it_waits_for(self) -> None:
        self.ask(True)
        PersistentCourseGrade.update_or_create(
            self.users["ana"].pk, course_id=self.course.id, percent_grade=0.9, letter_grade="Pass", passed=True
        )
        url = reverse("generate_user_cert", kwargs={"course_id": str(self.course.id)})
        answer = self.clients["ana"].post(url)
        assert answer.status_code == 400
        assert "take part in a circle of this course to its end" in answer.content.decode()
        assert self.holders() == set()

    def test_no_new_certificate_where_learners_ask_for_theirs(self) -> None:
        self.ask(True)
        self.passes("ana")
        with override_waffle_switch(AUTO_CERTIFICATE_GENERATION, active=False):
            self.play()
            assert self.holders() == set()
        self.clients["ana"].post(reverse("generate_user_cert", kwargs={"course_id": str(self.course.id)}))
        assert self.holders() == {"ana"}


class ProductionCertificateTest(CertificateTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.filters = production()["filters"]
        super().setUpClass()
