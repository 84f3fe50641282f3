"""What Tutor renders with the plugin enabled, for local, dev and Kubernetes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tutor_host import REPOSITORY, Project, passerelle_lines, run

NewProject = Callable[..., Project]
Pilots = Callable[[str], Project]
PILOTS = sorted(path.parent.name for path in REPOSITORY.glob("tutor_config/*/config.yml"))
PINS = "RUN ${PIP_COMMAND:-pip} list --format=freeze > ./platform.txt"


def stages(dockerfile: str) -> dict[str, str]:
    """The text of each stage of a Dockerfile, by name."""
    parts = ("\n" + dockerfile).split("\nFROM ")[1:]
    return {part.splitlines()[0].rpartition(" AS ")[2]: f"FROM {part}" for part in parts}


def wheel_names(project: Project) -> list[str]:
    return [path.name for path in project.build_context.rglob("*.whl")]


def test_the_wheel_is_in_the_build_context(first_project: Project, built_wheel: Path) -> None:
    assert wheel_names(first_project) == [built_wheel.name]
    assert passerelle_lines(stages(first_project.dockerfile)["python-requirements"]) == [
        PINS,
        f"COPY passerelle/wheel/{built_wheel.name} ./passerelle/",
        f"RUN ${{PIP_COMMAND:-pip}} install --constraint ./platform.txt './passerelle/{built_wheel.name}[lms]'",
    ]


def test_every_image_gets_the_suite_once(first_project: Project) -> None:
    """Installed again in the development stage, it would replace a bind-mounted checkout."""
    by_stage = stages(first_project.dockerfile)

    assert " --from=python-requirements /openedx/venv /openedx/venv" in by_stage["production"]
    assert by_stage["development"].startswith("FROM production ")
    assert by_stage["final"].startswith("FROM production ")
    assert [name for name, text in by_stage.items() if passerelle_lines(text)] == ["python-requirements"]


def test_saving_again_changes_nothing(new_project: NewProject) -> None:
    project = new_project()
    before = {path: path.read_bytes() for path in project.env.rglob("*") if path.is_file()}

    project.tutor("config", "save")

    assert {path: path.read_bytes() for path in project.env.rglob("*") if path.is_file()} == before


def test_an_editable_installation_is_built_from_its_checkout(
    new_project: NewProject, editable_host: Path, built_wheel: Path
) -> None:
    project = new_project(python=editable_host)

    (rendered,) = project.build_context.rglob("*.whl")
    assert rendered.read_bytes() == built_wheel.read_bytes()


def test_commands_that_render_nothing_make_no_wheel(first_project: Project) -> None:
    code = "from pathlib import Path; from tutorpasserelle import wheel\n"
    made = code + "answer = [str(path) for path in Path(wheel.template_root().name).iterdir()]"

    assert first_project.ask(made) == []


def test_the_temporary_wheel_is_gone_afterwards(first_project: Project) -> None:
    folder = first_project.ask("from tutorpasserelle import wheel; answer = wheel.template_root().name")

    assert not Path(folder).exists()


def test_another_requirement_needs_no_wheel(new_project: NewProject) -> None:
    project = new_project(PASSERELLE_REQUIREMENT="openedx-passerelle[lms]==1.2.3")

    assert passerelle_lines(project.dockerfile) == [
        PINS,
        "RUN ${PIP_COMMAND:-pip} install --constraint ./platform.txt 'openedx-passerelle[lms]==1.2.3'",
    ]
    assert wheel_names(project) == []


def test_the_image_is_our_own(first_project: Project, built_wheel: Path) -> None:
    """On the stock image, `tutor local launch` would quietly start a platform without the suite."""
    code = """
build = hooks.Filters.IMAGES_BUILD_REQUIRED
answer = [config["DOCKER_IMAGE_OPENEDX"], build.apply([], "local"), build.apply([], "dev")]
answer += [build.apply(["openedx"], "local")]
"""
    image, local, dev, already = first_project.ask(code)

    assert image.endswith(f"-passerelle-{built_wheel.name.split('-')[1]}")
    assert local.count("openedx") == already.count("openedx") == 1
    assert "openedx-dev" in dev
    assert "openedx" not in dev
    for compose in ("local/docker-compose.yml", "k8s/deployments.yml"):
        assert f"image: {image}\n" in first_project.env.joinpath(compose).read_text()


def test_a_mounted_checkout_replaces_the_wheel(new_project: NewProject, tmp_path: Path) -> None:
    checkout = tmp_path / "openedx-passerelle"
    checkout.mkdir()
    project = new_project()
    project.tutor("mounts", "add", checkout)

    by_stage = stages(project.dockerfile)
    assert "mnt-openedx-passerelle" in by_stage
    for stage in ("production", "development"):
        assert 'install -e "/mnt/openedx-passerelle"' in passerelle_lines(by_stage[stage])[-1]
    for compose, services in (("docker-compose.yml", "lms cms"), ("docker-compose.prod.yml", "lms-worker cms-worker")):
        rendered = yaml.safe_load(project.env.joinpath("local", compose).read_text())
        for service in services.split():
            volumes = [volume.removesuffix(":z") for volume in rendered["services"][service]["volumes"]]
            assert f"{checkout}:/mnt/openedx-passerelle" in volumes


@pytest.mark.parametrize("pilot", PILOTS)
def test_pilot_configurations_render(pilot: str, pilots: Pilots) -> None:
    project = pilots(pilot)

    assert passerelle_lines(project.dockerfile)
    for path in project.env.rglob("*.yml"):
        assert all(document is not None for document in yaml.safe_load_all(path.read_text())), path
    for mode in ("local", "dev"):
        compose = yaml.safe_load((project.env / mode / "docker-compose.yml").read_text())
        assert {"lms", "cms"} <= compose["services"].keys()
    deployments = yaml.safe_load_all((project.env / "k8s" / "deployments.yml").read_text())
    assert {"lms", "cms", "lms-worker", "cms-worker"} <= {document["metadata"]["name"] for document in deployments}
    for path in (project.env / "apps" / "openedx" / "settings").rglob("*.py"):
        compile(path.read_text(), path, "exec")


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kubernetes_takes_the_pilot_as_a_kustomization(pilots: Pilots) -> None:
    project = pilots("kubernetes")

    documents = list(yaml.safe_load_all(run("kubectl", "kustomize", project.env)))
    deployments = {document["metadata"]["name"]: document for document in documents if document["kind"] == "Deployment"}
    for name in ("lms", "cms", "lms-worker", "cms-worker"):
        (container,) = deployments[name]["spec"]["template"]["spec"]["containers"]
        assert container["image"].startswith("registry.example.org/overhangio/openedx:")
        assert "-passerelle-" in container["image"]
    assert "mysql" not in deployments
    assert "redis" not in deployments


def test_there_is_a_pilot_for_each_way_to_run_it() -> None:
    assert PILOTS == ["development", "kubernetes", "local"]


def test_languages(new_project: NewProject) -> None:
    selector = 'FEATURES["SHOW_HEADER_LANGUAGE_SELECTOR"] = True'
    settings = "apps/openedx/settings/lms/production.py"
    untouched = new_project()
    assert selector not in (untouched.env / settings).read_text()

    untouched.tutor("config", "save", "--set", 'PASSERELLE_LANGUAGES=["en", "fr"]')

    assert selector in (untouched.env / settings).read_text()
