"""What Passerelle adds to Tutor. Each registration below belongs to one of Tutor's hooks (`tutor.hooks`)."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from tutor import fmt, hooks, plugins

from . import image, wheel
from .__about__ import DISTRIBUTION, __version__
from .commands import COMMANDS, do_command
from .settings import SECRET, SETTINGS
from .slots import add_header_links

PACKAGE = files("tutorpasserelle")
NOTE = "passerelle-note"

hooks.Filters.CONFIG_DEFAULTS.add_items([(setting.name, setting.default) for setting in SETTINGS])
hooks.Filters.CONFIG_UNIQUE.add_item((SECRET.name, SECRET.default))
hooks.Filters.ENV_PATCHES.add_items(
    [(patch.name, patch.read_text(encoding="utf-8")) for patch in (PACKAGE / "patches").iterdir()]
)

hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("passerelle_wheel", lambda: wheel.make(DISTRIBUTION)))
hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("passerelle_version", __version__))
image.name(f"passerelle-{__version__}")
image.add_wheel()

# Where the suite is, no note is wanted in its place; where it is disabled, one is.
hooks.clear_all(context=hooks.Contexts.app(NOTE).name)


@hooks.Actions.PLUGIN_UNLOADED.add()
def _leave_a_note(plugin: str, _root: str, _config: Any) -> None:
    if plugin == "passerelle":
        plugins.load(NOTE)
        fmt.echo_info(
            f"    Courses will show a note where Passerelle's blocks stood: the plugin {NOTE} is enabled in its\n"
            "    stead. Where no course holds such blocks, disable it too."
        )


hooks.Filters.CLI_DO_COMMANDS.add_items([do_command(command) for command in COMMANDS])

hooks.Filters.CLI_DO_INIT_TASKS.add_item(
    ("lms", (PACKAGE / "templates/passerelle/tasks/lms/init").read_text(encoding="utf-8"))
)

add_header_links()
if hasattr(hooks.Filters, "TESTS"):  # since Tutor 21.0.8
    hooks.Filters.TESTS.add_item(("lms", "passerelle", str(PACKAGE / "tests/test_smoke.py")))
