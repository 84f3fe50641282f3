"""What a circle costs in the LMS, beside html, poll, ORA2 and drag-and-drop in the same run: queries, writes, weight.

The table is printed (`pytest -s`) and, where `PASSERELLE_COSTS` names a file, written there.
"""

import gzip
import json
import os
import re
from dataclasses import dataclass
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from circle_case import CircleCase, new_key
from common.djangoapps.student.models import AnonymousUserId
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openassessment.assessment.models import PeerWorkflow
from openassessment.workflow.models import AssessmentWorkflow
from passerelle.circles.models import Circle, Contribution, Member
from web_fragments.fragment import Fragment
from xblock.core import XBlock
from xmodule.modulestore.tests.factories import BlockFactory

WRITE = re.compile(r"^(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)
OURS = re.compile(r'["`]passerelle_')
LIGHT = 25 * 1024
FILES = re.compile(r"""(?:src|href)=["']([^"']+\.(?:js|css))["']""")
INLINE = re.compile(r"<(style|script)(?![^>]*(?:src=|json))[^>]*>(.*?)</\1>", re.DOTALL)


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


def weight(page: str, bare: str) -> dict[str, int]:
    """Gzipped bytes of each script and style that the page brings and an empty block's page does not."""
    named = {name for name in FILES.findall(page) if name not in bare}
    within = "\n".join(text for _tag, text in INLINE.findall(page) if text not in bare)
    found = {name.rpartition("/")[2]: zipped(content_of(name)) for name in sorted(named)}
    return {**found, "within the page": zipped(within.encode()) if within.strip() else 0}


def zipped(content: bytes) -> int:
    return len(gzip.compress(content))


def content_of(name: str) -> bytes:
    """A block's own file: XBlock's address of it names the package; ORA2's webpack puts its files beside its code.

    Nothing for what the platform itself has not built in a checkout.
    """
    _before, resources, of_package = name.partition("/xblock/resources/")
    if resources:
        package, _slash, path = of_package.partition("/")
        return resource_files(package).joinpath(path).read_bytes()
    file = resource_files("openassessment").joinpath("xblock" + urlsplit(name).path)
    return file.read_bytes() if file.is_file() else b""


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
        weights: dict[str, dict[str, int]] = {}
        for kind in self.beside:
            cost, page = self.rendered(kind)
            weights[kind] = weight(page, bare)
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

        sums = {kind: sum(found.values()) for kind, found in weights.items()}
        recorder = zipped(resource_files("storytelling_circle").joinpath("public/recorder.js").read_bytes())
        show({kind: {"script and style, bytes gzipped": sums[kind], "of it": found} for kind, found in weights.items()})
        show({"circle": {"recorder, when it is used": recorder}})

        ours = table["circle"]
        assert Contribution.objects.filter(circle=circle).count() == 2
        assert ours["to render, beyond the page"] <= 8
        assert ours["writes"] == 0
        assert ours["to submit"] <= 30
        assert max(answered["circle"].our_writes, after.our_writes) <= 3
        assert (poll.ours, poll.writes) <= (2, 0)
        assert 0 < sums["circle"] <= LIGHT
        assert sums["circle"] < min(sums["poll"], sums["openassessment"], sums["drag-and-drop-v2"])
        assert "recorder.js" not in weights["circle"]

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
        peer = self.staff_list_of_a_peer(
            [user.pk for user in get_user_model().objects.filter(username__startswith="many")]
        )
        ours = {"REST, bytes": len(answer.content), "page, bytes": len(page.content)}
        show({"desk of 1,000 learners": {**ours, "ORA2's staff list, bytes": len(peer)}})
        assert max(ours.values()) < len(peer) / 4

    def staff_list_of_a_peer(self, user_ids: list[int]) -> bytes:
        """What ORA2 answers staff who look at those that wait, when all of these do."""
        steps = [{"name": "peer-assessment", "must_grade": 5, "must_be_graded_by": 3}]
        block = BlockFactory.create(parent=self.unit, category="openassessment", rubric_assessments=steps)
        AnonymousUserId.objects.bulk_create(
            AnonymousUserId(user_id=pk, anonymous_user_id=f"{pk:032x}", course_id=self.course.id) for pk in user_ids
        )
        asked = {"course_id": str(self.course.id), "item_id": str(block.location)}
        uuids = {pk: str(uuid4()) for pk in user_ids}
        AssessmentWorkflow.objects.bulk_create(
            AssessmentWorkflow(**asked, submission_uuid=uuid, status="waiting") for uuid in uuids.values()
        )
        PeerWorkflow.objects.bulk_create(
            PeerWorkflow(**asked, student_id=f"{pk:032x}", submission_uuid=uuid) for pk, uuid in uuids.items()
        )
        answer = self.post("staff", self.handler_url("waiting_step_data", block=block), {})
        assert answer.json()["waiting_count"] == len(user_ids), answer.content[:200]
        return bytes(answer.content)


def show(table: dict[str, dict[str, Any]]) -> None:
    text = "\n".join(f"{kind}: {json.dumps(row)}" for kind, row in table.items())
    print(f"\n{text}")
    if name := os.environ.get("PASSERELLE_COSTS"):
        with Path(name).open("a") as out:
            out.write(f"{text}\n")
