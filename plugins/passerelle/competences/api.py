"""Competences, public: what blocks, pages and commands may ask and do.

Every function that concerns a person takes the acting one (`passerelle.host.data.Actor`), asks the permission table and
raises a `PasserelleError` whose text tells her what to do. Every write takes a `key` that the caller makes up for the
request: the same key sent again does nothing and gives the same answer. Functions that take a `user_id` instead are for
other apps, which checked what they do.
"""

from __future__ import annotations

from django.db import transaction

from passerelle.host.files import delete_files

from .assessments import (
    assessment,
    assessments_held_at,
    has_sent,
    my_assessments,
    preview,
    problems,
    rate_other,
    rating_sheets,
    save_rating,
    submit,
)
from .catalogue import areas, competence_words, competences, esco_edition, framework, names
from .claims import (
    back_with_badge,
    claims_of,
    claims_of_all,
    my_claims,
    people_with_claims,
    state_competence,
    strongest,
    unstate_competence,
    withdraw_badge,
)
from .demonstrated import take_in_grades
from .done import experience, keep_experience, knows_occupations, my_experiences, remove_experience
from .evidence import (
    add_evidence,
    my_evidence,
    open_file,
    remove_evidence,
    store_file,
    story_is_gone,
)
from .exchange import can_export_pdf, export_json, export_pdf, import_json
from .finding import close_to, find_competences, find_occupations, skills_of_experience, unpaid_experiences
from .models import Assessment, Claim, Evidence, Experience, FacilitatorRating, ProfileChoice, Receipt, Validation
from .permissions import PERMISSIONS, allowed
from .profile import hide_areas, profile
from .receipts import part_of
from .report import FLOOR, assessment_report, report_csv
from .signals import claim_changed
from .taxonomy import competences_taught, units_teaching
from .teaching import my_courses, my_units
from .validation import (
    ask_validation,
    courses_to_ask,
    forget_facilitator,
    my_validations,
    step_validation,
    validation,
    validation_course,
    validation_queue,
)

__all__ = [
    "FLOOR",
    "PERMISSIONS",
    "add_evidence",
    "allowed",
    "areas",
    "ask_validation",
    "assessment",
    "assessment_report",
    "assessments_held_at",
    "back_with_badge",
    "can_export_pdf",
    "claim_changed",
    "claims_of",
    "claims_of_all",
    "close_to",
    "competence_words",
    "competences",
    "competences_taught",
    "courses_to_ask",
    "esco_edition",
    "experience",
    "export_json",
    "export_pdf",
    "find_competences",
    "find_occupations",
    "framework",
    "has_sent",
    "hide_areas",
    "import_json",
    "keep_experience",
    "knows_occupations",
    "my_assessments",
    "my_claims",
    "my_courses",
    "my_evidence",
    "my_experiences",
    "my_units",
    "my_validations",
    "names",
    "open_file",
    "part_of",
    "people_with_claims",
    "preview",
    "problems",
    "profile",
    "rate_other",
    "rating_sheets",
    "remove_evidence",
    "remove_experience",
    "report_csv",
    "retire_user",
    "save_rating",
    "skills_of_experience",
    "state_competence",
    "step_validation",
    "store_file",
    "story_is_gone",
    "strongest",
    "submit",
    "take_in_grades",
    "units_teaching",
    "unpaid_experiences",
    "unstate_competence",
    "validation",
    "validation_course",
    "validation_queue",
    "withdraw_badge",
]


@transaction.atomic
def retire_user(*, user_id: int) -> None:
    """Erase what is this person's: answers, claims, evidence with its files, requests. May run twice."""
    delete_files(Evidence.objects.filter(user_id=user_id).values_list("path", flat=True))
    forget_facilitator(user_id=user_id)
    FacilitatorRating.objects.filter(rater_id=user_id).update(rater=None)
    for model in (Assessment, Claim, Evidence, Experience, Validation, ProfileChoice, Receipt):
        model.objects.filter(user_id=user_id).delete()
