"""Circles under load: many people tell at once, double-click and retry, and a server is killed in the middle.

    bash tests/with_mariadb.sh python tests/bench/bench_circles_load.py [--circles 12] [--plays 4] [--servers 4]

Sixty people in twelve circles at once, each circle played to its end four times, against four gunicorn processes and
MariaDB, through the block's own handler: 2,160 contributions. Three in ten are sent twice at the same instant, one in
ten again later, one in ten once more under another key, and the next person tries to speak before her turn; whoever
gets no answer sends the same request again. At two fifths of the way one server dies of `kill -9` with requests in it.

Beside it, on the same servers, xblock-poll's own block (`poll_urls`): fifty concurrent votes, three times.

Prints what came of it as JSON: what was acknowledged and is not there exactly once, what is there and nobody
sent, every turn that two people held, and the votes that the polls lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parents[1] / "ops"))
from installation import Installation
from kill_servers import PATIENCE, Process, free_port, wait_for_answer

COURSE = "course-v1:Passerelle+TOT101+fr"
BLOCK = "block-v1:Passerelle+TOT101+fr+type@storytelling_circle+block@first_circle"
PEOPLE = 5  # in a circle
POLLS = 3
TOKEN = "t" * 32
DOUBLE, LATER, OTHER_KEY, IMPATIENT = 0.3, 0.1, 0.1, 0.3


class Servers:
    """The processes, and how many requests each has."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.busy: Counter[int] = Counter()
        self.sent = self.broken = self.acknowledged = 0
        self.seconds: list[float] = []
        self._lock = threading.Lock()

    def ask(self, session: str, method: str, path: str, body: Any = None) -> requests.Response:
        """Ask any server, and another one where it does not answer, until somebody does."""
        until = time.monotonic() + PATIENCE
        cookies = {"sessionid": session, "csrftoken": TOKEN}
        while time.monotonic() < until:
            port = random.choice(self.ports)
            self._count(port, 1)
            began = time.monotonic()
            try:
                answer = requests.request(
                    method, f"http://127.0.0.1:{port}{path}", json=body, cookies=cookies,
                    headers={"X-CSRFToken": TOKEN}, timeout=30, allow_redirects=False,
                )  # fmt: skip
            except (requests.ConnectionError, requests.Timeout) as error:
                with self._lock:
                    self.broken += "refused" not in str(error)
                time.sleep(0.05)
                continue
            finally:
                self._count(port, -1)
            self.seconds.append(time.monotonic() - began)
            return answer
        raise TimeoutError(path)

    def _count(self, port: int, one: int) -> None:
        with self._lock:
            self.busy[port] += one
            self.sent += one > 0


