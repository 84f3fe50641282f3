"""Protocols as data: one YAML file each beside this module, checked when read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from passerelle.host import values

from ..data import CircleSettings, Media, Phase, PhaseKind, Problem, Protocol, Tempo

FEWEST, MOST = 2, 12
SHORTEST, LONGEST = 15, 3600
MOST_DAYS = 60
PROMPT_LENGTH = 1000


class ProtocolError(ValueError):
    """A protocol file is wrong; the message names the file, the place and what is expected."""


@cache
def names() -> tuple[str, ...]:
    """The ids of all protocols, which are their file names."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.yaml")))


@cache
def load(name: str) -> Protocol:
    """The protocol with this id. Raises KeyError for an unknown one, ProtocolError for a broken file."""
    if name not in names():
        raise KeyError(name)
    path = Path(__file__).parent / f"{name}.yaml"
    return parse(yaml.safe_load(path.read_text(encoding="utf-8")), source=path.name)


def parse(raw: Mapping[str, Any], *, source: str) -> Protocol:
    """Turn a YAML document into a Protocol. Raises ProtocolError naming `source` and the faulty place."""
    try:
        phases = tuple(_phase(phase) for phase in raw["phases"])
        protocol = Protocol(
            id=raw["id"],
            version=int(raw["version"]),
            title=dict(raw["title"]),
            min_size=int(raw["group"]["min"]),
            max_size=int(raw["group"]["max"]),
            rules={language: tuple(lines) for language, lines in raw["rules"].items()},
            phases=phases,
            affiliations={name: dict(title) for name, title in (raw.get("affiliations") or {}).items()},
            tempo=Tempo(raw.get("tempo", Tempo.LIVE)),
            media=tuple(Media(name) for name in raw.get("media") or ()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"{source}: {error!r} is missing or not of the expected form.") from error
    _check(protocol, source=source)
    return protocol


def _phase(raw: Mapping[str, Any]) -> Phase:
    return Phase(
        id=raw["id"],
        kind=PhaseKind(raw["kind"]),
        title=dict(raw["title"]),
        prompt=dict(raw["prompt"]),
        seconds=raw.get("seconds"),
        of=raw.get("of"),
        questions=tuple(dict(question) for question in raw.get("questions", ())),
        session=int(raw.get("session", 1)),
        days=_days(raw.get("days", 3)),
        ordered=bool(raw.get("ordered", False)),
    )


def _days(raw: object) -> int:
    if not isinstance(raw, int) or not 1 <= raw <= MOST_DAYS:
        raise ValueError(f"'days' from 1 to {MOST_DAYS}")
    return raw


def _check(protocol: Protocol, *, source: str) -> None:
    languages = set(protocol.languages)
    seen: dict[str, PhaseKind] = {}
    if not protocol.phases or protocol.phases[0].kind is not PhaseKind.GATHERING:
        raise ProtocolError(f"{source}: the first phase must be of kind 'gathering'.")
    session = 0
    for phase in protocol.phases:
        begins = phase.kind is PhaseKind.GATHERING
        if phase.session != session + begins:
            raise ProtocolError(f"{source}: {phase.id!r}: sessions count up from 1, each begins with one 'gathering'.")
        session = phase.session
        if phase.id in seen:
            raise ProtocolError(f"{source}: two phases are called {phase.id!r}.")
        if phase.kind is PhaseKind.ROUND and not (phase.seconds and SHORTEST <= phase.seconds <= LONGEST):
            raise ProtocolError(f"{source}: round {phase.id!r} needs 'seconds' from {SHORTEST} to {LONGEST}.")
        if phase.kind is PhaseKind.REPLIES and seen.get(phase.of or "") is not PhaseKind.ROUND:
            raise ProtocolError(f"{source}: 'of' in {phase.id!r} must name an earlier round.")
        if (phase.kind is PhaseKind.QUESTIONS) != bool(phase.questions):
            raise ProtocolError(
                f"{source}: {phase.id!r}: questions belong to phases of kind 'questions', and only there."
            )
        for words in (protocol.title, phase.title, phase.prompt, *phase.questions, *protocol.affiliations.values()):
            if not set(words) >= languages:  # an author may add a language
                raise ProtocolError(f"{source}: {phase.id!r}: every text is needed in {sorted(languages)}.")
        seen[phase.id] = phase.kind


def applied(settings: CircleSettings) -> Protocol:
    """The protocol as the author's settings change it. Raises KeyError for an unknown protocol."""
    protocol = load(settings.protocol)
    phases = tuple(
        replace(
            phase,
            seconds=settings.seconds.get(phase.id, phase.seconds),
            days=settings.days.get(phase.id, phase.days),
            prompt={**phase.prompt, **settings.prompts.get(phase.id, {})},
        )
        for phase in protocol.phases
        if phase.id not in settings.without
    )
    sized = replace(protocol, min_size=settings.min_size, max_size=settings.max_size)
    media = tuple(media for media in Media if media in settings.media)
    return replace(sized, phases=phases, tempo=settings.tempo, media=media)


say = values.say


def problems(settings: CircleSettings) -> list[Problem]:
    """What is wrong with an author's settings, in the active language; empty where all is well."""
    if settings.protocol not in names():
        known = ", ".join(names())
        return [Problem(field="protocol", message=_("There is no such protocol. Choose one of: %s.") % known)]
    protocol = load(settings.protocol)
    return [
        *_size_problems(settings),
        *_phase_problems(settings, protocol),
        *_seconds_problems(settings, protocol),
        *_days_problems(settings, protocol),
        *_language_problems(settings, protocol),
        *_prompt_problems(settings, protocol),
        *_media_problems(settings),
    ]


def _size_problems(settings: CircleSettings) -> list[Problem]:
    found = []
    allowed = {"fewest": FEWEST, "most": MOST}
    for name in ("min_size", "max_size"):
        if not FEWEST <= getattr(settings, name) <= MOST:
            message = _("A circle has from %(fewest)d to %(most)d people. Enter a number in between.") % allowed
            found.append(Problem(field=name, message=message))
    if not found and settings.min_size > settings.max_size:
        message = _("The smallest size is larger than the largest. Lower it, or raise the largest size.")
        found.append(Problem(field="min_size", message=message))
    return found


def _phase_problems(settings: CircleSettings, protocol: Protocol) -> list[Problem]:
    """What is wrong with the phases that are left out."""
    known = {phase.id: phase for phase in protocol.phases}
    found = []
    for phase_id in settings.without:
        message = ""
        if phase_id not in known:
            message = _("This protocol has no phase called “%s”. Nothing needs to be left out.") % phase_id
        elif known[phase_id].kind is PhaseKind.GATHERING:
            message = _("A meeting begins with people arriving. This part cannot be left out.")
        if message:
            found.append(Problem(field=f"without.{phase_id}", message=message))
    kept = [phase for phase in protocol.phases if phase.id not in settings.without]
    found += [
        Problem(
            field=f"without.{phase.of}",
            message=_("“%(replies)s” answers what is told here. Keep this part, or leave both out.")
            % {"replies": say(phase.title, _active())},
        )
        for phase in kept
        if phase.kind is PhaseKind.REPLIES and phase.of in settings.without
    ]
    if not any(phase.kind is PhaseKind.ROUND for phase in kept):
        message = _("A circle needs at least one part in which everyone tells something. Keep one.")
        found.append(Problem(field="without", message=message))
    return found


def _active() -> str:
    return get_language() or "en"


def _days_problems(settings: CircleSettings, protocol: Protocol) -> list[Problem]:
    known = {phase.id for phase in protocol.phases}
    found = []
    for phase_id, days in settings.days.items():
        if phase_id not in known:
            message = _("This protocol has no phase called “%s”. Remove its days.") % phase_id
            found.append(Problem(field="days", message=message))
        elif not 1 <= days <= MOST_DAYS:
            message = _("Over days, a part lasts from 1 to %d days. Enter a number in between.") % MOST_DAYS
            found.append(Problem(field=f"days.{phase_id}", message=message))
    return found


def _seconds_problems(settings: CircleSettings, protocol: Protocol) -> list[Problem]:
    rounds = {phase.id for phase in protocol.phases if phase.kind is PhaseKind.ROUND}
    found = []
    for phase_id, seconds in settings.seconds.items():
        if phase_id not in rounds:
            message = _("This protocol has no round called “%s”. Remove its time.") % phase_id
            found.append(Problem(field="seconds", message=message))
        elif not SHORTEST <= seconds <= LONGEST:
            limits = {"shortest": SHORTEST, "longest": LONGEST}
            message = _("A turn lasts from %(shortest)d to %(longest)d seconds. Enter a number in between.") % limits
            found.append(Problem(field=f"seconds.{phase_id}", message=message))
    return found


def _language_problems(settings: CircleSettings, protocol: Protocol) -> list[Problem]:
    if not settings.languages:
        return [Problem(field="languages", message=_("Choose at least one language."))]
    return [
        Problem(
            field="languages",
            message=_("“%(language)s” has no texts in this protocol yet. Write a prompt in it for every phase.")
            % {"language": language},
        )
        for language in settings.languages
        if language not in protocol.languages
        and any(not settings.prompts.get(phase.id, {}).get(language) for phase in protocol.phases)
    ]


def _prompt_problems(settings: CircleSettings, protocol: Protocol) -> list[Problem]:
    found = []
    known = {phase.id for phase in protocol.phases}
    for phase_id, words in settings.prompts.items():
        if phase_id not in known:
            message = _("This protocol has no phase called “%s”. Remove its prompt.") % phase_id
            found.append(Problem(field="prompts", message=message))
        if any(len(text) > PROMPT_LENGTH for text in words.values()):
            message = _("A prompt has at most %d characters. Shorten it.") % PROMPT_LENGTH
            found.append(Problem(field=f"prompts.{phase_id}", message=message))
    return found


def _media_problems(settings: CircleSettings) -> list[Problem]:
    if set(settings.media) <= set(Media):
        return []
    return [Problem(field="media", message=_("Choose from the list what a story may hold."))]
