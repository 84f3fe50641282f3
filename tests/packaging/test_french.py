"""French sets a space before some signs, at which no line may end."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted(path for part in ("plugins", "xblocks") for path in (ROOT / part).glob("**/fr/LC_MESSAGES/*.po"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_no_line_ends_before_a_sign(path: Path) -> None:
    for entry in polib.pofile(str(path)):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            assert not re.search(r" [?:;»](?!/)|« ", text), text
