"""What is rendered is taken by what reads it: services by docker-compose, objects by Kubernetes."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tutor_host import REPOSITORY, Project, run

NewProject = Callable[..., Project]
Pilots = Callable[[str], Project]
PILOTS = sorted(path.parent.name for path in REPOSITORY.glob("tutor_config/*/config.yml"))
needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
needs_compose = pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")


# --- Compose

MODES = {
    "local": ["local/docker-compose.yml", "local/docker-compose.prod.yml"],
    "local jobs": ["local/docker-compose.yml", "local/docker-compose.prod.yml", "local/docker-compose.jobs.yml"],
    "dev": ["local/docker-compose.yml", "dev/docker-compose.yml"],
    "dev jobs": [
        "local/docker-compose.yml", "dev/docker-compose.yml", "local/docker-compose.jobs.yml",
        "dev/docker-compose.jobs.yml",
    ],
}  # fmt: skip


@needs_compose
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pilot", ["local", "development"])
def test_docker_compose_takes_the_services(mode: str, pilot: str, pilots: Pilots) -> None:
    project = pilots(pilot)
    files = [part for name in MODES[mode] for part in ("-f", name)]

    merged = yaml.safe_load(run("docker-compose", *files, "--project-name", "x", "config", cwd=project.env))

    services = merged["services"]
    assert ("passerelle-hourly" in services) == (mode in ("local", "local jobs"))
    if mode.endswith("jobs"):
        job = services["passerelle-job"]
        private = [volume for volume in job["volumes"] if "/openedx/media-private" in str(volume)]
        assert private
        assert job["image"] == services["lms-job"]["image"]
        production_or_development = services["lms-job"]["environment"]["DJANGO_SETTINGS_MODULE"]
        assert job["environment"]["DJANGO_SETTINGS_MODULE"] == production_or_development


def test_the_background_work_can_be_left_out(new_project: NewProject) -> None:
    project = new_project(PASSERELLE_RUN_HOURLY=False)

    for name in ("local/docker-compose.prod.yml", "k8s/deployments.yml"):
        assert "passerelle-hourly" not in project.env.joinpath(name).read_text()


# --- Kubernetes


@functools.cache
def objects(project: Project) -> list[dict[str, Any]]:
    return [found for found in yaml.safe_load_all(run("kubectl", "kustomize", project.env)) if found]


@needs_kubectl
@pytest.mark.parametrize("pilot", PILOTS)
def test_kubernetes_takes_every_object(pilot: str, pilots: Pilots) -> None:
    project = pilots(pilot)

    found = objects(project)

    assert len(found) > 10
    for described in found:
        kubernetes_validate.validate(described, "1.37", strict=True)


@needs_kubectl
def test_the_background_work_has_the_platforms_settings(pilots: Pilots) -> None:
    project = pilots("kubernetes")

    by_kind = {(found["kind"], found["metadata"]["name"]): found for found in objects(project)}

    job = by_kind["Job", "passerelle-job"]["spec"]["template"]["spec"]
    hourly = by_kind["CronJob", "passerelle-hourly"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    lms = by_kind["Deployment", "lms"]["spec"]["template"]["spec"]
    for pod in (job, hourly):
        named = {volume["configMap"]["name"] for volume in pod["volumes"]}
        assert named <= {volume["configMap"]["name"] for volume in lms["volumes"]}
        assert all(("ConfigMap", name) in by_kind for name in named)
        assert pod["containers"][0]["image"] == lms["containers"][0]["image"]
    assert hourly["containers"][0]["args"][-1] == "./manage.py lms passerelle_hourly"
    # `tutor k8s start` takes everything but jobs and the namespace.
    assert "app.kubernetes.io/component" not in by_kind["CronJob", "passerelle-hourly"]["metadata"]["labels"]


@needs_kubectl
def test_the_cluster_grows_and_keeps_no_data_of_its_own(pilots: Pilots) -> None:
    """The Kubernetes pilot: two LMS replicas and more under load; databases, cache and files are elsewhere."""
    project = pilots("kubernetes")
    found = objects(project)

    scaled = {o["spec"]["scaleTargetRef"]["name"]: o["spec"] for o in found if o["kind"] == "HorizontalPodAutoscaler"}
    assert scaled["lms"]["minReplicas"] == 2
    for name in ("lms", "cms", "lms-worker", "cms-worker"):
        assert 1 <= scaled[name]["minReplicas"] < scaled[name]["maxReplicas"]
        (deployment,) = (o for o in found if o["kind"] == "Deployment" and o["metadata"]["name"] == name)
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert {"memory", "cpu"} <= container["resources"]["requests"].keys()
        assert {"memory", "cpu"} <= container["resources"]["limits"].keys()
    assert {"mysql", "redis"}.isdisjoint(o["metadata"]["name"] for o in found)
    settings = project.env.joinpath("apps/openedx/settings/lms/production.py").read_text()
    assert settings.count('"BACKEND": "storages.backends.s3boto3.S3Boto3Storage"') == 2
    assert "redis.example.org" in settings
    assert "mysql.example.org" in project.env.joinpath("apps/openedx/config/lms.env.yml").read_text()
