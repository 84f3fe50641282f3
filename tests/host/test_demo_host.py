"""The demo keeps to the host's contract."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from host_contract import HostContract
from passerelle.courses.olx import course_runs
from passerelledemo import masquerade, people
from passerelledemo.host import DemoHost
from passerelledemo.models import BlockCompletion, CohortMembership, CourseStaff, Enrolment, Profile


@pytest.mark.django_db
class TestDemoHost(HostContract):
    host = DemoHost()

    @pytest.fixture(autouse=True)
    def _courses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        runs = course_runs()
        self.course_key, self.other_course_key = (key for key in runs if key.course == "TOT101")
        run = runs[self.course_key]
        self.course_name, self.course_language = run.name, run.language
        self.usage_key = self.course_key.make_usage_key("html", "why_circles_text")
        self.unit_key = self.course_key.make_usage_key("vertical", "why_circles")

    def make_user(self, *, username: str, name: str = "", email: str = "", **fields: Any) -> User:
        user = User.objects.create_user(username=username, email=email, **fields)
        Profile.objects.create(user=user, name=name)
        return user

    def enrol(self, user: User) -> None:
        Enrolment.objects.create(user=user, course_key=self.course_key)

    def make_course_staff(self, user: User) -> None:
        CourseStaff.objects.create(user=user, course_key=self.course_key)

    def put_in_cohort(self, user: User, name: str) -> None:
        CohortMembership.objects.create(user=user, course_key=self.course_key, name=name)

    def choose_language(self, user: User, language: str) -> None:
        Profile.objects.filter(user=user).update(language=language)

    def choose_time_zone(self, user: Any, time_zone: str) -> None:
        from passerelledemo.models import Profile

        Profile.objects.update_or_create(user=user, defaults={"time_zone": time_zone})

    def complete_block(self, user: User) -> None:
        BlockCompletion.objects.create(user=user, course_key=self.course_key, usage_key=self.usage_key, completion=1.0)

    def request_of(self, user: User | None) -> HttpRequest:
        request = RequestFactory().get("/")
        request.user = user or AnonymousUser()
        request.session = SessionStore()
        return request

    def masquerade(self, request: HttpRequest, learner: User) -> None:
        masquerade.put_on(request, self.course_key, learner)

    def enter_masquerade(self, request: HttpRequest) -> None:
        masquerade.enter(request, self.course_key)

    def retire(self, user: User) -> None:
        people.retire(user)

    def set_course_setting(self, ours: Any) -> None:
        policy = course_runs()[self.course_key].policy[f"course/{self.course_key.run}"]
        self.monkeypatch.setitem(policy, "other_course_settings", {"passerelle": ours})
