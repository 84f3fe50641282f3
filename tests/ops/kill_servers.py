"""Two server processes and a Celery worker, on Redis and MariaDB, killed again and again while people answer.

Run by `test_kill_servers.py` as `bash tests/with_mariadb.sh python tests/ops/kill_servers.py`. People send each request
until somebody acknowledges it, as the blocks do: with the same key, to whichever server answers. Prints what came of it
as JSON: what was acknowledged and is not in the database, and what is there that nobody sent.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import redis
import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from installation import REPOSITORY, Installation

PEOPLE = ("amal", "ifeoma", "oksana", "elif", "mariana", "claire")
COURSE = "course-v1:Passerelle+TOT101+fr"
BLOCK = "block-v1:Passerelle+TOT101+fr+type@competence_self_assessment+block@before_the_training"
ROUNDS = 3
KILLS = 4
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A process with children, that can be killed with them and started anew."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command, self.environment, self.log = command, environment, log
        self.start()

    def start(self) -> None:
        with self.log.open("a") as out:
            self.running = subprocess.Popen(
                self.command, cwd=REPOSITORY, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def kill(self) -> None:
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()


class Person(threading.Thread):
    """Answers every question several times, and at last sends the answers off."""

    def __init__(self, name: str, ports: list[int]) -> None:
        super().__init__(name=name)
        self.ports = ports
        self.web = requests.Session()
        self.answers: dict[str, str] = {}
        self.keys: list[str] = []
        self.broken = 0
        self.asking = 0  # the port of the server that has a request of hers; 0: none
        self.error = ""

    def run(self) -> None:
        try:
            self._log_in()
            competences = [one["id"] for one in self._send("page", {"language": "fr"})["page"]["competences"]]
            for turn in range(ROUNDS):
                for number, competence in enumerate(competences):
                    value = str(1 + (turn + number) % 4)
                    self._write("rate", {"competence": competence, "value": value})
                    self.answers[competence] = value
            self._write("submit", {})
        except Exception as error:
            self.error = repr(error)

    def _log_in(self) -> None:
        self._anywhere("GET", "/")
        token = self.web.cookies["csrftoken"]
        self._anywhere("POST", f"/become/{self.name}", data={"csrfmiddlewaretoken": token})

    def _write(self, handler: str, payload: dict[str, Any]) -> None:
        key = str(uuid.uuid4())
        self._send(handler, {**payload, "key": key})
        self.keys.append(key)  # acknowledged

    def _send(self, handler: str, payload: dict[str, Any]) -> dict[str, Any]:
        path = f"/courses/{COURSE}/xblock/{BLOCK}/handler/{handler}"
        answer: dict[str, Any] = self._anywhere("POST", path, json=payload).json()
        return answer

    def _anywhere(self, method: str, path: str, **content: Any) -> requests.Response:
        """Ask one server after the other until one answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.ports.reverse()
            try:
                headers = {"X-CSRFToken": self.web.cookies.get("csrftoken") or ""}
                url = f"http://127.0.0.1:{self.ports[0]}{path}"
                self.asking = self.ports[0]
                answer = self.web.request(method, url, headers=headers, timeout=20, allow_redirects=False, **content)
            except requests.ConnectionError as error:
                # Refused: the server was down. All else: it died while it had the request.
                self.broken += "refused" not in str(error)
                time.sleep(0.05)
                continue
            finally:
                self.asking = 0
            if answer.status_code < 500:
                assert answer.status_code in (200, 302), answer.text
                return answer
        raise TimeoutError(path)


def play(servers: list[Process], ports: list[int]) -> list[Person]:
    """People answer while the servers are killed in turn; returns the people when all have finished."""
    people = [Person(name, list(ports)) for name in PEOPLE]
    for person in people:
        person.start()
    for number in range(KILLS):
        time.sleep(1)
        victim, port = servers[number % 2], ports[number % 2]
        while any(person.is_alive() for person in people) and not any(person.asking == port for person in people):
            time.sleep(0.001)
        victim.kill()
        time.sleep(0.3)
        victim.start()
        wait_for_answer(port)
    for person in people:
        person.join()
    return people


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


