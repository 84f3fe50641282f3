"""The XBlock runtime of the demo: real blocks, parsed from a course export, for one person during one request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import fs
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from opaque_keys.edx.keys import UsageKey
from passerelle.courses.olx import CourseRun, Node
from passerelle.host.api import GradedWork, work_graded
from web_fragments.fragment import Fragment
from workbench.runtime import WorkbenchRuntime
from xblock.completable import XBlockCompletionMode
from xblock.core import XBlock, XBlockMixin
from xblock.exceptions import NoSuchUsage
from xblock.fields import Boolean, Scope, ScopeIds, String
from xblock.plugin import PluginMissingError
from xblock.runtime import DictKeyValueStore, IdGenerator, IdReader, KvsFieldData, Mixologist

from . import services
from .models import BlockCompletion, Grade
from .store import DemoStore

INHERITED = {"due", "format", "graceperiod", "graded", "max_attempts", "show_correctness", "showanswer"}
"""Settings that a block has from the nearest section above that sets them; the platform knows more of them."""

_JSON_IN_HTML = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


class UsageIds(IdReader, IdGenerator):
    """In a course, a block's usage key is its definition's id too. There are no asides."""

    def get_definition_id(self, usage_id: UsageKey) -> UsageKey:
        return usage_id

    def get_block_type(self, def_id: UsageKey) -> str:
        return str(def_id.block_type)

    def create_usage(self, def_id: UsageKey) -> UsageKey:
        return def_id

    def create_definition(self, block_type: str, slug: str | None = None) -> UsageKey:
        raise NotImplementedError

    get_usage_id_from_aside = get_definition_id_from_aside = get_aside_type_from_usage = create_definition
    get_aside_type_from_definition = create_aside = create_definition


class PlatformFields(XBlockMixin):
    """What the platform mixes into every block."""

    has_score = False
    graded = Boolean(default=False, scope=Scope.settings)
    format = String(default=None, scope=Scope.settings)

    def public_view(self, _context: dict[str, Any]) -> Fragment:
        """For visitors, unless the block has a view of its own for them."""
        sentence = _("This part is for people who take part in the course.")
        return Fragment(f"<p>{sentence}</p>")


def block_class(block_type: str) -> Any:
    """The block of this name. Extracted blocks keep out of the way of the platform's own ones: `_html_extracted`."""
    try:
        return XBlock.load_class(f"_{block_type}_extracted")
    except PluginMissingError:
        return XBlock.load_class(block_type)


def without_imports(css: str) -> str:
    """A block's style without the fonts that it would fetch from elsewhere: the demo calls nobody."""
    return re.sub(r'@import url\("https?:[^;]*;', "", css)


