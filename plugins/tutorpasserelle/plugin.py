"""What Passerelle adds to Tutor. Each registration below belongs to one of Tutor's hooks (`tutor.hooks`)."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

from tutor import hooks

from . import wheel
from .__about__ import DISTRIBUTION, __version__
from .commands import COMMANDS, do_command
from .settings import SECRET, SETTINGS
from .slots import add_header_links

PACKAGE = files("tutorpasserelle")

hooks.Filters.CONFIG_DEFAULTS.add_items([(setting.name, setting.default) for setting in SETTINGS])
hooks.Filters.CONFIG_UNIQUE.add_item((SECRET.name, SECRET.default))
hooks.Filters.ENV_PATCHES.add_items(
    [(patch.name, patch.read_text(encoding="utf-8")) for patch in (PACKAGE / "patches").iterdir()]
)

# The wheel in the build context. Tutor renders targets in order, and ours must come after the Dockerfile, which makes
# the wheel; hence the low priority. Tutor reads templates as text: a wheel is to be copied as it is.
hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("passerelle_wheel", lambda: wheel.make(DISTRIBUTION)))
hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("passerelle_version", __version__))
hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(wheel.template_root().name)
hooks.Filters.ENV_TEMPLATE_TARGETS.add_item((wheel.FOLDER, "build/openedx"), priority=hooks.priorities.LOW)


@hooks.Filters.IS_FILE_RENDERED.add()
def _copy_the_wheel(is_rendered: bool, path: str) -> bool:
    return is_rendered and not path.startswith(f"{wheel.FOLDER}/")


@hooks.Filters.CONFIG_DEFAULTS.add(priority=hooks.priorities.LOW)
def _name_the_image(items: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Give the image a name of its own: never does a platform run on the stock image and quietly lack the suite.

    A new version makes a new name, so Kubernetes rolls it out, and disabling the plugin brings the stock image back.
    """
    image = dict(items)["DOCKER_IMAGE_OPENEDX"]
    return [*items, ("DOCKER_IMAGE_OPENEDX", f"{image}-passerelle-{__version__.replace('+', '-')}")]


@hooks.Filters.IMAGES_BUILD_REQUIRED.add()
def _build_the_image(images: list[str], context: Literal["local", "dev"]) -> list[str]:
    """Have `tutor local launch` build the image; `tutor dev launch` always builds its own."""
    return [*images, "openedx"] if context == "local" and "openedx" not in images else images


hooks.Filters.CLI_DO_COMMANDS.add_items([do_command(command) for command in COMMANDS])

hooks.Filters.CLI_DO_INIT_TASKS.add_item(
    ("lms", (PACKAGE / "templates/passerelle/tasks/lms/init").read_text(encoding="utf-8"))
)

add_header_links()
if hasattr(hooks.Filters, "TESTS"):  # since Tutor 21.0.8
    hooks.Filters.TESTS.add_item(("lms", "passerelle", str(PACKAGE / "tests/test_smoke.py")))
