"""Rolling out to Kubernetes: the real kubectl against an API server on loopback."""

import os
import subprocess
import sys

import pytest
import yaml
from deployment_cluster import Cluster

from mlops.common.paths import REPOSITORY


@pytest.fixture
def cluster():
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def deploy(cluster, tmp_path):
    configuration = cluster.configuration(tmp_path / "kubeconfig")

    def run(*arguments, environment="dev"):
        line = [sys.executable, "-m", "mlops.deployment.deploy_kubernetes", "--environment_name", environment]
        variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(configuration)}
        return subprocess.run(
            [*line, *arguments], cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False
        )

    return run


def test_a_version_that_becomes_ready_stays(cluster, deploy):
    ended = deploy("--image", "registry.example/flow-service:1")
    assert ended.returncode == 0, ended.stderr
    assert "successfully rolled out" in ended.stdout
    assert cluster.image == "registry.example/flow-service:1"
    kinds = {each["kind"] for each in cluster.objects.values()}
    assert {"Namespace", "Deployment", "Service", "NetworkPolicy", "HorizontalPodAutoscaler"} <= kinds


def test_a_version_that_does_not_become_ready_is_undone(cluster, deploy):
    assert deploy("--image", "registry.example/flow-service:1").returncode == 0
    ended = deploy("--image", "registry.example/flow-service:broken", "--seconds", "20")
    assert ended.returncode == 1
    assert "exceeded its progress deadline" in ended.stderr
    assert ended.stderr.rstrip().endswith("The previous version answers again.")
    assert cluster.image == "registry.example/flow-service:1"


def test_the_first_version_of_all_has_nothing_to_go_back_to(cluster, deploy):
    ended = deploy("--image", "registry.example/flow-service:broken", "--seconds", "20")
    assert ended.returncode == 1
    assert "There is no version to go back to" in ended.stderr


def test_a_version_of_which_a_part_is_refused_is_undone(cluster, deploy):
    assert deploy("--image", "registry.example/flow-service:1").returncode == 0
    cluster.refused = {"HorizontalPodAutoscaler"}
    ended = deploy("--image", "registry.example/flow-service:2")
    assert ended.returncode == 1
    assert "kubectl apply failed" in ended.stderr
    assert ended.stderr.rstrip().endswith("The previous version answers again.")
    assert cluster.image == "registry.example/flow-service:1"


def test_the_same_version_again_is_not_taken_for_a_new_one_when_it_fails(cluster, deploy):
    for version in ("1", "2"):
        assert deploy("--image", f"registry.example/flow-service:{version}").returncode == 0
    cluster.failing = True
    ended = deploy("--image", "registry.example/flow-service:2", "--seconds", "20")
    assert ended.returncode == 1
    assert "The previous version is not ready either" in ended.stderr
    assert cluster.image == "registry.example/flow-service:2"


def test_somebody_can_go_back(cluster, deploy):
    for version in ("1", "2"):
        assert deploy("--image", f"registry.example/flow-service:{version}").returncode == 0
    ended = deploy("--rollback")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert cluster.image == "registry.example/flow-service:1"


def test_what_the_cluster_refuses_fails_in_a_sentence(cluster, deploy):
    cluster.refused = {"all"}
    ended = deploy("--image", "registry.example/flow-service:1")
    assert ended.returncode == 1
    assert "not allowed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_cluster_that_cannot_be_reached_fails_in_a_sentence(cluster, deploy):
    cluster.__exit__()
    ended = deploy("--image", "registry.example/flow-service:1")
    assert ended.returncode == 1
    assert "kubectl get failed" in ended.stderr


def test_an_environment_without_an_overlay_is_reported(deploy):
    ended = deploy("--image", "x", environment="pr")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "dev, laptop, prod" in ended.stderr


def test_a_dry_run_prints_what_would_be_applied(cluster, deploy):
    ended = deploy("--image", "registry.example/flow-service@sha256:" + "0" * 64, "--dry_run", environment="prod")
    assert ended.returncode == 0
    [deployment] = [each for each in yaml.safe_load_all(ended.stdout) if each["kind"] == "Deployment"]
    assert deployment["metadata"]["namespace"] == "flow-service-prod"
    assert cluster.objects == {}
