"""The releases that the suite supports, each with its platform's pins, its tagging package and its Tutor.

An environment takes long to make, so each release has one for all of its tests. The newest Tutor is tested outside nox.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"

TEST_TOOLS = ["pytest>=8", "pytest-django>=4.9", "hypothesis", "jsonschema", "polib", "pypdfium2"]
TUTOR_TOOLS = ["hatchling", "pip", "kubernetes-validate>=1.37"]
ALL = (
    "circles", "storytelling_circle", "competences", "courses", "matching", "badges", "employers",
    "host/test_filters.py", "host/test_operations.py",
)  # fmt: skip
# Outside nox all tests run on Verawood's Python, Django and XBlock. Here those that touch what else it pins: packages
# around XBlock, numpy, cryptography.
PINNED = ("storytelling_circle", "matching", "badges", "employers", "host/test_filters.py")
LEFT_OUT = (
    "competences/test_measurement_peers.py",  # pingouin, scikit-learn: nothing that a release changes
    "circles/test_endpoints.py",  # the demo's course pages need the newest XBlock SDK
)


@nox.session(python="3.11")
def teak(session: nox.Session) -> None:
    """Open edX Teak (June 2025), Tutor 20."""
    _install(session, "--constraint=tests/releases/teak.txt", "openedx-learning==0.26.0", *TUTOR_TOOLS, *_tutor("20"))
    _wheel(session)
    _test(session, *ALL)
    _tagging(session)
    _test_tutor(session)


@nox.session(python="3.11")
def ulmo(session: nox.Session) -> None:
    """Open edX Ulmo (December 2025), Tutor 21."""
    pins = ("Django==5.2.*", "XBlock==5.3.*", "openedx-events<12", "openedx-filters==2.*", "numpy<2")
    _install(session, *pins, *TUTOR_TOOLS, *_tutor("21"))
    # Teak's Python with Verawood's Django, both tried in full: here what touches XBlock and the database most.
    _test(session, "circles/test_api.py", "circles/test_rest.py", "storytelling_circle", "employers")
    _test_tutor(session)


@nox.session(python="3.12")
def verawood(session: nox.Session) -> None:
    """Open edX Verawood (June 2026), and then what is next in tagging: upstream's competency applet."""
    _install(session, "--constraint=tests/releases/verawood.txt", "openedx-core==1.0.*")
    _wheel(session)
    _test(session, *PINNED)
    _tagging(session)
    session.install("openedx-core==1.15.*")
    _tagging(session)


def _install(session: nox.Session, *pins: str) -> None:
    """What the image has: the suite with its extra [lms], under the release's pins."""
    # Most of what comes is never imported: compile what is, when it is.
    session.install("--no-compile", ".[lms]", *pins, *TEST_TOOLS)


def _tutor(version: str) -> list[str]:
    return [f"{name}=={version}.*" for name in ("tutor", "tutor-contrib-pod-autoscaling", "tutor-mfe", "tutor-minio")]


def _wheel(session: nox.Session) -> None:
    session.chdir(session.create_tmp())  # away from the sources
    session.run("python", "-I", f"{session.invoked_from}/tests/packaging/check_wheel.py")
    session.chdir(session.invoked_from)


def _test(session: nox.Session, *names: str) -> None:
    ignored = (f"--ignore=tests/{name}" for name in LEFT_OUT)
    session.run("python", "-m", "pytest", "-q", *ignored, *(f"tests/{name}" for name in names))


def _tagging(session: nox.Session) -> None:
    """The taxonomy in the release's tagging package."""
    pythonpath = {"PYTHONPATH": "tests/tagging"}
    session.run("python", "-m", "pytest", "-q", "--nomigrations", "--ds=settings", "tests/tagging", env=pythonpath)


def _test_tutor(session: nox.Session) -> None:
    session.run("python", "-m", "pytest", "-q", "-p", "no:django", "tests/tutorpasserelle")
