"""What is wrong with a course export: read by authors before they hand one in, and by the tests for all that we ship.

Works on files alone. A course is a folder with one OLX folder a run, a run is a language.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import olxcleaner
from lxml import etree, html
from opaque_keys.edx.locator import CourseLocator
from xblock.core import XBlock
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds

from .data import Finding
from .olx import CourseRun, Node, parse, read_run

OURS = ("competence_self_assessment", "employer_badge_matching", "storytelling_circle")
MOST_BYTES = 100_000
"""What one unit's own texts and pictures may weigh."""

ALIKE = {"display_name", "language", "answer", "alt", "title", "summary", "label"}
"""Attributes whose words differ from language to language."""

# What olxcleaner says of every course that the platform's own exporter wrote: error, what its words begin with.
REVIEWED = (
    ("SettingOverride", ""),  # the exporter writes the course's settings twice
    ("MissingURLName", "The tag <wiki>"),
    ("MissingDisplayName", "The tag <wiki>"),
    ("InvalidSetting", r"The tag <course .*required setting 'end'"),  # a self-paced course ends with its learner
    ("InvalidHTML", "Tag (details|summary) invalid"),  # HTML 5, which Teak's lxml does not know
)
FORBIDDEN_TAGS = ("script", "style", "iframe", "object", "embed", "form", "font", "center")
SENTENCE = 5
"""Fewer words than this may well be the same in two languages: a name, a number, an address."""
BETWEEN_DIGITS = "[ \u00a0\u202f.,]"
"""What stands within a number: a space, a point or a comma."""
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def check_course(folder: Path) -> list[Finding]:
    """Everything found in a course's runs, each run by itself and side by side with the first, in the files' order."""
    runs = [read_run(path.parent) for path in sorted(folder.glob("*/course.xml"))]
    found = [] if runs else [Finding(file=folder.name, code="no-run", message="There is no run: no */course.xml.")]
    for run in runs:
        found += check_run(run)
    for other in runs[1:]:
        found += compare_runs(runs[0], other)
    return sorted(set(found))


def check_run(run: CourseRun) -> list[Finding]:
    """What is wrong with one run."""
    found = [*_cleaner(run), *_language(run), *_static_files(run)]
    for node in run.root.walk():
        found += _node(run, node)
    for unit in run.units:
        found += _weight(run, unit)
    seen = Counter(node.usage_key for node in run.root.walk())
    for key in (key for key, times in seen.items() if times > 1):
        message = f"The name {key.block_id} is used {seen[key]} times: each block needs one of its own."
        found.append(_finding(run, f"{key.block_type}/{key.block_id}", "name-twice", message))
    return found


def _finding(run: CourseRun, file: str, code: str, message: str) -> Finding:
    return Finding(file=f"{run.folder.name}/{file}", code=code, message=message)


def _cleaner(run: CourseRun) -> Iterator[Finding]:
    _course, errors, _names = olxcleaner.validate(str(run.folder), allowed_xblocks=list(OURS))
    for error in errors.errors:
        if not any(error.name == name and re.match(words, error.description) for name, words in REVIEWED):
            yield _finding(run, error.filename or "course.xml", f"olx-{error.name}", error.description)


def _language(run: CourseRun) -> Iterator[Finding]:
    setting = run.root.element.get("language")
    if setting != run.folder.name:
        yield _finding(
            run, f"course/{run.key.run}.xml", "language", f"Its language is {setting}, its folder {run.folder.name}."
        )


# --- One block


def _node(run: CourseRun, node: Node) -> Iterator[Finding]:
    file = f"{node.block_type}/{node.url_name}.xml"
    if not node.name.strip() and node.block_type != "course":
        yield _finding(run, file, "no-name", "It has no display_name.")
    if node.block_type == "html":
        yield from _html(run, node)
    elif node.block_type == "problem":
        yield from _problem(run, node, file)
    elif node.block_type in OURS:
        yield from _ours(run, node)


def _ours(run: CourseRun, node: Node) -> Iterator[Finding]:
    """A block of ours, made from its OLX, says itself what is wrong with its settings."""
    block_class = XBlock.load_class(node.block_type)
    file = f"vertical/{node.parent.url_name if node.parent else node.url_name}.xml"
    values = {}
    for name, text in node.element.attrib.items():
        if name in block_class.fields:
            values[name] = block_class.fields[name].from_string(text)
        elif name not in ("url_name", "xblock-family"):
            yield _finding(run, file, "setting", f"{node.url_name} has no setting called {name}.")
    ids = ScopeIds(None, node.block_type, node.usage_key, node.usage_key)
    block = block_class(None, DictFieldData(values), ids)
    for message in block.validate().messages:
        yield _finding(run, file, "setting", f"{node.url_name}: {message.text}")


