"""What was imported, so that a later import can tell newer Studio work from its own."""

from __future__ import annotations

from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, UsageKeyField


class ImportedRun(models.Model):
    """A course run as the last import left it. `digest` is that of its export right afterwards.

    .. no_pii:
    """

    course_key = CourseKeyField(max_length=255, unique=True)
    digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "imported course run"

    def __str__(self) -> str:
        return str(self.course_key)


class Feedback(models.Model):
    """What one learner said of one unit. `voice` is a keyed hash of person and unit: one row a person, and no name.

    .. pii: `user_id` where the learner signed, and her remark. Erased with the account.
    .. pii_types: id, other
    .. pii_retirement: local_api
    """

    usage_key = UsageKeyField(max_length=255)
    course_key = CourseKeyField(max_length=255, db_index=True)
    voice = models.CharField(max_length=64)
    user_id = models.IntegerField(null=True, db_index=True)
    module = models.CharField(max_length=255)
    unit = models.CharField(max_length=255)
    language = models.CharField(max_length=16)
    clear = models.CharField(max_length=8)
    useful = models.CharField(max_length=8)
    remark = models.TextField(blank=True)
    given_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint(fields=["usage_key", "voice"], name="passerelle_one_voice_a_unit")]

    def __str__(self) -> str:
        return f"{self.usage_key} {self.given_at:%Y-%m-%d}"


class VersionNote(models.Model):
    """What the authors changed in a module, told to its learners.

    .. no_pii:
    """

    course_key = CourseKeyField(max_length=255, db_index=True)
    key = models.CharField(max_length=64, unique=True)
    module = models.CharField(max_length=255)
    text = models.TextField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.course_key} {self.written_at:%Y-%m-%d}"
