"""What an operator does with the suite as a whole: backup and restore, purge, data of a person, doctor."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from fill import fill, people
from passerelle.host.api import private_storage, user_retired
from passerelle.host.operations import backup, doctor, person, retention, schedule, suite
from passerelle.host.operations.suite import backup_storage
from passerelledemo.people import retire

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled() -> None:
    assert fill() >= 2 * len(suite.models())
    for name, content in (("filled/0.bin", b"one voice"), ("stories/a/b.webm", bytes(3_000_000))):
        private_storage().save(name, ContentFile(content))


def checksum() -> str:
    """Over every column of every table as the database has them, and over every private file."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in suite.models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY {model._meta.pk.column}")
            digest.update(repr([model._meta.label, *cursor.fetchall()]).encode())
    for name in suite.files(private_storage()):
        with private_storage().open(name) as file:
            digest.update(name.encode() + file.read())
    return digest.hexdigest()


def run(command: str, *arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def wipe() -> None:
    with connection.constraint_checks_disabled():
        for model in reversed(suite.models()):
            model._base_manager.all()._raw_delete("default")
    for name in list(suite.files(private_storage())):
        private_storage().delete(name)


@pytest.mark.usefixtures("filled")
class TestBackup:
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Path:
        file = tmp_path / "backup.zip"
        run("passerelle_backup", file=file)
        return file

    def test_wiped_and_restored_all_is_as_it_was(self, archive: Path) -> None:
        before = checksum()
        wipe()
        assert not backup.occupied()
        assert checksum() != before

        run("passerelle_restore", archive)

        assert checksum() == before

    @pytest.mark.bucket
    def test_restored_twice_it_is_the_same(self, archive: Path) -> None:
        before = checksum()
        run("passerelle_restore", archive, replace=True)
        said = run("passerelle_restore", archive, replace=True)

        assert checksum() == before
        assert "0 of 2 written" in said

    @pytest.mark.bucket
    def test_what_came_later_goes(self, archive: Path) -> None:
        before = checksum()
        private_storage().save("later", ContentFile(b"later"))
        suite.models()[0]._base_manager.all().delete()

        run("passerelle_restore", archive, replace=True)

        assert checksum() == before

    def test_data_here_is_thrown_away_only_when_told_so(self, archive: Path) -> None:
        before = checksum()
        with pytest.raises(CommandError, match="--replace"):
            run("passerelle_restore", archive)
        assert checksum() == before

    def test_a_dry_run_changes_nothing(self, archive: Path) -> None:
        wipe()
        before = checksum()
        assert "would be restored" in run("passerelle_restore", archive, dry_run=True)
        assert checksum() == before

    def test_failing_in_the_middle_it_changes_nothing(self, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        suite.models()[0]._base_manager.all().delete()
        for name in list(suite.files(private_storage())):
            private_storage().delete(name)
        before = checksum()
        last, insert = suite.models()[-1], backup._insert

        def fail(model: Any, lines: Iterator[Any]) -> int:
            if model is last:
                raise RuntimeError("the power went out")
            return insert(model, lines)

        monkeypatch.setattr(backup, "_insert", fail)
        with pytest.raises(RuntimeError, match="power"):
            run("passerelle_restore", archive, replace=True)
        assert checksum() == before

    def test_other_tables_are_refused(self, archive: Path) -> None:
        changed = rewritten(
            archive, "manifest.json", lambda text: text.replace(b"0001_initial", b"0002_later"), honest=True
        )
        with pytest.raises(CommandError, match=r"whose tables differ[\s\S]*Install openedx-passerelle=="):
            run("passerelle_restore", changed, replace=True)

    @pytest.mark.parametrize("member", ["tables/", "files/", "manifest.json"])
    def test_damage_is_noticed(self, archive: Path, member: str) -> None:
        with zipfile.ZipFile(archive) as opened:
            name = next(n for n in opened.namelist() if n.startswith(member) and opened.getinfo(n).file_size)
        changed = rewritten(archive, name, lambda text: text[:-2] + b"!\n", honest=False)
        with pytest.raises(CommandError, match="damaged"):
            run("passerelle_restore", changed, replace=True)

    def test_half_an_archive_is_refused(self, archive: Path) -> None:
        archive.write_bytes(archive.read_bytes()[:-200])
        with pytest.raises(CommandError, match="no backup of Passerelle, or it is damaged"):
            run("passerelle_restore", archive, replace=True)

    def test_people_who_left_since_stay_erased(self, archive: Path) -> None:
        amal = people()[0]
        retire(amal)

        said = run("passerelle_restore", archive, replace=True)

        assert f"account {amal.pk} was closed" in said
        for part in person.gathered(user_id=amal.pk):
            assert not part.rows, part.model

    def test_another_platform_is_refused(self, archive: Path) -> None:
        User.objects.filter(username="amal").update(username="somebody")
        with pytest.raises(CommandError, match="1 accounts have another name"):
            run("passerelle_restore", archive, replace=True)

    def test_missing_accounts_are_refused(self, archive: Path) -> None:
        wipe()
        User.objects.filter(username="amal").delete()
        with pytest.raises(CommandError, match="1 people of this backup have no account"):
            run("passerelle_restore", archive)

    def test_the_archive_names_nobody(self, archive: Path) -> None:
        with zipfile.ZipFile(archive) as opened:
            assert b"amal" not in opened.read("people.jsonl") + opened.read("manifest.json")

    def test_the_same_data_has_the_same_fingerprint(self, tmp_path: Path) -> None:
        said = {run("passerelle_backup", file=tmp_path / name).splitlines()[-1] for name in ("one", "two")}
        assert len(said) == 1
        suite.models()[0]._base_manager.all().delete()
        said.add(run("passerelle_backup", file=tmp_path / "three").splitlines()[-1])
        assert len(said) == 2

    @pytest.mark.bucket
    def test_without_a_file_it_goes_to_its_storage(self) -> None:
        run("passerelle_backup")
        (name,) = backup_storage().listdir("")[1]
        assert "were restored" in run("passerelle_restore", name, replace=True)

    def test_counting_first(self) -> None:
        said = run("passerelle_backup", dry_run=True)
        assert said.count("2 rows") >= len(suite.models()) - 2
        assert not Path(backup_storage().path("")).exists()

    def test_a_name_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="There is no backup called"):
            run("passerelle_restore", "nothing.zip")


def rewritten(archive: Path, member: str, change: Any, *, honest: bool) -> Path:
    """A copy of an archive with one member changed; honest: with its checksum."""
    copy = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(copy, "w") as new:
        contents = {name: old.read(name) for name in old.namelist()}
        contents[member] = change(contents[member])
        if honest:
            checksums = json.loads(contents["checksums.json"])
            checksums[member] = hashlib.sha256(contents[member]).hexdigest()
            contents["checksums.json"] = json.dumps(checksums).encode()
        for name, content in contents.items():
            new.writestr(name, content)
    return copy


def test_tables_larger_than_a_batch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from passerelle.circles.models import Circle

    monkeypatch.setattr(suite, "BATCH", 3)
    fill()
    source = Circle.objects.get(pk=Circle.objects.values_list("pk", flat=True)[0])
    for _ in range(10):
        source.pk = None
        source.id = source._meta.pk.get_default()
        source._state.adding = True
        source.save()
    before = checksum()
    run("passerelle_backup", file=tmp_path / "b.zip")
    wipe()
    run("passerelle_restore", tmp_path / "b.zip")
    assert checksum() == before


# --- A person's data


@pytest.mark.usefixtures("filled")
class TestPerson:
    def test_every_model_that_holds_personal_data_is_asked(self) -> None:
        annotated = {m._meta.label for m in suite.models() if ".. pii:" in (m.__doc__ or "")}
        answered = {part.model for part in person.gathered(user_id=people()[0].pk)}

        assert annotated <= answered, (
            "these models are annotated with `.. pii:`, and no receiver of `personal_data_requested` answers for them "
            "(passerelle/<app>/keeping.py)"
        )

    def test_a_person_gets_her_own_rows_and_no_one_elses(self, tmp_path: Path) -> None:
        amal, elif_ = people()
        file = tmp_path / "amal.zip"

        said = run("passerelle_export_person", "amal@EXAMPLE.org", file=file)

        assert "passerelle_circles.Contribution: 1 rows" in said
        with zipfile.ZipFile(file) as archive:
            data = json.loads(archive.read("data.json"))
            assert archive.read("files/filled/0.bin") == b"one voice"
            assert "files/filled/1.bin" not in archive.namelist()
        assert data["person"] == "amal"
        ids = {row["user_id"] for rows in data["data"].values() for row in rows if "user_id" in row}
        assert ids == {amal.pk} != {elif_.pk}
        assert file.stat().st_mode & 0o077 == 0

    def test_without_a_file_it_goes_to_the_backups_and_the_name_says_nothing(self) -> None:
        amal = people()[0]
        said = run("passerelle_export_person", "amal")
        (name,) = backup_storage().listdir("")[1]
        assert said.rstrip().endswith(f"rows are in {name}")
        assert name.startswith(f"person-{amal.pk}-")
        with backup_storage().open(name) as file, zipfile.ZipFile(file) as archive:
            assert json.loads(archive.read("data.json"))["person"] == "amal"
        with pytest.raises(CommandError, match="Nothing was changed"):
            run("passerelle_restore", name, replace=True)

    @pytest.mark.bucket
    def test_a_file_that_is_gone_stops_nothing(self, tmp_path: Path) -> None:
        private_storage().delete("filled/0.bin")
        run("passerelle_export_person", "amal", file=tmp_path / "x.zip")
        with zipfile.ZipFile(tmp_path / "x.zip") as archive:
            assert json.loads(archive.read("data.json"))["missing_files"] == ["filled/0.bin"]

    def test_nobody_of_that_name(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="Nobody here"):
            run("passerelle_export_person", "nobody", file=tmp_path / "x")

    def test_a_dry_run_writes_nothing(self, tmp_path: Path) -> None:
        assert "Member: 1 rows" in run("passerelle_export_person", "amal", file=tmp_path / "x", dry_run=True)
        assert not (tmp_path / "x").exists()

    def test_a_retired_person_has_nothing_left(self) -> None:
        amal = people()[0]
        user_retired.send(sender=None, user_id=amal.pk)
        assert {part.model: part.rows for part in person.gathered(user_id=amal.pk) if part.rows} == {}


# --- Retention


@pytest.mark.usefixtures("filled")
class TestPurge:
    def old(self) -> None:
        from passerelle.circles.models import Contribution, StoryConsent
        from passerelle.circles.models import Receipt as CircleReceipt
        from passerelle.competences.models import Receipt

        long_ago = timezone.now() - dt.timedelta(days=91)
        for model in (CircleReceipt, Receipt):
            model.objects.filter(user=people()[0]).update(at=long_ago)
        model.objects.filter(user=people()[1]).update(at=timezone.now())
        CircleReceipt.objects.filter(user=people()[1]).update(at=timezone.now())
        Contribution.objects.update(withdrawn_at=None, text="A story", audience="circle", cohort=None, reply_to=None)
        StoryConsent.objects.update(purpose="circle", withdrawn_at=None, expires_at=None)
        hers = StoryConsent.objects.filter(contribution__member__user=people()[0])
        hers.update(expires_at=timezone.now() - dt.timedelta(hours=1))

    def test_what_is_old_goes_and_the_rest_stays(self) -> None:
        from passerelle.circles.models import Contribution, Receipt

        self.old()
        promised = run("passerelle_purge", dry_run=True)
        assert Receipt.objects.count() == 2
        assert retention.last_purge() is None

        done = run("passerelle_purge")

        assert promised.replace("to erase", "erased") == done
        assert "stories whose consent expired: 1 erased" in done
        assert "receipts of circles: 1 erased" in done
        assert "receipts of competences: 1 erased" in done
        assert list(Receipt.objects.values_list("user__username", flat=True)) == ["elif"]
        readers = dict(Contribution.objects.values_list("member__user__username", "audience"))
        assert readers == {"amal": "facilitators", "elif": "circle"}
        assert retention.last_purge() is not None
        assert "1 erased" not in run("passerelle_purge")

    def test_without_a_limit_nothing_goes(self, settings: Any) -> None:
        from passerelle.circles.models import Receipt

        settings.PASSERELLE_RETENTION_DAYS = {}
        self.old()
        run("passerelle_purge")
        assert Receipt.objects.count() == 2

    def test_one_failure_stops_no_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from passerelle.circles.models import Receipt
        from passerelle.host.signals import retention_due

        def broken(**_signal: object) -> None:
            raise RuntimeError("broken")

        self.old()
        retention_due.connect(broken)
        try:
            with pytest.raises(CommandError, match="RuntimeError"):
                run("passerelle_purge")
        finally:
            retention_due.disconnect(broken)
        assert Receipt.objects.count() == 1
        assert retention.last_purge() is None


# --- The background work


class TestHourly:
    @pytest.fixture
    def night(self) -> Iterator[list[str]]:
        """How often the night's work was asked for."""
        from passerelle.host.signals import nightly_due

        asked: list[str] = []

        def done(**_signal: object) -> str:
            asked.append("night")
            return "something was done"

        nightly_due.connect(done)
        yield asked
        nightly_due.disconnect(done)

    def at(self, monkeypatch: pytest.MonkeyPatch, moment: str) -> str:
        monkeypatch.setattr(timezone, "now", lambda: dt.datetime.fromisoformat(f"{moment}+00:00"))
        return run("passerelle_hourly")

    def test_the_apps_work_is_done(self) -> None:
        said = run("passerelle_hourly")
        assert "0 employers' feeds read" in said
        assert "0 badges ended" in said
        assert "receipts of circles: 0 erased" in said
        assert retention.last_purge() is not None
        assert "badges" not in run("passerelle_hourly")

    def test_the_night_comes_once_and_is_made_up_for(self, monkeypatch: pytest.MonkeyPatch, night: list[str]) -> None:
        done = [
            (moment, bool("something was done" in self.at(monkeypatch, moment)))
            for moment in ("2026-03-01T23:10", "2026-03-02T02:10", "2026-03-02T03:10", "2026-03-02T04:10")
        ]
        assert [was for _moment, was in done] == [True, False, True, False]
        assert "something was done" in self.at(monkeypatch, "2026-03-05T14:00")  # the machine was off for days
        assert len(night) == 3

    def test_a_dry_run_changes_nothing(self, night: list[str]) -> None:
        assert "and the night’s" in run("passerelle_hourly", dry_run=True)
        assert night == []
        assert schedule.last_run() is None

    def test_one_failure_stops_no_other_and_is_told(self, night: list[str]) -> None:
        from passerelle.host.signals import hourly_due

        def broken(**_signal: object) -> str:
            raise RuntimeError("broken")

        hourly_due.connect(broken)
        try:
            with pytest.raises(CommandError, match="RuntimeError"):
                run("passerelle_hourly")
        finally:
            hourly_due.disconnect(broken)
        assert night == ["night"]


# --- The doctor


def said_by_doctor() -> str:
    try:
        return run("passerelle_doctor")
    except SystemExit as error:
        return f"exit code {error.code}"


class TestDoctor:
    def test_a_healthy_demo(self, capsys: pytest.CaptureFixture[str]) -> None:
        schedule.run(report=str)
        said = said_by_doctor()
        healthy = ("Version", "No setting of ours", "All migrations", "storage is private", "purge runs", "work runs")
        for words in healthy:
            assert words in said
        assert "0 errors" in said

    def findings(self) -> str:
        return "\n".join(f"{f.level.value}: {f.what} → {f.advice}" for f in doctor.examine())

    def test_errors_are_an_exit_code(self, settings: Any) -> None:
        settings.PASSERELLE_EXPECTED_VERSION = "99.0"
        with pytest.raises(SystemExit) as caught:
            run("passerelle_doctor")
        assert caught.value.code == 1

    def test_warnings_are_one_when_strict(self) -> None:
        with pytest.raises(SystemExit):
            run("passerelle_doctor", strict=True)

    def test_host_and_image_differ(self, settings: Any) -> None:
        settings.PASSERELLE_EXPECTED_VERSION = "99.0"
        assert "error: The image has version" in self.findings()

    def test_an_overwritten_setting(self, settings: Any) -> None:
        del settings.PASSERELLE_RETENTION_DAYS
        assert "error: The setting PASSERELLE_RETENTION_DAYS was overwritten" in self.findings()

    def test_a_setting_that_cannot_be_copied(self, settings: Any, tmp_path: Path) -> None:
        with (tmp_path / "log").open("w") as file:
            settings.OTHERS = {"stream": file}
            assert "ok: No setting of ours was overwritten" in self.findings()

    def test_a_migration_that_was_not_applied(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'passerelle_circles'")
        findings = self.findings()
        assert "error: Migrations not applied: passerelle_circles.0001_initial" in findings

    @pytest.mark.parametrize("served", ["MEDIA_ROOT", "STATIC_ROOT"])
    def test_private_files_in_the_open(self, settings: Any, tmp_path: Path, served: str) -> None:
        setattr(settings, served, str(tmp_path))
        assert f"error: The private storage lies under {served}" in self.findings()

    def test_private_files_that_the_machine_can_read(self, settings: Any) -> None:
        settings.PASSERELLE_PRIVATE_STORAGE["OPTIONS"]["file_permissions_mode"] = 0o644
        assert "readable for everybody on the machine" in self.findings()

    def test_private_files_in_a_pod(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        assert "gone with it" in self.findings()

    def test_the_probe_leaves_nothing(self) -> None:
        doctor.examine()
        assert not list(suite.files(private_storage(), f"{suite.OWN_FOLDER}/"))

    def test_no_mail_and_no_mail_server(self, settings: Any) -> None:
        assert "warning: No mail is sent" in self.findings()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        assert "error: The mail server does not answer" in self.findings()

    def test_nobody_purges(self) -> None:
        assert "warning: The retention purge has never run" in self.findings()
        assert "warning: The hourly background work has never run" in self.findings()

    def test_apps_answer_too(self) -> None:
        from passerelle.host.data import Finding, Level
        from passerelle.host.signals import health_asked

        def keys(**_signal: object) -> list[Finding]:
            return [Finding(level=Level.ERROR, what="The signing key is missing.", advice="Make one.")]

        def broken(**_signal: object) -> None:
            raise RuntimeError("broken")

        health_asked.connect(keys)
        health_asked.connect(broken)
        try:
            findings = self.findings()
        finally:
            health_asked.disconnect(keys)
            health_asked.disconnect(broken)
        assert "error: The signing key is missing. → Make one." in findings
        assert "cannot say how it is: RuntimeError" in findings
