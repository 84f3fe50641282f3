"""Addresses of the competences' pages, below `/passerelle/`."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "passerelle_competences"

urlpatterns: list[URLPattern] = []
