"""What the courses promise beyond being in order: enough modules, real texts, no two units alike, our blocks."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from lxml import html
from passerelle.competences.api import framework
from passerelle.courses import exports_root
from passerelle.courses.check import tags
from passerelle.courses.olx import CourseRun, read_run

RUNS = sorted(path.parent for path in exports_root().glob("*/*/course.xml"))
PATHWAYS = [folder for folder in RUNS if folder.parent.name == "pathways"]
PLACEHOLDERS = re.compile(r"\b((?i:lorem|xxx|placeholder|à compléter)|TODO|TBD)\b")


def texts(folder: Path) -> dict[str, str]:
    """The words of each text, by its name."""
    found = {}
    for path in sorted((folder / "html").glob("*.html")):
        body = html.fragment_fromstring(path.read_text(), create_parent=True)
        for frame in body.xpath("./details[1]/preceding-sibling::*[position() <= 2]"):
            body.remove(frame)  # the heading and the caution above each box of country facts
        found[path.stem] = " ".join(body.text_content().split())
    return found


def sentences(text: str) -> set[str]:
    return {part.strip() for part in re.split(r"(?<=[.?؟:])\s", text) if len(part.split()) > 7}


def name(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


@pytest.mark.parametrize("folder", RUNS, ids=name)
def test_no_two_units_alike(folder: Path) -> None:
    said = {name: sentences(text) for name, text in texts(folder).items()}
    alike = [(one, two) for one, two in combinations(said, 2) if len(said[one] & said[two]) > 1]
    assert alike == []


@pytest.mark.parametrize("folder", RUNS, ids=name)
def test_no_placeholder(folder: Path) -> None:
    assert [name for name, text in texts(folder).items() if PLACEHOLDERS.search(text)] == []


@pytest.mark.parametrize("folder", PATHWAYS, ids=name)
class TestPathways:
    @pytest.fixture
    def run(self, folder: Path) -> CourseRun:
        return read_run(folder)

    def test_forty_modules_of_three_to_five_texts_a_practice_and_a_self_check(self, run: CourseRun) -> None:
        assert len(run.root.children) == 40
        for module in run.root.children:
            learn, practise = module.children
            assert 3 <= len(learn.children) <= 5, module.name
            assert len(practise.children) == 2, module.name
            for unit in practise.children:
                assert 2 <= len([node for node in unit.children if node.block_type == "problem"]) <= 3, unit.name

    def test_texts_are_long_enough_and_no_longer(self, folder: Path) -> None:
        counts = {name: len(text.split()) for name, text in texts(folder).items()}
        # With the country's boxes and, in a module's first unit, its aim.
        assert {name: count for name, count in counts.items() if not 120 <= count <= 520} == {}

    def test_each_text_has_a_described_drawing(self, run: CourseRun) -> None:
        for node in run.root.walk():
            if node.block_type == "html":
                source = (run.folder / "html" / f"{node.url_name}.html").read_text()
                assert re.search(r'<img src="/static/\w+\.svg" alt="[^"]{20,}"', source), node.url_name

    def test_our_blocks(self, run: CourseRun) -> None:
        kinds = Counter(node.block_type for node in run.root.walk())
        assert kinds["employer_badge_matching"] == 12  # one at the end of each path
        assert kinds["storytelling_circle"] >= 3
        moments = [
            (node.element.get("moment"), node.element.get("competences"))
            for node in run.root.walk()
            if node.block_type == "competence_self_assessment"
        ]
        assert [moment for moment, _asked in moments] == ["before", "after"]
        assert moments[0][1] == moments[1][1]

    def test_every_text_unit_says_what_it_teaches(self, run: CourseRun) -> None:
        known = {one.name["en"] for one in framework().competences}
        tagged = tags(run)
        for unit in run.units:
            if any(node.block_type == "html" for node in unit.children):
                taught = tagged["vertical", unit.url_name]["passerelle-competences"].split("; ")
                assert set(taught) <= known, unit.url_name
