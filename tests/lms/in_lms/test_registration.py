"""The platform finds everything that the distribution offers."""

from importlib.metadata import entry_points
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.test import TestCase
from django.test.utils import override_settings
from django.urls import resolve, reverse
from openedx.core.lib.course_tabs import CourseTabPluginManager
from passerelle.host.api import host
from xblock.core import XBlock

GROUPS = ("lms.djangoapp", "cms.djangoapp", "xblock.v1", "openedx.course_tab")


class RegistrationTest(TestCase):
    def test_entry_points_load(self) -> None:
        for group in GROUPS:
            ours = [point for point in entry_points(group=group) if point.dist.name == "openedx-passerelle"]
            assert ours, group
            for point in ours:
                assert point.load()

    def test_apps_and_settings(self) -> None:
        for point in entry_points(group="lms.djangoapp"):
            if point.dist.name == "openedx-passerelle":
                assert apps.is_installed(point.load().name), point.name
        assert settings.PASSERELLE_HOST == "passerelle.host.edx.EdxHost"
        assert type(host()).__name__ == "EdxHost"

    def test_addresses(self) -> None:
        assert reverse("passerelle:home") == "/passerelle/"
        key = "course-v1:A+B+c"
        assert resolve(reverse("passerelle:course", args=[key])).kwargs["course_key"].org == "A"

    def test_block_and_tab(self) -> None:
        for name in ("storytelling_circle", "competence_self_assessment", "employer_badge_matching"):
            assert XBlock.load_class(name).__module__ == f"{name}.block"
        assert CourseTabPluginManager.get_plugin("passerelle").type == "passerelle"


@override_settings(MIGRATION_MODULES={})
class MigrationsTest(TestCase):
    """The whole platform's migrations need MySQL; ours run on what theirs define, on an empty database of their own."""

    labels = tuple(
        point.load().label
        for point in entry_points(group="lms.djangoapp")
        if point.dist.name == "openedx-passerelle" and find_spec(f"{point.load().name}.migrations")
    )

    def test_each_app_with_models_has_migrations(self) -> None:
        assert {"passerelle_circles", "passerelle_competences", "passerelle_employers"} <= set(self.labels)

    def test_nothing_is_missing(self) -> None:
        call_command("makemigrations", *self.labels, check=True, dry_run=True, verbosity=0)

    def empty_database(self) -> DatabaseWrapper:
        alias = "passerelle_empty"
        connections[alias] = DatabaseWrapper({**settings.DATABASES["default"], "NAME": ":memory:"}, alias=alias)
        self.addCleanup(connections.__delitem__, alias)
        self.addCleanup(connections[alias].close)
        return connections[alias]

    def test_ours_apply_and_unapply(self) -> None:
        loader = MigrationLoader(None)
        leaves = [node for node in loader.graph.leaf_nodes() if node[0] in self.labels]
        assert leaves
        connection = self.empty_database()
        plan = list(dict.fromkeys(key for leaf in leaves for key in loader.graph.forwards_plan(leaf)))
        state = loader.project_state(())
        before = []
        for key in plan:
            migration = loader.graph.nodes[key]
            if key[0] in self.labels:
                before.append((migration, state.clone()))
                with connection.schema_editor(atomic=True) as editor:
                    state = migration.apply(state, editor)
            else:
                state = migration.mutate_state(state)
        assert "passerelle_circles_contribution" in connection.introspection.table_names()
        for migration, earlier in reversed(before):
            with connection.schema_editor(atomic=True) as editor:
                migration.unapply(earlier, editor)
        assert "passerelle_circles_contribution" not in connection.introspection.table_names()
