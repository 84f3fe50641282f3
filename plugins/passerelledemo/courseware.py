"""Course pages, and what blocks ask of the server. As in the LMS, a handler checks no enrolment: the block has to."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey
from passerelle.courses.below import feedback_fragment
from passerelle.courses.olx import CourseRun, Node, course_run, course_runs
from web_fragments.fragment import Fragment
from xblock.core import XBlock
from xblock.django.request import django_to_webob_request, webob_to_django_response
from xblock.exceptions import (
    DisallowedFileError,
    NoSuchHandlerError,
    NoSuchUsage,
    NoSuchViewError,
    NotFoundError,
    ProcessingError,
)
from xblock.plugin import PluginMissingError

from . import masquerade
from .host import is_course_staff
from .models import BlockCompletion, CourseStaff, Enrolment
from .runtime import DemoRuntime, block_class, without_imports


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A person in a course run: `user` is whom she looks as, `real` is herself."""

    run: CourseRun
    user: User | AnonymousUser
    real: User | AnonymousUser
    takes_part: bool
    runs_it: bool

    @property
    def is_masquerading(self) -> bool:
        return self.user != self.real

    def runtime(self, *, author_mode: bool = False) -> DemoRuntime:
        is_staff = is_course_staff(self.user, self.run.key)
        return DemoRuntime(self.run, self.user, is_staff=is_staff, author_mode=author_mode)


def _place(request: HttpRequest, course_id: str) -> Place:
    """Where the request is. Puts on the mask, if the session wears one in this course run."""
    run = _run(course_id)
    masquerade.enter(request, run.key)
    user, real = request.user, masquerade.real_user(request)
    enrolled = Enrolment.objects.filter(user_id=user.pk or 0, course_key=run.key).exists()
    runs_it = is_course_staff(real, run.key)
    return Place(run=run, user=user, real=real, takes_part=enrolled or runs_it, runs_it=runs_it)


def _run(course_id: str) -> CourseRun:
    try:
        return course_run(CourseKey.from_string(course_id))
    except (InvalidKeyError, LookupError):
        raise Http404(f"No course run {course_id}") from None


def _usage_key(usage_id: str) -> UsageKey:
    try:
        return UsageKey.from_string(usage_id)
    except InvalidKeyError:
        raise Http404(f"No block {usage_id}") from None


@login_required
@require_GET
def courses(request: HttpRequest) -> HttpResponse:
    """All course runs: those one takes part in or runs first, of these the ones in one's language, else in English."""
    user_id = masquerade.real_user(request).pk or 0
    mine = set(Enrolment.objects.filter(user_id=user_id).values_list("course_key", flat=True))
    mine |= set(CourseStaff.objects.filter(user_id=user_id).values_list("course_key", flat=True))
    rank = {"en": 1, get_language(): 0}
    runs = sorted(course_runs().values(), key=lambda run: (run.key not in mine, rank.get(run.language, len(rank))))
    return render(request, "passerelledemo/courses.html", {"runs": [(run, run.key in mine) for run in runs]})


@login_required
@require_GET
def outline(request: HttpRequest, course_id: str) -> HttpResponse:
    """A course run's chapters, sections and units, with what is done."""
    place = _place(request, course_id)
    done = BlockCompletion.objects.filter(user_id=place.user.pk or 0, course_key=place.run.key, completion__gte=1.0)
    complete = set(done.values_list("usage_key", flat=True))
    finished = {unit for unit in place.run.units if all(block.usage_key in complete for block in unit.children)}
    context = {"place": place, "finished": finished, "learners": _learners(place) if place.runs_it else []}
    return render(request, "passerelledemo/outline.html", context)


def _learners(place: Place) -> list[User]:
    learners = User.objects.filter(enrolment__course_key=place.run.key, is_active=True).exclude(pk=place.real.pk or 0)
    return list(learners.select_related("profile").order_by("first_name"))


@login_required
@require_GET
def unit(request: HttpRequest, course_id: str, url_name: str) -> HttpResponse:
    """One unit with its real blocks; to somebody who takes no part in the course run, each block's public view."""
    place = _place(request, course_id)
    units = place.run.units
    index = next((i for i, node in enumerate(units) if node.url_name == url_name), None)
    if index is None:
        raise Http404(f"No unit {url_name}")
    blocks = units[index].children
    runtime = place.runtime()
    runtime.store.preload(place.user.pk, [str(node.usage_key) for node in blocks])
    view = "student_view" if place.takes_part else "public_view"
    fragments = [_render(runtime, node, view) for node in blocks]
    feedback = feedback_fragment(usage_key=units[index].usage_key)
    context = {
        "place": place,
        "feedback": feedback,
        "unit": units[index],
        "previous": units[index - 1] if index else None,
        "next": units[index + 1] if index + 1 < len(units) else None,
        "blocks": list(zip(blocks, fragments, strict=True)),
    }
    return render(
        request, "passerelledemo/unit.html", context | _page(request, [*fragments, *([feedback] if feedback else [])])
    )


def _render(runtime: DemoRuntime, node: Node, view: str) -> Fragment:
    """The block's view; a sentence where the demo has no such block."""
    try:
        block = runtime.get_block(node.usage_key)
    except PluginMissingError:
        sentence = _("The demo cannot show this kind of content: %s") % node.block_type
        return Fragment(f"<p>{escape(sentence)}</p>")
    fragment = runtime.render(block, view, {})
    if view == "student_view":
        runtime.mark_seen(block)
    return fragment


