"""Course runs, read from their OLX exports: structure and names, no blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from opaque_keys.edx.keys import CourseKey, UsageKey
from opaque_keys.edx.locator import CourseLocator

from . import exports_root

CONTAINERS = ("course", "chapter", "sequential", "vertical")


@dataclass(eq=False, slots=True)
class Node:
    """A course, chapter, sequential, vertical (a unit), or a block in one. `element` is its OLX."""

    usage_key: UsageKey
    element: Any
    parent: Node | None
    name: str
    children: list[Node] = field(default_factory=list)

    @property
    def block_type(self) -> str:
        return str(self.usage_key.block_type)

    @property
    def url_name(self) -> str:
        return str(self.usage_key.block_id)

    def ancestors(self) -> Iterator[Node]:
        """What holds this node, nearest first."""
        node = self.parent
        while node:
            yield node
            node = node.parent

    def unit(self) -> Node:
        """The unit that holds this block; itself for a unit. LookupError for what no unit holds."""
        for node in (self, *self.ancestors()):
            if node.block_type == "vertical":
                return node
        raise LookupError(f"{self.usage_key} is in no unit")

    def walk(self) -> Iterator[Node]:
        """This node and all below, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(eq=False, slots=True)
class CourseRun:
    """One run of a course: its key, its display name, its language, its folder, its tree."""

    key: CourseKey
    name: str
    language: str
    folder: Path
    policy: dict[str, dict[str, Any]]
    root: Node
    nodes: dict[UsageKey, Node]
    fields: dict[UsageKey, dict[Any, Any]] = field(default_factory=dict)
    """What `runtime.py` has parsed already: by block, the fields its OLX sets."""

    @property
    def units(self) -> list[Node]:
        return [node for node in self.root.walk() if node.block_type == "vertical"]

    def node(self, usage_key: UsageKey) -> Node:
        """The node of this usage key, or LookupError."""
        return self.nodes[usage_key]


@cache
def course_runs() -> dict[CourseKey, CourseRun]:
    """All course runs of the exports, by key, in the order of their folders. Read once per process."""
    runs = [read_run(path.parent) for path in sorted(exports_root().glob("*/*/course.xml"))]
    return {run.key: run for run in runs}


def course_run(course_key: CourseKey) -> CourseRun:
    """The course run of this key, or LookupError."""
    return course_runs()[course_key]


def run_key(folder: Path) -> CourseLocator:
    """The course key that an OLX folder names. Raises OSError or lxml's XMLSyntaxError where it is none."""
    pointer = parse(folder / "course.xml")
    return CourseLocator(pointer.get("org"), pointer.get("course"), pointer.get("url_name"))


def read_run(folder: Path) -> CourseRun:
    """The course run in this OLX folder. Raises OSError or lxml's XMLSyntaxError where it is none."""
    key = run_key(folder)
    policy_file = folder / "policies" / key.run / "policy.json"
    policy = json.loads(policy_file.read_text()) if policy_file.exists() else {}
    root = _read_node(folder, key, policy, parse(folder / "course.xml"), None)
    return CourseRun(
        key=key,
        name=root.name,
        language=policy.get(f"course/{key.run}", {}).get("language") or root.element.get("language") or "en",
        folder=folder,
        policy=policy,
        root=root,
        nodes={node.usage_key: node for node in root.walk()},
    )


def _read_node(folder: Path, key: CourseLocator, policy: dict[str, Any], pointer: Any, parent: Node | None) -> Node:
    """The node that `pointer` names. Its definition may lie in a file of its own or, for an XBlock, right there."""
    url_name = pointer.get("url_name")
    definition = folder / pointer.tag / f"{url_name}.xml"
    element = parse(definition) if definition.exists() else pointer
    usage_key = key.make_usage_key(pointer.tag, url_name)
    own_policy = policy.get(f"{pointer.tag}/{url_name}", {})
    name = own_policy.get("display_name") or element.get("display_name") or ""
    node = Node(usage_key, element, parent, name)
    if pointer.tag in CONTAINERS:
        # A course also carries what is no content: its wiki, its textbooks.
        node.children = [
            _read_node(folder, key, policy, child, node)
            for child in element.iterchildren(etree.Element)
            if child.get("url_name") and (pointer.tag != "course" or child.tag == "chapter")
        ]
    return node


def parse(path: Path) -> Any:
    """The root element of an OLX file, without following entities or reaching the network."""
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True)
    return etree.parse(str(path), parser).getroot()
