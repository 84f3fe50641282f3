"""What the demo remembers in the place of a platform: who takes part in which course run, and the state of blocks."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, UsageKeyField


class Profile(models.Model):
    """How a person wants to be called, and read to.

    .. pii: The name a person gave, and her language
    .. pii_types: name, other
    .. pii_retirement: local_api
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    name = models.CharField(max_length=255, blank=True)
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """Somebody takes part in a course run.

    .. no_pii:
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    course_key = CourseKeyField(max_length=255)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "course_key"], name="demo_enrolment_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.course_key}"


class Notice(models.Model):
    """What the demo would have told a person by its bell or by e-mail.

    .. pii: That a circle waits for the person
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    course_key = CourseKeyField(max_length=255)
    sentence = models.CharField(max_length=500)
    path = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at}"


class CourseStaff(models.Model):
    """Somebody runs a course run and edits it.

    .. no_pii:
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    course_key = CourseKeyField(max_length=255)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "course_key"], name="demo_staff_once")]

    def __str__(self) -> str:
        return f"{self.user_id} runs {self.course_key}"


class CohortMembership(models.Model):
    """The group somebody learns with; one per course run.

    .. no_pii:
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    course_key = CourseKeyField(max_length=255)
    name = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "course_key"], name="demo_cohort_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.name}"


class BlockCompletion(models.Model):
    """How far somebody is with a block: 0.0 to 1.0.

    .. no_pii:
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    course_key = CourseKeyField(max_length=255)
    usage_key = UsageKeyField(max_length=255)
    completion = models.FloatField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "usage_key"], name="demo_completion_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.usage_key} {self.completion:.0%}"


class Grade(models.Model):
    """What somebody earned with a block, out of what could be earned.

    .. no_pii:
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    usage_key = UsageKeyField(max_length=255)
    earned = models.FloatField()
    possible = models.FloatField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "usage_key"], name="demo_grade_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.usage_key} {self.earned}/{self.possible}"


class BlockState(models.Model):
    """One field of one block, where it differs from the course export.

    `owner_id` is the person whose state it is, or 0 for what everybody shares: an author's edits.
    `scope_id` is a usage key, a block type, or empty, as the field's scope has it.

    .. pii: What a person answered in a block
    .. pii_types: other
    .. pii_retirement: local_api
    """

    SHARED = 0

    owner_id = models.PositiveIntegerField(default=SHARED)
    scope = models.CharField(max_length=32)
    scope_id = models.CharField(max_length=255, blank=True)
    field = models.CharField(max_length=100)
    value = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_id", "scope_id", "scope", "field"], name="demo_state_once")
        ]

    def __str__(self) -> str:
        return f"{self.scope_id}.{self.field} of {self.owner_id}"