def _page(request: HttpRequest, fragments: list[Fragment]) -> dict[str, Any]:
    """What the frame needs for these fragments: each script and style once, and the cookie that scripts answer with."""
    get_token(request)
    page = Fragment()
    page.add_resources(fragments)
    has_problem = any('data-init="Problem"' in fragment.content for fragment in fragments)
    return {"head": page.head_html(), "foot": page.foot_html(), "has_problem": has_problem}


@login_required
@require_GET
def jump_to(request: HttpRequest, course_id: str, usage_id: str) -> HttpResponse:
    """The unit that holds this block."""
    run = _run(course_id)
    try:
        holder = run.node(_usage_key(usage_id)).unit()
    except LookupError:
        raise Http404(f"No block {usage_id}") from None
    return redirect(reverse("unit", args=[course_id, holder.url_name]) + f"#{usage_id}")


@transaction.non_atomic_requests
def handler(request: HttpRequest, course_id: str, usage_id: str, name: str, suffix: str = "") -> HttpResponse:
    """What a block's script asks of the block. As in the LMS, visitors may read."""
    if request.method != "GET" and not request.user.is_authenticated:
        return HttpResponseForbidden("Unauthenticated")
    place = _place(request, course_id)
    return _handle(request, place.runtime(), _usage_key(usage_id), name, suffix)


def _handle(request: HttpRequest, runtime: DemoRuntime, usage_key: UsageKey, name: str, suffix: str) -> HttpResponse:
    try:
        block = runtime.get_block(usage_key)
        answer = runtime.handle(block, name, django_to_webob_request(request), suffix)
    except (NoSuchUsage, PluginMissingError, NoSuchHandlerError, NotFoundError) as error:
        raise Http404(str(error)) from error
    except ProcessingError as error:
        return JsonResponse({"success": error.args[0]}, status=HTTPStatus.OK)
    response: HttpResponse = webob_to_django_response(answer)
    return response


@require_POST
@login_required
def see_as(request: HttpRequest, course_id: str) -> HttpResponse:
    """Course staff look at the course run as one of its learners, or, without a `user`, as themselves again."""
    run = _run(course_id)
    if not is_course_staff(masquerade.real_user(request), run.key):
        raise PermissionDenied
    username = request.POST.get("user")
    if username:
        learner = get_object_or_404(User, username=username, enrolment__course_key=run.key, is_active=True)
        masquerade.put_on(request, run.key, learner)
    else:
        masquerade.take_off(request, run.key)
    return redirect("outline", course_id)


def _studio_place(request: HttpRequest, usage_key: UsageKey) -> Place:
    """An author writes as herself, whomever she looks as elsewhere."""
    run = _run(str(usage_key.course_key))
    author = masquerade.real_user(request)
    if not is_course_staff(author, run.key):
        raise PermissionDenied
    return Place(run=run, user=author, real=author, takes_part=True, runs_it=True)


@login_required
@require_GET
def studio(request: HttpRequest, usage_id: str) -> HttpResponse:
    """A block as its author sees it: how it looks, and its form."""
    usage_key = _usage_key(usage_id)
    place = _studio_place(request, usage_key)
    runtime = place.runtime(author_mode=True)
    try:
        node = place.run.node(usage_key)
        block = runtime.get_block(usage_key)
    except (LookupError, PluginMissingError) as error:
        raise Http404(str(error)) from error
    preview = runtime.render(block, "author_view" if hasattr(block, "author_view") else "student_view", {})
    form = _studio_form(runtime, block)
    context = {"place": place, "node": node, "unit": node.unit(), "preview": preview, "form": form}
    return render(request, "passerelledemo/studio.html", context | _page(request, [f for f in (preview, form) if f]))


def _studio_form(runtime: DemoRuntime, block: XBlock) -> Fragment | None:
    """The block's own form, if it has one: text and problems are edited in an editor that only the platform has."""
    try:
        return runtime.render(block, "studio_view", {}) if hasattr(block, "studio_view") else None
    except (NotImplementedError, NoSuchViewError):
        return None


def studio_handler(request: HttpRequest, usage_id: str, name: str, suffix: str = "") -> HttpResponse:
    """What a block's form or preview asks of the block."""
    if not request.user.is_authenticated:
        return HttpResponseForbidden("Unauthenticated")
    usage_key = _usage_key(usage_id)
    place = _studio_place(request, usage_key)
    return _handle(request, place.runtime(author_mode=True), usage_key, name, suffix)


@require_GET
def block_resource(request: HttpRequest, block_type: str, path: str) -> HttpResponse:
    """A file that a block's package publishes."""
    try:
        content = block_class(block_type).open_local_resource(path).read()
    except (PluginMissingError, DisallowedFileError, OSError) as error:
        raise Http404(str(error)) from error
    kind, _encoding = mimetypes.guess_type(path)
    if kind == "text/css":
        content = without_imports(content.decode()).encode()
    return HttpResponse(content, content_type=kind or "application/octet-stream")


@login_required
@require_GET
def asset(request: HttpRequest, course_id: str, path: str) -> FileResponse:
    """A file of the course: what its texts call `/static/…`."""
    folder = (_run(course_id).folder / "static").resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise Http404(path)
    return FileResponse(file.open("rb"))
