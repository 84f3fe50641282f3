"""What circles keep. Private to this app: everyone else asks `api.py`."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, UsageKeyField

from .data import Audience, Media, Purpose, ReportReason, ReportStatus, SafetyWhat


class Facilitator(models.Model):
    """A person whom course staff appointed to hold circles in a course run.

    .. pii: Links an account to a role.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    course_key = CourseKeyField(max_length=255, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    appointed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["course_key", "user"], name="passerelle_facilitator_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.course_key}"


class Circle(models.Model):
    """One group playing one protocol at one block.

    `protocol` is a snapshot, so that neither an author's edit nor an upgrade changes a circle under way. `state` is the
    engine's state; `version` counts its changes. There is no link to the block: deleting a block destroys no story.

    .. pii: Links an account to the circles that it facilitates.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course_key = CourseKeyField(max_length=255, db_index=True)
    usage_key = UsageKeyField(max_length=255, db_index=True)
    language = models.CharField(max_length=16)
    protocol = models.JSONField()
    state = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    facilitator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Member(models.Model):
    """A seat in a circle, and the name that its holder goes by there.

    `affiliation` is what she said of herself, if she wished, for the order of turns; the end of the circle erases it.

    .. pii: A name that the person chose for the circle, her presence in it, what she belongs to.
    .. pii_types: name, other
    .. pii_retirement: local_api
    """

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    seat = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    affiliation = models.CharField(max_length=32, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["circle", "seat"], name="passerelle_member_seat"),
            models.UniqueConstraint(fields=["circle", "user"], name="passerelle_member_once"),
        ]

    def __str__(self) -> str:
        return f"seat {self.seat} of {self.circle_id}"


class Consent(models.Model):
    """That a person agreed to a circle's ground rules when she took her seat, in which words, when.

    Who reads a story is agreed to story by story: `StoryConsent`. Rows for `share` are older than that.

    .. pii: A person's decision to take part.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=32)
    audience = models.CharField(max_length=16, choices=[(audience.value, audience.value) for audience in Audience])
    text_version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16)
    granted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.purpose} for {self.audience}"


class Contribution(models.Model):
    """Something a member told, replied or answered. Withdrawn, its words are gone and only the fact remains.

    `slot` says what it answers within its phase, so that nothing is stored twice; withdrawal frees it. `key` is that of
    the request that told it, and takes a receipt's place. `ended_turn` and `floor_to` take the place of rows in the
    register: that telling it ended its teller's turn, and which seat got the floor by that. While `hidden_at` is set,
    only its teller and those who look after the circle read it.

    .. pii: A person's story, which may hold anything about her (GDPR article 9).
    .. pii_types: biography, other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="contributions")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="contributions")
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="contributions")
    phase = models.CharField(max_length=64)
    slot = models.CharField(max_length=64, default="", blank=True)
    reply_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    question = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)
    link = models.URLField(max_length=500, blank=True)
    audience = models.CharField(max_length=16, choices=[(audience.value, audience.value) for audience in Audience])
    cohort = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - None is "no cohort", unlike ""
    key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - None is unlike any other
    ended_turn = models.BooleanField(default=False)
    floor_to = models.PositiveSmallIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(auto_now_add=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["member", "phase", "slot"], name="passerelle_contribution_once"),
            models.UniqueConstraint(fields=["member", "key"], name="passerelle_contribution_key"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class StoryFile(models.Model):
    """A voice or a picture: first on its way, part by part; then whole, and told as part of a story.

    While it is on its way `size` is the length that was announced, `received` what came of it, in the private files
    `parts`. Once it is whole, it lies at `path`. A row that goes takes its files along. `words` are what is said, or
    what is to be seen.

    .. pii: A person's voice or a picture, which may show or tell anything about her (GDPR article 9).
    .. pii_types: biography, image, other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="files")
    contribution = models.ForeignKey(
        Contribution, on_delete=models.CASCADE, null=True, blank=True, related_name="files"
    )
    kind = models.CharField(max_length=8, choices=[(media.value, media.value) for media in Media])
    size = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    parts = models.JSONField(default=list, blank=True)
    path = models.CharField(max_length=100, blank=True)
    media_type = models.CharField(max_length=32, blank=True)
    seconds = models.FloatField(default=0)
    words = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "started_at", "id"]

    def __str__(self) -> str:
        return str(self.id)


class StoryConsent(models.Model):
    """That a teller agreed to one purpose of one story: in which version of the words, from when until when.

    `pseudonym` is the name that she made up to stand beside it in the showcase, while the consent stands.

    .. pii: A person's decisions about her own words, a name that she made up for one.
    .. pii_types: name, other
    .. pii_retirement: local_api
    """

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="grants")
    purpose = models.CharField(max_length=16, choices=[(purpose.value, purpose.value) for purpose in Purpose])
    pseudonym = models.CharField(max_length=40, blank=True)
    text_version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} for {self.contribution_id}"


class Event(models.Model):
    """The register of a circle: who came, held the floor, passed, left, and when. Never what was said.

    A turn that ended with a story, an answer or a reply stands there: `Contribution.ended_turn`.

    .. no_pii: Names a seat, not a person.
    """

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="events")
    seat = models.PositiveSmallIntegerField(null=True, blank=True)
    phase = models.CharField(max_length=64)
    what = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.what} at {self.at}"


