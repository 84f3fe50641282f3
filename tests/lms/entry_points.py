"""Write the project's entry points as an installed distribution would have them: pyproject.toml, target folder."""

import sys
import tomllib
from pathlib import Path


def main(pyproject: str, target: str) -> None:
    project = tomllib.loads(Path(pyproject).read_text(encoding="utf-8"))["project"]
    info = Path(target) / f"{project['name'].replace('-', '_')}-0.0.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.0\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in points.items())]
    info.joinpath("entry_points.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
