"""The block: its settings, its views, and the handlers through which people act. It holds no rules; circles do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language_info
from passerelle.circles import api
from passerelle.circles.data import CircleSettings, PhaseView, Problem, Tempo
from passerelle.host.blocks import LANGUAGES, BlockMixin, course_key_of, spoken, usage_key_of
from passerelle.host.errors import InvalidError, NotAllowedError, PasserelleError
from passerelle.host.values import direction
from passerelle.host.web import block_handler, block_json, error_json, plain
from web_fragments.fragment import Fragment
from webob import Request, Response
from xblock.completable import CompletableXBlockMixin
from xblock.core import XBlock
from xblock.fields import Dict, Integer, List, Scope, String
from xblock.validation import Validation, ValidationMessage

from .strings import strings

NOBODY = UUID(int=0)


@XBlock.needs("i18n")
@XBlock.wants("user", "completion")
class StorytellingCircleBlock(BlockMixin, CompletableXBlockMixin, XBlock):
    """A storytelling circle in a unit: learners take part, facilitators hold it, authors set it up in Studio."""

    display_name = String(default="Storytelling circle", scope=Scope.settings)
    protocol = String(default="story_circle", scope=Scope.settings)
    min_size = Integer(default=4, scope=Scope.settings)
    max_size = Integer(default=6, scope=Scope.settings)
    # Empty: the course's language alone.
    languages = List(default=[], scope=Scope.settings)
    # Overrides of the protocol by phase id: seconds of a turn; texts by language.
    seconds = Dict(default={}, scope=Scope.settings)
    prompts = Dict(default={}, scope=Scope.content)
    # "live", or "days": with a deadline for each phase; days by phase id; phases that are left out.
    tempo = String(default="live", scope=Scope.settings)
    days = Dict(default={}, scope=Scope.settings)
    without = List(default=[], scope=Scope.settings)
    # What a story may hold besides words: audio, image, link.
    media = List(default=["audio", "image"], scope=Scope.settings)

    # What the platform shows

    @XBlock.supports("multi_device")
    def student_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The circle for learners and facilitators, and for masquerading staff a note."""
        try:
            page = self._page(spoken())
        except NotAllowedError:
            page = self._empty_page()
        return self._fragment(page=page)

    def public_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """For visitors: that there is a circle here, and how to take part."""
        return self._fragment(page={**self._empty_page(), "signed_in": False})

    def author_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """In Studio: the circle with made-up people, as a learner and as a facilitator see it. Stores nothing."""
        language = spoken()
        settings = self.circle_settings()
        if found := api.problems(settings=settings):
            return self._fragment(page={**self._empty_page(), "problems": plain(found)}, preview=True)
        previews = {
            role: plain(api.preview(settings=settings, language=language, facilitating=role == "facilitator"))
            for role in ("learner", "facilitator")
        }
        page = {**self._empty_page(), "circle": previews["learner"], "held": self._circles_held()}
        return self._fragment(page=page, preview=True, previews=previews)

    def validate(self) -> Validation:
        """For Studio, and for the check of course exports: what the author has to put right."""
        validation = super().validate()
        for problem in api.problems(settings=self.circle_settings()):
            validation.add(ValidationMessage(ValidationMessage.ERROR, problem.message))
        return validation

    def studio_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The author's form."""
        language = spoken()
        settings = self.circle_settings()
        html = '<div class="passerelle-circle-studio"></div>'
        data = {
            "settings": {"display_name": self.display_name, **_settings_json(settings)},
            "protocols": api.protocol_names(language=language),
            "phases": plain(self._outline_or_default(settings, language)),
            "known_languages": _named(LANGUAGES),
            "language": language,
            "direction": direction(language),
            "strings": strings(language),
            "held": self._circles_held(),
        }
        return self._shown(html, "storytelling_circle.css", "studio.js", starts="StorytellingCircleStudio", data=data)

    def student_view_data(self, _context: dict[str, Any] | None = None) -> dict[str, Any]:
        """For native clients: the settings, and where to ask and act. Never what was told."""
        return {
            "protocol": self.protocol,
            "min_size": self.min_size,
            "max_size": self.max_size,
            "languages": list(self.circle_settings().languages),
            "act_url": self.runtime.handler_url(self, "act"),
            "page_url": self.runtime.handler_url(self, "page"),
        }

    def index_dictionary(self) -> dict[str, Any]:
        """For course search: the author's words alone."""
        parent = super()
        found: dict[str, Any] = parent.index_dictionary() if hasattr(parent, "index_dictionary") else {}
        prompts = " ".join(text for words in self.prompts.values() for text in words.values())
        content = {"display_name": self.display_name, "prompts": prompts}
        return {**found, "content": {**found.get("content", {}), **content}, "content_type": "Storytelling circle"}

    # What people do

    @block_handler
    def act(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Do one of `passerelle.circles.api.ACTIONS`."""
        answer = api.act(
            actor=self._actor(),
            circle_id=str(payload.get("circle") or ""),
            action=str(payload.get("action") or ""),
            key=str(payload.get("key") or ""),
            payload=payload,
            language=spoken(payload.get("language")),
            usage_key=usage_key_of(self),
        )
        if answer.completed:
            self.emit_completion(1.0)
        return {"circle": plain(answer.circle), "completed": answer.completed}

    @block_handler
    def open(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Open a circle for people to join."""
        circle = api.open_circle(
            actor=self._actor(),
            usage_key=usage_key_of(self),
            settings=self.circle_settings(),
            language=str(payload.get("language") or ""),
            key=str(payload.get("key") or ""),
        )
        return {"circle": plain(circle)}

    @block_handler
    def form(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Begin a draft of circles out of the course run's learners; answers where it is made."""
        usage_key = usage_key_of(self)
        forming_id = api.begin_forming(
            actor=self._actor(),
            usage_key=usage_key,
            settings=self.circle_settings(),
            key=str(payload.get("key") or ""),
        )
        keys = {"course_key": usage_key.course_key, "forming_id": forming_id}
        return {"url": reverse("passerelle:forming", kwargs=keys)}

    @XBlock.handler
    def page(self, request: Request, _suffix: str = "") -> Response:
        """The page's data and words in the language asked for."""
        language = spoken(request.GET.get("lang"))
        try:
            page = self._page(language)
        except PasserelleError as error:
            return block_json({"error": error_json(error)}, status=error.status)
        return block_json(
            {"page": page, "language": language, "direction": direction(language), "strings": strings(language)}
        )

    # What authors do

    @block_handler
    def outline(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The session that these settings make, or what is wrong with them."""
        self._require_author()
        settings, found = self._settings_from(payload)
        if found:
            return {"errors": plain(found)}
        phases = api.outline(settings=settings, language=spoken())
        whole = api.outline(settings=replace(settings, without=()), language=spoken())
        days = sum(phase.days for phase in phases[1:])
        minutes = _minutes(phases, settings.max_size)
        return {"phases": plain(phases), "all_phases": plain(whole), "minutes": minutes, "days": days}

    @block_handler
    def studio_submit(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Save the author's form. What cannot be used is named, and nothing is changed."""
        self._require_author()
        settings, found = self._settings_from(payload)
        if found:
            return {"errors": plain(found)}
        self.display_name = str(payload.get("display_name") or "").strip() or self.fields["display_name"].default
        for name, value in _settings_json(settings).items():
            setattr(self, name, value)
        return {"result": "success"}

    def _settings_from(self, payload: dict[str, Any]) -> tuple[CircleSettings, list[Problem]]:
        try:
            settings = CircleSettings(
                protocol=str(payload["protocol"]),
                min_size=int(payload["min_size"]),
                max_size=int(payload["max_size"]),
                languages=tuple(str(language) for language in payload["languages"]),
                seconds={str(phase): int(seconds) for phase, seconds in dict(payload.get("seconds") or {}).items()},
                prompts={
                    str(phase): {str(language): str(text) for language, text in dict(words).items() if text}
                    for phase, words in dict(payload.get("prompts") or {}).items()
                },
                tempo=Tempo(payload.get("tempo") or Tempo.LIVE),
                days={str(phase): int(days) for phase, days in dict(payload.get("days") or {}).items()},
                without=tuple(str(phase) for phase in payload.get("without") or ()),
                media=tuple(str(media) for media in payload.get("media") or ()),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidError from error
        return settings, api.problems(settings=settings)

    # How it knows

    def circle_settings(self) -> CircleSettings:
        """The author's settings as circles take them."""
        language = self._course_language()
        return CircleSettings(
            protocol=self.protocol,
            min_size=self.min_size,
            max_size=self.max_size,
            languages=tuple(self.languages) or (language if language in LANGUAGES else "en",),
            seconds=dict(self.seconds),
            prompts=dict(self.prompts),
            tempo=Tempo.DAYS if self.tempo == Tempo.DAYS else Tempo.LIVE,
            days=dict(self.days),
            without=tuple(self.without),
            media=tuple(self.media),
        )

    def _page(self, language: str) -> dict[str, Any]:
        """What this person sees at the block. Writes nothing."""
        actor = self._actor()
        page = {
            **self._empty_page(language),
            "signed_in": actor.user_id is not None,
            "masquerading": actor.masquerading,
        }
        if actor.user_id is None or actor.masquerading or course_key_of(self) is None:
            return page
        found: dict[str, Any] = plain(api.block_page(actor=actor, usage_key=usage_key_of(self), language=language))
        return page | found

    def _empty_page(self, language: str | None = None) -> dict[str, Any]:
        """The page without people: with what each part is called and asks, and how long a full circle's turns take."""
        settings = self.circle_settings()
        phases = (
            () if api.problems(settings=settings) else api.outline(settings=settings, language=language or spoken())
        )
        return {
            "cards": [],
            "circle": None,
            "shared": [],
            "can_open": False,
            "languages": list(settings.languages),
            "parts": {phase.id: {"title": phase.title, "questions": phase.own_questions} for phase in phases},
            "minutes": _minutes(phases, settings.max_size) if settings.tempo == Tempo.LIVE else 0,
            "masquerading": False,
            "signed_in": True,
        }

    def _outline_or_default(self, settings: CircleSettings, language: str) -> tuple[PhaseView, ...]:
        """All phases of the protocol, those too that are left out: the form has a line for each."""
        whole = replace(settings, without=())
        return api.outline(settings=CircleSettings() if api.problems(settings=whole) else whole, language=language)

    def _circles_held(self) -> int:
        return api.circles_held_at(usage_key=usage_key_of(self))

    def _fragment(self, *, page: dict[str, Any], **more: Any) -> Fragment:
        language = spoken()
        words = strings(language)
        html = f'<div class="passerelle-circle"><noscript>{words["needs_script"]}</noscript></div>'
        data = {
            "page": page,
            "language": language,
            "direction": direction(language),
            "strings": words,
            "languages": _named(LANGUAGES),
            **_addresses(),
            "recorder_url": self._resource("recorder.js"),
            "limits": api.limits(),
            "title": self.display_name,
            "min_size": self.min_size,
            "max_size": self.max_size,
            "tempo": self.tempo,
            "wish_url": _wish_url(course_key_of(self)),
            "storage_key": f"{self.scope_ids.usage_id}|{self.scope_ids.user_id}",
            **more,
        }
        return self._shown(
            html, "storytelling_circle.css", "storytelling_circle.js", starts="StorytellingCircle", data=data
        )


def _settings_json(settings: CircleSettings) -> dict[str, Any]:
    return {
        "protocol": settings.protocol,
        "min_size": settings.min_size,
        "max_size": settings.max_size,
        "languages": list(settings.languages),
        "seconds": dict(settings.seconds),
        "prompts": {phase: dict(words) for phase, words in settings.prompts.items()},
        "tempo": str(settings.tempo),
        "days": dict(settings.days),
        "without": list(settings.without),
        "media": list(settings.media),
    }


def _addresses() -> dict[str, str]:
    """Where the page asks and acts, with CIRCLE, STORY or FILE for an id. Studio plays no circles and has none."""
    circle, story, file = {"circle_id": NOBODY}, {"contribution_id": NOBODY}, {"file_id": NOBODY}
    try:
        return {
            "state_url": reverse("passerelle:state", kwargs=circle).replace(str(NOBODY), "CIRCLE"),
            "desk_url": reverse("passerelle:circle_desk", kwargs=circle).replace(str(NOBODY), "CIRCLE"),
            "withdraw_url": reverse("passerelle:withdraw", kwargs=story).replace(str(NOBODY), "STORY"),
            "report_url": reverse("passerelle:report", kwargs=story).replace(str(NOBODY), "STORY"),
            "hide_url": reverse("passerelle:hide", kwargs=story).replace(str(NOBODY), "STORY"),
            "release_url": reverse("passerelle:release", kwargs=story).replace(str(NOBODY), "STORY"),
            "upload_url": reverse("passerelle:upload", kwargs=circle).replace(str(NOBODY), "CIRCLE"),
            "file_url": reverse("passerelle:story_file", kwargs=file).replace(str(NOBODY), "FILE"),
            "home_url": reverse("passerelle:home"),
            "help_url": reverse("passerelle:help"),
            "exit_url": api.quick_exit_url(),
        }
    except NoReverseMatch:
        names = ("state", "desk", "withdraw", "report", "hide", "release", "upload", "file", "home", "help", "exit")
        return {f"{name}_url": "" for name in names}


def _wish_url(course_key: Any) -> str:
    """Where learners of the course run say when they can take part."""
    try:
        return reverse("passerelle:wish", kwargs={"course_key": course_key}) if course_key else ""
    except NoReverseMatch:
        return ""


def _minutes(phases: tuple[PhaseView, ...], people: int) -> int:
    """How long the timed turns of a full circle take together, rounded up."""
    seconds = sum((phase.seconds or 0) * people for phase in phases if phase.kind == "round")
    return -(-seconds // 60)


def _named(languages: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"code": code, "name": get_language_info(code)["name_local"], "dir": direction(code)} for code in languages]
