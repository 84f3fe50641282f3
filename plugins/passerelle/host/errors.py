"""What can go wrong, each with an HTTP status, a code for programs, and words that tell a person what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _


class PasserelleError(Exception):
    """Base of all. `str(error)` is a sentence in the active language; `field` names the faulty entry, or is ""."""

    status = 400
    code = "invalid"
    default = _("This could not be understood. Reload the page and try again.")

    def __init__(self, message: object = None, *, field: str = "") -> None:
        super().__init__(message or self.default)
        self.field = field

    def __str__(self) -> str:
        return str(self.args[0])


class InvalidError(PasserelleError):
    """What was entered is not usable; the message says why."""


class NotFoundError(PasserelleError):
    """There is no such thing here, or it is none of the actor's business."""

    status = 404
    code = "not_found"
    default = _("This is not here, or not yours to see. Go back to the course page and open it from there.")


class NotAllowedError(PasserelleError):
    """A permission table says no."""

    status = 403
    code = "not_allowed"
    default = _("This is not open to you. If you think it should be, ask the facilitator of your course.")


class NotNowError(PasserelleError):
    """Things stand elsewhere: out of turn, already said, already closed."""

    status = 409
    code = "not_now"
    default = _("This is not possible right now. The page shows how things stand.")


class NotJsonError(PasserelleError):
    """Writes take `application/json` alone: the platform's tracking log keeps what comes as a form."""

    status = 415
    code = "not_json"
    default = _("This page is out of date. Reload it and try again.")


class TooLargeError(PasserelleError):
    """The request's body is larger than anything that a person writes here."""

    status = 413
    code = "too_large"
    default = _("This is too long to be sent. Nothing is lost: shorten it here and send it again.")
