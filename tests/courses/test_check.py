"""The check of course exports: silent on ours, and saying what is wrong with broken ones."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from passerelle.courses import exports_root
from passerelle.courses.check import check_course
from passerelle.courses.transfer import contents, pack

ROOT = exports_root()
COURSES = sorted(path.name for path in ROOT.iterdir() if path.is_dir())
HTML = "html/why_circles_text.html"
PROBLEM = "problem/check_the_turns.xml"
NUMBER = "problem/tot_measure_practice_subtract.xml"
UNIT = "vertical/take_part.xml"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of a good course, to be broken."""
    shutil.copytree(ROOT / "training_of_trainers", tmp_path / "course")
    return tmp_path / "course"


@pytest.mark.django_db
@pytest.mark.parametrize("name", COURSES)
def test_ours_are_in_order(name: str) -> None:
    assert check_course(ROOT / name) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        (HTML, "<h3>", "<h4>", "headings"),
        (HTML, "<h3>", "<h3 onclick='go()'>", "markup"),
        (HTML, "<p>", "<script>go()</script><p>", "markup"),
        (HTML, "<p>", '<p><img src="/static/course_card.png" alt=""/>', "alt"),
        (HTML, "<p>", '<p><img src="/static/nothing.png" alt="A door"/>', "link"),
        (HTML, "<p>", '<p><a href="/jump_to_id/nowhere">there</a>', "link"),
        (HTML, "<p>", '<p><a href="http://example.org/">there</a>', "link"),
        (HTML, "<p>", "<p>And</p><p>", "twin"),
        (PROBLEM, 'correct="true"', 'correct="false"', "problem"),
        (PROBLEM, 'correct="true"', 'correct="false"', "twin"),
        (PROBLEM, "<label>", "<label/><label hidden=''>", "twin"),
        (PROBLEM, "<solution>", "<script>x=1</script><solution>", "problem"),
        (NUMBER, 'answer="2"', 'answer="3"', "answer"),
        (PROBLEM, "display_name=", "data-name=", "no-name"),
        (UNIT, 'max_size="6"', 'max_size="100"', "setting"),
        (UNIT, "<storytelling_circle", '<html url_name="why_circles_text"/><storytelling_circle', "name-twice"),
        (UNIT, 'max_size="6"', 'max_size="6" most="6"', "setting"),
        (UNIT, 'protocol="story_circle"', 'protocol="chat"', "setting"),
        (UNIT, 'max_size="6"', 'max_size="5"', "twin"),
        ("course/fr.xml", 'language="fr"', 'language="en"', "language"),
        ("static/circle_phases.svg", 'lang="fr"', 'lang="en"', "language"),
        ("static/circle_phases.svg", "<rect", "<image/><rect", "markup"),
        ("sequential/check.xml", '"self_check"', '"self_chek"', "olx"),
    ],
)
def test_what_is_wrong_is_named(course: Path, file: str, old: str, new: str, code: str) -> None:
    path = course / "fr" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = check_course(course)
    assert code in {finding.code.split("-")[0] if code == "olx" else finding.code for finding in found}, found


@pytest.mark.django_db
def test_missing_files(course: Path) -> None:
    (course / "fr" / HTML).unlink()
    assert {"no-text", "twin"} <= {finding.code for finding in check_course(course)}


@pytest.mark.django_db
def test_untranslated(course: Path) -> None:
    shutil.copy(course / "en" / HTML, course / "fr" / HTML)
    assert {finding.code for finding in check_course(course)} == {"untranslated"}


@pytest.mark.django_db
def test_too_heavy(course: Path) -> None:
    path = course / "fr" / HTML
    path.write_text(path.read_text() + "<p>" + "word " * 20_000 + "</p>")
    assert "weight" in {finding.code for finding in check_course(course)}


def test_no_run(tmp_path: Path) -> None:
    assert [finding.code for finding in check_course(tmp_path)] == ["no-run"]


@pytest.mark.django_db
def test_command(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("passerelle_courses", "check")
    assert "training_of_trainers/fr: " in capsys.readouterr().out
    (course / "fr" / HTML).unlink()
    with pytest.raises(CommandError, match="to put right"):
        call_command("passerelle_courses", "check", "course", root=course.parent)
    assert "no-text" in capsys.readouterr().err
    with pytest.raises(CommandError, match="There are: course"):
        call_command("passerelle_courses", "check", "nothing", root=course.parent)


def test_a_package_is_the_same_each_time() -> None:
    folder = ROOT / "training_of_trainers" / "fr"
    first = pack(folder)
    assert first == pack(folder)
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        packed = {info.name.removeprefix("course/"): tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    assert packed == contents(folder)
