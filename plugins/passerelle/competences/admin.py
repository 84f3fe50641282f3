"""The operator's admin: that assessments exist. Never what was answered in them."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from .models import Assessment


@admin.register(Assessment)
class AssessmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read only: answers belong to the people who gave them."""

    list_display = ("id", "course_key", "moment", "started_at", "submitted_at")
    fields = ("id", "course_key", "usage_key", "moment", "started_at", "submitted_at")
    search_fields = ("course_key",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return False
