"""The operator's admin: what people can find, and that assessments exist. Never what was answered in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from passerelle.host.admin import ReadOnly

from .models import Assessment, Concept, ConceptWords, DigCompEntry


@admin.register(Assessment)
class AssessmentAdmin(ReadOnly):
    """Read only: answers belong to the people who gave them."""

    list_display = ("id", "course_key", "moment", "started_at", "submitted_at")
    fields = ("id", "course_key", "usage_key", "moment", "started_at", "submitted_at")
    search_fields = ("course_key",)


class WordsInline(admin.TabularInline):  # type: ignore[type-arg]
    """A concept's names."""

    model = ConceptWords
    extra = 0


@admin.register(Concept)
class ConceptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Hide entries, or add some of one's own with a URI of one's own. What was imported is read only but for hiding."""

    list_display = ("name", "kind", "code", "hidden", "obsolete", "uri")
    list_filter = ("kind", "hidden", "obsolete", "transversal")
    list_editable = ("hidden",)
    list_select_related = ("edition",)
    list_per_page = 50
    search_fields = ("uri", "code", "words__label")
    inlines = (WordsInline,)
    actions = ("hide", "show")
    own_fields = ("uri", "kind", "code", "isco", "skill_type", "reuse_level", "transversal")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("words")

    @admin.display(description="name")
    def name(self, concept: Concept) -> str:
        return next((words.label for words in concept.words.all() if words.language == "en"), concept.uri)

    @admin.action(description="Hide: people do not find these any more")
    def hide(self, request: HttpRequest, concepts: Any) -> None:
        concepts.update(hidden=True, changed_at=timezone.now())

    @admin.action(description="Show again")
    def show(self, request: HttpRequest, concepts: Any) -> None:
        concepts.update(hidden=False, changed_at=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        imported = obj is not None and obj.edition_id is not None
        return (*(self.own_fields if imported else ()), "obsolete")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return () if obj is not None and obj.edition_id is not None else self.inlines

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(DigCompEntry)
class DigCompEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Hide entries of DigComp."""

    list_display = ("code", "part", "name", "level", "hidden")
    list_filter = ("part", "hidden")
    list_editable = ("hidden",)
    search_fields = ("code", "name", "description")
    readonly_fields = ("code", "part", "parent", "level", "nature", "name", "description")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
