"""The course exports go through the platform's importer, and its exporter writes them as the repository has them."""

import shutil
import tempfile
from pathlib import Path

import ddt
from passerelle.courses.olx import run_key
from xmodule.contentstore.django import contentstore
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase
from xmodule.modulestore.xml_exporter import export_course_to_xml
from xmodule.modulestore.xml_importer import import_course_from_xml

EXPORTS = Path(__file__).parents[3] / "course_exports"


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
        self.imported(EXPORTS / course / run, key)
        expected, found = contents(EXPORTS / course / run), contents(self.exported(key, "out"))
        self.assertEqual(sorted(expected), sorted(found))
        for name in sorted(expected):
            self.assertEqual(expected[name], found[name], name)

    def test_runs_hold_real_circles(self) -> None:
        key = modulestore().make_course_key("Passerelle", "TOT101", "fr")
        self.imported(EXPORTS / "training_of_trainers" / "fr", key)
        (circle,) = modulestore().get_items(key, qualifiers={"category": "storytelling_circle"})
        self.assertEqual(type(circle).__mro__[1].__module__, "storytelling_circle.block")
        self.assertEqual((circle.protocol, circle.min_size, circle.max_size), ("story_circle", 2, 6))
