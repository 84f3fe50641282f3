"""A Django with a real tagging package and the competences app: `openedx-learning` 0.26, or `openedx-core`."""

from __future__ import annotations

from importlib.util import find_spec

FLAT = find_spec("openedx_tagging.api") is not None
APPLETS = find_spec("openedx_learning.applets") if find_spec("openedx_learning") else None

SECRET_KEY = "for-tests-only"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSERELLE_HOST = "tagging_host.TaggingHost"
PASSERELLE_DEMONSTRATED = {"share": 0.75, "level": 2}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "passerelle.host",
    "passerelle.competences",
    "openedx_tagging" if FLAT else "openedx_tagging.core.tagging",
    *(["openedx_catalog", "openedx_content", "organizations", "openedx_learning"] if APPLETS else []),
]
