"""Which unit teaches what, read from the tags that a course export carries."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from passerelle.competences import api
from passerelle.competences.taxonomy import EXPORT_ID
from passerelle.courses.olx import course_runs

TAGS = f'''"Name","Type","ID","{EXPORT_ID}","other"
"Course","course","fr","Working in a team",""
"  Chapter","chapter","c1","Everyday skills",""
"      Unit","vertical","u1","Managing my time; working in a team","Blue"
"      Unit 2","vertical","u2","Something unheard of",""
"      Unit 3","vertical","u3","Working in a team",""
'''


def test_tags_in_an_export_say_which_unit_teaches_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, run = next(iter(course_runs().items()))
    monkeypatch.setattr(run, "folder", tmp_path)
    assert api.competences_taught(course_key=key) == {}
    (tmp_path / "tags.csv").write_text(TAGS, encoding="utf-8")
    uris = {one.id: one.uri for one in api.framework().competences}
    team, time = uris["work_in_teams"], uris["manage_time"]
    first, third = (key.make_usage_key("vertical", name) for name in ("u1", "u3"))
    assert api.competences_taught(course_key=key) == {first: (team, time), third: (team,)}
    assert api.units_teaching(course_key=key) == {team: (first, third), time: (first,)}
    assert api.units_teaching(course_key=key.replace(run="never")) == {}


def test_names_can_be_tags() -> None:
    """What the tagging packages refuse in a tag, and what separates tags in an export."""
    core = api.framework()
    names = [one.name["en"] for one in core.competences] + [words["en"] for words in core.areas.values()]
    assert len({name.casefold() for name in names}) == len(names)
    assert not [name for name in names if set(name) & set(";>\t")]


def test_without_a_tagging_package_the_command_says_so() -> None:
    with pytest.raises(CommandError, match="no tagging here"):
        call_command("passerelle_sync_taxonomy")
