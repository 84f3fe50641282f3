"""The problem block's words, for which its package brings no catalogue; Django's finds them in the demo's."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

BUTTONS = [_("Submit"), _("Submitting"), _("Save"), _("Reset"), _("Show answer"), _("Review")]
HINTS = [_("Hint"), _("Next Hint"), _("Hint ({hint_num} of {hints_count}): ")]
ANSWERS = [
    _("Answer"),
    _("Correct:"),
    _("Incorrect:"),
    _("Partially correct:"),
    _("correct"),
    _("incorrect"),
    _("partially correct"),
    _("unanswered"),
    _("This answer is correct."),
    _("This answer is incorrect."),
    _("This answer is partially correct."),
    _("Not yet answered."),
    _("Grading method:"),
    _("Last Score"),
    _("Answers are displayed within the problem"),
    _("{label}: {status}"),
]
POINTS = [
    ngettext_lazy("Correct ({progress} point)", "Correct ({progress} points)", 1),
    ngettext_lazy("Incorrect ({progress} point)", "Incorrect ({progress} points)", 1),
    ngettext_lazy("Partially correct ({progress} point)", "Partially correct ({progress} points)", 1),
    ngettext_lazy("{num_points} point possible (graded)", "{num_points} points possible (graded)", 1),
    ngettext_lazy("{num_points} point possible (ungraded)", "{num_points} points possible (ungraded)", 1),
    ngettext_lazy("{earned}/{possible} point (graded)", "{earned}/{possible} points (graded)", 1),
    ngettext_lazy("{earned}/{possible} point (ungraded)", "{earned}/{possible} points (ungraded)", 1),
]
