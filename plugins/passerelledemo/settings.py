"""The one settings module: of the demo, of the tests, of the type checker.

Environment: `PASSERELLE_VAR` (folder for what the demo stores, default ./var), `PASSERELLE_DB_URL` (in place of SQLite,
a MySQL or MariaDB database: `mysql://user:password@127.0.0.1:3306/name`), `PASSERELLE_REDIS_URL` (cache and queue for
several processes: `redis://127.0.0.1:6379/0`), `PASSERELLE_DEBUG` (1: Django's error pages).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django
import passerelle

# Said by PyFilesystem, which blocks read their files through, at every start.
warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)

VAR = Path(os.environ.get("PASSERELLE_VAR", "var")).resolve()

DEBUG = os.environ.get("PASSERELLE_DEBUG") == "1"
SECRET_KEY = "for-the-demo-only-anyone-may-become-anybody-there"  # noqa: S105
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

PASSERELLE_HOST = "passerelledemo.host.DemoHost"
# What badges name as their issuer. Nobody can look it up there: a DID of this kind wants https.
LMS_ROOT_URL = "http://127.0.0.1:8000"
PLATFORM_NAME = "Passerelle demo"
PASSERELLE_PRIVATE_STORAGE = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": VAR / "private", "base_url": None, "file_permissions_mode": 0o600},
}
DATA_DIR = VAR / "courses"  # the suite's own settings put backups beside it

# Every app of the suite that is there: `passerelle/<app>/apps.py`.
PASSERELLE_APPS = [
    f"passerelle.{module.name}"
    for module in pkgutil.iter_modules(passerelle.__path__)
    if module.ispkg and find_spec(f"passerelle.{module.name}.apps")
]
# The oldest releases we test against have no XBlock SDK: there the apps run, but no course page.
XBLOCKS_CONTRIB = find_spec("xblocks_contrib")
HAS_WORKBENCH = find_spec("workbench") is not None and XBLOCKS_CONTRIB is not None
# The problem block's templates and scripts. Not as an app, which would import sympy and nltk for every command.
CAPA = Path(((XBLOCKS_CONTRIB and XBLOCKS_CONTRIB.submodule_search_locations) or [""])[0]) / "problem" / "capa"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    *PASSERELLE_APPS,
    "passerelledemo",
    *(["workbench"] if HAS_WORKBENCH else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "crum.CurrentRequestUserMiddleware",
]

ROOT_URLCONF = "passerelledemo.urls"
LOGIN_URL = "people"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [CAPA / "templates"] if HAS_WORKBENCH else [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "passerelledemo.context.chrome",
            ],
        },
    },
]


def _sqlite() -> dict[str, Any]:
    options: dict[str, Any] = {"timeout": 20}
    if django.VERSION >= (5, 1):
        # Take the write lock at the start of a transaction: one that only discovers later that it wants to write fails.
        options["transaction_mode"] = "IMMEDIATE"
        options["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR / "demo.sqlite3", "OPTIONS": options}


def _mysql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.mysql",
        "HOST": parts.hostname,
        "PORT": parts.port or 3306,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": parts.path.lstrip("/"),
        "OPTIONS": {"charset": "utf8mb4", "init_command": "SET sql_mode='STRICT_TRANS_TABLES'"},
        "TEST": {"CHARSET": "utf8mb4"},
        "ATOMIC_REQUESTS": True,  # as in the LMS
    }


DB_URL = os.environ.get("PASSERELLE_DB_URL", "")
DATABASES = {"default": _mysql(DB_URL) if DB_URL else _sqlite()}
# As on the platform: what several processes share, and the queue of the background work.
if CELERY_BROKER_URL := os.environ.get("PASSERELLE_REDIS_URL", ""):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CELERY_BROKER_URL}}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("fr", "Français"),
    ("en", "English"),
    ("ar", "العربية"),
    ("pt", "Português"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [CAPA / "static"] if HAS_WORKBENCH else []
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# What the problem block asks of the platform's asset pipeline: take its files one by one, as they lie in the package.
PIPELINE = {"PIPELINE_ENABLED": False}
REQUIRE_DEBUG = True
WORKBENCH: dict[str, Any] = {"services": {"settings": "workbench.services.SettingsService"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

# As the platform does for every app of the suite. Named here for the type checker, which does not see what comes.
PASSERELLE_BACKUP_STORAGE: dict[str, Any]
PASSERELLE_CONSENT_DAYS: dict[str, int]
PASSERELLE_DEMONSTRATED: dict[str, Any] | None
PASSERELLE_EXPECTED_VERSION: str
PASSERELLE_PUBLIC_SHOWCASE: bool
PASSERELLE_QUICK_EXIT_URL: str
PASSERELLE_QUIET_HOURS: tuple[int, int]
PASSERELLE_RETENTION_DAYS: dict[str, int]
PASSERELLE_SAFEGUARDING: str
PASSERELLE_SECOND_OPINION_DAYS: int
for app in PASSERELLE_APPS:
    if find_spec(f"{app}.settings"):
        importlib.import_module(f"{app}.settings.common").plugin_settings(sys.modules[__name__])
