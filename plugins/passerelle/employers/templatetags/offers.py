"""What the templates of employers say of value objects."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from passerelle.competences.data import Unit
from passerelle.employers.data import Candidate, MatchCard
from passerelle.employers.words import LANGUAGE_NAMES

register = template.Library()

KINDS = {
    "job": gettext_lazy("Job"),
    "internship": gettext_lazy("Internship"),
    "volunteering": gettext_lazy("Volunteering"),
    "mentoring": gettext_lazy("Mentoring"),
}
DECISIONS = {
    "chosen": gettext_lazy("The employer would like to work with this person"),
    "invited": gettext_lazy("The employer invites this person to a talk"),
    "declined": gettext_lazy("The employer said no"),
}
OUR_DECISIONS = {
    "chosen": gettext_lazy("We would like to work with this person"),
    "invited": gettext_lazy("We invite this person to a talk"),
    "declined": gettext_lazy("We say no"),
}
ROLES = {
    "manager": gettext_lazy("Manager: everything"),
    "recruiter": gettext_lazy("Recruiter: opportunities and people"),
    "editor": gettext_lazy("Editor: opportunities; sees no people"),
}
STAGES = {
    "draft": gettext_lazy("Draft: only you see it"),
    "waiting": gettext_lazy("Waits for the operator"),
    "published": gettext_lazy("People see it"),
    "archived": gettext_lazy("Archived"),
}
TRACES = {
    "shown": gettext_lazy("you let the employer see what you can do"),
    "taken_back": gettext_lazy("you took that back"),
    "viewed": gettext_lazy("the employer looked at how you fit"),
    "applied": gettext_lazy("you applied"),
    "withdrawn": gettext_lazy("you took your application back"),
    "asked": gettext_lazy("the employer asked to get in touch"),
    "accepted": gettext_lazy("you said yes, and the employer sees your name"),
    "refused": gettext_lazy("you said no"),
    "decided": gettext_lazy("the employer decided"),
    "appealed": gettext_lazy("you asked for a second look"),
    "answered": gettext_lazy("your question for a second look was answered"),
}


@register.simple_tag
def kind_name(kind: str) -> str:
    """What kind of work it is."""
    return str(KINDS[kind])


@register.simple_tag
def decision_name(decision: str) -> str:
    """What an employer decided."""
    return str(DECISIONS[decision])


@register.simple_tag
def our_decision(decision: str) -> str:
    """What an employer can decide, as it says so itself."""
    return str(OUR_DECISIONS[decision])


@register.simple_tag
def role_name(role: str) -> str:
    """What somebody does in an organisation."""
    return str(ROLES[role])


@register.simple_tag
def stage_name(stage: str) -> str:
    """Where an opportunity stands."""
    return str(STAGES[stage])


@register.simple_tag
def trace_name(what: str) -> str:
    """What was done."""
    return str(TRACES[what])


@register.simple_tag
def language_here(code: str) -> str:
    """A language as the reader's own language calls it."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return LANGUAGE_NAMES.get(code, code)


@register.simple_tag
def unit_for(units: Mapping[str, Unit | None] | str, uri: str) -> Unit | None:
    """The unit that teaches this competence, where the page knows one."""
    return units.get(uri) if isinstance(units, Mapping) else None


@register.simple_tag
def you_have(card: MatchCard) -> str:
    """How much of what is asked the person brings in full, and how much nearly: nobody is told of nothing but gaps."""
    every = sum(len(each) for each in (card.held, card.partly, card.related, card.missing))
    counts = {"have": len(card.held), "all": every, "near": len(card.partly) + len(card.related)}
    if counts["near"]:
        return _("You have %(have)s of %(all)s, and %(near)s nearly") % counts
    return _("You have %(have)s of %(all)s") % counts


@register.simple_tag
def uses(card: MatchCard) -> str:
    """How much of what she can do the work would use."""
    return _("Uses %(share)s %% of what you can do") % {"share": round(card.use * 100)}


@register.simple_tag
def has_of(one: Candidate) -> str:
    """How much of what is asked the person brings in full, for an employer."""
    every = sum(len(each) for each in (one.held, one.partly, one.related, one.missing))
    return _("Has %(have)s of %(all)s") % {"have": len(one.held), "all": every}


@register.simple_tag
def work_uses(one: Candidate) -> str:
    """How much of what the person can do the work would use: a low share says that she could do more."""
    return _("The work would use %(share)s %% of what this person can do.") % {"share": round(one.use * 100)}