class Receipt(models.Model):
    """That a request with this key was carried out, so that the same request sent again does nothing.

    .. pii: Links an account to a request of its own.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    action = models.CharField(max_length=32)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "key"], name="passerelle_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class Report(models.Model):
    """A member's word that a story needs looking at: the facilitator sorts it, or passes it on for good.

    .. pii: Who reported, and in which words.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="reports")
    contribution = models.ForeignKey(
        Contribution, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=16, choices=[(reason.value, reason.value) for reason in ReportReason])
    words = models.TextField(blank=True)
    status = models.CharField(
        max_length=16, choices=[(status.value, status.value) for status in ReportStatus], default=ReportStatus.OPEN
    )
    at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["contribution", "reporter"], name="passerelle_report_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SafetyStep(models.Model):
    """The audit trail: who reported, hid, released, passed on, closed, read or exported, when and why; only added to.

    `words` are the reason that the person gave; the page asks her not to copy the story into it. A step outlives its
    report: `safety.close_file` leaves what was done, and by whom in which office.

    .. pii: Links an account to what it did for a circle's safety, with the reason that the person gave.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="safety_steps")
    report = models.ForeignKey(Report, on_delete=models.SET_NULL, null=True, blank=True, related_name="steps")
    contribution = models.ForeignKey(
        Contribution, on_delete=models.SET_NULL, null=True, blank=True, related_name="safety_steps"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=32)
    what = models.CharField(max_length=16, choices=[(what.value, what.value) for what in SafetyWhat])
    words = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.what} at {self.at}"


class FacilitatorNote(models.Model):
    """What a facilitator wrote down for herself. Nobody else reads it, not even who takes the circle over.

    .. pii: A facilitator's private words, which may be about the people of her circle.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class Message(models.Model):
    """What a facilitator wrote to the people of a circle that she holds.

    .. pii: A facilitator's words, which may be about the people of her circle.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class HelpLine(models.Model):
    """A number to call, of a country and in a language: the operator's to enter and to keep right.

    `country` is an ISO 3166-1 code of two letters, or EU; `language` is "" for a line that speaks whatever is needed.

    .. no_pii: Public telephone numbers.
    """

    country = models.CharField(max_length=2)
    language = models.CharField(max_length=16, blank=True)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    url = models.URLField(blank=True)
    hours = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["country", "language", "name"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["country", "language", "name"], name="passerelle_help_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class Reminder(models.Model):
    """That a person was told something about a circle, once for all: never twice the same. No words are kept.

    .. pii: That a circle waited for the person
    .. pii_types: other
    .. pii_retirement: local_api
    """

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    phase = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["circle", "user", "kind", "phase"], name="passerelle_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"


class NoReminders(models.Model):
    """A person who wishes not to be reminded of circles.

    .. pii: That the person wishes no reminders
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.user_id)


class Wish(models.Model):
    """What somebody said for the forming of circles in a course run, all of it by her own choice; she can erase it.

    `languages` are codes, the best first; `times` are ids of `hours.PARTS`, in the time zone that she was in when she
    said so ("": the platform's). Organisation and `leads` keep people from being alone with their employer, and nobody
    sees them.

    .. pii: Languages, times and time zone, what the person belongs to and where she works, as far as she said it.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    course_key = CourseKeyField(max_length=255, db_index=True)
    languages = models.JSONField(default=list)
    times = models.JSONField(default=list)
    time_zone = models.CharField(max_length=64, blank=True)  # `hours.LONGEST`
    affiliation = models.CharField(max_length=32, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    leads = models.BooleanField(default=False)
    said_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["course_key", "user"], name="passerelle_wish_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.course_key}"


class Forming(models.Model):
    """A facilitator's draft of circles at a block: proposed, put right by hand, confirmed. `wanted` says of what kind.

    .. pii: Links an account to the drafts that it made.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course_key = CourseKeyField(max_length=255, db_index=True)
    usage_key = UsageKeyField(max_length=255, db_index=True)
    facilitator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    protocol = models.JSONField()
    wanted = models.JSONField()
    begun_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class FormingGroup(models.Model):
    """A circle to be, numbered from 1; once confirmed, the circle that it became.

    .. no_pii: Names a language and a time.
    """

    forming = models.ForeignKey(Forming, on_delete=models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16)
    time = models.CharField(max_length=16, blank=True)
    circle = models.OneToOneField(Circle, on_delete=models.SET_NULL, null=True, blank=True, related_name="formed")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["forming", "number"], name="passerelle_forming_group_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.forming_id}"


class Place(models.Model):
    """Where somebody is in a draft: in a circle to be, or waiting (no group), and then `why`.

    .. pii: Links an account to a circle that is being formed.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    forming = models.ForeignKey(Forming, on_delete=models.CASCADE, related_name="places")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(FormingGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="places")
    why = models.CharField(max_length=16, blank=True)
    by_hand = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["forming", "user"], name="passerelle_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.forming_id}"
