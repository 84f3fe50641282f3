"""The platform's image: its name, that it is built, and the wheel in its build context."""

from __future__ import annotations

from typing import Any, Literal

from tutor import hooks

from . import wheel


def name(suffix: str) -> None:
    """Give the image a name of its own: never does a platform run on the stock image and quietly lack what is ours.

    A new version makes a new name, so Kubernetes rolls it out, and without our plugins the stock image comes back.
    """

    @hooks.Filters.CONFIG_DEFAULTS.add(priority=hooks.priorities.LOW)
    def _name(items: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        stock = dict(items)["DOCKER_IMAGE_OPENEDX"]
        return [*items, ("DOCKER_IMAGE_OPENEDX", f"{stock}-{suffix.replace('+', '-')}")]

    @hooks.Filters.IMAGES_BUILD_REQUIRED.add()
    def _build(images: list[str], context: Literal["local", "dev"]) -> list[str]:
        """Have `tutor local launch` build the image; `tutor dev launch` always builds its own."""
        return [*images, "openedx"] if context == "local" and "openedx" not in images else images


def add_wheel() -> None:
    """Put what is in `wheel.template_root()` into the build context.

    Tutor renders targets in order, and ours must come after the Dockerfile, which makes the wheel; hence the low
    priority. Tutor reads templates as text: a wheel is to be copied as it is.
    """
    hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(wheel.template_root().name)
    hooks.Filters.ENV_TEMPLATE_TARGETS.add_item((wheel.FOLDER, "build/openedx"), priority=hooks.priorities.LOW)

    @hooks.Filters.IS_FILE_RENDERED.add()
    def _copy(is_rendered: bool, path: str) -> bool:
        return is_rendered and not path.startswith(f"{wheel.FOLDER}/")
