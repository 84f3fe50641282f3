"""Addresses of the circles' pages, below `/passerelle/`."""

from __future__ import annotations

from django.urls import path

from . import forming_views, rest, views

app_name = "passerelle"

DRAFT = "courses/<course_key:course_key>/forming/<uuid:forming_id>"

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/<course_key:course_key>/", views.home, name="course"),
    path("courses/<course_key:course_key>/facilitators/appoint", views.appoint, name="appoint"),
    path("courses/<course_key:course_key>/facilitators/dismiss", views.dismiss, name="dismiss"),
    path("circles/<uuid:circle_id>/state", views.state, name="state"),
    path("circles/<uuid:circle_id>/uploads", views.upload, name="upload"),
    path("uploads/<uuid:upload_id>", views.upload_part, name="upload_part"),
    path("stories/files/<uuid:file_id>", views.story_file, name="story_file"),
    path("stories.zip", views.story_copy, name="story_copy"),
    path("stories/<uuid:contribution_id>/withdraw", views.withdraw, name="withdraw"),
    path("stories/<uuid:contribution_id>/consents/give", views.give_consent, name="give_consent"),
    path("stories/<uuid:contribution_id>/consents/withdraw", views.withdraw_consent, name="withdraw_consent"),
    path("consents.txt", views.consent_copy, name="consent_copy"),
    path("circles/<uuid:circle_id>/take-over", views.take_over, name="take_over"),
    path("circles/<uuid:circle_id>/step-back", views.step_back, name="step_back"),
    path("reminders", forming_views.choose_reminders, name="choose_reminders"),
    path("courses/<course_key:course_key>/when/", forming_views.wish, name="wish"),
    path("courses/<course_key:course_key>/when/say", forming_views.say_wish, name="say_wish"),
    path("courses/<course_key:course_key>/when/forget", forming_views.forget_wish, name="forget_wish"),
    path(f"{DRAFT}/", forming_views.forming, name="forming"),
    path(f"{DRAFT}/propose", forming_views.propose, name="propose"),
    path(f"{DRAFT}/move", forming_views.move, name="move"),
    path(f"{DRAFT}/confirm", forming_views.confirm, name="confirm"),
    path(f"{DRAFT}/late", forming_views.place_late, name="place_late"),
    path("help/", views.help_page, name="help"),
    path("courses/<course_key:course_key>/showcase/", views.showcase, name="showcase"),
    path("courses/<course_key:course_key>/training-export", views.training_export, name="training_export"),
    path("courses/<course_key:course_key>/training-export.zip", views.training_archive, name="training_archive"),
    path("courses/<course_key:course_key>/desk/", views.desk, name="desk"),
    path("circles/<uuid:circle_id>/desk/", views.circle_desk, name="circle_desk"),
    path("circles/<uuid:circle_id>/register.csv", views.export, {"what": "register"}, name="register_csv"),
    path("circles/<uuid:circle_id>/transcript.csv", views.export, {"what": "transcript"}, name="transcript_csv"),
    path("circles/<uuid:circle_id>/messages", views.send_message, name="send_message"),
    path(
        "circles/<uuid:circle_id>/messages/<uuid:message_id>/delete", views.take_back_message, name="take_back_message"
    ),
    path("circles/<uuid:circle_id>/notes", views.add_note, name="add_note"),
    path("circles/<uuid:circle_id>/notes/<uuid:note_id>/delete", views.delete_note, name="delete_note"),
    path("circles/<uuid:circle_id>/read", views.break_glass, name="break_glass"),
    path("stories/<uuid:contribution_id>/report", views.report, name="report"),
    path("stories/<uuid:contribution_id>/hide", views.hide, name="hide"),
    path("stories/<uuid:contribution_id>/release", views.release, name="release"),
    path("reports/<uuid:report_id>/escalate", views.escalate, name="escalate"),
    path("reports/<uuid:report_id>/close", views.close_report, name="close_report"),
    path("reports/<uuid:report_id>/read", views.read_report, name="read_report"),
    *rest.urlpatterns,
]
