"""People to play, and the language to read in."""

from __future__ import annotations

from itertools import groupby

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST

from .masquerade import real_user
from .models import Notice, Profile
from .people import PEOPLE

YEAR = 365 * 24 * 60 * 60
NEWEST = 100


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Whom one can be, by role."""
    known = set(User.objects.filter(is_active=True).values_list("username", flat=True))
    there = [person for person in PEOPLE if person.username in known]
    groups = [(role, list(members)) for role, members in groupby(there, key=lambda person: person.role)]
    return render(request, "passerelledemo/people.html", {"groups": groups, "next": request.GET.get("next", "")})


@require_POST
def become(request: HttpRequest, username: str) -> HttpResponse:
    """Log in as one of the people, and read in her language. Demo only: no password is asked."""
    person = next((person for person in PEOPLE if person.username == username), None)
    user = get_object_or_404(User, username=username, is_active=True)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    response = redirect(_local(request, request.POST.get("next")) or (person.start if person else "/courses/"))
    profile = Profile.objects.filter(user=user).first()
    if profile:
        _remember_language(response, profile.language)
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return redirect("people")


@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What the demo's bell and e-mail would have told the person."""
    rows = Notice.objects.filter(user_id=real_user(request).pk or 0)[:NEWEST]
    return render(request, "passerelledemo/notices.html", {"notices": rows})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Read on in another language: on this device, and wherever the person logs in next."""
    response = redirect(_local(request, request.POST.get("next")) or "people")
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        _remember_language(response, language)
        user = real_user(request)
        if isinstance(user, User):
            Profile.objects.update_or_create(user=user, defaults={"language": language})
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax")


def _local(request: HttpRequest, url: str | None) -> str | None:
    """The address, if it leads to this demo."""
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) else None
