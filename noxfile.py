"""The releases that the suite supports: Open edX by its pins, Tutor by its own (the newest is tested outside nox)."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"

TEST_TOOLS = ["pytest>=8", "pytest-django>=4.9", "hypothesis", "jsonschema", "polib", "pypdfium2"]
KUBERNETES = "kubernetes-validate>=1.37"  # the schemas
# The demo's course pages need the newest XBlock SDK, so these leave them out.
FOLDERS = ("circles", "storytelling_circle", "competences", "courses", "matching", "badges", "employers")
FILES = ("host/test_filters.py",)


@nox.session(python="3.11")
def teak(session: nox.Session) -> None:
    """Open edX Teak (June 2025)."""
    _release(session, "Django==4.2.*", "XBlock==5.2.*", "openedx-events==10.2.*", "openedx-filters==2.1.*", "numpy<2")


@nox.session(python="3.11")
def ulmo(session: nox.Session) -> None:
    """Open edX Ulmo (December 2025)."""
    pins = ("Django==5.2.*", "XBlock==5.3.*", "openedx-events<12", "openedx-filters==2.*", "numpy<2")
    # Teak's Python with Verawood's Django, both tried in full: here what touches XBlock and the database most.
    _release(session, *pins, folders=("circles", "storytelling_circle", "employers"))


@nox.session(python="3.12")
def verawood(session: nox.Session) -> None:
    """Open edX Verawood (June 2026)."""
    _release(session, "Django==5.2.*", "XBlock>=6,<7", "openedx-filters==3.*", "numpy<2")


@nox.session(python="3.11")
def tagging_teak(session: nox.Session) -> None:
    """The taxonomy in Teak's tagging package."""
    _tagging(session, "Django==4.2.*", "openedx-learning==0.26.0")


@nox.session(python="3.12")
def tagging_verawood(session: nox.Session) -> None:
    """The taxonomy in Verawood's tagging package."""
    _tagging(session, "Django==5.2.*", "openedx-core==1.0.*")


@nox.session(python="3.12")
def tagging_next(session: nox.Session) -> None:
    """The taxonomy where upstream's competency applet is."""
    _tagging(session, "Django==5.2.*", "openedx-core==1.15.*")


@nox.session(python="3.11")
def tutor20(session: nox.Session) -> None:
    """The Tutor plugin on Teak's Tutor."""
    _tutor(session, "20")


@nox.session(python="3.12")
def tutor21(session: nox.Session) -> None:
    """The Tutor plugin on Ulmo's Tutor."""
    _tutor(session, "21")


def _release(session: nox.Session, *pins: str, folders: tuple[str, ...] = (*FOLDERS, *FILES)) -> None:
    session.install(".[lms]", *pins, *TEST_TOOLS)
    # pingouin and scikit-learn, which figures are compared with, say nothing about a release.
    peers = "--ignore=tests/competences/test_measurement_peers.py"
    session.run("python", "-m", "pytest", "-q", peers, *(f"tests/{name}" for name in folders))


def _tagging(session: nox.Session, *pins: str) -> None:
    session.install(".[lms]", *pins, "pytest>=8", "pytest-django>=4.9")
    pythonpath = {"PYTHONPATH": "tests/tagging"}
    session.run("python", "-m", "pytest", "-q", "--nomigrations", "--ds=settings", "tests/tagging", env=pythonpath)


def _tutor(session: nox.Session, version: str) -> None:
    plugins = [
        f"{name}=={version}.*" for name in ("tutor", "tutor-contrib-pod-autoscaling", "tutor-mfe", "tutor-minio")
    ]
    session.install(".[lms]", *plugins, "pytest>=8", "hatchling", "pip", KUBERNETES)
    session.run("python", "-m", "pytest", "-q", "-p", "no:django", "tests/tutorpasserelle")
