"""A project whose storage account takes no keys: uploads and downloads sign in, with the role for it or without."""

import json

import pytest

DEV = ("--environment_name", "dev")
IMAGE = {"COMPUTE_SESSION_IMAGE": "loopback.azurecr.io/flows:1"}


@pytest.fixture
def keyless(project):
    """A project whose datastore keeps no credentials."""
    project.workspace.keyless_storage = True
    yield project
    project.pipeline_jobs.wait()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps({"entity_type": "city", "text": f"the train to Norwich {tmp_path}"}) + "\n")
    return path


@pytest.fixture
def data_config(tmp_path, data):
    path = tmp_path / "data.yaml"
    path.write_text(json.dumps({"data_assets": [{"name": "lines", "path": str(data)}]}))
    return path


def test_data_assets_are_uploaded_as_whoever_is_signed_in(keyless, data, data_config):
    ended = keyless.run("mlops.register_data_assets", "--data_config_path", data_config)

    assert ended.status == 0, ended.stderr
    [asset] = keyless.workspace.assets.values()
    assert keyless.storage.read(asset["properties"]["dataUri"].partition("/paths/")[2]) == data.read_bytes()
    assert asked_for_keys(keyless) == []


def test_a_batch_is_uploaded_and_its_counts_are_read(keyless, data):
    ended = keyless.run("mlops.run_function_basic_flow_azure", *DEV, "--data", data)

    assert ended.status == 0 and "1 lines, 0 failed" in ended.stderr, ended.stderr
    assert asked_for_keys(keyless) == []


def test_a_batch_in_a_compute_session_is_uploaded(keyless, data):
    ended = keyless.run("mlops.run_function_basic_flow_azure", *DEV, "--compute_session", "--data", data, **IMAGE)

    assert ended.status == 0 and "1 lines, 0 failed" in ended.stderr, ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("mlops.register_data_assets", "--data_config_path"),
        ("mlops.run_function_basic_flow_azure", *DEV, "--data"),
        ("mlops.run_function_basic_flow_azure", *DEV, "--compute_session", "--data"),
    ],
)
def test_without_the_role_one_sentence_names_it(keyless, data, data_config, arguments):
    keyless.sign_in.storage_role = False

    ended = keyless.run(*arguments, data_config if "--data_config_path" in arguments else data, **IMAGE)

    assert ended.status == 2 and "Storage Blob Data Contributor" in ended.stderr, ended.stderr
    assert ended.stderr.count("error: ") == 1 and "Traceback" not in ended.stderr
    assert not keyless.pipeline_jobs.jobs and not keyless.batch_runs.runs


def asked_for_keys(azure):
    """Requests for the datastore's secrets."""
    return [
        path for _, _, path in azure.requests if path.lower().endswith("/datastores/workspaceblobstore/listsecrets")
    ]
