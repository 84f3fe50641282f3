"""Addresses of the courses' pages, below `/passerelle/feedback/`."""

from __future__ import annotations

from django.urls import path

import passerelle.host.addresses  # noqa: F401  (registers keys in addresses)

from . import views

app_name = "passerelle_courses"

urlpatterns = [
    path("units/<usage_key:usage_key>", views.give, name="give"),
    path("units/<usage_key:usage_key>/handout", views.handout, name="handout"),
    path("courses/<course_key:course_key>/", views.report, name="report"),
    path("courses/<course_key:course_key>/answer", views.answer, name="answer"),
]
