"""Batches in Azure: the uploaded flow really runs on the uploaded data, and the command reports how that went."""

import json

import pytest
import yaml

from mlops.common.paths import REPOSITORY

FLOWS = {  # by the runner's name: the flow's data, and an output that every line has
    "class_basic_flow": ("basic_flow_data", "answer"),
    "function_basic_flow": ("basic_flow_data", "answer"),
    "yaml_basic_flow": ("basic_flow_data", "answer"),
    "chat_with_pdf": ("chat_with_pdf_data", "context"),
    "class_plan_and_execute": ("plan_and_execute_data", "plan"),
    "yaml_plan_and_execute": ("plan_and_execute_data", "plan"),
}
QUICK = "mlops.run_function_basic_flow_azure"
RECORD = {"entity_type": "city", "text": "The train to Norwich leaves at noon."}
DEV = ("--environment_name", "dev")
CLIENT_ID = "66666666-6666-6666-6666-666666666666"


@pytest.fixture(autouse=True)
def finished_jobs(project):
    """Let no job outlive its test."""
    yield
    project.pipeline_jobs.wait()


@pytest.fixture
def data(tmp_path):
    """A file with one record for the basic flows."""
    return write(tmp_path, [RECORD])


def write(folder, records):
    """Write records as JSONL; return the file."""
    path = folder / "lines.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def one_job(azure):
    """The only job of the project."""
    [job] = azure.pipeline_jobs.jobs.values()
    return job


def answers(azure):
    """What came out of the only job, line by line."""
    folder = one_job(azure)["properties"]["outputs"]["collected"]["uri"].partition("/paths/")[2]
    return [json.loads(line) for line in azure.storage.read(f"{folder}/answers.jsonl").decode().splitlines()]


@pytest.mark.parametrize("runner", FLOWS)
def test_a_flow_runs_in_azure_on_what_was_uploaded(project, tmp_path, runner):
    name, output = FLOWS[runner]
    lines = (REPOSITORY / "data" / f"{name}.jsonl").read_text().splitlines()[:2]
    path = write(tmp_path, map(json.loads, lines))

    ended = project.run(f"mlops.run_{runner}_azure", *DEV, "--data", path)

    assert ended.status == 0, ended.stderr + str(one_job(project)["steps"])
    status, run_name, link = ended.stdout.split()
    assert status == "Completed" and run_name in link and run_name in project.pipeline_jobs.jobs
    assert "2 lines, 0 failed" in ended.stderr and f"download --name {run_name}" in ended.stderr
    assert len(answers(project)) == 2 and all(line["outputs"][output] for line in answers(project))
    assert "\x1b" not in ended.stderr and "Uploading" not in ended.stderr


def test_a_few_lines_are_one_shard_on_one_node_and_every_one_comes_back(project):
    ended = project.run(QUICK, *DEV)

    sent = (REPOSITORY / "data" / "basic_flow_data.jsonl").read_text().splitlines()
    assert ended.status == 0 and f"{len(sent)} lines, 0 failed" in ended.stderr, ended.stderr
    steps = one_job(project)["properties"]["jobs"]
    assert [step["resources"]["instance_count"] for step in steps.values()] == [1, 1, 1]
    assert one_job(project)["steps"]["answer"]["log"].count(" lines, ") == 1
    assert [line["line"] for line in answers(project)] == list(range(1, len(sent) + 1))


def test_a_second_batch_is_a_run_of_its_own(project, data):
    first, again = (project.run(QUICK, *DEV, "--data", data, "--no_wait") for _ in range(2))

    assert first.status == again.status == 0 and len(project.pipeline_jobs.jobs) == 2, again.stderr
    for ended in (first, again):
        status, name, _ = ended.stdout.split()
        assert status == "Submitted" and name.startswith("function_basic_flow_dev_")
    assert again.stderr.count("unchanged") == 3


