"""The operator's admin: whose badges from elsewhere count, and that keys, achievements and badges exist."""

from __future__ import annotations

from django.contrib import admin

from passerelle.host.admin import ReadOnly

from .models import Achievement, Award, IssuerKey, RecognisedIssuer


@admin.register(RecognisedIssuer)
class RecognisedIssuerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Issuers elsewhere, and the level that their badges count for."""

    list_display = ("name", "issuer", "level")
    search_fields = ("name", "issuer")


@admin.register(Achievement)
class AchievementAdmin(ReadOnly):
    """What can be earned."""

    list_display = ("slug", "course_key", "stage", "version", "changed_at")
    search_fields = ("slug", "course_key")


@admin.register(IssuerKey)
class IssuerKeyAdmin(ReadOnly):
    """The keys that signed badges; never their private halves."""

    list_display = ("kid", "created_at", "retired_at", "withdrawn_at")
    fields = ("kid", "public", "created_at", "retired_at", "withdrawn_at")


@admin.register(Award)
class AwardAdmin(ReadOnly):
    """Badges by number; whose they are stays with their holders."""

    list_display = ("id", "achievement", "awarded_at", "expires_at", "revoked_at")
    fields = ("id", "achievement", "awarded_at", "expires_at", "revoked_at", "reason")
    search_fields = ("id",)
