"""edx-platform, through our host, keeps to the host's contract."""

from contextlib import AbstractContextManager
from typing import Any

import crum
from common.djangoapps.student.models import CourseEnrollment
from common.djangoapps.student.roles import CourseStaffRole
from common.djangoapps.student.tests.factories import UserFactory
from completion.models import BlockCompletion
from completion.test_utils import CompletionWaffleTestMixin
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import override_settings
from host_contract import HostContract
from lms.djangoapps.certificates.models import GeneratedCertificate
from lms.djangoapps.courseware.masquerade import MASQUERADE_SETTINGS_KEY, CourseMasquerade, setup_masquerade
from openedx.core.djangoapps.content.course_overviews.models import CourseOverview
from openedx.core.djangoapps.course_groups.cohorts import add_user_to_cohort, set_course_cohorted
from openedx.core.djangoapps.course_groups.tests.helpers import CohortFactory
from openedx.core.djangoapps.user_api.accounts.signals import USER_RETIRE_LMS_MISC
from openedx.core.djangoapps.user_api.preferences.api import set_user_preference
from passerelle.host.edx import EdxHost
from xmodule.modulestore import ModuleStoreEnum
from xmodule.modulestore.tests.django_utils import SharedModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory


class EdxHostTest(HostContract, CompletionWaffleTestMixin, SharedModuleStoreTestCase):
    host = EdxHost()
    course_name, course_language = "Cercles", "fr"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.course = CourseFactory.create(display_name=cls.course_name, language=cls.course_language)
        cls.course_key = cls.course.id
        cls.other_course_key = CourseFactory.create().id
        cls.usage_key = BlockFactory.create(parent=cls.course, category="html").location
        chapter = BlockFactory.create(parent=cls.course, category="chapter")
        unit = BlockFactory.create(
            parent=BlockFactory.create(parent=chapter, category="sequential"), category="vertical"
        )
        BlockFactory.create(parent=unit, category="html", data="<p>Une porte.</p>")
        cls.unit_key = unit.location

    def setUp(self) -> None:
        super().setUp()
        self.override_waffle_switch(True)
        for key in (self.course_key, self.other_course_key):
            CourseOverview.get_from_id(key)
        set_course_cohorted(self.course_key, True)

    def make_user(self, *, username: str, name: str = "", email: str = "", **fields: Any) -> Any:
        return UserFactory(username=username, email=email or f"{username}@example.com", profile__name=name, **fields)

    def enrol(self, user: Any) -> None:
        CourseEnrollment.enroll(user, self.course_key)

    def make_course_staff(self, user: Any) -> None:
        CourseStaffRole(self.course_key).add_users(user)

    def put_in_cohort(self, user: Any, name: str) -> None:
        add_user_to_cohort(CohortFactory(course_id=self.course_key, name=name), user.username)

    def choose_language(self, user: Any, language: str) -> None:
        set_user_preference(user, "pref-lang", language, username=user.username)

    def choose_time_zone(self, user: Any, time_zone: str) -> None:
        set_user_preference(user, "time_zone", time_zone, username=user.username)

    def complete_block(self, user: Any) -> None:
        BlockCompletion.objects.submit_completion(user=user, block_key=self.usage_key, completion=1.0)

    def request_of(self, user: Any | None) -> HttpRequest:
        request = RequestFactory().get("/")
        request.user = user or AnonymousUser()
        request.session = SessionStore()
        return request

    def masquerade(self, request: HttpRequest, learner: Any) -> None:
        mask = CourseMasquerade(self.course_key, user_name=learner.username)
        request.session[MASQUERADE_SETTINGS_KEY] = {self.course_key: mask}

    def enter_masquerade(self, request: HttpRequest) -> None:
        _mask, request.user = setup_masquerade(request, self.course_key, staff_access=True)

    def retire(self, user: Any) -> None:
        USER_RETIRE_LMS_MISC.send(sender=type(self), user=user)

    def set_course_setting(self, ours: Any) -> None:
        course = self.store.get_course(self.course_key)
        course.other_course_settings = {"passerelle": ours}
        self.store.update_item(course, ModuleStoreEnum.UserID.test)
        self.addCleanup(self.forget_course_setting)

    def forget_course_setting(self) -> None:
        course = self.store.get_course(self.course_key)
        course.other_course_settings = {}
        self.store.update_item(course, ModuleStoreEnum.UserID.test)

    def where_authors_work(self) -> AbstractContextManager[object]:
        return override_settings(SERVICE_VARIANT="cms")

    def has_certificate(self, user: Any) -> bool:
        return bool(GeneratedCertificate.objects.filter(user=user).exists())

    def test_the_lms_keeps_no_author_s_changes(self) -> None:
        author = self.make_user(username="sol")
        self.make_course_staff(author)
        crum.set_current_request(self.request_of(author))
        self.addCleanup(crum.set_current_request, None)
        assert not self.host.may_author(context_key=self.course_key)
