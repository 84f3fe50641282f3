"""What employers keep. Private to this app: everyone else asks `api.py`."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from .data import Kind, Marked


class Organisation(models.Model):
    """Somebody who offers work. Nothing of it is shown before an operator approved it.

    .. no_pii: An organisation, no person.
    """

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    approved = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Opportunity(models.Model):
    """Work on offer: shown from `published_at` until `ends` is past. `title`: words by language code.

    `languages`: CEFR level by language code. `hours` a week. `reference` is the organisation's own name for it.

    .. no_pii: Work, no person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="opportunities")
    reference = models.SlugField(max_length=64)
    title = models.JSONField()
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    place = models.CharField(max_length=100)
    hours = models.PositiveSmallIntegerField(default=0)
    languages = models.JSONField(default=dict, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "opportunities"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="passerelle_opportunity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.organisation_id}"


class Requirement(models.Model):
    """A competence that the work asks for, at a level from 1 to 4; weight in per cent; `words` by language code.

    .. no_pii: Work, no person.
    """

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="requirements")
    uri = models.CharField(max_length=255)
    words = models.JSONField()
    level = models.PositiveSmallIntegerField()
    weight = models.PositiveSmallIntegerField(default=100)
    essential = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["opportunity", "uri"], name="passerelle_requirement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.uri} at {self.level}"


class Mark(models.Model):
    """That a person saved an opportunity, or hid it.

    .. pii: Links an account to the work that it is interested in.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="marks")
    what = models.CharField(max_length=8, choices=[(what.value, what.value) for what in Marked])
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "opportunity"], name="passerelle_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.opportunity_id}"


class Edition(models.Model):
    """One row whose stamp changes with whatever is on offer, so that every process knows when its index is old.

    .. no_pii: A stamp.
    """

    stamp = models.UUIDField()

    def __str__(self) -> str:
        return str(self.stamp)
