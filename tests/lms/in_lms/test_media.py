"""A story by voice inside the LMS: sent in parts, heard by whom it is for, gone when it is withdrawn."""

import json
import tempfile
from pathlib import Path
from typing import Any

from circle_case import CircleCase, new_key
from django.test.utils import override_settings
from django.urls import reverse
from passerelle.circles.models import StoryFile
from passerelle.host.api import private_storage

VOICE = (Path(__file__).parents[2] / "host" / "data" / "voice.webm").read_bytes()
MARKER = "the lighthouse keeper hummed in E flat"


class VoiceTest(CircleCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        backend = "django.core.files.storage.FileSystemStorage"
        options = {"location": folder.name, "base_url": None}
        overridden = override_settings(PASSERELLE_PRIVATE_STORAGE={"BACKEND": backend, "OPTIONS": options})
        overridden.enable()
        private_storage.cache_clear()
        self.addCleanup(private_storage.cache_clear)
        self.addCleanup(overridden.disable)

    def part(self, who: str, url: str, offset: int, body: bytes, **headers: str) -> Any:
        kind = "application/offset+octet-stream"
        headers = {"Upload-Offset": str(offset), **headers}
        with self.captureOnCommitCallbacks(execute=True):  # the test's own transaction never ends
            return self.clients[who].patch(url, body, content_type=kind, headers=headers)

    def sent(self, circle: str, who: str = "ana") -> str:
        ask = {"kind": "audio", "size": len(VOICE), "key": new_key()}
        url = reverse("passerelle:upload", kwargs={"circle_id": circle})
        begun = self.post(who, url, ask).json()
        first = self.part(who, begun["part_url"], 0, VOICE[:3000])
        assert first["Upload-Offset"] == "3000"
        assert self.post(who, url, ask).json()["offset"] == 3000
        assert self.part(who, begun["part_url"], 3000, VOICE[3000:]).json()["complete"]
        return str(begun["id"])

    def hear(self, who: str, voice: str, **headers: str) -> Any:
        return self.clients[who].get(reverse("passerelle:story_file", kwargs={"file_id": voice}), headers=headers)

    def told(self) -> tuple[str, str]:
        circle = self.started()
        voice = self.sent(circle)
        self.do("ana", circle, "tell", files=[{"id": voice, "words": MARKER}])
        return circle, voice

    def test_the_circle_hears_it_and_nobody_else(self) -> None:
        circle, voice = self.told()
        (seen,) = self.state("ben", circle).json()["contributions"]
        assert [(file["id"], file["words"]) for file in seen["files"]] == [(voice, MARKER)]
        for who in ("ana", "ben", "fay"):
            whole = self.hear(who, voice)
            assert (whole.status_code, whole["Content-Type"]) == (200, "audio/webm"), who
            body = b"".join(whole.streaming_content)
            assert len(body) == int(whole["Content-Length"])
        ranged = self.hear("ben", voice, Range="bytes=100-199")
        assert (ranged.status_code, b"".join(ranged.streaming_content)) == (206, body[100:200])
        assert (ranged["Cache-Control"], ranged["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
        for who in ("lou", "fritz", "staff", "stranger"):
            assert self.hear(who, voice).status_code == 404, who
        assert self.hear("anonymous", voice).status_code == 403
        self.clients["mask"] = self.masked(role="student", user_name="ana")
        assert self.hear("mask", voice).status_code in (403, 404)

    def test_sending_wants_the_page_s_token(self) -> None:
        circle = self.started()
        url = reverse("passerelle:upload", kwargs={"circle_id": circle})
        begun = self.post("ana", url, {"kind": "audio", "size": len(VOICE), "key": new_key()}).json()
        self.clients["strict"] = self.logged_in("ana", enforce_csrf_checks=True)
        assert self.part("strict", begun["part_url"], 0, VOICE).status_code == 403
        self.view("strict")
        token = self.clients["strict"].cookies["csrftoken"].value
        assert self.part("strict", begun["part_url"], 0, VOICE, **{"X-CSRFToken": token}).json()["complete"]

    def test_staff_hear_it_after_they_said_why(self) -> None:
        circle, voice = self.told()
        url = reverse("passerelle:break_glass", kwargs={"circle_id": circle})
        assert self.post("staff", url, {"words": "Somebody may be in danger", "key": new_key()}).status_code == 200
        assert self.hear("staff", voice).status_code == 200

    def test_withdrawal_and_retirement_leave_no_file(self) -> None:
        circle, voice = self.told()
        story = self.state("ana", circle).json()["contributions"][0]["id"]
        url = reverse("passerelle:withdraw", kwargs={"contribution_id": story})
        with self.captureOnCommitCallbacks(execute=True):
            assert self.post("ana", url, {"key": new_key()}).status_code == 200
        assert self.hear("ben", voice).status_code == 404
        assert self.files() == []
        self.sent(circle, "ben")
        with self.captureOnCommitCallbacks(execute=True):
            self.retire("ben")
        assert (self.files(), StoryFile.objects.count()) == ([], 0)

    def files(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]

    def test_what_is_no_sound_is_refused_in_words(self) -> None:
        circle = self.started()
        page = b"<html><script>alert(1)</script>"
        ask = {"kind": "audio", "size": len(page), "key": new_key()}
        begun = self.post("ana", reverse("passerelle:upload", kwargs={"circle_id": circle}), ask).json()
        answer = self.part("ana", begun["part_url"], 0, page)
        assert (answer.status_code, json.loads(answer.content)["error"]["field"]) == (400, "file")
        assert self.files() == []
