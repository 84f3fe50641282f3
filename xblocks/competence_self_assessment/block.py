"""The block: its settings, its views, and the handlers through which people answer. Competences hold the rules."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import get_language_info
from passerelle.competences import api
from passerelle.competences.data import AssessmentSettings, AssessmentView, Moment, Problem
from passerelle.host.api import Actor
from passerelle.host.blocks import LANGUAGES, BlockMixin, spoken, usage_key_of
from passerelle.host.errors import InvalidError, NotAllowedError
from passerelle.host.values import direction
from passerelle.host.web import block_handler, plain
from web_fragments.fragment import Fragment
from xblock.completable import CompletableXBlockMixin
from xblock.core import XBlock
from xblock.fields import Boolean, Float, List, Scope, String
from xblock.scorable import ScorableXBlockMixin, Score
from xblock.validation import Validation, ValidationMessage

from .strings import strings

SWITCHES = ("ask_evidence", "facilitators_rate", "points_for_answering")
"""What an author switches on or off."""

PROFILE_URL = "/passerelle/profile/"

LAYOUTS = ("one", "all")
"""One competence at a time, or all on a page."""

FIRST_COMPETENCES = ["work_in_teams", "manage_time", "find_online", "meet_other_cultures", "exercise_rights"]
"""What a new block asks about, before its author has chosen."""


@XBlock.needs("i18n")
@XBlock.wants("user", "completion")
class CompetenceSelfAssessmentBlock(BlockMixin, ScorableXBlockMixin, CompletableXBlockMixin, XBlock):
    """Asks a learner where she stands in some competences. Sending the answers completes it.

    Where the author wants a grade, it is for having answered, whatever the answers are.
    """

    display_name = String(default="What I can do", scope=Scope.settings)
    competences = List(default=FIRST_COMPETENCES, scope=Scope.settings)
    moment = String(default=Moment.FREE.value, scope=Scope.settings)
    layout = String(default=LAYOUTS[0], values=LAYOUTS, scope=Scope.settings)
    facilitators_rate = Boolean(default=False, scope=Scope.settings)
    ask_evidence = Boolean(default=False, scope=Scope.settings)
    points_for_answering = Boolean(default=False, scope=Scope.settings)
    weight = Float(default=1.0, values={"min": 0}, scope=Scope.settings)

    # What the platform shows

    @XBlock.supports("multi_device")
    def student_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The questions for learners, a preview for the course's staff, and for everybody else a note."""
        actor, language = self._actor(), spoken()
        if actor.user_id is not None and api.allowed("see", actor):
            return self._fragment("take", self._assessment(actor, language))
        if actor.is_course_staff and not actor.masquerading:
            return self.author_view()
        return self._fragment("masquerade" if actor.masquerading else "signed_out", None)

    def public_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """For visitors: how to take part."""
        return self._fragment("signed_out", None)

    def author_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """In Studio: the questions, to be tried out. Stores nothing."""
        if found := api.problems(settings=self._settings()):
            return self._fragment("preview", None, problems=plain(found))
        seen = api.preview(settings=self._settings(), language=spoken())
        return self._fragment("preview", seen)

    def validate(self) -> Validation:
        """For Studio, and for the check of course exports: what the author has to put right."""
        validation = super().validate()
        for problem in api.problems(settings=self._settings()):
            validation.add(ValidationMessage(ValidationMessage.ERROR, problem.message))
        return validation

    def studio_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The author's form."""
        language = spoken()
        html = '<div class="passerelle-csa passerelle-csa-studio"></div>'
        data = {
            "settings": {
                "display_name": self.display_name,
                "competences": list(self.competences),
                "moment": self.moment,
                "layout": self.layout,
                **{name: getattr(self, name) for name in SWITCHES},
            },
            "layouts": LAYOUTS,
            "switches": SWITCHES,
            "competences": plain(api.competences(language=language)),
            "moments": [moment.value for moment in Moment],
            "held": api.assessments_held_at(usage_key=usage_key_of(self)),
            "language": language,
            "direction": direction(language),
            "strings": strings(language),
        }
        return self._shown(
            html, "competence_self_assessment.css", "studio.js", starts="CompetenceSelfAssessmentStudio", data=data
        )

    def student_view_data(self, _context: dict[str, Any] | None = None) -> dict[str, Any]:
        """For native clients: the settings, and where to answer. Never what was answered."""
        return {
            "competences": list(self.competences),
            "moment": self.moment,
            "layout": self.layout,
            "languages": list(LANGUAGES),
            "page_url": self.runtime.handler_url(self, "page"),
            "rate_url": self.runtime.handler_url(self, "rate"),
            "submit_url": self.runtime.handler_url(self, "submit"),
        }

    def index_dictionary(self) -> dict[str, Any]:
        """For course search: the author's words, and the names of the competences."""
        parent = super()
        found: dict[str, Any] = parent.index_dictionary() if hasattr(parent, "index_dictionary") else {}
        asked = api.competences(language=spoken(), ids=tuple(self.competences))
        content = {"display_name": self.display_name, "competences": ", ".join(view.name for view in asked)}
        return {
            **found,
            "content": {**found.get("content", {}), **content},
            "content_type": "Competence self-assessment",
        }

    # What people do

    @block_handler
    def page(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The words and the questions in another `language`, with the answers so far."""
        language = spoken(payload.get("language"))
        with translation.override(language):
            actor = self._actor()
            if actor.user_id is not None and api.allowed("see", actor):
                seen = self._assessment(actor, language)
            elif actor.is_course_staff and not actor.masquerading:
                seen = api.preview(settings=self._settings(), language=language)
            else:
                raise NotAllowedError
            return {"page": _plain_page(seen), **_words(language)}

    @block_handler
    def rate(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer `value` for one competence."""
        seen = api.save_rating(
            actor=self._actor(),
            usage_key=usage_key_of(self),
            settings=self._settings(),
            competence=str(payload.get("competence") or ""),
            value=str(payload.get("value") or ""),
            language=spoken(),
            key=str(payload.get("key") or ""),
        )
        return {"ratings": dict(seen.ratings), "submitted_at": seen.submitted_at}

    @block_handler
    def submit(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Send the answers: nothing changes afterwards, and the block is complete."""
        seen = api.submit(
            actor=self._actor(),
            usage_key=usage_key_of(self),
            settings=self._settings(),
            language=spoken(),
            key=str(payload.get("key") or ""),
        )
        if seen.submitted_at:
            self.emit_completion(1.0)
            if self.points_for_answering:
                self._publish_grade(self.get_score())
        return {"page": _plain_page(seen)}

    # A grade for having answered (`ScorableXBlockMixin`), never for what was answered

    @property
    def has_score(self) -> bool:
        return bool(self.points_for_answering)

    def max_score(self) -> float | None:
        return 1.0 if self.points_for_answering else None

    def has_submitted_answer(self) -> bool:
        return api.has_sent(user_id=self.scope_ids.user_id, usage_key=usage_key_of(self))

    def get_score(self) -> Score:
        return Score(raw_earned=float(self.has_submitted_answer()), raw_possible=1.0)

    def set_score(self, score: Score) -> None:
        """Nothing to keep: whether she sent her answers is known where they are."""

    def calculate_score(self) -> Score:
        return self.get_score()

    # What authors do

    @block_handler
    def studio_submit(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Save the author's form. What cannot be used is named, and nothing is changed."""
        self._require_author()
        settings, found = _settings_from(payload)
        if found:
            return {"errors": plain(found)}
        self.display_name = str(payload.get("display_name") or "").strip() or self.fields["display_name"].default
        self.competences = list(settings.competences)
        self.moment = str(settings.moment)
        self.layout = payload["layout"] if payload.get("layout") in LAYOUTS else LAYOUTS[0]
        for name in SWITCHES:
            setattr(self, name, payload.get(name) is True)
        return {"result": "success"}

    # How it knows

    def _settings(self) -> AssessmentSettings:
        return AssessmentSettings(
            competences=tuple(self.competences),
            moment=self.moment,
            facilitators_rate=self.facilitators_rate,
            ask_evidence=self.ask_evidence,
        )

    def _assessment(self, actor: Actor, language: str) -> AssessmentView:
        return api.assessment(actor=actor, usage_key=usage_key_of(self), settings=self._settings(), language=language)

    def _fragment(self, state: str, page: AssessmentView | None, **more: Any) -> Fragment:
        """`state` is "take", "preview", or the key of the sentence to show instead."""
        language = spoken()
        words = strings(language)
        html = f'<div class="passerelle-csa"><noscript>{words["needs_script"]}</noscript></div>'
        data = {
            "state": state,
            "page": _plain_page(page) if page else None,
            "title": self.display_name,
            "layout": self.layout,
            "evidence_url": PROFILE_URL if self.ask_evidence else "",
            "profile_url": "" if state == "preview" else PROFILE_URL,
            "languages": self._languages(language),
            "beside": self._beside(page, language) if page else None,
            **_words(language),
            "storage_key": f"{self.scope_ids.usage_id}|{self.scope_ids.user_id}",
            **more,
        }
        return self._shown(
            html,
            "competence_self_assessment.css",
            "competence_self_assessment.js",
            starts="CompetenceSelfAssessment",
            data=data,
        )

    def _beside(self, page: AssessmentView, language: str) -> dict[str, Any] | None:
        """The course's words, to stand beside the person's own where her language is another one."""
        other = self._course_language()
        if other == language or other not in LANGUAGES:
            return None
        asked = tuple(competence.id for competence in page.competences)
        return {"page": {"competences": plain(api.competences(language=other, ids=asked))}, **_words(other)}

    def _languages(self, language: str) -> list[dict[str, str]]:
        """What one can read in, the person's own language first, then the course's."""
        wanted = (language, self._course_language(), *LANGUAGES)
        ordered = dict.fromkeys(code for code in wanted if code in LANGUAGES)
        return [{"code": code, "name": get_language_info(code)["name_local"]} for code in ordered]


def _plain_page(page: AssessmentView) -> dict[str, Any]:
    return {**plain(page), "ratings": dict(page.ratings), "earlier": dict(page.earlier)}


def _words(language: str) -> dict[str, Any]:
    return {"language": language, "direction": direction(language), "strings": strings(language)}


def _settings_from(payload: dict[str, Any]) -> tuple[AssessmentSettings, list[Problem]]:
    try:
        chosen = tuple(str(name) for name in payload["competences"])
        settings = AssessmentSettings(competences=chosen, moment=str(payload["moment"]))
    except (KeyError, TypeError) as error:
        raise InvalidError from error
    return settings, api.problems(settings=settings)
