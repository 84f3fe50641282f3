"""Words for what the code calls by short names, for pages and for the PDF."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .data import Basis, EvidenceKind, Moment, Phase, Step

LEVEL_WORDS = {
    1: _("I am beginning"),
    2: _("I manage simple things"),
    3: _("I manage on my own"),
    4: _("I also show others"),
}

BASIS_WORDS = {
    Basis.STATED.name.lower(): _("I say so"),
    Basis.SELF_ASSESSED.name.lower(): _("I looked at myself in a course"),
    Basis.EVIDENCED.name.lower(): _("I can show something"),
    Basis.DEMONSTRATED.name.lower(): _("Shown in graded work"),
    Basis.VALIDATED.name.lower(): _("Confirmed by a facilitator"),
    Basis.BADGE_BACKED.name.lower(): _("Backed by a badge"),
}

MOMENT_WORDS = {
    Moment.BEFORE.value: _("Before"),
    Moment.LOOKING_BACK.value: _("Before, seen from today"),
    Moment.AFTER.value: _("Afterwards"),
    Moment.FREE.value: _("At another time"),
}

PHASE_WORDS = {
    Phase.IDENTIFICATION.value: _("Finding out what it is about"),
    Phase.DOCUMENTATION.value: _("Collecting what shows it"),
    Phase.ASSESSMENT.value: _("A facilitator looks at it"),
    Phase.CERTIFICATION.value: _("Putting it on record"),
}

KIND_WORDS = {
    EvidenceKind.TEXT.value: _("A few words"),
    EvidenceKind.LINK.value: _("A link"),
    EvidenceKind.FILE.value: _("A picture or a PDF"),
    EvidenceKind.UNIT.value: _("A unit that I finished"),
    EvidenceKind.STORY.value: _("A story that I told"),
}

STEP_WORDS = {
    Step.ASK.value: _("asked for confirmation"),
    Step.COMMENT.value: _("wrote"),
    Step.TAKE.value: _("took it on"),
    Step.ASK_MORE.value: _("asked for more"),
    Step.SEND.value: _("sent what shows it"),
    Step.ASSESS.value: _("looked at it"),
    Step.SECOND_OPINION.value: _("asked for a second opinion"),
    Step.CERTIFY.value: _("confirmed it"),
    Step.WITHDRAW.value: _("took the request back"),
}

DO_WORDS = {
    Step.COMMENT.value: _("Write a comment"),
    Step.TAKE.value: _("Take it on"),
    Step.ASK_MORE.value: _("Ask for more"),
    Step.SEND.value: _("Send what I have"),
    Step.ASSESS.value: _("Say what I saw"),
    Step.SECOND_OPINION.value: _("Ask for a second opinion"),
    Step.CERTIFY.value: _("Confirm and put on record"),
    Step.WITHDRAW.value: _("Take my request back"),
}
"""What the buttons say."""
