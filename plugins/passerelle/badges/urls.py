"""Addresses of badges, below `/passerelle/badges/`."""

from __future__ import annotations

from django.urls import path

from . import rest, views

app_name = "passerelle_badges"

urlpatterns = [
    path("", views.mine, name="mine"),
    path("check", views.check, name="check"),
    path("bring", views.bring, name="bring"),
    path("imported/<uuid:imported_id>/drop", views.drop, name="drop"),
    path("awards/<uuid:award_id>/share", views.share, name="share"),
    path("awards/<uuid:award_id>/unshare", views.unshare, name="unshare"),
    path("awards/<uuid:award_id>/revoke", views.revoke, name="revoke"),
    path("awards/<uuid:award_id>/renew", views.renew, name="renew"),
    path("awards/<uuid:award_id>.<slug:form>", views.download, name="download"),
    path("shared/<str:token>/", views.shared, name="shared"),
    path("shared/<str:token>/credential.json", views.shared_credential, name="shared_credential"),
    path("desk/", views.desk, name="desk"),
    path("desk/define", views.define, name="define"),
    path("desk/keys/new", views.new_key, name="new_key"),
    path("desk/keys/<str:kid>/take", views.take_key, name="take_key"),
    path("desk/courses/<course_key:course_key>/", views.desk, name="course_desk"),
    path("desk/courses/<course_key:course_key>/define", views.define, name="course_define"),
    path("achievements/<uuid:achievement_id>", views.achievement, name="achievement"),
    path("achievements/<uuid:achievement_id>.<slug:form>", views.picture, name="picture"),
    path("achievements/<uuid:achievement_id>/holders/", views.holders, name="holders"),
    path("achievements/<uuid:achievement_id>/publish", views.publish, name="publish"),
    path("achievements/<uuid:achievement_id>/archive", views.archive, name="archive"),
    path("achievements/<uuid:achievement_id>/confirm", views.confirm, name="confirm"),
    path("did.json", views.did_document, name="did"),
    path("jwks.json", views.jwks, name="jwks"),
    path("status/<number:number>", views.status_list, name="status"),
    *rest.urlpatterns,
]
