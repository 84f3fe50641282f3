"""Skills, occupations and their groups, in every imported language. Filled by the import; operators add and hide."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

HIDDEN = "People do not find it any more. Imports leave this as it is."


class Kind(models.TextChoices):
    """What a concept is."""

    SKILL = "skill", "skill"
    OCCUPATION = "occupation", "occupation"
    SKILL_GROUP = "skill_group", "skill group"
    ISCO_GROUP = "isco_group", "ISCO group"


class Tie(models.TextChoices):
    """What one concept is to another. An occupation or a skill needs skills; anything may have a broader concept."""

    ESSENTIAL = "essential", "essential"
    OPTIONAL = "optional", "optional"
    BROADER = "broader", "broader"


class Edition(models.Model):
    """One import that changed something: which version of ESCO, in which languages, when.

    .. no_pii: Public reference data.
    """

    version = models.CharField(max_length=32, blank=True)
    languages = models.CharField(max_length=255)
    imported_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"ESCO {self.version} ({self.languages})"


class Concept(models.Model):
    """A skill, an occupation or a group of them, named by its URI. None is ever deleted: claims point at URIs.

    `edition` brought its present form; a concept without one is the operator's own, and no import touches it.
    `changed_at` also moves when its words or ties change: the latest of all is the data's version.

    .. no_pii: Public reference data.
    """

    uri = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    code = models.CharField(max_length=64, blank=True)
    isco = models.CharField(max_length=8, blank=True)
    skill_type = models.CharField(max_length=32, blank=True)
    reuse_level = models.CharField(max_length=32, blank=True)
    transversal = models.BooleanField(default=False, help_text="Part of ESCO's collection of transversal skills.")
    obsolete = models.BooleanField(default=False, help_text="No longer part of the imported edition.")
    hidden = models.BooleanField(default=False, help_text=HIDDEN)
    edition = models.ForeignKey(Edition, null=True, blank=True, editable=False, on_delete=models.PROTECT)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["kind", "code"], name="passerelle_concept_code")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uri}"


class ConceptWords(models.Model):
    """What a concept is called in one language. Other names, and misspellings to be found by, stand one on a line.

    .. no_pii: Public reference data.
    """

    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="words")
    language = models.CharField(max_length=16)
    label = models.TextField()
    other_labels = models.TextField(blank=True)
    hidden_labels = models.TextField(blank=True)
    description = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["concept", "language"], name="passerelle_concept_words_once"),
        ]
        verbose_name_plural = "concept words"

    def __str__(self) -> str:
        return self.label


class ConceptTie(models.Model):
    """That an occupation or a skill needs a skill, or that a concept has a broader one (the target).

    .. no_pii: Public reference data.
    """

    source = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="ties")
    target = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="+")
    tie = models.CharField(max_length=16, choices=Tie.choices)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["source", "target", "tie"], name="passerelle_concept_tie_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.tie} {self.target_id}"
