"""`passerelle_courses check|pack|import|export`: the courses that the suite ships, or others kept in the same form."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from passerelle.courses import exports_root
from passerelle.courses.check import check_course, words
from passerelle.courses.data import Plan, Standing
from passerelle.courses.olx import read_run
from passerelle.host.errors import NotNowError

SAID = {
    Standing.NEW: "is new here",
    Standing.SAME: "is up to date",
    Standing.OLDER: "is older than the export",
    Standing.EDITED: "was edited in Studio",
}
SHOWN = 10


class Command(BaseCommand):
    """Names are those of the folders: `training_of_trainers` for all its runs, `training_of_trainers/fr` for one."""

    help = "Check, pack, import and export courses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["check", "pack", "import", "export"])
        parser.add_argument("names", nargs="*", help="course, or course/run; without any, all that the suite ships")
        parser.add_argument("--root", type=Path, help="folder of the courses, in place of the suite's own")
        parser.add_argument("--to", type=Path, default=Path(), help="pack: folder for the .tar.gz files")
        parser.add_argument(
            "--user", help="import: username of the account whose work this is; else the first superuser"
        )
        parser.add_argument("--dry-run", action="store_true", help="import: say what would change, and change nothing")
        parser.add_argument("--overwrite", action="store_true", help="import: even over newer work in Studio")

    def handle(self, *, what: str, names: list[str], root: Path | None, **options: Any) -> None:
        root = (root or exports_root()).resolve()
        folders = _runs(root, names)
        getattr(self, f"_{what}")(folders, **options)

    def _check(self, folders: list[Path], **_options: Any) -> None:
        found = []
        for course in sorted({folder.parent for folder in folders}):
            found += [f"{course.name}/{finding}" for finding in check_course(course)]
        for line in found:
            self.stderr.write(line)
        for folder in folders:
            run = read_run(folder)
            counts = f"{len(run.root.children)} modules, {len(run.units)} units, {words(run)} words"
            self.stdout.write(f"{folder.parent.name}/{folder.name}: {counts}")
        if found:
            raise CommandError(f"{len(found)} to put right.")

    def _pack(self, folders: list[Path], *, to: Path, **_options: Any) -> None:
        from passerelle.courses.transfer import pack

        to.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            target = to / f"{folder.parent.name}.{folder.name}.tar.gz"
            target.write_bytes(pack(folder))
            self.stdout.write(f"{target} ({target.stat().st_size // 1000} KB)")

    def _import(
        self, folders: list[Path], *, user: str | None, dry_run: bool, overwrite: bool, **_options: Any
    ) -> None:
        from passerelle.courses import transfer

        user_id = _importer(user)
        if not dry_run:
            self._taxonomy()
        refused = 0
        for position, folder in enumerate(folders, start=1):
            try:
                planned = (
                    transfer.plan(folder)
                    if dry_run
                    else transfer.import_run(folder, user_id=user_id, overwrite=overwrite)
                )
            except NotNowError as error:
                refused += 1
                self.stderr.write(f"[{position}/{len(folders)}] {error}")
                planned = transfer.plan(folder)
            self._say(f"[{position}/{len(folders)}] {planned.course_key} {SAID[planned.standing]}", planned)
        if refused:
            raise CommandError(f"{refused} left as they are. The others are imported.")

    def _taxonomy(self) -> None:
        """Without its taxonomy the platform keeps no tags of the courses. Some platforms have no tagging at all."""
        try:
            call_command("passerelle_sync_taxonomy", verbosity=0)
        except CommandError as error:
            self.stderr.write(str(error))

    def _export(self, folders: list[Path], **_options: Any) -> None:
        from passerelle.courses import transfer

        for position, folder in enumerate(folders, start=1):
            try:
                found = transfer.export_run(folder)
            except LookupError as error:
                raise CommandError(str(error)) from error
            self._say(f"[{position}/{len(folders)}] {found.course_key} written to {folder}", found)

    def _say(self, line: str, planned: Plan) -> None:
        self.stdout.write(line)
        if planned.standing is Standing.NEW:
            return
        for sign, names in (("+", planned.added), ("~", planned.changed), ("-", planned.removed)):
            for name in names[:SHOWN]:
                self.stdout.write(f"  {sign} {name}")
            if len(names) > SHOWN:
                self.stdout.write(f"  {sign} and {len(names) - SHOWN} more")


def _runs(root: Path, names: list[str]) -> list[Path]:
    """The OLX folders that the names mean. Raises CommandError for a name that means none."""
    found = []
    for name in names or ["*"]:
        pattern = name if "/" in name else f"{name}/*"
        matches = sorted(path.parent for path in root.glob(f"{pattern}/course.xml"))
        if not matches:
            there = ", ".join(sorted(path.name for path in root.iterdir() if path.is_dir()))
            raise CommandError(f"There is no course run {name} in {root}. There are: {there}.")
        found += matches
    return found


def _importer(username: str | None) -> int:
    users = get_user_model().objects
    found = users.filter(username=username) if username else users.filter(is_superuser=True, is_active=True)
    pk = found.order_by("pk").values_list("pk", flat=True).first()
    if pk is None:
        raise CommandError("Name an existing account with --user, or create a superuser first.")
    return int(pk)
