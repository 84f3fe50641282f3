"""The index in each process: right in the next request whatever changed, snapshots or not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from passerelle.employers import shelf
from passerelle.employers.models import Changed, Edition, Opportunity, Requirement
from passerelle.host.api import private_storage
from passerelle.matching.api import Index
from passerelle.matching.data import Held, Profile

from .conftest import Scene

URIS = [f"http://example.org/skill/{letter}" for letter in "abcdef"]
EVERYTHING = Profile(held={uri: Held(level=1 + number % 4) for number, uri in enumerate(URIS)})


class Process:
    """What one server process keeps between its requests. Reading beside requests is done at once, or never."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, reads: bool = True) -> None:
        self.monkeypatch, self.reads = monkeypatch, reads
        self.kept: Any = None
        self.read: Any = None

    def found(self) -> list[tuple[str, float]]:
        """What a request finds."""

        class Thread:
            def __init__(thread, target: Any, args: list[str], daemon: bool) -> None:  # noqa: N805
                thread.start = (lambda: target(*args)) if self.reads else (lambda: None)

        self.monkeypatch.setattr(shelf, "Thread", Thread)
        self.monkeypatch.setattr(shelf, "_kept", self.kept)
        self.monkeypatch.setattr(shelf, "_read", self.read)
        found = shelf.index().top(EVERYTHING, k=100)
        self.kept, self.read = shelf._kept, shelf._read
        return found

    @property
    def snapshot(self) -> str:
        return str(self.kept.base.snapshot)


def as_it_is() -> list[tuple[str, float]]:
    """What is right: an index built from the rows as they are now."""
    rows = shelf.on_offer().prefetch_related("requirements")
    return Index(shelf.work(row) for row in rows if row.requirements.all()).top(EVERYTHING, k=100)


@pytest.fixture
def offers(scene: Scene) -> list[Opportunity]:
    rows = [
        Opportunity.objects.create(
            organisation=scene.table,
            reference=f"n{number}",
            title={"en": str(number)},
            kind="job",
            place="remote",
            published_at=timezone.now(),
        )
        for number in range(12)
    ]
    for number, row in enumerate(rows):
        for uri in URIS[number % 3 : 3 + number % 4]:
            Requirement.objects.create(opportunity=row, uri=uri, words={"en": uri}, level=1 + number % 4)
    return rows


def change(draw: random.Random, offers: list[Opportunity], scene: Scene) -> None:
    """One of the things that happen to what is on offer."""
    row = draw.choice(offers)
    row.refresh_from_db()
    what = draw.randrange(6)
    if what == 0:
        row.published_at = None if row.published_at else timezone.now()
        row.save()
    elif what == 1:
        row.ends = draw.choice([None, timezone.localdate(), timezone.localdate() - timedelta(days=1)])
        row.save()
    elif what == 2:
        row.requirements.all().delete()
    elif what == 3:
        uri = draw.choice(URIS)
        level = draw.randint(1, 4)
        Requirement.objects.update_or_create(
            opportunity=row, uri=uri, defaults={"level": level, "words": {"en": uri}, "weight": draw.choice([40, 100])}
        )
    elif what == 4:
        scene.table.approved = not scene.table.approved
        scene.table.save()
    else:  # in bulk, where no signal says it
        Requirement.objects.filter(opportunity=row).update(level=draw.randint(1, 4))
        shelf.changed([row.pk])


