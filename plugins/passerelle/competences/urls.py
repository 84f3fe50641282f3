"""Addresses of the competences' pages, below `/passerelle/`."""

from __future__ import annotations

from django.urls import path

from . import experience_views, finding_views, report_views, rest, views

app_name = "passerelle_competences"

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/competences/", views.find, name="find"),
    path("profile/competences/<str:name>/", views.competence, name="competence"),
    path("profile/experiences/", experience_views.experiences, name="experiences"),
    path("profile/experiences/keep", experience_views.keep, name="keep_experience"),
    path("profile/experiences/remove", experience_views.remove, name="remove_experience"),
    path("profile/experiences/<str:name>/", experience_views.experience, name="experience"),
    path("competences/find", finding_views.find, name="find_competences"),
    path("competences/occupations", finding_views.occupations, name="find_occupations"),
    path("competences/experiences", finding_views.experiences, name="unpaid_experiences"),
    path("competences/skills", finding_views.skills, name="skills_of_experience"),
    path("profile/state", views.state, name="state"),
    path("profile/unstate", views.unstate, name="unstate"),
    path("profile/hide", views.hide, name="hide"),
    path("profile/what-i-can-do.pdf", views.pdf, name="pdf"),
    path("profile/what-i-can-do.json", views.export, name="export"),
    path("profile/import", views.import_, name="import"),
    path("courses/<course_key:course_key>/competences/", report_views.report, name="report"),
    path("courses/<course_key:course_key>/competences.csv", report_views.report, {"form": "csv"}, name="report_csv"),
    path("evidence/add", views.add_evidence, name="add_evidence"),
    path("evidence/<uuid:evidence_id>/file", views.evidence_file, name="evidence_file"),
    path("evidence/<uuid:evidence_id>/remove", views.remove_evidence, name="remove_evidence"),
    path("validations/", views.queue, name="queue"),
    path("validations/ask", views.ask, name="ask"),
    path("validations/rate", views.rate, name="rate"),
    path("validations/<uuid:validation_id>/", views.validation, name="validation"),
    path("validations/<uuid:validation_id>/step", views.step, name="step"),
    *rest.urlpatterns,
]
