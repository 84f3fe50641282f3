"""`python -m passerelledemo <command>`: the demo's manage.py."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passerelledemo.settings")
execute_from_command_line(["passerelledemo", *sys.argv[1:]])
