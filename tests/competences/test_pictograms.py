"""The pictograms: one a competence, small, drawn with the text's own colour, and nothing in them but shapes."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from passerelle.competences import api

SHAPES = {"circle", "path", "rect"}
SVG = "{http://www.w3.org/2000/svg}"
IDS = [competence.id for competence in api.framework().competences]


def _file(competence: str) -> Path:
    found = finders.find(f"passerelle_competences/pictograms/{competence}.svg")
    assert isinstance(found, str), f"{competence} has no pictogram"
    return Path(found)


@pytest.mark.parametrize("competence", IDS)
def test_a_pictogram_is_shapes_alone(competence: str) -> None:
    file = _file(competence)
    assert file.stat().st_size <= 700
    root = ElementTree.parse(file).getroot()
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 48 48"
    assert root.get("stroke") == "currentColor"
    assert len(root) > 0
    for element in root:
        assert element.tag.removeprefix(SVG) in SHAPES, element.tag
        assert not list(element)
        for name, value in element.items():
            assert name in {"cx", "cy", "r", "d", "x", "y", "width", "height", "rx"}, name
            assert "url(" not in value
            assert ":" not in value


def test_no_two_pictograms_are_alike_and_none_is_left_over() -> None:
    drawings = {_file(competence).read_bytes() for competence in IDS}
    assert len(drawings) == len(IDS)
    assert {file.stem for file in _file(IDS[0]).parent.iterdir()} == set(IDS)
