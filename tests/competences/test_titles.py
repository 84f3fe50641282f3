"""Job titles find occupations: whatever the gender, the number, the order of words, or what is written onto a word."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from passerelle.competences.titles import TitleIndex

NAMES = [
    (0, "cuisinier/cuisinière"),
    (0, "chef de partie"),
    (1, "chef de chantier"),
    (1, "cheffe de chantier"),
    (2, "vendeur en boulangerie/vendeuse en boulangerie"),
    (3, "aide-soignant/aide-soignante"),
    (4, "conducteur de grue"),
    (5, "Kranführer"),
    (6, "طباخ"),
    (6, "طاهية"),
]


@pytest.mark.parametrize(
    ("title", "occupation"),
    [
        ("Cuisinière (h/f/x)", 0),
        ("CUISINIERS", 0),
        ("chef chantier", 1),
        ("vendeuse, boulangerie", 2),
        ("aides soignantes", 3),
        ("conductrice de grues", 4),
        ("Turmkranführerin", 5),
        ("الطباخ", 6),
    ],
)
def test_the_occupation_meant_comes_first(title: str, occupation: int) -> None:
    assert TitleIndex(NAMES).search(title)[0].occupation == occupation


def test_the_name_that_matched_is_told() -> None:
    match = TitleIndex(NAMES).search("cheffe de chantier")[0]
    assert NAMES[match.name] == (1, "cheffe de chantier")


@pytest.mark.parametrize("title", ["", "…", "漢字"])
def test_what_means_nothing_finds_nothing(title: str) -> None:
    assert TitleIndex(NAMES).search(title) == []


def test_a_word_that_changes_places_with_another_stands_in_for_it() -> None:
    names = [(0, "carpet fitter"), (0, "carpet installer"), (1, "window filter"), (2, "window fitter")]
    assert TitleIndex(names).search("window installer")[0].occupation == 2


def test_an_empty_index_answers() -> None:
    assert TitleIndex([]).search("cook") == []


def bench() -> ModuleType:
    path = Path(__file__).parents[1] / "bench" / "bench_melo.py"
    spec = importlib.util.spec_from_file_location("bench_melo", path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "beaten"), [("bel_q_fr_c_fr", 0.499), ("esp_q_es_c_es", 0.470), ("usa_q_en_c_en", 0.603)]
)
def test_real_titles_are_found_better_than_by_plain_tf_idf(name: str, beaten: float) -> None:
    """On an even sample of a hundred titles and more; `tests/bench/bench_melo.py` measures all."""
    melo = bench()
    if not melo.MELO.is_dir():
        pytest.skip(f"no MELO data at {melo.MELO}")
    data = melo.load(melo.MELO / name)
    index, plain = TitleIndex(data.names), melo.Plain(data)
    sample = list(zip(data.titles, data.right, strict=True))[:: max(1, len(data.titles) // 150)]
    ours = sum(1 / melo.ranks(index.scores(title)[1], right)[0] for title, right in sample) / len(sample)
    theirs = sum(1 / melo.ranks(plain.scores(title), right)[0] for title, right in sample) / len(sample)
    assert ours > theirs + 0.01
    assert ours > beaten - 0.06  # a sample is no more than a sample
