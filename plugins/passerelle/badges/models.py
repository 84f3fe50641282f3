"""What badges keep. Private to this app: everyone else asks `api.py`."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField

from .data import Stage

STATUS_LIST_SIZE = 131_072
"""Entries in a status list: the least that the standard allows, so that one person's entry hides among many."""


class Achievement(models.Model):
    """Something to earn. `definition` follows `definitions.py`; `version` counts its changes.

    An achievement of a course run belongs to its staff, one without to the operator.

    .. no_pii: Says what counts, not who did it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=64, unique=True)
    course_key = CourseKeyField(max_length=255, null=True, blank=True, db_index=True)
    definition = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    stage = models.CharField(max_length=16, choices=[(stage.value, stage.value) for stage in Stage], db_index=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.slug


class IssuerKey(models.Model):
    """A key pair for credentials: the newest that is neither retired nor withdrawn signs. Public halves stay published.

    `sealed` is the private half under the operator's secret, "" once it was destroyed; see `keys.py`.

    .. no_pii: The issuer's, which is the platform.
    """

    kid = models.CharField(max_length=64, unique=True)
    public = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.kid


class Status(models.Model):
    """One bit of a published status list. It outlives the person's data, since her copy of the badge does too.

    .. no_pii: A number and a bit.
    """

    list_number = models.PositiveIntegerField()
    index = models.PositiveIntegerField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["list_number", "index"], name="passerelle_badge_status_once"),
        ]

    def __str__(self) -> str:
        return f"{self.list_number}/{self.index}"


class Award(models.Model):
    """A badge somebody earned, and its credential in both signed forms. `living` is None once it has ended.

    `rests_on` are the sentences that were true when it was awarded, by language.

    .. pii: What a person has achieved, her hashed e-mail address within the credential, her choice to share it.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="awards")
    achievement_version = models.PositiveIntegerField()
    language = models.CharField(max_length=16)
    status = models.OneToOneField(Status, on_delete=models.CASCADE, related_name="award")
    key = models.ForeignKey(IssuerKey, on_delete=models.CASCADE, related_name="awards")
    document = models.JSONField()
    token = models.TextField()
    proof = models.JSONField()
    rests_on = models.JSONField(default=dict)
    living = models.BooleanField(null=True, default=True)
    awarded_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    share_token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    share_name = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "achievement", "living"], name="passerelle_award_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class AwardEvent(models.Model):
    """The history of a badge: awarded, revoked, expired, signed anew, shared, no longer shared.

    .. pii: What happened to a person's badge, and who did it.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=16)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.what} {self.award_id}"


class Look(models.Model):
    """That a shared badge was looked at on a day, so that its holder knows. Of people with the link nothing is kept.

    .. pii: Who asked about a person's badge: an organisation's name, or nothing.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="looks")
    day = models.DateField()
    who = models.CharField(max_length=100, blank=True)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["award", "day", "who"], name="passerelle_look_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.award_id}"


class Confirmation(models.Model):
    """That course staff saw a part of a practicum done.

    .. pii: What a person did in practice, and who saw it.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="confirmations")
    part = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "achievement", "part"], name="passerelle_confirmation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.part} by {self.user_id}"


class RecognisedIssuer(models.Model):
    """An issuer elsewhere whose badges count here, at this level from 1 to 4.

    .. no_pii: Names an organisation.
    """

    issuer = models.CharField(max_length=255, unique=True, help_text="did:web:…, did:key:… or https://…")
    name = models.CharField(max_length=255)
    level = models.PositiveSmallIntegerField(default=2, choices=[(level, str(level)) for level in range(1, 5)])

    def __str__(self) -> str:
        return self.name


class Imported(models.Model):
    """A badge issued elsewhere, as it was found to be right.

    `source` is the credential's issuer and id, hashed: one credential counts once.

    .. pii: What a person achieved elsewhere.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=64, unique=True)
    issuer = models.CharField(max_length=255)
    text = models.TextField()
    name = models.CharField(max_length=255)
    issuer_name = models.CharField(max_length=255, blank=True)
    aligned = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