@pytest.mark.parametrize("seed", range(6))
def test_every_process_is_right_in_every_request(
    offers: list[Opportunity], scene: Scene, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw = random.Random(seed)
    processes = [Process(monkeypatch, reads=number % 2 == 0) for number in range(4)]
    for _step in range(60):
        for _change in range(draw.randint(0, 2)):
            change(draw, offers, scene)
        if draw.random() < 0.15:
            shelf.take_snapshot()
        if draw.random() < 0.05:
            processes[draw.randrange(4)] = Process(monkeypatch)  # a pod went and another came
        if draw.random() < 0.03 and (snapshot := Edition.objects.get().snapshot):
            private_storage().delete(snapshot)
        right = as_it_is()
        for process in draw.sample(processes, draw.randint(0, 4)):
            assert process.found() == right
    assert all(process.found() == as_it_is() for process in processes)


def test_a_change_is_read_alone_and_nothing_again(offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(monkeypatch)
    process.found()
    base = process.kept.base
    offers[0].save()
    with CaptureQueriesContext(connection) as queries:
        assert process.found() == as_it_is()
    assert process.kept.base is base
    offers[1].save()
    assert (process.found(), process.kept.base, len(process.kept.works)) == (as_it_is(), base, 2)
    # The stamp, what changed, the row and what it asks for; then the two that `as_it_is` asks.
    assert len(queries) == 6
    with CaptureQueriesContext(connection) as queries:
        process.found()
    assert len(queries) == 1


@pytest.mark.bucket
def test_a_process_that_starts_reads_the_snapshot_and_builds_nothing(
    offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shelf.take_snapshot() == len(as_it_is()) + 10  # those of the samples ask for something else
    offers[3].delete()
    monkeypatch.setattr(shelf, "_built", None)
    process = Process(monkeypatch)
    assert process.found() == as_it_is()
    assert process.snapshot == Edition.objects.get().snapshot
    base = process.kept.base
    offers[4].delete()
    assert (process.found(), process.kept.base) == (as_it_is(), base)


def test_nothing_changed_is_no_new_snapshot_and_old_files_go(offers: list[Opportunity]) -> None:
    names = []
    for number in range(4):
        assert shelf.take_snapshot() is not None
        assert shelf.take_snapshot() is None
        offers[number].save()
        names.append(Edition.objects.get().snapshot)
    assert [private_storage().exists(name) for name in names] == [False, False, True, True]
    assert Changed.objects.count() == 2, "what the last snapshot folded in, and what changed since"


def test_requests_go_on_while_a_snapshot_is_read(offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.take_snapshot()
    slow, quick = Process(monkeypatch, reads=False), Process(monkeypatch)
    slow.found(), quick.found()
    first = slow.snapshot
    offers[0].delete()
    shelf.take_snapshot()
    assert slow.found() == quick.found() == as_it_is()
    assert slow.snapshot == first
    assert quick.found() == as_it_is()
    assert quick.snapshot == Edition.objects.get().snapshot != first
    offers[1].delete()
    shelf.take_snapshot()  # two behind now: what changed meanwhile is no longer told
    assert slow.found() == as_it_is()
    assert slow.snapshot == Edition.objects.get().snapshot


@pytest.mark.bucket
@pytest.mark.parametrize("broken", [lambda whole: b"no index", lambda whole: whole[:-100], lambda whole: b""])
def test_a_snapshot_that_cannot_be_read_is_done_without(
    offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: Any
) -> None:
    from django.core.files.base import ContentFile

    shelf.take_snapshot()
    name = Edition.objects.get().snapshot
    with private_storage().open(name) as file:
        whole = file.read()
    private_storage().delete(name)
    private_storage().save(name, ContentFile(broken(whole)))
    assert Process(monkeypatch).found() == as_it_is()
    assert "cannot be read" in caplog.text
    private_storage().delete(name)
    assert shelf.take_snapshot() is not None
    assert Edition.objects.get().snapshot != name


def test_of_two_snapshots_at_once_one_counts(offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch) -> None:
    build = shelf._built

    def while_another_is_taken(*given: Any) -> Any:
        built = build(*given)
        monkeypatch.setattr(shelf, "_built", build)
        assert shelf.take_snapshot() is not None
        return built

    monkeypatch.setattr(shelf, "_built", while_another_is_taken)
    folder = shelf.FILES.rpartition("/")[0]
    before = set(private_storage().listdir(folder)[1]) if private_storage().exists(folder) else set()
    assert shelf.take_snapshot() is None
    after = set(private_storage().listdir(folder)[1])
    assert {f"{folder}/{name}" for name in after - before} == {Edition.objects.get().snapshot}


def test_a_file_that_a_killed_process_left_goes_and_no_other(
    offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.files.base import ContentFile

    storage = private_storage()
    long_ago = (timezone.now() - shelf.LEFT_ALONE - timedelta(minutes=1)).timestamp()

    def left(name: str, *, old: bool) -> str:
        kept = storage.save(f"{shelf.OWN_FOLDER}/{name}", ContentFile(b"x"))
        if old:
            os.utime(storage.path(kept), (long_ago, long_ago))
        return kept

    class KilledError(BaseException):
        pass

    def killed(*_given: Any, **_options: Any) -> Any:
        raise KilledError

    before = set(storage.listdir(shelf.OWN_FOLDER)[1]) if storage.exists(shelf.OWN_FOLDER) else set()
    with monkeypatch.context() as patch:  # between the file and the row that names it
        patch.setattr(shelf.transaction, "atomic", killed)
        with pytest.raises(KilledError):
            shelf.take_snapshot()
    (orphan,) = set(storage.listdir(shelf.OWN_FOLDER)[1]) - before
    orphan = f"{shelf.OWN_FOLDER}/{orphan}"
    shelf.take_snapshot()
    assert storage.exists(orphan), "it may be another pod's that is about to name it"
    os.utime(storage.path(orphan), (long_ago, long_ago))
    of_another_version = left("matching-0-x.npz", old=True)
    young, not_ours = left("matching-1-young.npz", old=False), left("note.txt", old=True)
    offers[0].save()
    shelf.take_snapshot()
    row = Edition.objects.get()
    for name in (row.snapshot, row.before):  # old and in use
        os.utime(storage.path(name), (long_ago, long_ago))
    assert shelf.take_snapshot() is None, "also where there is nothing new to write"
    assert not storage.exists(orphan)
    assert not storage.exists(of_another_version)
    assert all(storage.exists(name) for name in (row.snapshot, row.before, young, not_ours))


def test_what_is_rolled_back_is_not_kept(offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(monkeypatch)
    for start_inside in (False, True):
        if not start_inside:
            process.found()
        with transaction.atomic():
            offers[0].delete()
            assert process.found() == as_it_is()
            transaction.set_rollback(True)
        offers[0] = Opportunity.objects.get(reference="n0")
        assert process.found() == as_it_is()
        process = Process(monkeypatch)


@pytest.mark.parametrize("with_snapshot", [False, True])
def test_after_a_restored_backup_the_index_is_that_days(
    offers: list[Opportunity], monkeypatch: pytest.MonkeyPatch, with_snapshot: bool
) -> None:
    """Rows are put back without signals; what a process built after the backup has changes that are no more."""
    if with_snapshot:  # whose file is lost, so that the process builds its index of what there is
        shelf.take_snapshot()
        offers[1].save()
        shelf.take_snapshot()
        private_storage().delete(Edition.objects.get().snapshot)
    models = (Edition, Changed, Requirement)
    backup = {model: list(model._base_manager.all()) for model in models}
    then = as_it_is()
    offers[0].requirements.all().delete()
    process = Process(monkeypatch)
    assert process.found() != then
    for model, rows in backup.items():
        model._base_manager.all()._raw_delete("default")
        model._base_manager.bulk_create(rows)
    assert process.found() == as_it_is() == then


def test_the_hour_takes_a_snapshot(offers: list[Opportunity]) -> None:
    from passerelle.host.signals import hourly_due

    said = [str(answer) for _receiver, answer in hourly_due.send_robust(sender=None)]
    assert any("a snapshot of 22 opportunities taken" in each for each in said)
    assert not any("snapshot" in str(answer) for _receiver, answer in hourly_due.send_robust(sender=None))


SERVER = """
import json, sys, django
django.setup()
from django.db import close_old_connections
from passerelle.employers import shelf
from passerelle.employers.models import Opportunity, Organisation, Requirement
from passerelle.matching.data import Held, Profile
from django.utils import timezone

def search():
    profile = Profile(held={"http://example.org/a": Held(level=2)})
    return [Opportunity.objects.get(pk=key).reference for key, _score in shelf.index().top(profile, k=50)]

def post(reference):
    org, _new = Organisation.objects.get_or_create(slug="o", defaults={"name": "O", "approved": True})
    row = Opportunity.objects.create(organisation=org, reference=reference, title={"en": reference}, kind="job",
                                     place="remote", published_at=timezone.now())
    Requirement.objects.create(opportunity=row, uri="http://example.org/a", words={"en": "a"}, level=2)

def withdraw(reference):
    row = Opportunity.objects.get(reference=reference)
    row.published_at = None
    row.save()

def change(reference):
    row = Opportunity.objects.get(reference=reference)
    row.requirements.update(uri="http://example.org/b")
    shelf.changed([row.pk])

def snapshot():
    return shelf.take_snapshot()

for line in sys.stdin:
    name, *arguments = json.loads(line)
    answer = globals()[name](*arguments)
    print(json.dumps(answer), flush=True)
"""


class Server:
    """A process of its own, with its own connection to the database."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-W", "ignore", "-c", SERVER]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __call__(self, *call: str) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(call) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=30)


def on_mariadb(statement: str) -> None:
    """Beside the tests' own connection, whose transaction it would end."""
    import MySQLdb

    known = connection.settings_dict
    names = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "password": known["PASSWORD"]}
    server = MySQLdb.connect(**names)
    server.cursor().execute(statement)
    server.close()


def test_two_server_processes_on_one_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite in a file, or the server that PASSERELLE_DB_URL names."""
    environment = {**os.environ, "PASSERELLE_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "passerelledemo.settings"}
    url = os.environ.get("PASSERELLE_DB_URL", "")
    if url:
        on_mariadb("CREATE DATABASE passerelle_processes CHARACTER SET utf8mb4")
        environment["PASSERELLE_DB_URL"] = url.rpartition("/")[0] + "/passerelle_processes"
    tables = (
        "import django; from django.conf import settings\n"
        "settings.MIGRATION_MODULES = {name.split('.')[-1]: None for name in settings.INSTALLED_APPS}\n"
        "django.setup(); from django.apps import apps; from django.core.management import call_command\n"
        "settings.MIGRATION_MODULES.update({app.label: None for app in apps.get_app_configs()})\n"
        "call_command('migrate', run_syncdb=True, verbosity=0)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", tables], env=environment, check=True, timeout=120)
    one, other = Server(environment), Server(environment)
    try:
        one("post", "first")
        assert one("search") == other("search") == ["first"]
        other("post", "second")
        assert one("search") == other("search")
        assert set(one("search")) == {"first", "second"}
        assert one("snapshot") == 2
        one("withdraw", "first")
        assert other("search") == one("search") == ["second"]
        third = Server(environment)
        try:
            assert third("search") == ["second"]
            third("change", "second")
            assert other("search") == one("search") == third("search") == []
            other("post", "third")
            assert one("snapshot") == 2
            other("withdraw", "third")
            assert other("snapshot") == 1
            one("post", "fourth")
            assert other("search") == one("search") == third("search") == ["fourth"]
        finally:
            third.close()
    finally:
        one.close()
        other.close()
        if url:
            on_mariadb("DROP DATABASE passerelle_processes")
