"""Addresses of employers, below `/passerelle/employers/`."""

from __future__ import annotations

from django.urls import path

from . import rest, views

app_name = "passerelle_employers"

ORGANISATION = "desk/<slug:organisation>/"
OFFER = "desk/offers/<uuid:opportunity_id>/"
WORK = "work/<uuid:opportunity_id>/"

urlpatterns = [
    # learners
    path("", views.opportunities, name="opportunities"),
    path("mine/", views.mine, name="mine"),
    path(WORK, views.work, name="work"),
    path(f"{WORK}save", views.save, name="save"),
    path(f"{WORK}hide", views.hide, name="hide"),
    path(f"{WORK}unmark", views.unmark, name="unmark"),
    path(f"{WORK}apply", views.apply, name="apply"),
    path(f"{WORK}withdraw", views.withdraw, name="withdraw"),
    path(f"{WORK}answer", views.answer_contact, name="answer_contact"),
    path(f"{WORK}appeal", views.appeal, name="appeal"),
    path("show/<slug:organisation>", views.show_me, name="show_me"),
    path("take-back/<slug:organisation>", views.take_back, name="take_back"),
    # the employer
    path("desk/", views.desk, name="desk"),
    path("desk/register", views.register, name="register"),
    path("find", views.find, name="find"),
    path(OFFER, views.offer, name="offer"),
    path(f"{OFFER}preview/", views.preview, name="preview"),
    path(f"{OFFER}people/", views.people, name="people"),
    path(f"{OFFER}submit", views.submit, name="submit"),
    path(f"{OFFER}archive", views.archive, name="archive"),
    path(f"{OFFER}people/<slug:pseudonym>/ask", views.ask_contact, name="ask_contact"),
    path(f"{OFFER}people/<slug:pseudonym>/decide", views.decide, name="decide"),
    path(ORGANISATION, views.organisation, name="organisation"),
    path(f"{ORGANISATION}describe", views.describe, name="describe"),
    path(f"{ORGANISATION}members", views.add_member, name="add_member"),
    path(f"{ORGANISATION}members/<number:user_id>/remove", views.remove_member, name="remove_member"),
    path(f"{ORGANISATION}recognise", views.recognise, name="recognise"),
    path(f"{ORGANISATION}unrecognise", views.unrecognise, name="unrecognise"),
    path(f"{ORGANISATION}new/", views.new_offer, name="new_offer"),
    path(f"{ORGANISATION}suggest", views.suggest, name="suggest"),
    path(f"{ORGANISATION}keep/<uuid:opportunity_id>", views.keep_draft, name="keep_draft"),
    path(f"{ORGANISATION}import", views.import_file, name="import_file"),
    path(f"{ORGANISATION}feeds", views.add_feed, name="add_feed"),
    path(f"{ORGANISATION}feeds/<number:feed_id>/remove", views.remove_feed, name="remove_feed"),
    # the operator
    path("operator/feeds/<number:feed_id>/read", views.read_feed, name="read_feed"),
    path("operator/", views.operator_desk, name="operator_desk"),
    path("operator/organisations/<slug:organisation>/approve", views.approve, name="approve"),
    path("operator/organisations/<slug:organisation>/disapprove", views.disapprove, name="disapprove"),
    path("operator/offers/<uuid:opportunity_id>/publish", views.publish, name="publish"),
    path("operator/offers/<uuid:opportunity_id>/unpublish", views.unpublish, name="unpublish"),
    path("operator/appeals/<number:application_id>", views.answer_appeal, name="answer_appeal"),
    *rest.urlpatterns,
]
