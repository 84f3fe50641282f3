"""Without edx-platform, the project's own test run sees one skipped test here, which says how to run the others."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("xmodule") else ["in_lms", "in_cms"]