def _html(run: CourseRun, node: Node) -> Iterator[Finding]:
    file = f"html/{node.element.get('filename') or node.url_name}.html"
    path = run.folder / file
    if not path.is_file():
        yield _finding(run, f"html/{node.url_name}.xml", "no-text", f"Its text is missing: {file}.")
        return
    body = html.fragment_fromstring(path.read_text(encoding="utf-8"), create_parent=True)
    for message in _markup(run, body):
        yield _finding(run, file, *message)


def _markup(run: CourseRun, body: Any) -> Iterator[tuple[str, str]]:
    """Code and message for each thing wrong with a piece of HTML."""
    for element in body.iter(etree.Element):
        if element.tag in FORBIDDEN_TAGS:
            yield "markup", f"<{element.tag}> is not for course texts."
        if any(name.startswith("on") or name == "style" for name in element.attrib):
            yield "markup", f"<{element.tag}> carries a script or a style."
        if element.tag == "img" and not element.get("alt", "").strip():
            yield "alt", f"The picture {element.get('src')} has no alternative text."
        for address in (element.get("src"), element.get("href")):
            if address is not None and (message := _address(run, address)):
                yield "link", message
    levels = [HEADINGS.index(element.tag) for element in body.iter(*HEADINGS)]
    if levels and HEADINGS[levels[0]] not in ("h2", "h3"):
        yield "headings", f"Its first heading is <{HEADINGS[levels[0]]}>: begin with <h3>."
    for before, after in pairwise(levels):
        if after > before + 1:
            yield "headings", f"<{HEADINGS[after]}> follows <{HEADINGS[before]}>: a level is left out."


def _address(run: CourseRun, address: str) -> str | None:
    """What is wrong with the address of a link or a picture."""
    if address.startswith("/static/"):
        return None if (run.folder / address.lstrip("/")).is_file() else f"There is no {address}."
    if address.startswith("/jump_to_id/"):
        name = address.removeprefix("/jump_to_id/")
        return None if any(key.block_id == name for key in run.nodes) else f"No block is called {name}."
    return None if address.startswith(("https://", "mailto:", "tel:", "#")) else f"{address} is no https:// address."


def _problem(run: CourseRun, node: Node, file: str) -> Iterator[Finding]:
    root = node.element
    if list(root.iter("script")):
        yield _finding(run, file, "problem", "It holds a Python script, which not every site can run.")
    if not any((label.text or "").strip() for label in root.iter("label")):
        yield _finding(run, file, "problem", "It has no <label> with the question.")
    if not list(root.iter("solution")):
        yield _finding(run, file, "problem", "It has no <solution>: learners want to know why.")
    for group in root.iter("choicegroup", "optioninput"):
        right = [choice for choice in group if choice.get("correct", "").lower() == "true"]
        if len(right) != 1:
            yield _finding(run, file, "problem", f"{len(right)} answers are marked as correct: it takes one.")
    for group in root.iter("checkboxgroup"):
        if not any(choice.get("correct") == "true" for choice in group):
            yield _finding(run, file, "problem", "No answer is marked as correct.")
    for asked in root.iter("numericalresponse"):
        answer = asked.get("answer", "")
        if answer not in set().union(*(_figures(solution) for solution in asked.iter("solution"))):
            yield _finding(run, file, "answer", f"The answer is {answer}, which its explanation does not say.")


def _figures(element: Any) -> set[str]:
    """The numbers in a text as a learner would type them: 1 500, 1,500 and 1.500 are 1500; 2,5 is 2.5; 09 is 9."""
    written = re.findall(rf"\d+(?:{BETWEEN_DIGITS}\d+)*", "".join(element.itertext()))
    whole = (re.sub(rf"{BETWEEN_DIGITS}(?=\d{{3}}(?!\d))", "", number) for number in written)
    return {re.sub(r"^0+(?=\d)", "", number.replace(",", ".")) for number in whole}


# --- Files


def _static_files(run: CourseRun) -> Iterator[Finding]:
    for path in sorted((run.folder / "static").glob("*.svg")):
        file = f"static/{path.name}"
        root = parse(path)
        if root.get("{http://www.w3.org/XML/1998/namespace}lang", root.get("lang")) != run.language:
            yield _finding(run, file, "language", f"Its lang is not {run.language}.")
        names = {etree.QName(child).localname for child in root.iter(etree.Element)}
        if not {"title", "desc"} <= names:
            yield _finding(run, file, "alt", "A drawing has a <title> and a <desc>.")
        if {"script", "foreignObject", "image"} & names:
            yield _finding(run, file, "markup", "A drawing holds no script and nothing from elsewhere.")


def _weight(run: CourseRun, unit: Node) -> Iterator[Finding]:
    paths = [run.folder / "vertical" / f"{unit.url_name}.xml"]
    for node in unit.children:
        text = run.folder / "html" / f"{node.url_name}.html"
        paths += [run.folder / node.block_type / f"{node.url_name}.xml", text]
        if text.is_file():
            paths += [run.folder / "static" / name for name in re.findall(r'"/static/([^"]+)"', text.read_text())]
    weight = sum(path.stat().st_size for path in paths if path.is_file())
    if weight > MOST_BYTES:
        message = f"The unit weighs {weight // 1000} KB; {MOST_BYTES // 1000} KB is the most."
        yield _finding(run, f"vertical/{unit.url_name}.xml", "weight", message)


