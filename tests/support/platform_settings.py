"""In place of edx-platform's `{lms,cms}.envs.{production,devstack}`, where there is no edx-platform.

Does what those do for plugins, with the real machinery and in their order: apps, common settings, the YAML, the
settings of production or development. Of the platform's own settings, those that Tutor's files read, all but empty.
"""

from __future__ import annotations

import os
from typing import Any

import yaml
from edx_django_utils.plugins import add_plugins, get_plugin_apps

VARIANT, _envs, KIND = __name__.split(".")
PROJECT = f"{VARIANT}.djangoapp"

SERVICE_VARIANT = os.environ["SERVICE_VARIANT"]
FEATURES: dict[str, Any] = {}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "rest_framework",
    "lms.djangoapps.coursewarehistoryextended",
]
DATABASE_ROUTERS = ["openedx.core.lib.django_courseware_routers.StudentModuleHistoryExtendedRouter"]
DATA_DIR = STATIC_ROOT = os.environ["PLATFORM_FOLDER"]
MODULESTORE = {"default": {"OPTIONS": {"stores": [{"OPTIONS": {}}]}}}
JWT_AUTH: dict[str, Any] = {}
REGISTRATION_EXTRA_FIELDS: dict[str, str] = {}
PROFILE_IMAGE_BACKEND: dict[str, Any] = {"options": {}}
VIDEO_IMAGE_SETTINGS: dict[str, Any] = {"STORAGE_KWARGS": {}}
VIDEO_TRANSCRIPTS_SETTINGS: dict[str, Any] = {"STORAGE_KWARGS": {}}
LOGGING: dict[str, Any] = {
    "version": 1,
    "formatters": {"standard": {}},
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"tracking": {}},
}
SYSTEM_WIDE_ROLE_CLASSES = ["enterprise.SystemWideEnterpriseUserRoleAssignment"]
CSRF_TRUSTED_ORIGINS: list[str] = []
IDA_LOGOUT_URI_LIST: list[str] = []
LOGIN_REDIRECT_WHITELIST: list[str] = []
MAKO_TEMPLATE_DIRS_BASE: list[str] = []
USE_TZ = True

INSTALLED_APPS.extend(get_plugin_apps(PROJECT))
add_plugins(__name__, PROJECT, "common")

with open(os.environ[f"{VARIANT.upper()}_CFG"], encoding="utf-8") as config:
    ENV_TOKENS: dict[str, Any] = yaml.safe_load(config)
for name, value in ENV_TOKENS.items():
    globals()[name] = {**FEATURES, **value} if name == "FEATURES" else value
DATABASES: dict[str, Any] = {}  # the platform brings the client for MySQL

add_plugins(__name__, PROJECT, KIND)
