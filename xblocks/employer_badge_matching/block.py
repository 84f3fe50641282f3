"""The block: the work that fits the learner, and why. It holds no rules; employers do."""

from __future__ import annotations

from typing import Any

from passerelle.competences import api as competences
from passerelle.employers import api
from passerelle.host.api import host
from passerelle.host.blocks import BlockMixin, course_key_of, spoken
from passerelle.host.errors import InvalidError
from passerelle.host.values import direction
from passerelle.host.web import block_handler, plain
from web_fragments.fragment import Fragment
from xblock.core import XBlock
from xblock.fields import Integer, Scope, String
from xblock.validation import Validation, ValidationMessage

from .strings import strings

HANDLERS = ("page", "keep", "hide", "unmark", "ask")

SCOPES = ("all", "unit")
"""Whether matches are by everything that the learner can do, or by what the unit around the block teaches."""

GAPS = ("partly", "related", "missing")
"""What of a card a unit may close."""


@XBlock.needs("i18n")
class EmployerBadgeMatchingBlock(BlockMixin, XBlock):
    """Opportunities in a unit: each learner sees those that fit what she can do, with reasons; saves and hides them."""

    display_name = String(default="Opportunities for you", scope=Scope.settings)
    count = Integer(default=5, scope=Scope.settings)
    matched_by = String(default=SCOPES[0], scope=Scope.settings)

    # What the platform shows

    @XBlock.supports("multi_device")
    def student_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The learner's matches, and for masquerading staff and visitors a note."""
        return self._fragment(self._page(spoken()))

    def public_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """For visitors: what is here, and how to see it."""
        return self._fragment({"cards": [], "note": "signed_out"})

    def author_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """In Studio: what learners will see here. Nobody's matches."""
        return self._fragment({"cards": [], "note": "author"})

    def student_view_data(self, _context: dict[str, Any] | None = None) -> dict[str, Any]:
        """For native clients: where to ask and act. Never anybody's matches."""
        return {
            "count": self._count(),
            **{f"{name}_url": self.runtime.handler_url(self, name) for name in HANDLERS},
        }

    def validate(self) -> Validation:
        """For Studio, and for the check of course exports: what the author has to put right."""
        validation = super().validate()
        words = strings(spoken())
        if self.matched_by not in SCOPES or not 1 <= self.count <= api.MOST:
            validation.add(ValidationMessage(ValidationMessage.ERROR, words["studio_wrong"]))
        elif self.matched_by == "unit" and not self._taught():
            validation.add(ValidationMessage(ValidationMessage.WARNING, words["studio_untagged"]))
        return validation

    def studio_view(self, _context: dict[str, Any] | None = None) -> Fragment:
        """The author's form."""
        language = spoken()
        settings = {"display_name": self.display_name, "matched_by": self.matched_by, "count": self._count()}
        html = '<div class="passerelle-matching passerelle-matching-studio"></div>'
        data = {
            "settings": settings,
            "scopes": SCOPES,
            "most": api.MOST,
            "language": language,
            "direction": direction(language),
            "strings": strings(language),
        }
        return self._shown(
            html, "employer_badge_matching.css", "studio.js", starts="EmployerBadgeMatchingStudio", data=data
        )

    @block_handler
    def studio_submit(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Save the author's form. What cannot be used is said, and nothing is changed."""
        self._require_author()
        scope, count = payload.get("matched_by"), str(payload.get("count") or "")
        if scope not in SCOPES or count not in map(str, range(1, api.MOST + 1)):
            raise InvalidError(strings(spoken())["studio_wrong"], field="count")
        self.display_name = str(payload.get("display_name") or "").strip() or self.fields["display_name"].default
        self.matched_by, self.count = scope, int(count)
        return {"result": "success"}

    # What people do

    @block_handler
    def page(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The matches as they are now, in the language asked for."""
        return self._page(spoken(payload.get("language")))

    @block_handler
    def keep(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Save an opportunity on the learner's list (`save` is every block's own)."""
        api.save(actor=self._actor(), opportunity_id=str(payload.get("opportunity") or ""))
        return {"saved": True}

    @block_handler
    def hide(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Show an opportunity no more."""
        api.hide(actor=self._actor(), opportunity_id=str(payload.get("opportunity") or ""))
        return {"hidden": True}

    @block_handler
    def unmark(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Neither saved nor hidden."""
        api.unmark(actor=self._actor(), opportunity_id=str(payload.get("opportunity") or ""))
        return {"saved": False, "hidden": False}

    @block_handler
    def ask(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask an employer for contact: it sees the learner under a made-up name from now on."""
        api.apply(actor=self._actor(), opportunity_id=str(payload.get("opportunity") or ""))
        return {"applied": True}

    # How it knows

    def _count(self) -> int:
        """What the author chose, within what one call gives."""
        return max(1, min(int(self.count), api.MOST))

    def _page(self, language: str) -> dict[str, Any]:
        actor = self._actor()
        if actor.user_id is None:
            return {"cards": [], "note": "signed_out"}
        if actor.masquerading:
            return {"cards": [], "note": "masquerade"}
        about = self._taught() if self.matched_by == "unit" else None
        cards = plain(api.opportunities_for(actor=actor, language=language, limit=self._count(), about=about))
        for card in cards:
            card["url"] = host().site_url(path=f"/passerelle/employers/work/{card['id']}/")
        missing = {need["uri"] for card in cards for name in GAPS for need in card[name]}
        return {
            "cards": cards,
            "note": "" if cards else "none",
            "units": self._units(missing),
            "profile_url": host().site_url(path="/passerelle/profile/"),
        }

    def _taught(self) -> frozenset[str]:
        """What the unit around this block is tagged with."""
        key = course_key_of(self)
        taught = competences.competences_taught(course_key=key) if key else {}
        return frozenset(taught.get(self.parent, ()))

    def _units(self, uris: set[str]) -> dict[str, dict[str, str]]:
        """By competence: the first unit of this course run that teaches it."""
        key = course_key_of(self)
        teaching = competences.units_teaching(course_key=key) if key and uris else {}
        first = {uri: units[0] for uri, units in teaching.items() if uri in uris and units[0] != self.parent}
        names = host().names_of(usage_keys=set(first.values())) if first else {}
        return {
            uri: {"name": names[unit], "url": host().block_url(usage_key=unit)}
            for uri, unit in first.items()
            if unit in names
        }

    def _fragment(self, page: dict[str, Any]) -> Fragment:
        language = spoken()
        words = strings(language)
        html = f'<div class="passerelle-matching"><noscript>{words["needs_script"]}</noscript></div>'
        data = {
            "page": page,
            "language": language,
            "direction": direction(language),
            "strings": words,
            "title": self.display_name,
        }
        return self._shown(
            html, "employer_badge_matching.css", "employer_badge_matching.js", starts="EmployerBadgeMatching", data=data
        )
