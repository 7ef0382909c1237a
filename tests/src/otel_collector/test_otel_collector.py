"""The collector's configuration holds together, and its manifests are valid; no collector runs here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mlops.common.paths import REPOSITORY
from src.flow_service.telemetry.flows import INPUTS, OUTPUTS

FOLDER = REPOSITORY / "src" / "otel_collector"
# Components of the distribution "contrib" that are used, and the keys that their configurations have.
KNOWN = {
    "receivers": {"otlp": {"protocols"}},
    "processors": {
        "memory_limiter": {"check_interval", "limit_percentage", "spike_limit_percentage"},
        "attributes": {"actions"},
        "batch": {"timeout", "send_batch_size", "send_batch_max_size"},
    },
    "exporters": {
        "azuremonitor": {"connection_string", "maxbatchinterval", "sending_queue", "shutdown_timeout"},
        "otlphttp": {"endpoint", "sending_queue"},
        "file": {"path", "format", "append", "rotation"},
    },
    "extensions": {"health_check": {"endpoint"}},
}
SETS = [
    ("config.yaml",),
    ("config.yaml", "local.yaml"),
    ("config.yaml", "recorded.yaml"),
    ("config.yaml", "local.yaml", "recorded.yaml"),
]
OVERLAYS = ("base", "recorded")


def merged(*files):
    """The configuration of several files as the collector merges them: mappings by key, anything else by the last."""

    def merge(first, second):
        if not (isinstance(first, dict) and isinstance(second, dict)):
            return second
        return {
            key: merge(first[key], second[key]) if key in first and key in second else {**first, **second}[key]
            for key in {**first, **second}
        }

    whole = {}
    for file in files:
        whole = merge(whole, yaml.safe_load((FOLDER / "config" / file).read_text(encoding="utf-8")))
    return whole


@pytest.mark.parametrize("files", SETS, ids=" + ".join)
def test_what_pipelines_name_is_there_and_known(files):
    config = merged(*files)
    for kind, known in KNOWN.items():
        for name, settings in config[kind].items():
            component = name.split("/")[0]
            assert component in known
            assert set(settings) <= known[component], name
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(config[kind])
        assert pipeline["processors"][0] == "memory_limiter" and pipeline["processors"][-1] == "batch"
    assert set(config["service"]["extensions"]) == set(config["extensions"])
    assert {name.split("/")[0] for name in config["service"]["pipelines"]} == {"traces", "metrics", "logs"}


@pytest.mark.parametrize("files", SETS, ids=" + ".join)
def test_content_goes_to_the_recorded_file_and_nowhere_else(files):
    config = merged(*files)
    deleted = {
        each["key"]
        for each in config["processors"]["attributes/without_content"]["actions"]
        if each["action"] == "delete"
    }
    assert deleted >= {INPUTS, OUTPUTS, "gen_ai.input.messages", "gen_ai.output.messages"}
    for name, pipeline in config["service"]["pipelines"].items():
        if name.startswith("traces") and "attributes/without_content" not in pipeline["processors"]:
            assert pipeline["exporters"] == ["file/recorded"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_manifests_are_valid_and_agree_with_each_other(overlay, tmp_path):
    rendered = subprocess.run(
        [Path(sys.executable).with_name("kubectl"), "kustomize", FOLDER / "kubernetes" / overlay],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    file = tmp_path / "rendered.yaml"
    file.write_text(rendered, encoding="utf-8")
    checked = subprocess.run(
        [Path(sys.executable).with_name("kubernetes-validate"), "--strict", file], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    parts = {}
    for part in yaml.safe_load_all(rendered):
        parts.setdefault(part["kind"], []).append(part)
    assert all(
        each["metadata"].get("namespace", "otel-collector") == "otel-collector"
        for kind in parts.values()
        for each in kind
    )
    pod = parts["Deployment"][0]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    config = parts["ConfigMap"][0]
    mounted = [each["configMap"]["name"] for each in pod["spec"]["volumes"] if "configMap" in each]
    assert mounted == [config["metadata"]["name"]]
    started_with = [re.sub(".*/", "", argument) for argument in container["args"]]
    assert set(started_with) <= set(config["data"])
    assert ("recorded.yaml" in started_with) == (overlay == "recorded")
    assert parts["Service"][0]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    ports = {port["containerPort"] for port in container["ports"]}
    receiver = yaml.safe_load(config["data"]["config.yaml"])["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert int(receiver.rsplit(":", 1)[1]) in ports
    assert "APPLICATIONINSIGHTS_CONNECTION_STRING" in {each["name"] for each in container["env"]}
    assert "InstrumentationKey=" not in rendered


def test_the_yaml_keeps_to_its_style():
    checked = subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", "."], cwd=FOLDER, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
