"""What was imported, so that a later import can tell newer Studio work from its own."""

from __future__ import annotations

from django.db import models
from opaque_keys.edx.django.models import CourseKeyField


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
