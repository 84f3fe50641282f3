"""Settings that the platform takes over (edx-django-utils calls `plugin_settings`)."""