class DemoRuntime(WorkbenchRuntime):
    """Blocks of one course run, for one person. With `author_mode`, as in Studio: nothing that she does is kept."""

    def __init__(
        self, run: CourseRun, user: User | AnonymousUser, *, is_staff: bool = False, author_mode: bool = False
    ) -> None:
        super().__init__(user.pk)
        self.run = run
        self.viewer_id: int | None = user.pk
        self.is_author_mode = author_mode
        self.store = DemoStore(run, keep_state=user.is_authenticated and not author_mode)
        self.id_reader = self.id_generator = UsageIds()
        self.resources_fs = fs.open_fs(str(run.folder))
        self._services.update(
            {
                "field-data": KvsFieldData(self.store),
                "user": services.DemoUserService(user, is_staff=is_staff),
                "completion": services.CompletionService(user.pk or 0),
                "replace_urls": services.ReplaceUrlsService(run, self.asset_url),
                "sandbox": services.NoSandbox(),
                "cache": cache,
                "xqueue": object(),  # asked for by every problem, used by those that a queue grades
            }
        )
        self.mixologist = Mixologist((PlatformFields,))

    # Finding and parsing

    def load_block_type(self, block_type: str) -> Any:
        return block_class(block_type)

    def get_block(self, usage_id: UsageKey, for_parent: XBlock | None = None) -> XBlock:
        """The block of this usage key. NoSuchUsage where the course run has none, PluginMissingError where no block
        type of that name is installed.
        """
        mixed = self.mixologist.mix(block_class(usage_id.block_type))
        if usage_id not in self.run.fields:
            self.run.fields[usage_id] = self._parse(usage_id, mixed)
        keys = ScopeIds(self.viewer_id, usage_id.block_type, usage_id, usage_id)
        return self.construct_xblock_from_class(mixed, keys)

    def _parse(self, usage_id: UsageKey, mixed: type[XBlock]) -> dict[Any, Any]:
        """The fields that the block's OLX sets."""
        try:
            node = self.run.node(usage_id)
        except LookupError as error:
            raise NoSuchUsage(str(usage_id)) from error
        element = deepcopy(node.element)
        element.attrib.pop("xblock-family", None)
        for ancestor in node.ancestors():
            for name in INHERITED & set(ancestor.element.keys()) & set(mixed.fields) - set(element.keys()):
                element.set(name, ancestor.element.get(name))
        fields = DictKeyValueStore()
        parser = DemoRuntime(self.run, AnonymousUser())
        parser._services["field-data"] = KvsFieldData(fields)
        mixed.parse_xml(element, parser, ScopeIds(None, usage_id.block_type, usage_id, usage_id)).save()
        return dict(fields.db_dict)

    def get_policy(self, usage_id: UsageKey) -> dict[str, Any]:
        return self.run.policy.get(f"{usage_id.block_type}/{usage_id.block_id}", {})

    def parse_asides(self, *_args: Any) -> list[Any]:
        return []

    def applicable_aside_types(self, block: XBlock) -> list[str]:
        return []

    def error_tracker(self, message: str) -> None:
        """Called by blocks that find their OLX wanting."""
        raise ValueError(message)

    # Services and addresses

    def service(self, block: XBlock, service_name: str) -> Any:
        if service_name == "i18n":
            return services.BlockI18nService(block)
        return super().service(block, service_name)

    def handler_url(
        self, block: XBlock, handler_name: str, suffix: str = "", query: str = "", thirdparty: bool = False
    ) -> str:
        url = f"{self._handler_base(block)}/{handler_name}/{suffix}"
        return f"{url}?{query}" if query else url

    def _handler_base(self, block: XBlock) -> str:
        usage_key = block.scope_ids.usage_id
        if self.is_author_mode:
            return f"/studio/{usage_key}/handler"
        return f"/courses/{usage_key.course_key}/xblock/{usage_key}/handler"

    def local_resource_url(self, block: XBlock, uri: str) -> str:
        return reverse("block_resource", args=[block.scope_ids.block_type, uri])

    def asset_url(self, path: str) -> str:
        return reverse("asset", args=[str(self.run.key), path])

    # What blocks tell

    def publish(self, block: XBlock, event_type: str, event_data: dict[str, Any]) -> None:
        """Keep completion and grades, as the LMS does; nothing of what an author tries out."""
        if self.viewer_id is None or not self.store.keep_state:
            return
        if event_type == "completion":
            self._complete(block, self.viewer_id, float(event_data["completion"]))
        elif event_type == "grade":
            Grade.objects.update_or_create(
                user_id=self.viewer_id,
                usage_key=block.scope_ids.usage_id,
                defaults={"earned": event_data["value"], "possible": event_data["max_value"]},
            )
            self._tell_grades(block.scope_ids.usage_id, self.viewer_id)
            if not getattr(block, "has_custom_completion", False):
                self._complete(block, self.viewer_id, 1.0)

    def _tell_grades(self, usage_key: UsageKey, user_id: int) -> None:
        """As the LMS does, for the whole subsection. A block that nobody tried is worth one point here."""
        node = self.run.node(usage_key)
        section = next((one for one in node.ancestors() if one.block_type == "sequential"), None)
        if section is None or section.element.get("graded") != "true":
            return
        blocks = [one for one in section.walk() if one.block_type == "problem" or one is node]
        points = {
            key: (earned, possible)
            for key, earned, possible in Grade.objects.filter(
                user_id=user_id, usage_key__in=[one.usage_key for one in blocks]
            ).values_list("usage_key", "earned", "possible")
        }
        work = tuple(
            GradedWork(usage_key=one.usage_key, within=_up_to(one, section), earned=earned, possible=possible)
            for one in blocks
            for earned, possible in [points.get(one.usage_key, (0.0, 1.0))]
        )
        work_graded.send_robust(sender=DemoRuntime, user_id=user_id, course_key=self.run.key, work=work)

    def mark_seen(self, block: XBlock) -> None:
        """A block that is only there to be read is complete once it was shown."""
        to_do = block.has_score or getattr(block, "has_custom_completion", False)
        if not to_do and XBlockCompletionMode.get_mode(block) == XBlockCompletionMode.COMPLETABLE:
            self.publish(block, "completion", {"completion": 1.0})

    def _complete(self, block: XBlock, user_id: int, completion: float) -> None:
        BlockCompletion.objects.update_or_create(
            user_id=user_id,
            usage_key=block.scope_ids.usage_id,
            defaults={"course_key": self.run.key, "completion": completion},
        )

    # Rendering

    def _patch_xblock(self, block: XBlock) -> None:
        """The workbench gives blocks mock attributes; ours are real."""

    def _wrap_ele(self, block: XBlock, view: str, frag: Fragment, extra_data: dict[str, Any] | None = None) -> Fragment:
        """The element that a block's script is given, marked as the LMS marks it."""
        wrapped = Fragment()
        for resource in frag.resources:
            data = without_imports(resource.data) if resource.kind == "text" else resource.data
            add = wrapped.add_resource if resource.kind == "text" else wrapped.add_resource_url
            add(data, resource.mimetype, resource.placement)
        attributes = dict(self._attributes(block, view, frag))
        body = self._services["replace_urls"].replace_urls(frag.body_html())
        arguments = ""
        if frag.json_init_args is not None:
            data = json.dumps(frag.json_init_args).translate(_JSON_IN_HTML)
            arguments = f'<script type="json/xblock-args" class="xblock-json-init-args">{data}</script>'
        opening = format_html_join(" ", '{}="{}"', attributes.items())
        wrapped.add_content(mark_safe(f"<div {opening}>{body}{arguments}</div>"))  # noqa: S308 (a block's own HTML)
        return wrapped

    def _attributes(self, block: XBlock, view: str, frag: Fragment) -> Iterator[tuple[str, str]]:
        block_type = block.scope_ids.block_type
        styled = " xmodule_display xmodule_" + block.unmixed_class.__name__  # what extracted blocks' sheets look for
        legacy = styled if getattr(block, "uses_xmodule_styles_setup", False) else ""
        yield "class", f"xblock xblock-{view} xblock-{view}-{block_type}{legacy}"
        yield "data-usage-id", str(block.scope_ids.usage_id)
        yield "data-course-id", str(self.run.key)
        yield "data-block-type", block_type
        yield "data-handler-base", self._handler_base(block)
        if block_type == "html":
            yield "lang", self.run.language
        if frag.js_init_fn:
            yield "data-init", frag.js_init_fn
            yield "data-runtime-version", str(frag.js_init_version)


def _up_to(node: Node, section: Node) -> tuple[UsageKey, ...]:
    """What holds the node, from the nearest up to this section."""
    above = list(node.ancestors())
    return tuple(one.usage_key for one in above[: above.index(section) + 1])
