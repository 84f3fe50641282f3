#!/usr/bin/env bash
# Runs this folder's tests inside a prepared edx-platform: first under the LMS's test settings, then under Studio's.
# EDX_PLATFORM is the checkout, EDX_PYTHON a python with its testing requirements and, as in the image, what else the
# extra [lms] names (openbadgeslib, fpdf2, uharfbuzz). Further arguments go to pytest.
# Nothing is installed: the entry points of pyproject.toml are written to a temporary folder on PYTHONPATH.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
platform=$(cd "$EDX_PLATFORM" && pwd)
python=$(cd "$(dirname "$EDX_PYTHON")" && pwd)/$(basename "$EDX_PYTHON")

overlay=$(mktemp -d)
trap 'rm -rf "$overlay"' EXIT
"$python" "$here/entry_points.py" "$root/pyproject.toml" "$overlay"

cd "$platform"
mkdir -p test_root/log # the platform's pytest hooks write there, and expect it
export PYTHONPATH="$overlay:$root/plugins:$root/xblocks:$root/tests/support:$here/support" PYTHONDONTWRITEBYTECODE=1

# -c: the platform's own pytest settings in place of the project's. cms.conftest: pages need no webpack bundles.
run_under() {
	"$python" -m pytest -c "$platform/setup.cfg" --rootdir="$platform" --confcutdir="$here" --import-mode=importlib \
		-p cms.conftest -p no:cacheprovider -p no:randomly -W ignore --durations=5 --ds="$1" "${@:2}"
}

status=0
for system in lms cms; do
	echo "== inside edx-platform, $system.envs.test"
	run_under "$system.envs.test" "$here/in_$system" "$@" || status=$?
done
exit "$status"
