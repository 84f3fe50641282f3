"""What competences keep. Private to this app: everyone else asks `api.py`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, UsageKeyField

from .data import VALUES, Basis, Moment


class Assessment(models.Model):
    """One person's answers at one block. Once submitted they stay as they are, so that growth can be seen.

    .. pii: Links an account to what the person thinks that she can do.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    course_key = CourseKeyField(max_length=255, db_index=True)
    usage_key = UsageKeyField(max_length=255, db_index=True)
    moment = models.CharField(max_length=16, choices=[(moment.value, moment.value) for moment in Moment])
    started_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "usage_key"], name="passerelle_assessment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.moment} at {self.usage_key}"


class Rating(models.Model):
    """The answer for one competence: a level, or that the person does not know or has not tried.

    .. pii: What a person thinks that she can do.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="ratings")
    competence = models.CharField(max_length=64)
    value = models.CharField(max_length=16, choices=[(value, value) for value in VALUES])
    rated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["assessment", "competence"], name="passerelle_rating_once"),
        ]

    def __str__(self) -> str:
        return f"{self.competence}: {self.value}"


class Claim(models.Model):
    """That a person can do what the URI names, at a level from 1 to 4, and what this rests on.

    .. pii: What a person can do, as far as is known here.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=255)
    level = models.PositiveSmallIntegerField()
    basis = models.PositiveSmallIntegerField(choices=[(basis.value, basis.name.lower()) for basis in Basis])
    source = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "uri", "basis", "source"], name="passerelle_claim_once"),
        ]

    def __str__(self) -> str:
        return f"{self.uri} at {self.level}"


class Receipt(models.Model):
    """That a request with this key was carried out, so that the same request sent again does nothing.

    .. pii: Links an account to a request of its own.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    action = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "key"], name="passerelle_competences_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"