# --- Two runs


def compare_runs(first: CourseRun, other: CourseRun) -> list[Finding]:
    """Where a run differs from the first in more than its language: outline, settings, answers, markup, files."""
    found = []
    names, theirs = _files(first), _files(other)
    for name in sorted(names ^ theirs):
        where = first if name in names else other
        found.append(_finding(other, name, "twin", f"Only the run {where.folder.name} has this file."))
    for name in sorted(names & theirs):
        if name.endswith(".xml") and not name.startswith(("course.", "assets/")):
            found += _twins(first, other, name)
        elif name.endswith(".html") and name.startswith("html/"):
            found += _twin_texts(first, other, name)
    if tags(first) != tags(other):
        found.append(_finding(other, "tags.csv", "twin", f"Tags differ from the run {first.folder.name}."))
    return found


def tags(run: CourseRun) -> dict[tuple[str, str], dict[str, str]]:
    """The tags of each tagged block, by its type and name, then by taxonomy. Empty where nothing is tagged."""
    file = run.folder / "tags.csv"
    if not file.is_file():
        return {}
    found = {}
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            set_here = {name: text for name, text in row.items() if name not in ("Name", "Type", "ID") and text}
            if set_here:
                found[row["Type"], row["ID"]] = set_here
    return found


def _files(run: CourseRun) -> set[str]:
    files = (str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file())
    return {_neutral(name, run.key) for name in files}


def _neutral(name: str, key: CourseLocator) -> str:
    """The file's name with RUN for the run's own."""
    return re.sub(rf"^(course|policies)/{re.escape(key.run)}(?=[./])", r"\1/RUN", name)


def _own(run: CourseRun, name: str) -> Path:
    return run.folder / name.replace("/RUN", f"/{run.key.run}")


def _twins(first: CourseRun, other: CourseRun, name: str) -> Iterator[Finding]:
    mine, yours = (parse(_own(run, name)) for run in (first, other))
    if _skeleton(mine) != _skeleton(yours):
        yield _finding(
            other, name, "twin", f"Its outline, settings or answers differ from those in {first.folder.name}."
        )
    if name.startswith("problem/"):
        yield from _untranslated(other, name, _sentences(mine), _sentences(yours))


def _skeleton(element: Any) -> Any:
    """What must be equal in every language: tags, settings, correctness, numbers; one accepted word or several."""
    answers = element.tag in ("stringresponse", "additional_answer")
    attributes = {k: v for k, v in element.attrib.items() if k not in ALIKE or (k == "answer" and not answers)}
    if element.tag == "wiki":
        attributes.pop("slug", None)
    children = [child for child in element.iterchildren(etree.Element) if child.tag != "additional_answer"]
    return element.tag, tuple(sorted(attributes.items())), tuple(_skeleton(child) for child in children)


def _twin_texts(first: CourseRun, other: CourseRun, name: str) -> Iterator[Finding]:
    mine, yours = (
        html.fragment_fromstring((run.folder / name).read_text(encoding="utf-8"), create_parent=True)
        for run in (first, other)
    )
    if _tags(mine) != _tags(yours):
        yield _finding(
            other, name, "twin", f"Paragraphs, headings or pictures differ from the run {first.folder.name}."
        )
    yield from _untranslated(other, name, _sentences(mine), _sentences(yours))


def _tags(body: Any) -> list[str]:
    """The tags in their order; which single words are marked as foreign or strong is each language's own matter."""
    return [element.tag for element in body.iter(etree.Element) if element.tag not in ("span", "em", "strong")]


def _sentences(body: Any) -> set[str]:
    """The longer texts, but for those that are marked as being in another language."""
    texts = (" ".join(text.split()) for text in body.xpath(".//text()[not(ancestor::*[@lang])]"))
    return {text for text in texts if len(text.split()) >= SENTENCE}


def _untranslated(run: CourseRun, name: str, mine: set[str], yours: set[str]) -> Iterator[Finding]:
    for text in sorted(mine & yours):
        yield _finding(run, name, "untranslated", f"The same words stand in both languages: {text[:60]}")


def words(run: CourseRun) -> int:
    """How many words the run's texts and problems hold."""
    bodies = [node.element for node in run.root.walk() if node.block_type == "problem"]
    texts = (path.read_text(encoding="utf-8") for path in (run.folder / "html").glob("*.html"))
    bodies += [html.fragment_fromstring(text, create_parent=True) for text in texts]
    return sum(len(re.findall(r"\w[\w’'-]*", " ".join(body.itertext()))) for body in bodies)
