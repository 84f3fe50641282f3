"""Staff look at a course run as one of its learners: "see as". As in the LMS, the learner then is `request.user`."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from opaque_keys.edx.keys import CourseKey

SESSION_KEY = "masquerade"


def real_user(request: HttpRequest) -> User | AnonymousUser:
    """The person whose browser it is."""
    user: User | AnonymousUser = getattr(request.user, "real_user", request.user)
    return user


def is_masquerading(request: HttpRequest, course_key: CourseKey | None) -> bool:
    """Whether the session looks at this course run as somebody else."""
    masks: dict[str, int] = getattr(request, "session", {}).get(SESSION_KEY, {})
    return hasattr(request.user, "real_user") or (course_key is not None and str(course_key) in masks)


def put_on(request: HttpRequest, course_key: CourseKey, learner: User) -> None:
    """From now on, the session sees this course run as the learner does. Check that it may, first."""
    request.session[SESSION_KEY] = {**request.session.get(SESSION_KEY, {}), str(course_key): learner.pk}


def take_off(request: HttpRequest, course_key: CourseKey) -> None:
    """From now on, the session sees this course run with its own eyes again."""
    masks = request.session.get(SESSION_KEY, {})
    request.session[SESSION_KEY] = {key: pk for key, pk in masks.items() if key != str(course_key)}


def enter(request: HttpRequest, course_key: CourseKey) -> None:
    """Put the learner whom the session looks as in the place of `request.user`, for a page of this course run."""
    learner_id = request.session.get(SESSION_KEY, {}).get(str(course_key))
    learner = User.objects.filter(pk=learner_id).first() if learner_id else None
    if learner:
        learner.real_user = request.user  # type: ignore[attr-defined]
        request.user = learner
