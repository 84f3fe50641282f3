"""The demo's addresses. Those of blocks are the LMS's own."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import JavaScriptCatalog

from . import views

words = JavaScriptCatalog.as_view(domain="django", packages=["passerelledemo"])

urlpatterns = [
    path("", views.people, name="people"),
    path("become/<slug:username>", views.become, name="become"),
    path("leave", views.leave, name="leave"),
    path("notices", views.notices, name="notices"),
    path("language", views.set_language, name="set_language"),
    path("words.js", words, name="javascript_catalogue"),
    path("admin/", admin.site.urls),
    path("passerelle/badges/", include("passerelle.badges.urls")),
    path("passerelle/employers/", include("passerelle.employers.urls")),
    path("passerelle/feedback/", include("passerelle.courses.urls")),
    path("passerelle/", include("passerelle.circles.urls")),
    path("passerelle/", include("passerelle.competences.urls")),
]

if settings.HAS_WORKBENCH:
    from . import courseware

    COURSE = r"^courses/(?P<course_id>course-v1:[^/]+)/"
    HANDLER = r"handler/(?P<name>[^/]+)/?(?P<suffix>.*)$"
    USAGE = r"(?P<usage_id>block-v1:[^/]+)"

    urlpatterns += [
        path("courses/", courseware.courses, name="courses"),
        re_path(COURSE + r"$", courseware.outline, name="outline"),
        re_path(COURSE + r"units/(?P<url_name>[^/]+)$", courseware.unit, name="unit"),
        re_path(COURSE + rf"jump_to/{USAGE}$", courseware.jump_to, name="jump_to"),
        re_path(COURSE + rf"xblock/{USAGE}/{HANDLER}", courseware.handler, name="handler"),
        re_path(COURSE + r"asset/(?P<path>.+)$", courseware.asset, name="asset"),
        re_path(COURSE + r"see_as$", courseware.see_as, name="see_as"),
        re_path(rf"^studio/{USAGE}$", courseware.studio, name="studio"),
        re_path(rf"^studio/{USAGE}/{HANDLER}", courseware.studio_handler, name="studio_handler"),
        path("xblock/resource/<slug:block_type>/<path:path>", courseware.block_resource, name="block_resource"),
    ]
