"""How many times a second one server process answers the question that a circle's page asks every few seconds.

    bash tests/with_mariadb.sh python tests/bench/bench_poll.py

One gunicorn process with one thread, as one uWSGI worker of the LMS, on MariaDB: the demo's middleware and our view,
nothing of edx-platform's own. A circle of five under way is asked after without news (304) and as a whole (200).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parents[1] / "ops"))
from bench_circles_load import BLOCK, COURSE, PEOPLE, PREPARE, TOKEN, new_key
from installation import Installation
from kill_servers import Process, free_port, wait_for_answer

SECONDS = 10


def rate(session: requests.Session, address: str, headers: dict[str, str], status: int) -> float:
    """Answers a second, one request after the other."""
    count, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        answer = session.get(address, headers=headers, timeout=20)
        assert answer.status_code == status, answer.text
        count += 1
    return round(count / SECONDS, 1)


def cpu_seconds(pid: int) -> float:
    """What the server process has used, children included."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    ticks = 0
    for each in pids:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = Installation(folder, os.environ["PASSERELLE_DB_URL"])
        made.manage("migrate", "--verbosity", "0")
        *people, facilitator = made.ask(PREPARE.format(course=COURSE, people=PEOPLE, circles=1))
        port = free_port()
        bind = ["--bind", f"127.0.0.1:{port}"]
        gunicorn = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", *bind]
        server = Process(gunicorn, made.environment, folder / "log")
        stack.callback(server.kill)
        wait_for_answer(port)
        root = f"http://127.0.0.1:{port}"

        def act(who: str, action: str, circle: str = "", **more: object) -> dict[str, object]:
            handler = "open" if action == "open" else "act"
            answer = requests.post(
                f"{root}/courses/{COURSE}/xblock/{BLOCK}/handler/{handler}",
                json={"circle": circle, "action": action, "key": new_key(), "language": "fr", **more},
                cookies={"sessionid": who, "csrftoken": TOKEN},
                headers={"X-CSRFToken": TOKEN},
                timeout=20,
            )
            assert answer.ok, answer.text
            return dict(answer.json()["circle"])

        circle = str(act(facilitator, "open")["id"])
        for one in people:
            act(one, "join", circle, agreed=True)
        etag = act(facilitator, "start", circle)["etag"]
        session = requests.Session()
        session.cookies.set("sessionid", people[0])
        address = f"{root}/passerelle/circles/{circle}/state"
        current = session.get(address, timeout=20).json()
        etag = current.get("etag") or current["circle"]["etag"]
        answer = {}
        for name, headers, status in (("unchanged", {"If-None-Match": f'"{etag}"'}, 304), ("whole", {}, 200)):
            before = cpu_seconds(server.running.pid)
            answer[name] = {"answers a second": rate(session, address, headers, status)}
            used = cpu_seconds(server.running.pid) - before
            answer[name]["ms of CPU each"] = round(1000 * used / SECONDS / answer[name]["answers a second"], 1)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
