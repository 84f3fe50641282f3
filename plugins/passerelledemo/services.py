"""The runtime services that blocks find in the LMS, as far as the demo's blocks ask for them."""

from __future__ import annotations

import gettext
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils import translation
from xblock.reference.user_service import UserService, XBlockUser

from .models import BlockCompletion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from passerelle.courses.olx import CourseRun


class DemoUserService(UserService):
    """The person for whom a block is shown, with the attributes that the LMS gives."""

    def __init__(self, user: User | AnonymousUser, *, is_staff: bool) -> None:
        known = user.is_authenticated
        self.user = XBlockUser(
            is_current_user=True,
            emails=[user.email] if isinstance(user, User) and user.email else [],
            full_name=user.get_full_name() if isinstance(user, User) else None,
        )
        self.user.opt_attrs = {
            "edx-platform.user_id": user.pk,
            "edx-platform.username": user.get_username() or None,
            "edx-platform.is_authenticated": known,
            "edx-platform.user_is_staff": is_staff,
            "edx-platform.user_role": "staff" if is_staff else "student",
            "edx-platform.anonymous_user_id": f"demo-{user.pk}" if known else None,
            "edx-platform.deprecated_anonymous_user_id": f"demo-{user.pk}" if known else None,
        }
        super().__init__()

    def get_current_user(self) -> XBlockUser:
        return self.user


class BlockI18nService:
    """Translates with the block's own catalogue where it has one in the page's language, else with Django's."""

    def __init__(self, block: Any) -> None:
        package = files(block.unmixed_class.__module__.partition(".")[0])
        locale = translation.to_locale(translation.get_language() or "en")
        self._translator: Any = translation
        for domain, folder in (("text", "translations"), ("django", "conf/locale")):
            if gettext.find(domain, str(package / folder), [locale]):
                self._translator = gettext.translation(domain, str(package / folder), [locale])
                break

    def __getattr__(self, name: str) -> Any:
        return getattr(self._translator, name)

    def get_javascript_i18n_catalog_url(self, block: Any) -> str | None:
        """Where the block's script finds its catalogue, or None."""
        locale = translation.to_locale(translation.get_language() or "en")
        path = f"public/js/translations/{locale}/text.js"
        there = (files(block.unmixed_class.__module__.partition(".")[0]) / path).is_file()
        return block.runtime.local_resource_url(block, path) if there else None


class ReplaceUrlsService:
    """Turns `/static/…` in a course's text into the address of the course's file. Takes text, nothing else."""

    def __init__(self, run: CourseRun, asset_url: Callable[[str], str]) -> None:
        self._static = re.compile(r"""(?<=["'(])/static/([^"')\s]+)""")
        self._run = run
        self._asset_url = asset_url

    def replace_urls(self, text: str) -> str:
        def replacement(match: re.Match[str]) -> str:
            there = (self._run.folder / "static" / match[1]).is_file()
            return self._asset_url(match[1]) if there else match[0]

        return self._static.sub(replacement, text)


class CompletionService:
    """What somebody has done already."""

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id

    def completion_tracking_enabled(self) -> bool:
        return self._user_id != 0

    def get_completions(self, candidates: Iterable[Any]) -> dict[Any, float]:
        done = BlockCompletion.objects.filter(user_id=self._user_id, usage_key__in=list(candidates))
        return dict.fromkeys(candidates, 0.0) | dict(done.values_list("usage_key", "completion"))


class NoSandbox:
    """Problems with Python scripts in them do not run here."""

    def can_execute_unsafe_code(self) -> bool:
        return False

    def get_python_lib_zip(self) -> None:
        return None
