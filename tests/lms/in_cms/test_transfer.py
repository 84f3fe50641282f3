"""Courses go into Studio and come back, idempotently, and never over newer work unless told."""

import io
import shutil
import tempfile
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from passerelle.courses import exports_root
from passerelle.courses.data import Standing
from passerelle.courses.models import ImportedRun
from passerelle.courses.transfer import contents, export_run, import_run, plan
from passerelle.host.errors import NotNowError
from xmodule.modulestore.django import modulestore
from xmodule.modulestore.tests.django_utils import ModuleStoreTestCase

HTML = "html/why_circles_text.html"


class TransferTest(ModuleStoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        call_command("passerelle_sync_taxonomy")
        root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, root)
        self.folder = root / "training_of_trainers" / "fr"
        shutil.copytree(exports_root() / "training_of_trainers" / "fr", self.folder)

    def edit(self, name: str) -> None:
        (unit,) = modulestore().get_items(
            modulestore().make_course_key("Passerelle", "TOT101", "fr"), qualifiers={"name": "why_circles"}
        )
        unit.display_name = name
        modulestore().update_item(unit, self.user.id)
        modulestore().publish(unit.location, self.user.id)

    def test_import_again_changes_nothing(self) -> None:
        assert import_run(self.folder, user_id=self.user.id).standing is Standing.NEW
        before = ImportedRun.objects.get().imported_at
        assert import_run(self.folder, user_id=self.user.id).standing is Standing.SAME
        assert ImportedRun.objects.get().imported_at == before

    def test_a_newer_export_is_imported(self) -> None:
        import_run(self.folder, user_id=self.user.id)
        text = self.folder / HTML
        text.write_text(text.read_text().replace("Nadia", "Samira"))
        assert plan(self.folder).standing is Standing.OLDER
        planned = import_run(self.folder, user_id=self.user.id)
        assert (planned.added, planned.changed, planned.removed) == ((), (HTML,), ())
        assert plan(self.folder).standing is Standing.SAME

    def test_studio_work_is_safe(self) -> None:
        import_run(self.folder, user_id=self.user.id)
        self.edit("Une autre raison")
        with self.assertRaises(NotNowError):
            import_run(self.folder, user_id=self.user.id)
        assert plan(self.folder).changed == ("tags.csv", "vertical/why_circles.xml")
        exported = export_run(self.folder)
        assert exported.changed == ("tags.csv", "vertical/why_circles.xml")
        assert "Une autre raison" in (self.folder / "vertical/why_circles.xml").read_text()
        assert import_run(self.folder, user_id=self.user.id).standing is Standing.SAME

    def test_overwrite(self) -> None:
        import_run(self.folder, user_id=self.user.id)
        self.edit("Une autre raison")
        import_run(self.folder, user_id=self.user.id, overwrite=True)
        assert plan(self.folder).standing is Standing.SAME

    def test_round_trip_leaves_no_difference(self) -> None:
        before = contents(self.folder)
        import_run(self.folder, user_id=self.user.id)
        assert export_run(self.folder).standing is Standing.SAME
        assert contents(self.folder) == before

    def test_command(self) -> None:
        root = self.folder.parents[1]
        with self.assertRaisesRegex(CommandError, "--user"):
            call_command("passerelle_courses", "import", root=root)
        get_user_model().objects.create_superuser("operator", "operator@example.org", "x")
        said = io.StringIO()
        call_command("passerelle_courses", "import", root=root, dry_run=True, stdout=said)
        assert "is new here" in said.getvalue()
        assert not modulestore().has_course(modulestore().make_course_key("Passerelle", "TOT101", "fr"))
        with self.assertRaisesRegex(CommandError, "Import it first"):
            call_command("passerelle_courses", "export", root=root)
        call_command("passerelle_courses", "import", root=root, stdout=said)
        self.edit("Une autre raison")
        with self.assertRaisesRegex(CommandError, "1 left as they are"):
            call_command("passerelle_courses", "import", root=root, stdout=said, stderr=said)
        call_command("passerelle_courses", "import", root=root, overwrite=True, stdout=said)
        call_command("passerelle_courses", "export", root=root, stdout=said)
