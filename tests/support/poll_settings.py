"""The demo's settings, with the address of a poll beside the circles (`poll_urls`)."""

from passerelledemo.settings import *  # noqa: F403

ROOT_URLCONF = "poll_urls"
