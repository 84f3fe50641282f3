"""What competences keep. Private to this app: everyone else asks `api.py`."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, UsageKeyField

from .data import VALUES, Basis, EvidenceKind, Moment, Phase, Step


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
    facilitators_rate = models.BooleanField(default=False)
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


class FacilitatorRating(models.Model):
    """A facilitator's answer to what a person answered at a block, where the author asked for both.

    .. pii: What a facilitator thinks that a person can do.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="facilitator_ratings")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    competence = models.CharField(max_length=64)
    value = models.CharField(max_length=16, choices=[(value, value) for value in VALUES])
    rated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["assessment", "competence", "rater"], name="passerelle_facilitator_rating_once"
            ),
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


class Evidence(models.Model):
    """Something that shows what a person can do. A file lies in the private storage under `path`.

    A story is kept as a `reference` alone: taken back where it was told, it is gone here too.

    .. pii: A person's words, files and links about what she can do.
    .. pii_types: biography, image, other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=255)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in EvidenceKind])
    level = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    link = models.URLField(max_length=1000, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    path = models.CharField(max_length=255, blank=True)
    media_type = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["user", "uri"], name="passerelle_evidence_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Validation(models.Model):
    """A person's request that facilitators of a course run confirm what she can do, and how it went.

    .. pii: What a person asked to have confirmed, and who confirmed it.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    course_key = CourseKeyField(max_length=255, db_index=True)
    uri = models.CharField(max_length=255)
    level = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=16, choices=[(phase.value, phase.value) for phase in Phase])
    assessed_level = models.PositiveSmallIntegerField(null=True, blank=True)
    assessor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    second_wanted = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.uri}: {self.phase}"


class ValidationStep(models.Model):
    """One step of a validation: who did what, and said.

    .. pii: What a person and a facilitator said to each other about what she can do.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    validation = models.ForeignKey(Validation, on_delete=models.CASCADE, related_name="steps")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    step = models.CharField(max_length=16, choices=[(step.value, step.value) for step in Step])
    text = models.TextField(blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.step


class Experience(models.Model):
    """Something that a person has done, paid or not: a ready list's id or an occupation's URI, and her own words.

    .. pii: What a person has done in her life, as far as she says.
    .. pii_types: biography
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=255)
    words = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "what"], name="passerelle_experience_once"),
        ]

    def __str__(self) -> str:
        return self.what


class ProfileChoice(models.Model):
    """Which areas a person leaves out of her profile page.

    .. pii: What a person would rather not show.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    hidden = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.user_id)


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


# Public reference data lie in folders of their own; Django looks for models here.
from .digcomp.models import DigCompEntry  # noqa: E402
from .esco.models import Concept, ConceptTie, ConceptWords, Edition  # noqa: E402

__all__ = [
    "Assessment",
    "Claim",
    "Concept",
    "ConceptTie",
    "ConceptWords",
    "DigCompEntry",
    "Edition",
    "Experience",
    "Rating",
    "Receipt",
]
