"""These tests need a real tagging package, which nox installs; elsewhere they are left out."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("openedx_tagging") else ["test_taxonomy.py"]