def wait_for_answer(port: int) -> None:
    """Wait until the server has loaded what it serves."""
    wait_for(port)
    requests.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE)


HELD = """
from collections import defaultdict
from django.contrib.auth.models import User
from passerelle.competences.models import Assessment, Claim, Rating, Receipt
answer = defaultdict(dict)
for user in User.objects.all():
    rows = Rating.objects.filter(assessment__user=user)
    answer[user.username]["answers"] = dict(rows.values_list("competence", "value"))
    answer[user.username]["keys"] = list(Receipt.objects.filter(user=user).values_list("key", flat=True))
    answer[user.username]["sent"] = Assessment.objects.filter(user=user).exclude(submitted_at=None).count()
    answer[user.username]["claims"] = Claim.objects.filter(user=user, basis=20).count()
"""

OLD_RECEIPTS = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from passerelle.competences.models import Receipt
nadia = User.objects.get(username="nadia")
Receipt.objects.bulk_create(Receipt(user=nadia, key=f"old-{n}-receipt", action="rate") for n in range(500))
Receipt.objects.filter(user=nadia).update(at=timezone.now() - timedelta(days=100))
answer = Receipt.objects.filter(user=nadia).count()
"""

ENQUEUE = "import worker; from passerelle.host.tasks import hourly; hourly.delay(); answer = None"


def purge_in_the_background(worker: Process, made: Installation, notes: redis.Redis) -> dict[str, int]:
    """Kill the worker in the midst of a purge; the next one does it."""
    before = made.ask(OLD_RECEIPTS)
    made.ask(ENQUEUE)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not notes.get("purges begun"):
        time.sleep(0.05)
    worker.kill()
    worker.start()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not notes.get("purges waited"):
        time.sleep(0.2)
    time.sleep(1)
    count = "from passerelle.competences.models import Receipt; answer = Receipt.objects.filter(key__startswith='old-')"
    left = made.ask(f"{count}.count()")
    return {"before": before, "left": left, "begun": int(notes.get("purges begun") or 0)}


def report(people: list[Person], held: dict[str, Any]) -> dict[str, Any]:
    """What differs between what was acknowledged and what is held."""
    lost, unasked = [], []
    for person in people:
        here = held[person.name]
        lost += [key for key in person.keys if key not in here["keys"]]
        unasked += [key for key in here["keys"] if key not in person.keys]
        lost += [
            f"{person.name}: {name}" for name, value in person.answers.items() if here["answers"].get(name) != value
        ]
        if here["sent"] != 1:
            lost.append(f"{person.name}: sent {here['sent']} times")
    return {
        "acknowledged": sum(len(person.keys) for person in people),
        "died with the request": sum(person.broken for person in people),
        "lost": lost,
        "unasked": unasked,
        "errors": [f"{person.name}: {person.error}" for person in people if person.error],
    }


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_port, *ports = free_port(), free_port(), free_port()
        address = f"redis://127.0.0.1:{redis_port}/0"
        os.environ["PASSERELLE_REDIS_URL"] = address
        made = Installation(folder, os.environ["PASSERELLE_DB_URL"])
        own = made.environment | {"HOME": str(folder)}

        def start(name: str, *command: str) -> Process:
            process = Process(list(command), own, folder / f"{name}.log")
            stack.callback(process.kill)
            return process

        start("redis", "redis-server", "--port", str(redis_port), "--save", "", "--dir", str(folder))
        wait_for(redis_port)
        made.manage("demo_setup")
        python = sys.executable
        gunicorn = [python, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", "--threads", "4", "--bind"]
        servers = [start(f"server{port}", *gunicorn, f"127.0.0.1:{port}") for port in ports]
        celery = ["-m", "celery", "-A", "worker", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
        worker = start("worker", python, *celery)
        for port in ports:
            wait_for_answer(port)
        people = play(servers, ports)
        answer = report(people, made.ask(HELD))
        answer["purge"] = purge_in_the_background(worker, made, redis.Redis(port=redis_port))
        answer["logs"] = {log.name: log.read_text()[-1500:] for log in folder.glob("*.log")} if answer["errors"] else {}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
