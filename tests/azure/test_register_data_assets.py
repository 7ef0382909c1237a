"""Registering data assets: versioned by content, unchanged data left alone, and every fault ends in one sentence."""

import json

import pytest
import yaml

COMMAND = "mlops.register_data_assets"


@pytest.fixture
def data_config(tmp_path):
    """A configuration with two assets; the first one's file is `lines.jsonl` in the test's folder."""
    assets = []
    for name in ("lines", "others"):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps({"text": name}) + "\n")
        assets.append({"name": name, "path": str(path)})
    path = tmp_path / "data_config.yaml"
    path.write_text(yaml.safe_dump({"data_assets": assets}))
    return path


def test_registers_each_file_once_and_again_when_it_changes(azure, data_config, tmp_path):
    first = azure.run(COMMAND, "--data_config_path", data_config)
    again = azure.run(COMMAND, "--data_config_path", data_config)
    (tmp_path / "lines.jsonl").write_text('{"text": "changed"}\n')
    changed = azure.run(COMMAND, "--data_config_path", data_config)

    assert [first.status, again.status, changed.status] == [0, 0, 0], first.stderr + again.stderr + changed.stderr
    assert first.stderr == again.stderr == ""
    assert done(first) == [("registered", "lines"), ("registered", "others")]
    assert done(again) == [("unchanged", "lines"), ("unchanged", "others")]
    assert done(changed) == [("registered", "lines"), ("unchanged", "others")]
    versions = {name: version for _, name, version in azure.workspace.assets}
    assert len([key for key in azure.workspace.assets if key[1] == "lines"]) == 2 and len(versions["others"]) == 12


def test_what_is_registered_is_the_files_content(azure, data_config, tmp_path):
    ended = azure.run(COMMAND, "--data_config_path", data_config, "--only", "lines")

    [asset] = azure.workspace.assets.values()
    assert asset["properties"]["dataType"] == "uri_file" and asset["id"] in ended.stdout
    uploaded = azure.storage.read(asset["properties"]["dataUri"].partition("/paths/")[2])
    assert uploaded == (tmp_path / "lines.jsonl").read_bytes()


def test_a_dry_run_sends_nothing_and_prints_what_az_ml_takes(azure, data_config):
    ended = azure.run(COMMAND, "--data_config_path", data_config, "--dry_run")

    assets = list(yaml.safe_load_all(ended.stdout))
    assert [asset["name"] for asset in assets] == ["lines", "others"] and {a["type"] for a in assets} == {"uri_file"}
    assert azure.requests == [] and azure.proxy.connected == set()


def test_an_unknown_name_is_told_with_those_that_exist(azure, data_config):
    ended = azure.run(COMMAND, "--data_config_path", data_config, "--only", "line")

    assert ended.status == 2 and "no data asset line; it has lines, others" in ended.stderr


def done(ended):
    """What was done with each asset, by the command's output."""
    return [tuple(line.split()[:2]) for line in ended.stdout.splitlines() if line.strip()]
