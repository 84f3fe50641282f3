"""The demo as a learning platform: `passerelle.host.base.Host` on the demo's own tables."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

import crum
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils.translation import get_language
from opaque_keys.edx.keys import CourseKey, LearningContextKey, UsageKey
from passerelle.courses.olx import CONTAINERS, course_run, course_runs
from passerelle.host.api import Actor
from passerelle.host.base import CommonHost

from .masquerade import is_masquerading, real_user
from .models import BlockCompletion, CohortMembership, CourseStaff, Enrolment, Grade, Notice, Profile

PASS_MARK = 0.5
"""The share of a course run's problems that one has to solve to pass it here."""


class DemoHost(CommonHost):
    """Who is who in the demo."""

    base_template = "passerelledemo/base.html"

    def actor(self, *, request: HttpRequest, course_key: CourseKey | None) -> Actor:
        user = real_user(request)
        language = get_language() or "en"
        if not isinstance(user, User) or not user.is_active:
            return Actor(user_id=None, course_key=course_key, language=language)
        return Actor(
            user_id=user.pk,
            course_key=course_key,
            is_enrolled=course_key is not None and self.is_enrolled(user_id=user.pk, course_key=course_key),
            is_course_staff=course_key is not None and is_course_staff(user, course_key),
            is_operator=user.is_superuser or user.is_staff,
            masquerading=is_masquerading(request, course_key),
            language=language,
        )

    def languages_of(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        rows = Profile.objects.filter(user_id__in=set(user_ids)).exclude(language="")
        return dict(rows.values_list("user_id", "language"))

    def time_zones_of(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        rows = Profile.objects.filter(user_id__in=set(user_ids)).exclude(time_zone="")
        return dict(rows.values_list("user_id", "time_zone"))

    def learners_of(self, *, course_key: CourseKey) -> list[int]:
        here = Enrolment.objects.filter(course_key=course_key, user__is_active=True)
        team = CourseStaff.objects.filter(course_key=course_key).values("user_id")
        return list(here.exclude(user_id__in=team).order_by("user_id").values_list("user_id", flat=True))

    def notify(self, *, user_id: int, course_key: CourseKey, sentence: str, path: str) -> None:
        Notice.objects.create(user_id=user_id, course_key=course_key, sentence=sentence, path=path)

    def may_author(self, *, context_key: LearningContextKey) -> bool:
        request = crum.get_current_request()
        user = real_user(request) if request else AnonymousUser()
        return user.is_active and isinstance(context_key, CourseKey) and is_course_staff(user, context_key)

    def is_enrolled(self, *, user_id: int, course_key: CourseKey) -> bool:
        return Enrolment.objects.filter(user_id=user_id, course_key=course_key).exists()

    def cohort_of(self, *, user_id: int, course_key: CourseKey) -> str | None:
        cohorts = CohortMembership.objects.filter(user_id=user_id, course_key=course_key)
        return cohorts.values_list("name", flat=True).first()

    def complete(self, *, user_id: int, usage_key: UsageKey) -> None:
        done = {"course_key": usage_key.course_key, "completion": 1.0}
        BlockCompletion.objects.update_or_create(user_id=user_id, usage_key=usage_key, defaults=done)

    def is_complete(self, *, user_id: int, usage_key: UsageKey) -> bool:
        return BlockCompletion.objects.filter(user_id=user_id, usage_key=usage_key, completion__gte=1.0).exists()

    def completed(self, *, user_id: int, usage_keys: Collection[UsageKey]) -> set[UsageKey]:
        leaves = {key: _leaves(key) for key in usage_keys}
        wanted = set().union(*leaves.values())
        done = BlockCompletion.objects.filter(user_id=user_id, usage_key__in=wanted, completion__gte=1.0)
        held = set(done.values_list("usage_key", flat=True))
        return {key for key, below in leaves.items() if below and below <= held}

    def passed(self, *, user_id: int, course_keys: Collection[CourseKey]) -> set[CourseKey]:
        problems = {key: _leaves(key, kind="problem") for key in course_keys}
        wanted = set().union(*problems.values())
        earned = Grade.objects.filter(user_id=user_id, usage_key__in=wanted, possible__gt=0)
        share = {key: won / possible for key, won, possible in earned.values_list("usage_key", "earned", "possible")}
        return {
            course_key
            for course_key, below in problems.items()
            if below and sum(share.get(key, 0.0) for key in below) >= PASS_MARK * len(below)
        }

    def course_name(self, *, course_key: CourseKey) -> str:
        run = course_runs().get(course_key)
        return run.name if run else str(course_key)

    def course_names(self, *, course_keys: Collection[CourseKey]) -> dict[CourseKey, str]:
        return {key: self.course_name(course_key=key) for key in course_keys}

    def course_language(self, *, course_key: CourseKey) -> str:
        run = course_runs().get(course_key)
        return run.language if run else ""

    def site_url(self, *, path: str) -> str:
        request = crum.get_current_request()
        return str(request.build_absolute_uri(path)) if request else path

    def course_setting(self, *, course_key: CourseKey, name: str) -> Any:
        run = course_runs().get(course_key)
        policy = run.policy.get(f"course/{course_key.run}", {}) if run else {}
        ours = policy.get("other_course_settings", {}).get("passerelle")
        return ours.get(name) if isinstance(ours, dict) else None

    def has_block(self, *, course_key: CourseKey, block_type: str) -> bool:
        run = course_runs().get(course_key)
        return run is not None and any(node.block_type == block_type for node in run.root.walk())

    def request_certificate(self, *, user_id: int, course_key: CourseKey) -> None:
        """The demo gives no certificates."""

    def tags_of(self, *, course_key: CourseKey, taxonomy: str) -> dict[UsageKey, tuple[str, ...]]:
        run = course_runs().get(course_key)
        if run is None or not (run.folder / "tags.csv").exists():
            return {}
        tags = {}
        with (run.folder / "tags.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                values = tuple(value.strip() for value in (row.get(taxonomy) or "").split(";") if value.strip())
                if values and row["Type"] != "course":
                    tags[course_key.make_usage_key(row["Type"], row["ID"])] = values
        return tags

    def share_taxonomy(self, *, taxonomy: Any) -> None:
        """The demo has no organisations."""

    def place_of(self, *, usage_key: UsageKey) -> tuple[str, ...]:
        node = course_run(usage_key.course_key).node(usage_key)
        return tuple(part.name for part in reversed([node, *node.ancestors()]) if part.block_type != "course")

    def names_of(self, *, usage_keys: Collection[UsageKey]) -> dict[UsageKey, str]:
        found = {}
        for usage_key in usage_keys:
            with suppress(LookupError):
                found[usage_key] = course_run(usage_key.course_key).node(usage_key).name
        return found

    def texts_around(self, *, user_id: int, usage_key: UsageKey) -> tuple[str, tuple[tuple[str, str], ...]]:
        run = course_run(usage_key.course_key)
        unit = run.node(usage_key)
        chapter = next(node for node in (unit, *unit.ancestors()) if node.block_type == "chapter")
        address = f"/courses/{run.key}/asset/"
        return chapter.name, tuple(
            (node.name, (run.folder / "html" / f"{node.url_name}.html").read_text().replace("/static/", address))
            for node in chapter.walk()
            if node.block_type == "html"
        )


def _leaves(key: CourseKey | UsageKey, kind: str = "") -> set[UsageKey]:
    """The blocks in a course run or unit; all, or those of one kind. Empty where there is no such thing."""
    run = course_runs().get(key if isinstance(key, CourseKey) else key.course_key)
    if run is None:
        return set()
    try:
        top = run.root if isinstance(key, CourseKey) else run.node(key)
    except LookupError:
        return set()
    leaves = (node for node in top.walk() if not node.children and node.block_type not in CONTAINERS)
    return {node.usage_key for node in leaves if kind in ("", node.block_type)}


def is_course_staff(user: User | AnonymousUser, course_key: CourseKey) -> bool:
    """Whether the person runs the course run, or the whole demo."""
    return user.is_staff or CourseStaff.objects.filter(user_id=user.pk or 0, course_key=course_key).exists()
