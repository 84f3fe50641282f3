"""The host on edx-platform. Platform imports stay inside functions: Studio lacks some of them, and models load late."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

import crum
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import get_language
from opaque_keys.edx.keys import CourseKey, LearningContextKey, UsageKey
from opaque_keys.edx.locator import LibraryLocatorV2

from .base import CommonHost
from .data import Actor, GradedWork

CONTAINERS = frozenset({"course", "chapter", "sequential", "vertical"})


class EdxHost(CommonHost):
    """`passerelle.host.base.Host` for the LMS and Studio."""

    base_template = "passerelle/edx_base.html"

    @staticmethod
    def listen_for_retirement() -> None:
        """Pass the platform's retirement signal on as `user_retired`."""
        from openedx.core.djangoapps.user_api.accounts.signals import USER_RETIRE_LMS_MISC

        USER_RETIRE_LMS_MISC.connect(_pass_on_retirement, dispatch_uid="passerelle.host")

    @staticmethod
    def listen_for_grades() -> None:
        """Pass the platform's new grades of a subsection on as `work_graded`. Studio grades nothing."""
        if not _is_studio():
            from lms.djangoapps.grades.signals.signals import SUBSECTION_SCORE_CHANGED

            SUBSECTION_SCORE_CHANGED.connect(_pass_on_grades, dispatch_uid="passerelle.host")

    def actor(self, *, request: HttpRequest, course_key: CourseKey | None) -> Actor:
        # While staff look at a course as a learner, the platform puts that learner in the place of request.user.
        user: Any = getattr(request.user, "real_user", request.user)
        language = get_language() or "en"
        if not user.is_authenticated:
            return Actor(user_id=None, course_key=course_key, language=language)
        return Actor(
            user_id=user.pk,
            course_key=course_key,
            is_enrolled=course_key is not None and self.is_enrolled(user_id=user.pk, course_key=course_key),
            is_course_staff=course_key is not None and is_course_staff(user, course_key),
            is_operator=bool(user.is_superuser or user.is_staff),
            masquerading=_is_masquerading(request, user, course_key),
            language=language,
        )

    def languages_of(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        from openedx.core.djangoapps.user_api.models import UserPreference

        rows = UserPreference.objects.filter(user_id__in=set(user_ids), key="pref-lang")
        return dict(rows.values_list("user_id", "value"))

    def time_zones_of(self, *, user_ids: Iterable[int]) -> dict[int, str]:
        from openedx.core.djangoapps.user_api.models import UserPreference

        rows = UserPreference.objects.filter(user_id__in=set(user_ids), key="time_zone").exclude(value="")
        return dict(rows.values_list("user_id", "value"))

    def learners_of(self, *, course_key: CourseKey) -> list[int]:
        from common.djangoapps.student.models import CourseAccessRole, CourseEnrollment

        here = CourseEnrollment.objects.filter(course_id=course_key, is_active=True, user__is_active=True)
        team = CourseAccessRole.objects.filter(course_id=course_key).values("user_id")
        return list(here.exclude(user_id__in=team).order_by("user_id").values_list("user_id", flat=True))

    def notify(self, *, user_id: int, course_key: CourseKey, sentence: str, path: str) -> None:
        from .notices import send

        send(user_id=user_id, course_key=course_key, sentence=sentence, url=self.site_url(path=path))

    def may_author(self, *, context_key: LearningContextKey) -> bool:
        request = crum.get_current_request()
        if request is None or not _is_studio():
            return False
        user: Any = getattr(request.user, "real_user", request.user)
        return bool(user.is_authenticated and user.is_active and _may_write(user, context_key))

    def is_enrolled(self, *, user_id: int, course_key: CourseKey) -> bool:
        from common.djangoapps.student.models import CourseEnrollment

        enrolments = CourseEnrollment.objects.filter(user_id=user_id, course_id=course_key, is_active=True)
        return bool(enrolments.exists())

    def cohort_of(self, *, user_id: int, course_key: CourseKey) -> str | None:
        from openedx.core.djangoapps.course_groups.cohorts import get_cohort

        cohort = get_cohort(get_user_model().objects.get(pk=user_id), course_key, assign=False)
        return str(cohort.name) if cohort else None

    def complete(self, *, user_id: int, usage_key: UsageKey) -> None:
        from completion.models import BlockCompletion
        from completion.waffle import ENABLE_COMPLETION_TRACKING_SWITCH

        if ENABLE_COMPLETION_TRACKING_SWITCH.is_enabled():
            user = get_user_model().objects.get(pk=user_id)
            BlockCompletion.objects.submit_completion(user=user, block_key=usage_key, completion=1.0)

    def is_complete(self, *, user_id: int, usage_key: UsageKey) -> bool:
        from completion.models import BlockCompletion

        done = BlockCompletion.objects.filter(user_id=user_id, block_key=usage_key, completion__gte=1.0)
        return bool(done.exists())

    def completed(self, *, user_id: int, usage_keys: Collection[UsageKey]) -> set[UsageKey]:
        from completion.models import BlockCompletion

        # A library has no learners, and an old key without its run leads to no course run.
        keys = {key for key in usage_keys if key.context_key.is_course and key.context_key.run}
        units = {key for key in keys if key.block_type in CONTAINERS}
        leaves = {key: {key} for key in keys - units} | _leaves(user_id, units)
        wanted = set().union(*leaves.values())
        done = BlockCompletion.objects.filter(user_id=user_id, block_key__in=wanted, completion__gte=1.0)
        held = set(done.values_list("block_key", flat=True)) if wanted else set()
        return {key for key, below in leaves.items() if below and below <= held}

    def passed(self, *, user_id: int, course_keys: Collection[CourseKey]) -> set[CourseKey]:
        from lms.djangoapps.certificates.data import CertificateStatuses
        from lms.djangoapps.certificates.models import GeneratedCertificate
        from lms.djangoapps.grades.models import PersistentCourseGrade

        if not course_keys:
            return set()
        mine = {"user_id": user_id, "course_id__in": course_keys}
        graded = PersistentCourseGrade.objects.filter(**mine, passed_timestamp__isnull=False)
        certified = GeneratedCertificate.objects.filter(**mine, status__in=CertificateStatuses.PASSED_STATUSES)
        return set(graded.values_list("course_id", flat=True)) | set(certified.values_list("course_id", flat=True))

    def course_name(self, *, course_key: CourseKey) -> str:
        return self.course_names(course_keys=[course_key])[course_key]

    def course_names(self, *, course_keys: Collection[CourseKey]) -> dict[CourseKey, str]:
        from openedx.core.djangoapps.content.course_overviews.models import CourseOverview

        rows = CourseOverview.objects.filter(id__in=course_keys).values_list("id", "display_name")
        names = dict(rows) if course_keys else {}
        return {key: str(names.get(key) or key) for key in course_keys}

    def course_language(self, *, course_key: CourseKey) -> str:
        from openedx.core.djangoapps.content.course_overviews.models import CourseOverview

        language = CourseOverview.objects.filter(id=course_key).values_list("language", flat=True).first()
        return str(language or "")

    def site_url(self, *, path: str) -> str:
        from openedx.core.djangoapps.site_configuration import helpers

        return str(helpers.get_value("LMS_ROOT_URL", getattr(settings, "LMS_ROOT_URL", ""))).rstrip("/") + path

    def course_setting(self, *, course_key: CourseKey, name: str) -> Any:
        from xmodule.modulestore.django import modulestore

        course = modulestore().get_course(course_key)
        ours = course.other_course_settings.get("passerelle") if course else None
        return ours.get(name) if isinstance(ours, dict) else None

    def has_block(self, *, course_key: CourseKey, block_type: str) -> bool:
        from xmodule.modulestore.django import modulestore
        from xmodule.modulestore.exceptions import ItemNotFoundError

        try:
            found = modulestore().get_items(course_key, qualifiers={"category": block_type})
        except ItemNotFoundError:
            return False  # no such course run
        # A block taken out of its unit can stay behind without a parent, where nobody finds it.
        return any(block.parent is not None for block in found)

    def request_certificate(self, *, user_id: int, course_key: CourseKey) -> None:
        from lms.djangoapps.certificates import api
        from lms.djangoapps.certificates.generation_handler import CertificateGenerationNotAllowed
        from lms.djangoapps.grades.api import CourseGradeFactory

        user = get_user_model().objects.get(pk=user_id)
        if not api.auto_certificate_generation_enabled():
            return  # here learners ask for their certificate themselves
        if not (api.is_on_allowlist(user, course_key) or CourseGradeFactory().read(user, course_key=course_key).passed):
            return
        try:
            api.generate_certificate_task(user, course_key)
        except CertificateGenerationNotAllowed:
            return  # held by somebody else's filter

    def tags_of(self, *, course_key: CourseKey, taxonomy: str) -> dict[UsageKey, tuple[str, ...]]:
        from openedx.core.djangoapps.content_tagging.api import get_all_object_tags

        by_object, taxonomies = get_all_object_tags(course_key)
        wanted = {pk for pk, found in taxonomies.items() if found.export_id == taxonomy}
        tags: dict[UsageKey, tuple[str, ...]] = {}
        for name, by_taxonomy in by_object.items():
            values = [value for pk in wanted for value in by_taxonomy.get(pk, ())]
            if values and name.startswith("block-v1:"):
                tags[UsageKey.from_string(name)] = tuple(values)
        return tags

    def share_taxonomy(self, *, taxonomy: Any) -> None:
        from openedx.core.djangoapps.content_tagging.api import set_taxonomy_orgs

        set_taxonomy_orgs(taxonomy, all_orgs=True)

    def place_of(self, *, usage_key: UsageKey) -> tuple[str, ...]:
        from xmodule.modulestore.django import modulestore
        from xmodule.modulestore.exceptions import ItemNotFoundError

        try:
            block = modulestore().get_item(usage_key)
        except ItemNotFoundError as error:
            raise LookupError(str(usage_key)) from error
        names: list[str] = []
        while block is not None and block.category != "course":
            names.insert(0, str(block.display_name_with_default))
            block = block.get_parent()
        return tuple(names)

    def names_of(self, *, usage_keys: Collection[UsageKey]) -> dict[UsageKey, str]:
        from xmodule.modulestore.django import modulestore
        from xmodule.modulestore.exceptions import ItemNotFoundError

        store, found = modulestore(), {}
        for course_key in {usage_key.course_key for usage_key in usage_keys}:
            with store.bulk_operations(course_key, emit_signals=False):  # the course is read once
                for usage_key in usage_keys:
                    with suppress(ItemNotFoundError):
                        found[usage_key] = str(store.get_item(usage_key).display_name_with_default)
        return found

    def texts_around(self, *, user_id: int, usage_key: UsageKey) -> tuple[str, tuple[tuple[str, str], ...]]:
        from common.djangoapps.static_replace import replace_static_urls
        from lms.djangoapps.course_blocks.api import get_course_blocks
        from xmodule.modulestore.django import modulestore

        store, course_key = modulestore(), usage_key.course_key
        visible = get_course_blocks(get_user_model().objects.get(pk=user_id), store.make_course_usage_key(course_key))
        if usage_key not in visible:
            raise LookupError(str(usage_key))
        # From the unit up to what stands right below the course.
        chapter = usage_key
        while (parent := visible.get_parents(chapter)[0]) != visible.root_block_usage_key:
            chapter = parent
        keys = [key for key in visible.topological_traversal(start_node=chapter) if key.block_type == "html"]
        texts = [store.get_item(key) for key in keys]
        return store.get_item(chapter).display_name_with_default, tuple(
            (text.display_name_with_default, replace_static_urls(text.data, course_id=course_key)) for text in texts
        )


def _leaves(user_id: int, units: Collection[UsageKey]) -> dict[UsageKey, set[UsageKey]]:
    """What somebody has to complete in each of these units: the blocks in it that she may see and that count.

    Units that she does not see, or that are gone, are left out. Each course run's structure is read once.
    """
    from lms.djangoapps.course_blocks.api import get_course_blocks
    from openedx.core.djangoapps.content.block_structure.exceptions import BlockStructureException
    from xblock.completable import XBlockCompletionMode
    from xblock.core import XBlock
    from xblock.plugin import PluginMissingError
    from xmodule.modulestore.django import modulestore
    from xmodule.modulestore.exceptions import ItemNotFoundError

    def counts(key: UsageKey) -> bool:
        try:
            kind = XBlock.load_class(key.block_type)
        except PluginMissingError:  # nobody can complete what is not installed
            return False
        return bool(XBlockCompletionMode.get_mode(kind) == XBlockCompletionMode.COMPLETABLE)

    found: dict[UsageKey, set[UsageKey]] = {}
    user = get_user_model().objects.filter(pk=user_id).first() if units else None
    for course_key in {unit.course_key for unit in units} if user else ():
        with suppress(ItemNotFoundError, BlockStructureException):
            blocks = get_course_blocks(user, modulestore().make_course_usage_key(course_key))
            for unit in units:
                if unit.course_key == course_key and unit in blocks:
                    below = blocks.topological_traversal(start_node=unit)
                    found[unit] = {key for key in below if key.block_type not in CONTAINERS and counts(key)}
    return found


def is_course_staff(user: Any, course_key: CourseKey) -> bool:
    """Whether the person runs the course run in the LMS, or in Studio may write it."""
    from common.djangoapps.student.auth import has_course_author_access
    from common.djangoapps.student.roles import CourseInstructorRole, CourseStaffRole, GlobalStaff

    if _is_studio():
        # "Limited staff" run a course in the LMS, where the platform counts them as staff, and write nothing in Studio.
        return bool(has_course_author_access(user, course_key))
    return bool(
        GlobalStaff().has_user(user)
        or CourseStaffRole(course_key).has_user(user)
        or CourseInstructorRole(course_key).has_user(user)
        or has_course_author_access(user, course_key)
    )


def _is_studio() -> bool:
    return bool(getattr(settings, "SERVICE_VARIANT", "") == "cms")


def _may_write(user: Any, context_key: LearningContextKey) -> bool:
    """Whether Studio lets the person write this course run, or this library of the old kind or the new."""
    from common.djangoapps.student.auth import has_studio_write_access

    if not isinstance(context_key, LibraryLocatorV2):
        return bool(has_studio_write_access(user, context_key))
    from openedx.core.djangoapps.content_libraries import api, permissions

    try:
        api.require_permission_for_library_key(context_key, user, permissions.CAN_EDIT_THIS_CONTENT_LIBRARY)
    except (PermissionDenied, api.ContentLibraryNotFound):
        return False
    return True


def _is_masquerading(request: HttpRequest, user: Any, course_key: CourseKey | None) -> bool:
    """Whether the session looks at the course as somebody else: as one learner, a group, or "a learner"."""
    if user is not request.user:
        return True
    masks: dict[CourseKey, Any] = getattr(request, "session", {}).get("masquerade_settings") or {}
    mask = masks.get(course_key)
    return mask is not None and (mask.user_name is not None or mask.group_id is not None or mask.role != "staff")


def _pass_on_retirement(sender: object, user: Any, **_kwargs: object) -> None:
    from .api import user_retired

    user_retired.send(sender=EdxHost, user_id=user.pk)


def _pass_on_grades(
    sender: object, user: Any, course: Any, course_structure: Any, subsection_grade: Any, **_kwargs: object
) -> None:
    from .api import work_graded

    work = tuple(
        GradedWork(
            usage_key=key,
            within=_holders(course_structure, key, subsection_grade.location),
            earned=score.earned or 0.0,
            possible=score.possible or 0.0,
        )
        for key, score in subsection_grade.problem_scores.items()
        if score.graded
    )
    # Robust: whatever we do with it, the platform's own grading goes on.
    work_graded.send_robust(sender=EdxHost, user_id=user.pk, course_key=course.id, work=work)


def _holders(structure: Any, usage_key: UsageKey, top: UsageKey) -> tuple[UsageKey, ...]:
    """What holds the block, from the nearest up to `top`."""
    found: list[UsageKey] = []
    while usage_key != top and (parents := structure.get_parents(usage_key)):
        usage_key = parents[0]
        found.append(usage_key)
    return tuple(found)
