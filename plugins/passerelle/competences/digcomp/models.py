"""DigComp's areas, competences, levels, statements and learning outcomes, in English."""

from __future__ import annotations

from django.db import models

HIDDEN = "People do not find it any more. Imports leave this as it is."


class Part(models.TextChoices):
    """What an entry is."""

    AREA = "area", "area"
    COMPETENCE = "competence", "competence"
    LEVEL = "level", "proficiency level"
    STATEMENT = "statement", "competence statement"
    OUTCOME = "outcome", "learning outcome"


class DigCompEntry(models.Model):
    """One entry by its code ("1.1", "CS1.1.01", "Basic_1"). `parent` is the code of the area or competence it is in.

    `level` is 1 to 8 for a level, else the name of the four-level scale's step, or "". `nature` is a learning
    outcome's: attitude, knowledge or skill. The words are share-alike: show them with their licence,
    mix them into nothing.

    .. no_pii: Public reference data.
    """

    code = models.CharField(max_length=64, unique=True)
    part = models.CharField(max_length=16, choices=Part.choices)
    parent = models.CharField(max_length=64, blank=True, db_index=True)
    level = models.CharField(max_length=32, blank=True)
    nature = models.CharField(max_length=32, blank=True)
    name = models.TextField(blank=True)
    description = models.TextField(blank=True)
    hidden = models.BooleanField(default=False, help_text=HIDDEN)

    class Meta:
        verbose_name = "DigComp entry"
        verbose_name_plural = "DigComp entries"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
