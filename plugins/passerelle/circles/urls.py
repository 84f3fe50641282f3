"""Addresses of the circles' pages, below `/passerelle/`."""

from __future__ import annotations

from django.urls import path

import passerelle.host.addresses  # noqa: F401  (registers course keys in addresses)

from . import views

app_name = "passerelle"

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/<course_key:course_key>/", views.home, name="course"),
    path("courses/<course_key:course_key>/facilitators/appoint", views.appoint, name="appoint"),
    path("courses/<course_key:course_key>/facilitators/dismiss", views.dismiss, name="dismiss"),
    path("circles/<uuid:circle_id>/state", views.state, name="state"),
    path("stories/<uuid:contribution_id>/withdraw", views.withdraw, name="withdraw"),
]
