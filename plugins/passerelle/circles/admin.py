"""The operator's admin: who facilitates, and that circles exist. Never what was told in them."""

from __future__ import annotations

from django.contrib import admin

from passerelle.host.admin import ReadOnly

from .models import Circle, Facilitator, HelpLine


@admin.register(Facilitator)
class FacilitatorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Appointments, for when no course staff is at hand."""

    list_display = ("user", "course_key", "appointed_by", "appointed_at")
    raw_id_fields = ("user", "appointed_by")
    search_fields = ("user__username", "course_key")


@admin.register(Circle)
class CircleAdmin(ReadOnly):
    """Read only: circles are opened, played and closed by the people in them."""

    list_display = ("id", "course_key", "facilitator", "opened_at", "started_at", "closed_at")
    fields = ("id", "course_key", "usage_key", "language", "facilitator", "opened_at", "closed_at")
    search_fields = ("course_key",)


@admin.register(HelpLine)
class HelpLineAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whom people can call, by country and language."""

    list_display = ("country", "language", "name", "phone", "url", "hours")
    list_filter = ("country", "language")
    search_fields = ("name",)
