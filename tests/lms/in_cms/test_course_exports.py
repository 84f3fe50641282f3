"""The course exports go through the platform's importer, and its exporter writes them as the repository has them."""

import shutil
import tempfile
from pathlib import Path

import ddt
from django.core.management import call_command
from passerelle.courses.olx import run_key
from passerelle.host.studio import export_course_run, import_course_run
from xmodule.contentstore.django import contentstore
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.tests.factories import BlockFactory, CourseFactory
from xmodule.modulestore.xml_exporter import export_course_to_xml
from xmodule.modulestore.xml_importer import import_course_from_xml

EXPORTS = Path(__file__).parents[3] / "course_exports"

EVERYTHING = {
    "storytelling_circle": {
        "display_name": "Un cercle & « d’autres » <soirs>",
        "min_size": 2,
        "max_size": 5,
        "languages": ["fr", "ar"],
        "seconds": {"share": 240},
        "prompts": {"share": {"fr": "Racontez une porte.", "ar": "احكِ عن باب."}},
    },
    "competence_self_assessment": {
        "display_name": "ما أستطيع فعله",
        "competences": ["work_in_teams", "manage_time"],
        "moment": "after",
    },
    "employer_badge_matching": {"display_name": 'Des offres "proches"', "count": 3},
}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@ddt.ddt
class CourseExportsTest(ModuleStoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def exported(self, key: object, name: str) -> Path:
        export_course_to_xml(modulestore(), contentstore(), key, str(self.root), name)
        return self.root / name

    def imported(self, source: Path, key: object) -> None:
        import_course_from_xml(
            modulestore(),
            self.user.id,
            str(source.parent),
            source_dirs=[source.name],
            static_content_store=contentstore(),
            target_id=key,
            create_if_not_present=True,
            raise_on_failure=True,
        )

    @ddt.data(
        *sorted(
            (course.name, run.name)
            for course in EXPORTS.iterdir()
            for run in course.glob("*/course.xml")
            for run in [run.parent]
        )
    )
    @ddt.unpack
    def test_fixed_point(self, course: str, run: str) -> None:
        key = run_key(EXPORTS / course / run)
        call_command("passerelle_sync_taxonomy")
        import_course_run(folder=EXPORTS / course / run, course_key=key, user_id=self.user.id)
        expected = contents(EXPORTS / course / run)
        found = contents(export_course_run(course_key=key, parent=self.root))
        self.assertEqual(sorted(expected), sorted(found))
        for name in sorted(expected):
            self.assertEqual(expected[name], found[name], name)

    def test_runs_hold_real_blocks(self) -> None:
        key = modulestore().make_course_key("Passerelle", "TOT101", "fr")
        self.imported(EXPORTS / "training_of_trainers" / "fr", key)
        found = {}
        for category in EVERYTHING:
            found[category] = modulestore().get_items(key, qualifiers={"category": category})[0]
            self.assertEqual(type(found[category]).__mro__[1].__module__, f"{category}.block")
        circle = found["storytelling_circle"]
        self.assertEqual((circle.protocol, circle.min_size, circle.max_size), ("story_circle", 2, 6))

    def test_each_block_travels_with_all_its_settings(self) -> None:
        """What authors may set, in every script, comes back as it went, and goes out again byte for byte."""
        course = CourseFactory.create(org="Passerelle", number="ALL", run="one")
        chapter = BlockFactory.create(parent=course, category="chapter")
        sequential = BlockFactory.create(parent=chapter, category="sequential")
        unit = BlockFactory.create(parent=sequential, category="vertical")
        for category, fields in EVERYTHING.items():
            BlockFactory.create(parent=unit, category=category, **fields)
        first = self.exported(course.id, "first")
        key = modulestore().make_course_key("Passerelle", "ALL2", "one")
        self.imported(first, key)
        for category, fields in EVERYTHING.items():
            (block,) = modulestore().get_items(key, qualifiers={"category": category})
            self.assertEqual({name: getattr(block, name) for name in fields}, fields)
        second = self.exported(key, "second")
        third_key = modulestore().make_course_key("Passerelle", "ALL2", "one")
        self.imported(second, third_key)
        self.assertEqual(contents(second), contents(self.exported(third_key, "third")))
        for folder in ("vertical", "sequential", "chapter"):
            self.assertEqual(contents(first / folder), contents(second / folder))
