"""Sentences on their way to a person: through the platform's notifications, else by e-mail (edx-ace).

A course run that has the platform's notifications (waffle flag `notifications.enable_notifications`) gets the
openedx-events signal `USER_NOTIFICATION_REQUESTED`; the platform carries it to the bell and, as each person set it, to
her e-mail. The platform keeps the kinds of notification that it knows in two dictionaries and offers no way to
register one, so ours is written into them. A course run without notifications gets an e-mail.
"""

from __future__ import annotations

import logging
from typing import Any

import crum
from django.contrib.auth import get_user_model
from opaque_keys.edx.keys import CourseKey

log = logging.getLogger(__name__)

APP = "passerelle"
KIND = "passerelle_circle"


def register() -> None:
    """Make our kind of notification known, with both Teak's names for its settings and later ones."""
    from openedx.core.djangoapps.notifications.base_notification import (
        COURSE_NOTIFICATION_APPS,
        COURSE_NOTIFICATION_TYPES,
    )

    cadence = "Immediately"  # a reminder that comes with the digest comes too late
    channels = {"web": True, "email": True, "push": False, "email_cadence": cadence}
    core = {f"core_{name}": value for name, value in channels.items()}
    COURSE_NOTIFICATION_APPS.setdefault(
        APP, {"enabled": True, "core_info": "", "info": "", "non_editable": [], **channels, **core}
    )
    kind = {
        "notification_app": APP,
        "name": KIND,
        "is_core": False,
        "use_app_defaults": False,
        "info": "",
        "non_editable": ["push"],
        "content_template": "<{p}><{strong}>{sentence}</{strong}></{p}>",
        "content_context": {"sentence": "The sentence"},
        "email_template": "",
        "filters": [],
        **channels,
    }
    COURSE_NOTIFICATION_TYPES.setdefault(KIND, kind)


def send(*, user_id: int, course_key: CourseKey, sentence: str, url: str) -> None:
    """Tell the person; the sentence is in her language, and `url` absolute."""
    try:
        from openedx.core.djangoapps.notifications.config.waffle import ENABLE_NOTIFICATIONS
    except ImportError:  # later releases have no switch
        enabled = True
    else:
        enabled = bool(ENABLE_NOTIFICATIONS.is_enabled(course_key))
    if enabled:
        _ring(user_id=user_id, course_key=course_key, sentence=sentence, url=url)
    else:
        _write(user_id=user_id, sentence=sentence, url=url)


def _ring(*, user_id: int, course_key: CourseKey, sentence: str, url: str) -> None:
    from openedx_events.learning.data import UserNotificationData
    from openedx_events.learning.signals import USER_NOTIFICATION_REQUESTED

    register()
    _know_our_kind(user_id, course_key)
    wanted = UserNotificationData(
        user_ids=[user_id],
        notification_type=KIND,
        content_url=url,
        app_name=APP,
        course_key=course_key,
        context={"sentence": sentence},
    )
    USER_NOTIFICATION_REQUESTED.send_event(notification_data=wanted)


def _know_our_kind(user_id: int, course_key: CourseKey) -> None:
    """Add our defaults to what the person set in the course run before our kind existed; later releases need it not."""
    try:
        from openedx.core.djangoapps.notifications.base_notification import NotificationAppManager
        from openedx.core.djangoapps.notifications.models import CourseNotificationPreference
    except ImportError:
        return
    row = CourseNotificationPreference.objects.filter(user_id=user_id, course_id=course_key).first()
    if row is None or APP in row.notification_preference_config:
        return
    defaults = NotificationAppManager().get_notification_app_preferences()
    row.notification_preference_config[APP] = defaults[APP]
    row.save(update_fields=["notification_preference_config"])


def _write(*, user_id: int, sentence: str, url: str) -> None:
    from django.contrib.sites.models import Site
    from edx_ace import ace
    from edx_ace.message import MessageType
    from edx_ace.recipient import Recipient
    from openedx.core.djangoapps.ace_common.template_context import get_base_template_context
    from openedx.core.djangoapps.lang_pref import LANGUAGE_KEY
    from openedx.core.djangoapps.user_api.models import UserPreference
    from openedx.core.lib.celery.task_utils import emulate_http_request

    user: Any = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    if user is None or not user.has_usable_password() or not user.email:
        return
    site = Site.objects.get_current()
    context = {**get_base_template_context(site), "sentence": sentence, "notice_url": url}
    language = UserPreference.get_value(user, LANGUAGE_KEY, default="en")
    kind = MessageType(app_label=APP, name="notice")
    # The platform's e-mail templates want a request. The emulation takes the current one where there is one, and puts
    # the recipient in the place of its user: whoever acts just now must not become her.
    acting = crum.get_current_request()
    crum.set_current_request(None)
    try:
        with emulate_http_request(site=site, user=user):
            ace.send(kind.personalize(Recipient(lms_user_id=user.pk, email_address=user.email), language, context))
    except Exception:
        log.exception("A notice could not be sent by e-mail")  # the next reminder is for another part
    finally:
        crum.set_current_request(acting)
