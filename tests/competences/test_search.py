"""Type-ahead: in every language, forgiving of spelling; and words that are written alike."""

from __future__ import annotations

import random
from functools import cache

import pytest
from passerelle.competences.search import Name, NameIndex
from passerelle.competences.wording import Vocabulary, _Spelling, fold, words

NAMES = [
    Name("team", "fr", "Travailler en équipe", preferred=True),
    Name("team", "en", "Working in a team", preferred=True),
    Name("team", "ar", "العمل ضمن فريق", preferred=True),
    Name("time", "fr", "Gérer son temps", preferred=True),
    Name("time", "en", "Managing my time", preferred=True),
    Name("time", "en", "keep to a schedule"),
    Name("cook", "fr", "Cuisiner des plats", preferred=True),
    Name("cook", "en", "Cooking dishes", preferred=True),
    Name("cook", "uk", "Готувати страви", preferred=True),
    Name("wash", "en", "Washing dishes", preferred=True),
]


@cache
def index() -> NameIndex:
    return NameIndex(NAMES)


def found(query: str, language: str = "en", **more: int) -> list[str]:
    return [hit.concept for hit in index().search(query, language=language, **more)]


@pytest.mark.parametrize(
    ("query", "concept"),
    [
        ("team", "team"),
        ("Tea", "team"),
        ("equipe", "team"),
        ("en équip", "team"),
        ("travialler", "team"),
        ("travailer en equip", "team"),
        ("فريق", "team"),
        ("الفريق", "team"),
        ("schedul", "time"),
        ("TEMPS", "time"),
        ("gerer tmps", "time"),
        ("готуваты", "cook"),
        ("dishes cooking", "cook"),
        ("washing dishse", "wash"),
    ],
)
def test_a_name_is_found_in_any_language_begun_or_misspelt(query: str, concept: str) -> None:
    assert found(query)[0] == concept


def test_the_answer_is_in_the_askers_language_and_says_what_was_matched() -> None:
    (hit,) = index().search("schedule", language="fr", limit=1)
    assert (hit.label, hit.language) == ("Gérer son temps", "fr")
    assert (hit.matched, hit.matched_language) == ("keep to a schedule", "en")
    assert index().search("schedule", language="fr-ca", limit=1)[0].label == "Gérer son temps"
    assert index().search("schedule", language="tr", limit=1)[0].label == "Managing my time"
    assert index().search("washing", language="fr", limit=1)[0].label == "Washing dishes"


def test_each_concept_comes_once_and_no_more_than_asked() -> None:
    assert sorted(found("dishes")) == ["cook", "wash"]
    assert len(found("dishes", limit=1)) == 1


@pytest.mark.parametrize("query", ["", " ", "?", "xyzzy", "()", "a" * 5000, "\0"])
def test_what_means_nothing_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_an_empty_index_answers() -> None:
    assert NameIndex([]).search("team", language="en") == []


def test_folding_leaves_out_case_accents_and_vowel_signs() -> None:
    assert fold("Équipe ÇA") == "equipe ca"
    assert fold("فَرِيق") == fold("فريق")
    assert words("Cuisinier (h/f/x), d’hôtel") == ["cuisinier", "d", "hotel"]
    assert words("(h/f)") == ["h", "f"]


def test_words_with_other_endings_are_alike_and_others_are_not() -> None:
    vocabulary = Vocabulary(["cuisinier", "cuisiniere", "cuisine", "policier", "menuisier"])
    numbers, values = vocabulary.alike("cuisiniers")
    likeness = {vocabulary.words[number]: value for number, value in zip(numbers, values, strict=True)}
    assert likeness["cuisinier"] > 0.6
    assert "policier" not in likeness
    assert list(values) == sorted(values)


def errors(one: str, other: str) -> tuple[int, int]:
    """Optimal string alignment by its textbook recurrence: to the whole of `other`, and to its best beginning."""
    sizes = range(len(one) + 1), range(len(other) + 1)
    table = [[row + column if not row * column else 0 for column in sizes[1]] for row in sizes[0]]
    for row in sizes[0][1:]:
        for column in sizes[1][1:]:
            wrong = one[row - 1] != other[column - 1]
            best = min(table[row - 1][column] + 1, table[row][column - 1] + 1, table[row - 1][column - 1] + wrong)
            if row > 1 < column and one[row - 2 : row] == other[column - 2 : column][::-1]:
                best = min(best, table[row - 2][column - 2] + 1)
            table[row][column] = best
    return table[-1][-1], min(table[-1])


def test_spelling_errors_are_counted_as_the_textbook_does() -> None:
    draw = random.Random(7)
    for _ in range(2000):
        one, other = ("".join(draw.choices("abc", k=draw.randint(1, 8))) for _ in range(2))
        counted = (_Spelling(one, begun=False).errors(other), _Spelling(one, begun=True).errors(other))
        assert counted == errors(one, other), (one, other)