def test_a_registered_asset_is_run_on_by_its_version(project):
    registered = project.run("mlops.register_data_assets", "--only", "basic_flow_data")
    ended = project.run(QUICK, *DEV, "--data", "azureml:basic_flow_data@latest", "--no_wait")

    assert ended.status == 0, ended.stderr
    _, name, version, _ = registered.stdout.split()
    assert one_job(project)["properties"]["inputs"]["data"]["uri"].endswith(f"/data/{name}/versions/{version}")


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ([], {"instance_count": 1, "instance_type": "Standard_E4ds_v4"}),
        (["--instance_type", "Standard_D2as_v4"], {"instance_count": 1, "instance_type": "Standard_D2as_v4"}),
        (["--compute", "mine"], {"instance_count": 1}),
        (["--scale_out"], {"instance_count": 4, "instance_type": "Standard_E4ds_v4"}),
    ],
)
def test_the_machine_that_is_asked_for_arrives(project, data, options, sent):
    project.workspace.clusters.add("mine")

    ended = project.run(QUICK, *DEV, "--data", data, "--no_wait", *options)

    assert ended.status == 0, ended.stderr
    node = one_job(project)["properties"]["jobs"]["answer"]
    assert node["resources"] == sent and ("mine" in str(node.get("computeId"))) == ("mine" in options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--compute", "mine", "--instance_type", "Standard_D2as_v4"], "--instance_type is for serverless"),
        (["--data", "azureml:basic_flow_data"], "azureml:<name>@latest"),
        (["--data", "nowhere.jsonl"], "nowhere.jsonl does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_sent(project, options, says):
    ended = project.run(QUICK, *DEV, *options)

    assert ended.status == 2 and says in ended.stderr and project.requests == [], ended.stderr


def test_the_environment_local_has_no_project(project):
    ended = project.run(QUICK, "--environment_name", "local")

    assert ended.status == 2 and "name one with a Foundry project" in ended.stderr


@pytest.mark.parametrize("runner", FLOWS)
def test_a_dry_run_prints_what_az_ml_takes_and_sends_nothing(project, tmp_path, runner):
    from azure.ai.ml import load_job

    ended = project.run(f"mlops.run_{runner}_azure", *DEV, "--dry_run")

    assert ended.status == 0 and project.requests == [] and project.proxy.connected == set(), ended.stderr
    path = tmp_path / "job.yaml"
    path.write_text(ended.stdout)
    assert load_job(path)._validate(raise_error=False).passed
    assert {node["identity"]["type"] for node in yaml.safe_load(ended.stdout)["jobs"].values()} == {"user_identity"}


@pytest.mark.parametrize(("name", "kind"), [("aoai_connection", "aoai"), ("search_connection", "search")])
def test_a_missing_connection_is_named_with_the_command_that_creates_it(project, name, kind):
    del project.workspace.connections[name]

    ended = project.run("mlops.run_class_plan_and_execute_azure", *DEV)

    assert ended.status == 2 and f"azure_create_{kind}_connection --environment_name dev" in ended.stderr
    assert not project.pipeline_jobs.jobs and "Traceback" not in ended.stderr


def test_an_unknown_asset_is_named_with_the_command_that_registers(project):
    ended = project.run(QUICK, *DEV, "--data", "azureml:nothing@latest")

    assert ended.status == 2 and "no data asset azureml:nothing@latest; register it" in ended.stderr, ended.stderr
    assert not project.pipeline_jobs.jobs


def test_a_line_without_an_output_fails_the_command_by_its_number_and_reason(project, tmp_path):
    good = {"pdf_url": "data/documents/larkmoor_handbook.pdf", "question": "Where can I leave my bicycle?"}
    bad = {**good, "pdf_url": "data/documents/none.pdf"}
    path = write(tmp_path, [{**record, "chat_history": []} for record in (good, bad)])

    ended = project.run("mlops.run_chat_with_pdf_azure", *DEV, "--data", path, SCALE_OUT_RETRIES="0")

    assert ended.status == 1 and "line 2: " in ended.stderr and "there is no such file" in ended.stderr, ended.stderr
    assert "2 lines, 1 failed" in ended.stderr and "Traceback" not in ended.stderr
    assert "resume with --resume_from chat_with_pdf_dev_" in ended.stderr.splitlines()[-1]


def test_a_submission_whose_answer_got_lost_is_one_run(project, data):
    project.pipeline_jobs.answers_lost = 1

    ended = project.run(QUICK, *DEV, "--data", data)

    assert ended.status == 0 and len(project.pipeline_jobs.jobs) == 1, ended.stderr


def test_nodes_that_work_as_the_submitter_sign_in_on_behalf_of_that_person_alone(project, data):
    ended = project.run(QUICK, *DEV, "--data", data)

    assert ended.status == 0, ended.stderr
    assert "/job-msi" not in {path for _, _, path in project.requests}
    assert [path for _, host, path in project.requests if host == "127.0.0.1" and path.startswith("/obo/")]


def test_serverless_compute_without_an_identity_is_refused_before_anything_is_sent(project, data):
    ended = project.run(QUICK, *DEV, "--data", data, SCALE_OUT_IDENTITY="managed_identity")

    assert ended.status == 2 and project.requests == [], ended.stderr
    assert "serverless compute has no identity of its own" in ended.stderr
    assert "az identity create" in ended.stderr and ended.stderr.count("\n") == 1


def test_a_cluster_may_have_an_identity_of_its_own(project, data):
    project.workspace.clusters.add("mine")

    ended = project.run(
        QUICK, *DEV, "--data", data, "--compute", "mine", "--no_wait", SCALE_OUT_IDENTITY="managed_identity"
    )

    assert ended.status == 0, ended.stderr
    assert one_job(project)["properties"]["jobs"]["answer"]["identity"] == {"identity_type": "Managed"}


def test_a_cluster_that_is_not_there_is_named_before_anything_is_uploaded(project, data):
    ended = project.run(QUICK, *DEV, "--data", data, "--compute", "mine")

    assert ended.status == 2 and "has no compute mine" in ended.stderr and not writes(project), ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_compute_instance_is_refused_with_the_way_that_takes_one(project, data):
    project.workspace.instances.add("mine")

    ended = project.run(QUICK, *DEV, "--data", data, "--compute", "mine")

    assert ended.status == 2 and "or add --compute_session" in ended.stderr and not writes(project), ended.stderr


def test_a_service_principal_cannot_lend_the_nodes_its_identity(project, data):
    project.sign_in.person = False

    ended = project.run(QUICK, *DEV, "--data", data)

    assert ended.status == 2 and "a service principal or a managed identity is signed in here" in ended.stderr
    assert "SCALE_OUT_IDENTITY" in ended.stderr and not writes(project) and ended.stderr.count("\n") == 1


def test_an_identity_that_is_not_attached_to_the_project_is_refused_before_anything_is_uploaded(project, data):
    ended = project.run(QUICK, *DEV, "--data", data, SCALE_OUT_IDENTITY=CLIENT_ID)

    assert ended.status == 2 and f"no user-assigned identity with the client id {CLIENT_ID}" in ended.stderr
    assert not writes(project) and ended.stderr.count("\n") == 1, ended.stderr


def test_a_service_principal_gives_the_nodes_an_identity_of_the_project(project, data):
    project.sign_in.person = False
    project.workspace.identities[CLIENT_ID] = "77777777-7777-7777-7777-777777777777"

    ended = project.run(QUICK, *DEV, "--data", data, SCALE_OUT_IDENTITY=CLIENT_ID)

    assert ended.status == 0 and "1 lines, 0 failed" in ended.stderr, ended.stderr
    node = one_job(project)["properties"]["jobs"]["answer"]
    assert CLIENT_ID in node["identity"].values() and node["environment_variables"] == {"AZURE_CLIENT_ID": CLIENT_ID}


def writes(azure):
    """What was sent to be kept."""
    return [path for method, host, path in azure.requests if method in ("PUT", "PATCH") or "BulkRuns" in path]
