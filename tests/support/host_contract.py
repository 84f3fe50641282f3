"""What every host has to keep to, whatever the platform. Each host's tests inherit it and say how to set things up."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import crum
import pytest
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from opaque_keys.edx.keys import CourseKey, LearningContextKey, UsageKey
from passerelle.host.api import ANONYMOUS, Actor, user_retired
from passerelle.host.base import Host

MISSING = 987_654_321
"""A user id that no account has."""


class HostContract:
    """Inherit it beside a test case with a database, and implement what raises NotImplementedError."""

    host: Host
    course_key: CourseKey
    other_course_key: CourseKey
    course_name: str
    course_language: str
    usage_key: UsageKey  # of a block of the course run
    unit_key: UsageKey  # of a unit of the course run that holds a text

    def make_user(self, *, username: str, name: str = "", email: str = "", **fields: Any) -> Any:
        """An active account; `name` is what the person wants to be called."""
        raise NotImplementedError

    def enrol(self, user: Any) -> None:
        raise NotImplementedError

    def make_course_staff(self, user: Any) -> None:
        raise NotImplementedError

    def put_in_cohort(self, user: Any, name: str) -> None:
        raise NotImplementedError

    def choose_language(self, user: Any, language: str) -> None:
        raise NotImplementedError

    def choose_time_zone(self, user: Any, time_zone: str) -> None:
        raise NotImplementedError

    def complete_block(self, user: Any) -> None:
        raise NotImplementedError

    def request_of(self, user: Any | None) -> HttpRequest:
        """A request with a session; `None` is somebody who is not logged in."""
        raise NotImplementedError

    def masquerade(self, request: HttpRequest, learner: Any) -> None:
        """From now on the request's session looks at the course run as this learner."""
        raise NotImplementedError

    def enter_masquerade(self, request: HttpRequest) -> None:
        """What the platform does before a page of the course run: the learner takes the place of `request.user`."""
        raise NotImplementedError

    def retire(self, user: Any) -> None:
        raise NotImplementedError

    def set_course_setting(self, ours: Any) -> None:
        """Write this to the course run's other settings, under `passerelle`."""
        raise NotImplementedError

    def has_certificate(self, user: Any) -> bool:
        return False

    def where_authors_work(self) -> AbstractContextManager[object]:
        """Inside, requests are those of the platform's place for authors."""
        return nullcontext()

    def may_author(self, request: HttpRequest | None, context_key: Any) -> bool:
        crum.set_current_request(request)
        try:
            with self.where_authors_work():
                return self.host.may_author(context_key=context_key)
        finally:
            crum.set_current_request(None)

    def actor_of(self, user: Any | None, course_key: CourseKey | None) -> Any:
        return self.host.actor(request=self.request_of(user), course_key=course_key)

    def test_somebody_not_logged_in(self) -> None:
        actor = self.actor_of(None, self.course_key)
        assert actor == Actor(user_id=None, course_key=self.course_key, language=actor.language)

    def test_outside_a_request(self) -> None:
        assert self.host.current_actor(course_key=self.course_key) == ANONYMOUS

    def test_the_current_request(self) -> None:
        user = self.make_user(username="ana")
        crum.set_current_request(self.request_of(user))
        try:
            assert self.host.current_actor(course_key=self.course_key).user_id == user.pk
        finally:
            crum.set_current_request(None)

    def test_stranger(self) -> None:
        user = self.make_user(username="ana")
        actor = self.actor_of(user, self.course_key)
        assert actor == Actor(user_id=user.pk, course_key=self.course_key, language=actor.language)

    def test_learner(self) -> None:
        user = self.make_user(username="ana")
        self.enrol(user)
        actor = self.actor_of(user, self.course_key)
        assert actor == Actor(user_id=user.pk, course_key=self.course_key, is_enrolled=True, language=actor.language)
        assert self.host.is_enrolled(user_id=user.pk, course_key=self.course_key)

    def test_learner_elsewhere(self) -> None:
        user = self.make_user(username="ana")
        self.enrol(user)
        for key in (self.other_course_key, None):
            actor = self.actor_of(user, key)
            assert actor.course_key == key
            assert not actor.is_enrolled

    def test_course_staff_in_their_own_course_only(self) -> None:
        user = self.make_user(username="sol")
        self.make_course_staff(user)
        assert self.actor_of(user, self.course_key).is_course_staff
        assert not self.actor_of(user, self.course_key).is_operator
        assert not self.actor_of(user, self.other_course_key).is_course_staff
        assert not self.actor_of(user, None).is_course_staff

    def test_operator(self) -> None:
        user = self.make_user(username="root", is_staff=True)
        assert self.actor_of(user, None).is_operator
        assert self.actor_of(user, self.course_key).is_course_staff

    def test_masquerading_staff_remain_themselves(self) -> None:
        staff, learner = self.make_user(username="sol"), self.make_user(username="ana")
        self.make_course_staff(staff)
        self.enrol(learner)
        request = self.request_of(staff)
        assert not self.host.actor(request=request, course_key=self.course_key).masquerading
        self.masquerade(request, learner)
        # First an address outside the course's pages, then a page on which the platform has changed request.user.
        for enter in (False, True):
            if enter:
                self.enter_masquerade(request)
            actor = self.host.actor(request=request, course_key=self.course_key)
            assert actor.masquerading, enter
            assert actor.user_id == staff.pk, enter
            assert not actor.is_enrolled, enter

    def test_masquerade_is_of_one_course(self) -> None:
        staff, learner = self.make_user(username="sol"), self.make_user(username="ana")
        self.make_course_staff(staff)
        self.enrol(learner)
        request = self.request_of(staff)
        self.masquerade(request, learner)
        assert not self.host.actor(request=request, course_key=self.other_course_key).masquerading

    def test_language_of_the_moment(self) -> None:
        user = self.make_user(username="ana")
        with translation.override("fr"):
            assert self.actor_of(user, None).language == "fr"

    def test_display_names(self) -> None:
        named, nameless = self.make_user(username="ana", name="Ana Q."), self.make_user(username="ben")
        with CaptureQueriesContext(connection) as queries:
            found = self.host.display_names(user_ids=[named.pk, nameless.pk, MISSING])
        assert found == {named.pk: "Ana Q.", nameless.pk: "ben"}
        assert len(queries) == 1

    def test_languages_of(self) -> None:
        reader, silent = self.make_user(username="ana", name="Ana"), self.make_user(username="ben", name="Ben")
        self.choose_language(reader, "ar")
        with CaptureQueriesContext(connection) as queries:
            found = self.host.languages_of(user_ids=[reader.pk, silent.pk, MISSING])
        assert found.get(reader.pk) == "ar"
        assert MISSING not in found
        assert len(queries) == 1

    def test_find_user(self) -> None:
        user = self.make_user(username="ana", email="ana@example.org")
        self.make_user(username="gone", email="gone@example.org", is_active=False)
        assert self.host.find_user(name="ana") == user.pk
        assert self.host.find_user(name="ANA@example.org") == user.pk
        assert self.host.find_user(name="nobody") is None
        assert self.host.find_user(name="") is None
        assert self.host.find_user(name="gone") is None

    def test_cohort(self) -> None:
        user, alone = self.make_user(username="ana"), self.make_user(username="ben")
        for person in (user, alone):
            self.enrol(person)
        self.put_in_cohort(user, "Evening group")
        assert self.host.cohort_of(user_id=user.pk, course_key=self.course_key) == "Evening group"
        assert self.host.cohort_of(user_id=alone.pk, course_key=self.course_key) is None
        assert self.host.cohort_of(user_id=user.pk, course_key=self.other_course_key) is None

    def test_completion(self) -> None:
        user = self.make_user(username="ana")
        assert not self.host.is_complete(user_id=user.pk, usage_key=self.usage_key)
        self.complete_block(user)
        assert self.host.is_complete(user_id=user.pk, usage_key=self.usage_key)
        assert not self.host.is_complete(user_id=MISSING, usage_key=self.usage_key)

    def test_completing(self) -> None:
        user = self.make_user(username="ana")
        for _time in range(2):
            self.host.complete(user_id=user.pk, usage_key=self.usage_key)
        assert self.host.completed(user_id=user.pk, usage_keys=[self.usage_key]) == {self.usage_key}

    def test_completed_and_passed(self) -> None:
        user = self.make_user(username="ana")
        assert self.host.completed(user_id=user.pk, usage_keys=[self.usage_key]) == set()
        self.complete_block(user)
        assert self.host.completed(user_id=user.pk, usage_keys=[self.usage_key]) == {self.usage_key}
        assert self.host.completed(user_id=MISSING, usage_keys=[self.usage_key]) == set()
        gone = CourseKey.from_string("course-v1:Nobody+Nothing+never")
        keys = [self.course_key, self.other_course_key, gone]
        assert self.host.passed(user_id=user.pk, course_keys=keys) == set()
        assert self.host.passed(user_id=user.pk, course_keys=[]) == set()

    def test_what_is_not_in_the_course_run_is_not_completed(self) -> None:
        user = self.make_user(username="ana")
        self.complete_block(user)
        deleted = self.unit_key.replace(block_id="nothing")
        gone = CourseKey.from_string("course-v1:Nobody+Nothing+never").make_usage_key("vertical", "nothing")
        others = [UsageKey.from_string(key) for key in ("lb:Org:Lib:vertical:x", "i4x://Org/Course/vertical/x")]
        keys = [deleted, gone, *others, self.usage_key]
        assert self.host.completed(user_id=user.pk, usage_keys=keys) == {self.usage_key}
        for key in keys[:-1]:
            assert self.host.completed(user_id=user.pk, usage_keys=[key]) == set()

    def test_course(self) -> None:
        gone = CourseKey.from_string("course-v1:Nobody+Nothing+never")
        assert self.host.course_name(course_key=self.course_key) == self.course_name
        assert self.host.course_language(course_key=self.course_key) == self.course_language
        assert self.host.course_name(course_key=gone) == str(gone)
        names = {self.course_key: self.course_name, gone: str(gone)}
        with CaptureQueriesContext(connection) as queries:
            assert self.host.course_names(course_keys=list(names)) == names
        assert len(queries) <= 1
        assert self.host.course_names(course_keys=[]) == {}
        assert self.host.course_language(course_key=gone) == ""

    def test_block_url(self) -> None:
        url = self.host.block_url(usage_key=self.usage_key)
        assert url.startswith("/")
        assert str(self.usage_key) in url

    def test_authors_write_their_own_course(self) -> None:
        author, learner = self.make_user(username="sol"), self.make_user(username="ana")
        self.make_course_staff(author)
        self.enrol(learner)
        assert self.may_author(self.request_of(author), self.course_key)
        assert not self.may_author(self.request_of(author), self.other_course_key)
        for user in (learner, self.make_user(username="stranger"), None):
            assert not self.may_author(self.request_of(user), self.course_key)
        assert not self.may_author(None, self.course_key)
        library = LearningContextKey.from_string("lib:Nobody:nothing")
        assert not self.may_author(self.request_of(author), library)

    def test_whom_an_author_looks_as_makes_no_author(self) -> None:
        author, learner = self.make_user(username="sol"), self.make_user(username="ana")
        self.make_course_staff(author)
        request = self.request_of(learner)
        self.masquerade(request, learner)
        assert not self.may_author(request, self.course_key)

    def test_site_url(self) -> None:
        crum.set_current_request(self.request_of(None))
        try:
            url = self.host.site_url(path="/passerelle/")
        finally:
            crum.set_current_request(None)
        assert url.startswith("http")
        assert url.endswith("/passerelle/")
        assert "//passerelle" not in url

    def test_course_setting(self) -> None:
        def trial(key: CourseKey) -> Any:
            return self.host.course_setting(course_key=key, name="trial")

        assert trial(self.course_key) is None
        self.set_course_setting({"trial": ["first_circle"]})
        assert trial(self.course_key) == ["first_circle"]
        assert trial(self.other_course_key) is None
        assert trial(CourseKey.from_string("course-v1:Nobody+Nothing+never")) is None
        assert self.host.course_setting(course_key=self.course_key, name="other") is None
        self.set_course_setting("trial")
        assert trial(self.course_key) is None

    def test_blocks_of_a_course(self) -> None:
        block_type = self.usage_key.block_type
        assert self.host.has_block(course_key=self.course_key, block_type=block_type)
        assert not self.host.has_block(course_key=self.course_key, block_type="no_such_block")
        gone = CourseKey.from_string("course-v1:Nobody+Nothing+never")
        assert not self.host.has_block(course_key=gone, block_type=block_type)

    def test_no_certificate_that_is_not_due(self) -> None:
        user = self.make_user(username="ana")
        self.enrol(user)
        self.host.request_certificate(user_id=user.pk, course_key=self.course_key)
        assert not self.has_certificate(user)

    def test_time_zones(self) -> None:
        ana, ben = self.make_user(username="ana"), self.make_user(username="ben")
        self.choose_time_zone(ana, "Asia/Damascus")
        assert self.host.time_zones_of(user_ids=[ana.pk, ben.pk, MISSING]) == {ana.pk: "Asia/Damascus"}

    def test_learners(self) -> None:
        ana, ben, sol = (self.make_user(username=name) for name in ("ana", "ben", "sol"))
        gone = self.make_user(username="gone", is_active=False)
        for user in (ana, sol, gone):
            self.enrol(user)
        self.make_course_staff(sol)
        found = self.host.learners_of(course_key=self.course_key)
        assert ana.pk in found
        assert not {ben.pk, sol.pk, gone.pk} & set(found)
        assert found == sorted(found)

    def test_retirement_is_passed_on(self) -> None:
        user = self.make_user(username="ana")
        seen: list[int] = []

        def listen(sender: object, user_id: int, **_kwargs: object) -> None:
            seen.append(user_id)

        user_retired.connect(listen)
        try:
            self.retire(user)
        finally:
            user_retired.disconnect(listen)
        assert user.pk in seen

    def test_place_of_a_block(self) -> None:
        place = self.host.place_of(usage_key=self.usage_key)
        assert place
        assert all(place)
        with pytest.raises(LookupError):
            self.host.place_of(usage_key=self.usage_key.replace(block_id="nothing"))

    def test_names_of_blocks(self) -> None:
        gone = self.usage_key.replace(block_id="nothing")
        name = self.host.place_of(usage_key=self.usage_key)[-1]
        assert self.host.names_of(usage_keys=[self.usage_key, gone]) == {self.usage_key: name}
        assert self.host.names_of(usage_keys=[]) == {}

    def test_texts_around_a_unit(self) -> None:
        learner = self.make_user(username="reader")
        self.enrol(learner)
        name, texts = self.host.texts_around(user_id=learner.pk, usage_key=self.unit_key)
        assert name
        assert texts
        assert all(isinstance(part, str) and part for text in texts for part in text)
        with pytest.raises(LookupError):
            self.host.texts_around(user_id=learner.pk, usage_key=self.unit_key.replace(block_id="nothing"))
