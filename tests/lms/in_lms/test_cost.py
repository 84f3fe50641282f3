"""What a circle costs in the LMS, beside html, poll, ORA2 and drag-and-drop in the same run: queries and writes.

The table is printed (`pytest -s`) and, where `PASSERELLE_COSTS` names a file, written there.
"""

import gzip
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from circle_case import CircleCase, new_key
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from passerelle.circles.models import Circle, Contribution, Member
from web_fragments.fragment import Fragment
from xblock.core import XBlock
from xmodule.modulestore.tests.factories import BlockFactory

WRITE = re.compile(r"^(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)
OURS = re.compile(r'["`]passerelle_')


class BareBlock(XBlock):
    """Nothing at all: what it costs is the page's own cost."""

    def student_view(self, _context: Any = None) -> Fragment:
        return Fragment("<p>.</p>")


@dataclass(frozen=True)
class Cost:
    """Queries, those that write, and how many of both ask tables of ours."""

    queries: int
    writes: int
    ours: int
    our_writes: int

    @classmethod
    def of(cls, captured: CaptureQueriesContext) -> "Cost":
        asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        ours = [sql for sql in asked if OURS.search(sql)]
        return cls(len(asked), sum(map(is_write, asked)), len(ours), sum(map(is_write, ours)))


def is_write(sql: str) -> bool:
    return bool(WRITE.match(sql))


class CostTest(CircleCase):
    @classmethod
    def setUpClass(cls) -> None:
        known = list(XBlock.extra_entry_points)
        XBlock.register_temp_plugin(BareBlock, "bare")(lambda: setattr(cls, "known", list(XBlock.extra_entry_points)))()
        XBlock.extra_entry_points = cls.known
        cls.addClassCleanup(setattr, XBlock, "extra_entry_points", known)
        super().setUpClass()
        kinds = ("bare", "html", "poll", "openassessment", "drag-and-drop-v2")
        cls.beside = {kind: BlockFactory.create(parent=cls.unit, category=kind) for kind in kinds}
        cls.beside["circle"] = cls.block

    def rendered(self, kind: str) -> tuple[Cost, str]:
        """What the block's page costs Ana, the second time that she opens it."""
        for _time in range(2):
            with CaptureQueriesContext(connection) as captured:
                answer = self.view("ana", self.beside[kind])
            assert answer.status_code == 200, (kind, answer.content)
        return Cost.of(captured), answer.content.decode()

    def submitted(self, kind: str, handler: str, payload: Any, who: str = "ana") -> Cost:
        with CaptureQueriesContext(connection) as captured:
            answer = self.post(who, self.handler_url(handler, block=self.beside[kind]), payload)
        assert answer.status_code == 200, (kind, answer.content)
        return Cost.of(captured)

    def test_beside_the_others(self) -> None:
        circle = self.started()
        floor, bare = self.rendered("bare")
        table: dict[str, dict[str, Any]] = {}
        for kind in self.beside:
            cost, page = self.rendered(kind)
            table[kind] = {
                "to render, beyond the page": cost.queries - floor.queries,
                "writes": cost.writes - floor.writes,
                "page, bytes gzipped": len(gzip.compress(page.encode())) - len(gzip.compress(bare.encode())),
            }
        told = {"circle": circle, "action": "tell", "key": new_key(), "text": "I crossed the bridge."}
        answered = {
            "poll": self.submitted("poll", "vote", {"choice": "R"}),
            "openassessment": self.submitted("openassessment", "submit", {"submission": ["I crossed the bridge."]}),
            "circle": self.submitted("circle", "act", told),
        }
        for kind, cost in answered.items():
            table[kind] |= {"to submit": cost.queries, "writes to submit": cost.writes}
        self.do("ben", circle, "done")
        later = {"circle": circle, "action": "tell", "key": new_key(), "text": "The bread rose."}
        after = self.submitted("circle", "act", later, who="ben")
        tag = f'"{self.state("ana", circle).json()["etag"]}"'
        with CaptureQueriesContext(connection) as captured:
            assert self.state("ana", circle, **{"If-None-Match": tag}).status_code == 304
        poll = Cost.of(captured)
        table["circle"] |= {
            "writes to tell and end one's turn": answered["circle"].our_writes,
            "writes to tell": after.our_writes,
            "of ours to poll": poll.ours,
        }
        show(table)

        ours = table["circle"]
        assert Contribution.objects.filter(circle=circle).count() == 2
        assert ours["to render, beyond the page"] <= 8
        assert ours["writes"] == 0
        assert ours["to submit"] <= 30
        assert max(answered["circle"].our_writes, after.our_writes) <= 3
        assert (poll.ours, poll.writes) <= (2, 0)

    def test_the_desk_with_a_thousand_learners(self) -> None:
        users = get_user_model().objects.bulk_create(
            get_user_model()(username=f"many{number}", email=f"many{number}@example.org") for number in range(1000)
        )
        opened = Circle.objects.get(pk=self.open_circle())
        circles = Circle.objects.bulk_create(
            Circle(
                id=uuid4(), course_key=opened.course_key, usage_key=opened.usage_key, language="fr",
                protocol=opened.protocol, facilitator=opened.facilitator,
            )
            for _number in range(200)
        )  # fmt: skip
        Member.objects.bulk_create(
            Member(circle=circles[number // 5], user=user, seat=number % 5 + 1, name=user.username)
            for number, user in enumerate(users)
        )
        url = reverse("passerelle:v1_desk", kwargs={"course_key": self.course.id})
        with CaptureQueriesContext(connection) as captured:
            answer = self.clients["fay"].get(url)
        assert (answer.status_code, len(answer.json()["results"])) == (200, 50)
        assert Cost.of(captured).ours <= 10
        page = self.clients["fay"].get(reverse("passerelle:desk", kwargs={"course_key": self.course.id}))
        show({"desk of 1,000 learners": {"REST, bytes": len(answer.content), "page, bytes": len(page.content)}})


def show(table: dict[str, dict[str, Any]]) -> None:
    text = "\n".join(f"{kind}: {json.dumps(row)}" for kind, row in table.items())
    print(f"\n{text}")
    if name := os.environ.get("PASSERELLE_COSTS"):
        with Path(name).open("a") as out:
            out.write(f"{text}\n")
