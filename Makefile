# A newcomer types `make demo` and `make test`; each builds what it needs in .venv.

PORT ?= 8000
PIP := .venv/bin/python -m pip --disable-pip-version-check

.PHONY: help demo demo-reset test test-lms lint matrix

help:
	@echo "make demo [PORT=8000]   build, prepare and serve the demo"
	@echo "make demo-reset         forget what people did in the demo"
	@echo "make test               run every test that this machine can run"
	@echo "make test-lms EDX_PLATFORM=<checkout> EDX_PYTHON=<its python>   run the tests inside edx-platform"
	@echo "make lint               check style, types, layers"
	@echo "make matrix             run the unit tests against each supported release"

demo: .venv/installed-demo
	@.venv/bin/python -m passerelledemo demo_serve --port $(PORT)

demo-reset: .venv/installed-demo
	@rm -f "$${PASSERELLE_VAR:-var}"/demo.sqlite3*
	@.venv/bin/python -m passerelledemo demo_setup

test: .venv/installed-dev
	@bash tests/run.sh

test-lms:
	@test -d "$(EDX_PLATFORM)" || { echo "Say where edx-platform lies: make test-lms EDX_PLATFORM=<checkout> EDX_PYTHON=<its python>"; exit 1; }
	@test -x "$(EDX_PYTHON)" || { echo "Say which python runs it: make test-lms EDX_PLATFORM=$(EDX_PLATFORM) EDX_PYTHON=<its python>"; exit 1; }
	@EDX_PLATFORM="$(EDX_PLATFORM)" EDX_PYTHON="$(EDX_PYTHON)" bash tests/lms/run.sh

lint: .venv/installed-dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy plugins xblocks
	@.venv/bin/lint-imports

matrix: .venv/installed-dev
	@.venv/bin/nox

# What is installed is installed again only when pyproject.toml has changed. The developers' set holds the demo's.
.venv/installed-demo: pyproject.toml | .venv/bin/python
	@if [ .venv/installed-dev -nt pyproject.toml ]; then true; else \
		echo "Installing what the demo needs. This happens once and takes a minute or two."; \
		$(PIP) install --quiet --editable ".[demo]"; fi
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need. This happens once and takes a few minutes."
	@$(PIP) install --quiet --editable ".[dev]"
	@touch $@

.venv/bin/python:
	@for candidate in python3.12 python3 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.12*/bin/python3.12 \
			"$$(uv python find 3.12 2>/dev/null)"; do \
		"$$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null || continue; \
		if "$$candidate" -m venv .venv >/dev/null; then $(PIP) install --quiet --upgrade pip; exit 0; fi; \
		rm -rf .venv; \
		echo "$$candidate cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3.12-venv"; \
		exit 1; \
	done; \
	echo "Python 3.12 is missing. Install it with one of these, then run make again:"; \
	echo "  sudo apt install python3.12 python3.12-venv     (Ubuntu 24.04)"; \
	echo "  pyenv install 3.12"; \
	echo "  uv python install 3.12"; \
	exit 1
