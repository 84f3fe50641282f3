"""The plugin `passerelle-note`: what stays when the suite goes, so that courses show a note and no gap.

The stock image knows nothing of our blocks, and shows learners nothing at all in their places. So whoever disables the
plugin `passerelle` gets this one: the stock image and one small package of blocks that say that they are not available.
Enabling the suite again takes it away. Whoever wants the stock image disables it too.
"""

from __future__ import annotations

from tutor import hooks, plugins

from . import image, wheel
from .__about__ import DISTRIBUTION, __version__

DOCKERFILE = """
# The blocks of Passerelle are gone from this image; these say so in their places.
COPY passerelle/wheel/{{ passerelle_note_wheel() }} ./passerelle/
RUN ${PIP_COMMAND:-pip} install --no-deps ./passerelle/{{ passerelle_note_wheel() }}
"""

if "passerelle" not in plugins.iter_loaded():
    hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("passerelle_note_wheel", lambda: wheel.make_note(DISTRIBUTION)))
    hooks.Filters.ENV_PATCHES.add_item(("openedx-dockerfile-post-python-requirements", DOCKERFILE))
    image.name(f"passerelle-note-{__version__}")
    image.add_wheel()