class Group(threading.Thread):
    """Five people and their facilitator, who play one circle after the other."""

    def __init__(self, servers: Servers, facilitator: str, people: list[str], plays: int, seed: int) -> None:
        super().__init__()
        self.servers, self.facilitator, self.people, self.plays = servers, facilitator, people, plays
        self.chance = random.Random(seed)
        self.acknowledged: dict[str, tuple[str, int]] = {}  # by text: the circle and the seat that told it
        self.refused = 0
        self.error = ""

    def run(self) -> None:
        try:
            with ThreadPoolExecutor(2 * PEOPLE) as self.hands:
                for _play in range(self.plays):
                    self._play()
        except Exception as error:
            self.error = repr(error)

    def _play(self) -> None:
        self.circle = ""
        opened = self._handler(self.facilitator, "open", {"language": "fr", "key": new_key()})
        self.circle = opened.json()["circle"]["id"]
        for session in self.people:
            self._surely(session, "join", agreed=True)
        self._surely(self.facilitator, "start")
        stories: list[dict[str, Any]] = []
        for _round in range(2):
            self._round()
            stories = self._state()["contributions"]
            self._surely(self.facilitator, "next")
        wanted = self._state()["phase"]["of"]
        stories = [story for story in stories if story["phase"] == wanted]
        self._everyone("reply", [
            (seat, {"to": story["id"]}) for seat in range(PEOPLE) for story in stories if story["seat"] != seat + 1
        ])  # fmt: skip
        for _phase in range(2):
            self._surely(self.facilitator, "next")
            questions = range(len(self._state()["phase"]["questions"]))
            self._everyone(
                "answer", [(seat, {"question": question}) for seat in range(PEOPLE) for question in questions]
            )
        self._surely(self.facilitator, "close")

    def _round(self) -> None:
        """One after the other; sometimes the next one cannot wait."""
        bodies = [self._said("tell", {}) for _seat in range(PEOPLE)]
        for seat in range(PEOPLE):
            after = seat + 1
            early = None
            if after < PEOPLE and self.chance.random() < IMPATIENT:
                early = self.hands.submit(self._handler, self.people[after], "act", bodies[after])
            self._tell(seat, bodies[seat])
            if early is not None and not self._noted(after, bodies[after], early.result()):
                self.refused += 1

    def _everyone(self, action: str, what: list[tuple[int, dict[str, Any]]]) -> None:
        sent = [self.hands.submit(self._tell, seat, self._said(action, more)) for seat, more in what]
        for one in sent:
            one.result()

    def _said(self, action: str, more: dict[str, Any]) -> dict[str, Any]:
        return {"circle": self.circle, "action": action, "key": new_key(), "text": f"mot {uuid.uuid4()}", **more}

    def _tell(self, seat: int, body: dict[str, Any]) -> None:
        """Send it, twice at once where a finger slips, until it is acknowledged."""
        session, dice = self.people[seat], self.chance.random()
        threads = [threading.Thread(target=self._once, args=(seat, body)) for _click in range(1 + (dice < DOUBLE))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until = time.monotonic() + PATIENCE
        while body["text"] not in self.acknowledged and time.monotonic() < until:
            time.sleep(0.02)
            self._once(seat, body)
        assert body["text"] in self.acknowledged, body["action"]
        if self.chance.random() < LATER:
            assert self._handler(session, "act", body).status_code == 200
        if self.chance.random() < OTHER_KEY:
            again = {**body, "key": new_key(), "text": f"doublon {uuid.uuid4()}"}
            assert self._handler(session, "act", again).status_code == 409

    def _once(self, seat: int, body: dict[str, Any]) -> None:
        self._noted(seat, body, self._handler(self.people[seat], "act", body))

    def _noted(self, seat: int, body: dict[str, Any], answer: requests.Response) -> bool:
        assert answer.status_code in (200, 409, 500, 502, 503), answer.text
        if answer.status_code == 200:
            self.acknowledged[body["text"]] = (self.circle, seat + 1)
        return answer.status_code == 200

    def _surely(self, session: str, action: str, **more: Any) -> None:
        """What has to work, with an impatient finger."""
        body = {"circle": self.circle, "action": action, "key": new_key(), **more}
        clicks = [self.hands.submit(self._handler, session, "act", body) for _click in range(2)]
        statuses = [click.result().status_code for click in clicks]
        while 200 not in statuses:
            statuses.append(self._handler(session, "act", body).status_code)
            assert len(statuses) < 50, (action, statuses)

    def _state(self) -> dict[str, Any]:
        answer = self.servers.ask(self.facilitator, "GET", f"/passerelle/circles/{self.circle}/state?lang=fr")
        found: dict[str, Any] = answer.json()
        return found

    def _handler(self, session: str, name: str, body: dict[str, Any]) -> requests.Response:
        return self.servers.ask(session, "POST", f"/courses/{COURSE}/xblock/{BLOCK}/handler/{name}", body)


def new_key() -> str:
    return str(uuid.uuid4())


PREPARE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from opaque_keys.edx.keys import CourseKey
from passerelle.circles.models import Facilitator
from passerelledemo.models import Enrolment
course = CourseKey.from_string("{course}")
answer = []
for number in range({people} + {circles}):
    user = User.objects.create_user(f"person{{number}}")
    Enrolment.objects.create(user=user, course_key=course)
    if number >= {people}:
        Facilitator.objects.create(user=user, course_key=course)
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    answer.append(session.session_key)
"""

HELD = """
from passerelle.circles.models import Contribution, Event
told = Contribution.objects.values_list("circle_id", "member__seat", "text")
register = list(Event.objects.order_by("id").values_list("at", "circle_id", "phase", "seat", "what"))
ended = Contribution.objects.filter(ended_turn=True)  # these stand for two rows of the register
for at, circle, phase, seat, floor_to in ended.values_list("told_at", "circle_id", "phase", "member__seat", "floor_to"):
    register.append((at, circle, phase, seat, "done"))
    if floor_to is not None:
        register.append((at, circle, phase, floor_to, "floor"))
register.sort(key=lambda row: row[0])
answer = {
    "told": [(str(circle), seat, text) for circle, seat, text in told],
    "events": [(str(circle), phase, seat, what) for _at, circle, phase, seat, what in register],
}
"""

TALLY = """
from passerelledemo.models import BlockState
rows = BlockState.objects.filter(scope_id__endswith="+type@poll+block@{name}")
tally = rows.filter(field="tally").values_list("value", flat=True).first() or {{}}
answer = [sum(tally.values()), rows.filter(field="choice").exclude(owner_id=0).count()]
"""


def turns_held_by_two(events: list[list[Any]]) -> list[str]:
    """What the register says against one person a turn: the floor given while somebody had it, or given again."""
    wrong: list[str] = []
    holder: dict[str, int | None] = {}
    had: set[tuple[str, str, int]] = set()
    for circle, phase, seat, what in events:
        if what == "floor":
            if holder.get(circle) is not None or (circle, phase, seat) in had:
                wrong.append(f"{circle} {phase}: {seat} beside {holder.get(circle)}")
            holder[circle] = seat
            had.add((circle, phase, seat))
        elif what in ("done", "passed", "skipped", "expired"):
            if holder.get(circle) != seat:
                wrong.append(f"{circle} {phase}: {what} by {seat}, held by {holder.get(circle)}")
            holder[circle] = None
    return wrong


def compare(groups: list[Group], held: dict[str, Any]) -> dict[str, Any]:
    """What differs between what was acknowledged and what is held."""
    acknowledged = {text: told for group in groups for text, told in group.acknowledged.items()}
    there = Counter(text for _circle, _seat, text in held["told"])
    where = {text: (circle, seat) for circle, seat, text in held["told"]}
    turns = [one for one in held["events"] if one[3] == "floor"]
    return {
        "acknowledged": len(acknowledged),
        "lost": [text for text in acknowledged if text not in there],
        "twice": [text for text, times in there.items() if times > 1],
        "unasked": [text for text in there if text not in acknowledged],
        "misplaced": [text for text, told in acknowledged.items() if where.get(text) != told],
        "turns": len(turns),
        "turns held by two": turns_held_by_two(held["events"]),
        "refused out of turn": sum(group.refused for group in groups),
        "errors": [group.error for group in groups if group.error],
    }


def poll(servers: Servers, made: Installation, sessions: list[str], name: str) -> dict[str, int]:
    """All vote at the same moment, once each."""
    start = threading.Barrier(len(sessions))
    statuses: list[int] = []

    def vote(session: str) -> None:
        start.wait()
        answer = servers.ask(session, "POST", f"/poll/{name}/vote", {"choice": "R"})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=vote, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted, answers = made.ask(TALLY.format(name=name))
    return {
        "votes": len(sessions), "counted": counted, "lost": len(sessions) - counted,
        "answered 500": sum(status >= 500 for status in statuses), "answers kept": answers,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--circles", type=int, default=12)
    parser.add_argument("--plays", type=int, default=4)
    parser.add_argument("--servers", type=int, default=4)
    parser.add_argument("--votes", type=int, default=50)
    parser.add_argument("--polls", type=int, default=POLLS)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    people = asked.circles * PEOPLE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = Installation(folder, os.environ["PASSERELLE_DB_URL"])
        made.manage("migrate", "--verbosity", "0")
        sessions = made.ask(PREPARE.format(course=COURSE, people=people, circles=asked.circles))
        own = made.environment | {"DJANGO_SETTINGS_MODULE": "poll_settings"}
        gunicorn = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", "--threads", "8"]
        ports = [free_port() for _server in range(asked.servers)]
        running = {
            port: Process([*gunicorn, "--bind", f"127.0.0.1:{port}"], own, folder / f"{port}.log") for port in ports
        }
        for process in running.values():
            stack.callback(process.kill)
        for port in ports:
            wait_for_answer(port)
        servers = Servers(ports)
        groups = [
            Group(
                servers, sessions[people + number], sessions[number * PEOPLE : (number + 1) * PEOPLE], asked.plays,
                asked.seed + number,
            )
            for number in range(asked.circles)
        ]  # fmt: skip
        began = time.monotonic()
        for group in groups:
            group.start()
        kill_in_the_middle(servers, running, groups, asked.circles * asked.plays * 45 * 2 // 5)
        for group in groups:
            group.join()
        answer: dict[str, Any] = {
            "people": people, "circles at once": asked.circles, "servers": asked.servers,
            "seconds": round(time.monotonic() - began), "requests": servers.sent,
            "died with the request": servers.broken,
            "median answer, ms": round(1000 * statistics.median(servers.seconds)),
            **compare(groups, made.ask(HELD)),
        }  # fmt: skip
        voters = sessions[: asked.votes]
        answer["poll"] = [poll(servers, made, voters, f"poll{number}") for number in range(asked.polls)]
        if answer["errors"]:
            answer["logs"] = [log.read_text()[-2000:] for log in folder.glob("*.log")]
    print(json.dumps(answer))


def kill_in_the_middle(servers: Servers, running: dict[int, Process], groups: list[Group], after: int) -> None:
    """Kill one server that has requests, once so many contributions are acknowledged; start it again."""
    victim = servers.ports[0]
    while any(group.is_alive() for group in groups) and (
        sum(len(group.acknowledged) for group in groups) < after or servers.busy[victim] < 2
    ):
        time.sleep(0.001)
    running[victim].kill()
    time.sleep(1)
    running[victim].start()


if __name__ == "__main__":
    main()
