"""Organisations: registered by their people, approved by an operator; members, and what they recognise. Private."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from passerelle.badges import api as badges
from passerelle.competences import api as competences
from passerelle.host.api import Actor, host
from passerelle.host.errors import InvalidError, NotFoundError, NotNowError
from passerelle.host.values import say

from .data import MemberView, OrganisationView, RecognisedView, Role
from .models import Member, Organisation, Recognised
from .permissions import require, role_in

LANGUAGES = ("fr", "en", "ar", "pt", "tr", "uk")
"""The languages that names of competences are kept in beside an opportunity."""

KEY_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WEBSITE_FORM = re.compile(r"https?://[^\s<>\"]{3,190}")
MOST_NAME, MOST_TEXT = 200, 5000
MOST_ORGANISATIONS = 5
"""That one person may have waiting for approval."""


@transaction.atomic
def register(*, actor: Actor, name: str, about: str, website: str, key: str) -> str:
    """Register an organisation, to be approved by an operator; the actor becomes its manager. Returns its slug.

    `key` is a UUID made up for the request: the same one again gives the same organisation.
    """
    require("register", actor)
    if not KEY_FORM.fullmatch(key):
        raise InvalidError(field="key")
    values = _described(name, about, website)
    slug = f"{slugify(values['name'])[:30]}-{key[:13]}".strip("-")
    found = Organisation.objects.filter(slug__endswith=f"-{key[:13]}", members__user_id=actor.pk).first()
    if found is not None:
        return found.slug
    waiting = Organisation.objects.filter(members__user_id=actor.pk, approved=False)
    if waiting.count() >= MOST_ORGANISATIONS:
        raise NotNowError(_("Several organisations of yours wait for approval. Wait until those are approved."))
    try:
        with transaction.atomic():
            made = Organisation.objects.create(slug=slug, **values)
            Member.objects.create(organisation=made, user_id=actor.pk, role=Role.MANAGER)
    except IntegrityError as error:  # two taps at once; a locking read sees what the other one wrote
        own = Organisation.objects.select_for_update().filter(slug=slug, members__user_id=actor.pk)
        if not own.exists():
            raise InvalidError(field="key") from error
    return slug


@transaction.atomic
def describe(*, actor: Actor, organisation: str, name: str, about: str, website: str) -> None:
    """Change what people read of the organisation. A new name waits for approval, as a new organisation does."""
    row = find(organisation, lock=True)
    require("describe", actor, row.pk)
    values = _described(name, about, website)
    if values["name"] != row.name:
        row.approved = False
    for field, value in values.items():
        setattr(row, field, value)
    row.refusal = ""
    row.save()


def my_organisations(*, actor: Actor) -> tuple[OrganisationView, ...]:
    """The organisations that the actor works for. One query."""
    require("my_organisations", actor)
    rows = Member.objects.filter(user_id=actor.pk).select_related("organisation").order_by("organisation__name")
    return tuple(view(row.organisation, row.role) for row in rows)


def organisation(*, actor: Actor, organisation: str) -> OrganisationView:
    """An organisation for its members and for operators."""
    row = find(organisation)
    require("organisation", actor, row.pk)
    return view(row, role_in(actor, row.pk) or "")


def members(*, actor: Actor, organisation: str) -> tuple[MemberView, ...]:
    """Who works for the organisation, by name."""
    row = find(organisation)
    require("members", actor, row.pk)
    rows = list(Member.objects.filter(organisation=row))
    names = host().display_names(user_ids=[each.user_id for each in rows])
    views = [
        MemberView(
            user_id=each.user_id,
            name=names.get(each.user_id, ""),
            role=Role(each.role),
            is_me=each.user_id == actor.pk,
        )
        for each in rows
    ]
    return tuple(sorted(views, key=lambda each: (each.name, each.user_id)))


@transaction.atomic
def add_member(*, actor: Actor, organisation: str, name: str, role: str) -> None:
    """Let the account with this username or e-mail address work for the organisation, or change what it does there."""
    row = find(organisation, lock=True)
    require("add_member", actor, row.pk)
    if role not in set(Role):
        raise InvalidError(_("Choose what this person does here."), field="role")
    if not row.approved:
        raise NotNowError  # anybody can register one, and read here whose account an address is
    user_id = host().find_user(name=name.strip()) if name.strip() else None
    if user_id is None:
        raise InvalidError(
            _("There is no account with this name or address. Check the spelling; she or he must sign up first."),
            field="name",
        )
    if role != Role.MANAGER:
        _keep_a_manager(row, user_id)
    Member.objects.update_or_create(organisation=row, user_id=user_id, defaults={"role": role})


@transaction.atomic
def remove_member(*, actor: Actor, organisation: str, user_id: int) -> None:
    """Let the account no longer work for the organisation."""
    row = find(organisation, lock=True)
    require("remove_member", actor, row.pk)
    _keep_a_manager(row, user_id)
    Member.objects.filter(organisation=row, user_id=user_id).delete()


def _keep_a_manager(row: Organisation, user_id: int) -> None:
    managers = set(Member.objects.filter(organisation=row, role=Role.MANAGER).values_list("user_id", flat=True))
    if managers == {user_id}:
        raise NotNowError(_("Somebody has to manage the organisation. Make another person manager first."))


# --- What it recognises


def recognised(*, organisation_id: int, language: str) -> tuple[RecognisedView, ...]:
    """The badges and competences that an organisation recognises. One query."""
    rows = Recognised.objects.filter(organisation_id=organisation_id)
    return tuple(
        RecognisedView(target=row.target, is_badge=row.is_badge, name=say(row.words, language)) for row in rows
    )


def recognised_by(*, actor: Actor, organisation: str, language: str) -> tuple[RecognisedView, ...]:
    """The same for its members. Three queries."""
    row = find(organisation)
    require("recognised_by", actor, row.pk)
    return recognised(organisation_id=row.pk, language=language)


@transaction.atomic
def recognise(*, actor: Actor, organisation: str, target: str) -> None:
    """Recognise a badge (the id of an achievement on offer) or a competence (its URI)."""
    row = find(organisation)
    require("recognise", actor, row.pk)
    badge = next((each for each in badges.offered(language="en") if each.id == target), None)
    words = {each: _badge_name(target, each) for each in LANGUAGES} if badge else names_of([target]).get(target)
    if not words:
        raise InvalidError(_("Choose a badge or a competence from the list."), field="target")
    Recognised.objects.get_or_create(
        organisation=row, target=target, defaults={"is_badge": badge is not None, "words": words}
    )


def _badge_name(target: str, language: str) -> str:
    return next((each.name for each in badges.offered(language=language) if each.id == target), "")


def unrecognise(*, actor: Actor, organisation: str, target: str) -> None:
    """Recognise it no more."""
    row = find(organisation)
    require("unrecognise", actor, row.pk)
    Recognised.objects.filter(organisation=row, target=target).delete()


def names_of(uris: list[str]) -> dict[str, dict[str, str]]:
    """Names of known competences, by URI and language. One query a language at most."""
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        for uri, name in competences.names(uris=uris, language=language).items():
            found.setdefault(uri, {})[language] = name
    return found


# --- An operator


def approve(*, actor: Actor, organisation: str) -> None:
    """Show the work of the organisation with this slug."""
    require("approve", actor)
    _set_approved(organisation, approved=True, refusal="")


def disapprove(*, actor: Actor, organisation: str, reason: str = "") -> None:
    """Show nothing of the organisation any more; its members read the reason."""
    require("disapprove", actor)
    _set_approved(organisation, approved=False, refusal=reason.strip()[:MOST_TEXT])


@transaction.atomic
def _set_approved(slug: str, *, approved: bool, refusal: str) -> None:
    row = find(slug, lock=True)
    if (row.approved, row.refusal) != (approved, refusal):
        row.approved, row.refusal = approved, refusal
        row.save(update_fields=["approved", "refusal"])


# --- For the app


def find(slug: str, *, lock: bool = False) -> Organisation:
    """The organisation. Raises NotFoundError."""
    rows = Organisation.objects.select_for_update() if lock else Organisation.objects.all()
    row = rows.filter(slug=slug).first()
    if row is None:
        raise NotFoundError
    return row


def view(row: Organisation, role: str = "") -> OrganisationView:
    """The organisation as its desk shows it."""
    return OrganisationView(
        slug=row.slug,
        name=row.name,
        about=row.about,
        website=row.website,
        approved=row.approved,
        refusal=row.refusal,
        registered_at=row.registered_at.isoformat(),
        role=str(role),
    )


def _described(name: str, about: str, website: str) -> dict[str, str]:
    name, about, website = name.strip(), about.strip(), website.strip()
    if not 2 <= len(name) <= MOST_NAME:  # noqa: PLR2004
        raise InvalidError(_("Write the organisation's name."), field="name")
    if not about:
        raise InvalidError(_("Say in a few words what the organisation does."), field="about")
    if len(about) > MOST_TEXT:
        raise InvalidError(_("This is too long. Nothing is lost: shorten it here."), field="about")
    if website and not WEBSITE_FORM.fullmatch(website):
        raise InvalidError(
            _("The website's address begins with https://. Leave it empty if there is none."), field="website"
        )
    return {"name": name, "about": about, "website": website}
