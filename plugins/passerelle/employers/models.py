"""What employers keep. Private to this app: everyone else asks `api.py`."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from .data import Decision, Kind, Marked, Role, Source, Stage, What


class Organisation(models.Model):
    """Somebody who offers work. Nothing of it is shown before an operator approved it.

    .. no_pii: An organisation, no person.
    """

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    about = models.TextField(blank=True)
    website = models.CharField(max_length=200, blank=True)
    approved = models.BooleanField(default=False)
    refusal = models.TextField(blank=True)
    registered_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """That a person works for an organisation, and what she does there.

    .. pii: Links an account to an employer.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["organisation", "user"], name="passerelle_employs_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.organisation_id}"


class Recognised(models.Model):
    """What an organisation recognises: a badge (an achievement's id), or a competence (a URI). `words` by language.

    .. no_pii: Badges and competences, no person.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="recognised")
    target = models.CharField(max_length=255)
    is_badge = models.BooleanField()
    words = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["organisation", "target"], name="passerelle_recognised_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target} by {self.organisation_id}"


class Feed(models.Model):
    """An address from which an organisation's opportunities are read. `failures` in a row put off the next reading.

    .. no_pii: An address of an organisation.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="feeds")
    url = models.CharField(max_length=700)
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)
    report = models.JSONField(default=list, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["organisation", "url"], name="passerelle_feed_once"),
        ]

    def __str__(self) -> str:
        return f"feed of {self.organisation_id}"


class Opportunity(models.Model):
    """Work on offer: shown while `published_at` is set, until `apply_by` or `ends` is past.

    `title`, `about`: words by language code. `languages`: CEFR level by language code. `hours` a week. `place` is a
    town, or "remote". `reference` is the organisation's own name for it. `note`: why an operator sent it back.

    .. no_pii: Work, no person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="opportunities")
    reference = models.SlugField(max_length=64)
    title = models.JSONField()
    about = models.JSONField(default=dict, blank=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    place = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    hours = models.PositiveSmallIntegerField(default=0)
    languages = models.JSONField(default=dict, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    apply_by = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(
        max_length=16, choices=[(stage.value, stage.value) for stage in Stage], default=Stage.DRAFT.value
    )
    note = models.TextField(blank=True)
    source = models.CharField(
        max_length=8, choices=[(source.value, source.value) for source in Source], default=Source.HAND.value
    )
    feed = models.ForeignKey(Feed, on_delete=models.SET_NULL, null=True, blank=True, related_name="opportunities")
    changed_at = models.DateTimeField(auto_now=True)

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


class Shown(models.Model):
    """A person's consent that one employer sees what she can do, under a pseudonym. `text`: the version she agreed to.

    .. pii: Links an account to the employer that it shows itself to.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="shown")
    pseudonym = models.CharField(max_length=16)
    text = models.CharField(max_length=16)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "organisation"], name="passerelle_shown_once"),
            models.UniqueConstraint(fields=["organisation", "pseudonym"], name="passerelle_pseudonym_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} to {self.organisation_id}"


class Application(models.Model):
    """What passes between a person and an employer about an opportunity.

    `applied_at`: she applied. `asked_at`: they asked for contact; `accepted`: her answer, with `reach`, how they reach
    her. `decision` with `reason`; `appealed_at` with `appeal`, answered by an operator.

    .. pii: A person's words to an employer, how she can be reached, and what was decided.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="applications")
    message = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    asked = models.TextField(blank=True)
    accepted = models.BooleanField(null=True, blank=True)
    reach = models.TextField(blank=True)
    decision = models.CharField(
        max_length=16, choices=[(decision.value, decision.value) for decision in Decision], blank=True
    )
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    appeal = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "opportunity"], name="passerelle_application_once"),
        ]

    def __str__(self) -> str:
        return f"application to {self.opportunity_id}"


class Trace(models.Model):
    """What an employer or an operator did that concerns a person; she reads it. Never changed.

    .. pii: Who looked at a person, and what was decided about her.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=16, choices=[(what.value, what.value) for what in What])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d}"


class Edition(models.Model):
    """One row whose stamp changes with whatever is on offer, so that every process knows when its index is old.

    `snapshot`: the file in the private storage that indexes are read from, `before`: the one that it follows; "" where
    there is none.

    .. no_pii: A stamp, and names of files.
    """

    stamp = models.UUIDField()
    snapshot = models.CharField(max_length=100, blank=True)
    before = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return str(self.stamp)


class Changed(models.Model):
    """That an opportunity came, changed or went since the snapshot before the last. Another stamp for each change.

    `folded`: the last snapshot has it.

    .. no_pii: Work, no person.
    """

    opportunity_id = models.UUIDField(primary_key=True)
    stamp = models.UUIDField(db_index=True)
    folded = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.opportunity_id)
