"""Batches in Prompt flow's compute session: what it can install is run, and the command reports how that went."""

import json
import signal

import pytest
import yaml
from loopback.faults import HANG_UP, NO_FIELDS, PAGE

from mlops.common.paths import REPOSITORY

FLOWS = {  # by the runner's name: the flow's data, and an output that every line has
    "class_basic_flow": ("basic_flow_data", "answer"),
    "chat_with_pdf": ("chat_with_pdf_data", "context"),
    "yaml_plan_and_execute": ("plan_and_execute_data", "plan"),
}
IMAGE = "loopback.azurecr.io/flows:1"
QUICK = "mlops.run_function_basic_flow_azure"
RECORD = {"entity_type": "city", "text": "The train to Norwich leaves at noon."}
DEV = ("--environment_name", "dev", "--compute_session")


@pytest.fixture(autouse=True)
def image(azure, monkeypatch):
    """An image of one's own, in which the session runs flows."""
    monkeypatch.setitem(azure.variables, "COMPUTE_SESSION_IMAGE", IMAGE)
    return IMAGE


@pytest.fixture
def data(tmp_path):
    """A file with one record for the basic flows."""
    return write(tmp_path, [RECORD])


def write(folder, records):
    """Write records as JSONL; return the file."""
    path = folder / "lines.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def one_run(azure):
    """The only run of the project."""
    [run] = azure.batch_runs.runs.values()
    return run


@pytest.mark.parametrize("runner", ["class_basic_flow", "chat_with_pdf", "class_plan_and_execute"])
def test_microsofts_image_cannot_install_a_flow_and_the_remedy_is_named(project, runner):
    ended = project.run(f"mlops.run_{runner}_azure", *DEV, COMPUTE_SESSION_IMAGE="")

    assert ended.status == 1 and ended.stdout.startswith("Failed"), ended.stderr
    reason = ended.stderr.splitlines()[-1]
    assert "Session creation failed" in reason and "No matching distribution found for" in reason
    assert "promptflow" not in reason.partition("found for ")[2].split(".")[0], reason
    assert "leave out --compute_session" in reason and "COMPUTE_SESSION_IMAGE" in reason


def test_the_llm_node_needs_no_package_but_those_of_microsofts_image(project, data):
    ended = project.run("mlops.run_yaml_basic_flow_azure", *DEV, "--data", data, COMPUTE_SESSION_IMAGE="")

    assert ended.status == 0 and "1 lines, 0 failed" in ended.stderr, ended.stderr


@pytest.mark.parametrize("runner", FLOWS)
def test_a_flow_runs_in_an_image_of_ones_own(project, tmp_path, runner):
    name, output = FLOWS[runner]
    lines = (REPOSITORY / "data" / f"{name}.jsonl").read_text().splitlines()[:2]
    path = write(tmp_path, map(json.loads, lines))

    ended = project.run(f"mlops.run_{runner}_azure", *DEV, "--data", path)

    run = one_run(project)
    assert ended.status == 0, ended.stderr + run["log"]
    status, run_name, link = ended.stdout.split()
    assert status == "Completed" and run_name in link and run_name in project.batch_runs.runs
    assert "line 0: Completed\n" in ended.stderr and "2 lines, 0 failed" in ended.stderr
    assert "ends on 20 April 2027" in ended.stderr
    assert len(run["lines"]) == 2 and all(line["output"][output] for line in run["lines"])
    assert "\x1b" not in ended.stderr and "Uploading" not in ended.stderr


def test_the_configured_file_goes_up_whole_and_every_line_comes_back(project):
    ended = project.run("mlops.run_function_basic_flow_azure", *DEV)

    sent = (REPOSITORY / "data" / "basic_flow_data.jsonl").read_text().splitlines()
    assert ended.status == 0 and f"{len(sent)} lines, 0 failed" in ended.stderr, ended.stderr
    returned = one_run(project)["lines"]
    assert [line["inputs"]["text"] for line in returned] == [json.loads(line)["text"] for line in sent]


def test_a_second_batch_is_a_run_of_its_own(project, data):
    project.batch_runs.machines.clear()
    first, again = (project.run(QUICK, *DEV, "--data", data, "--no_wait") for _ in range(2))

    assert first.status == again.status == 0 and len(project.batch_runs.runs) == 2, again.stderr
    assert [run["status"] for run in project.batch_runs.runs.values()] == ["NotStarted"] * 2
    uploaded = {run["submission"]["flowDefinitionBlobPath"] for run in project.batch_runs.runs.values()}
    assert len(uploaded) == 1  # the same content


def test_a_registered_asset_is_run_on_by_its_version(project):
    registered = project.run("mlops.register_data_assets", "--only", "plan_and_execute_data")
    project.batch_runs.machines.clear()

    ended = project.run(
        "mlops.run_yaml_plan_and_execute_azure", *DEV, "--data", "azureml:plan_and_execute_data@latest", "--no_wait"
    )

    assert ended.status == 0, ended.stderr
    _, name, version, _ = registered.stdout.split()
    run = one_run(project)
    assert run["submission"]["batchDataInput"]["dataUri"] == f"azureml:{name}:{version}"
    assert project.batch_runs.data_of(run) == (REPOSITORY / "data" / "plan_and_execute_data.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ([], {"vmSize": "Standard_E4ds_v4", "computeName": None}),
        (["--instance_type", "Standard_D2as_v4"], {"vmSize": "Standard_D2as_v4", "computeName": None}),
        (["--compute", "mine"], {"vmSize": None, "computeName": "mine"}),
    ],
)
def test_the_machine_that_is_asked_for_arrives(project, data, options, sent):
    project.batch_runs.machines.clear()

    ended = project.run(QUICK, *DEV, "--data", data, "--no_wait", *options)

    submission = one_run(project)["submission"]
    assert ended.status == 0 and {key: submission.get(key) for key in sent} == sent, ended.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--compute", "mine", "--instance_type", "Standard_D2as_v4"], "--instance_type is for serverless"),
        (["--resume_from", "earlier"], "--resume_from does not go with --compute_session"),
        (["--scale_out"], "not allowed with argument"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_sent(project, options, says):
    ended = project.run(QUICK, *DEV, *options)

    assert ended.status == 2 and says in ended.stderr and project.requests == [], ended.stderr


@pytest.mark.parametrize("runner", FLOWS)
def test_a_dry_run_prints_what_pfazure_takes_and_sends_nothing(azure, tmp_path, monkeypatch, runner):
    from promptflow.client import load_run

    ended = azure.run(f"mlops.run_{runner}_azure", *DEV, "--dry_run", AOAI_BASE_ENDPOINT="https://a.openai.azure.com")

    assert ended.status == 0 and azure.requests == [] and azure.proxy.connected == set(), ended.stderr
    path = tmp_path / "run.yaml"
    path.write_text(ended.stdout)
    run = load_run(path)
    assert run._resources == {"instance_type": "Standard_E4ds_v4"} and run.column_mapping
    assert (REPOSITORY / run.data).is_file() and yaml.safe_load(ended.stdout)["flow"] == str(run.flow)
    definition = next(run.flow.glob("flow.*.yaml"))
    assert yaml.safe_load(definition.read_text(encoding="utf-8"))["environment"] == {"image": IMAGE}


def test_a_line_without_an_output_fails_the_command_by_its_number_and_reason(project, tmp_path):
    good = {"pdf_url": "data/documents/larkmoor_handbook.pdf", "question": "Where can I leave my bicycle?"}
    bad = {**good, "pdf_url": "data/documents/none.pdf"}
    path = write(tmp_path, [{**record, "chat_history": []} for record in (good, bad)])

    ended = project.run("mlops.run_chat_with_pdf_azure", *DEV, "--data", path)

    assert ended.status == 1 and ended.stdout.startswith("Completed"), ended.stderr
    assert "line 2: " in ended.stderr and "there is no such file" in ended.stderr
    assert "1 of 2 lines" in ended.stderr and "Traceback" not in ended.stderr


def test_a_run_that_fails_is_told_with_its_reason(project, tmp_path):
    del project.workspace.connections["search_connection"]["properties"]["metadata"]["provider"]
    path = write(tmp_path, [{"question": "Who?"}])

    ended = project.run("mlops.run_class_plan_and_execute_azure", *DEV, "--data", path)

    assert ended.status == 1 and ended.stdout.startswith("Failed"), ended.stderr
    assert "ended as Failed: " in ended.stderr.splitlines()[-1] and "no 'provider'" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_the_command_says_that_the_run_goes_on_and_where(project, data, number):
    project.batch_runs.machines.clear()
    with project.start(QUICK, *DEV, "--data", data) as command:
        command.wait_for("Submitted")
        command.signal(number)
        ended = command.ended()

    project.check(ended)
    [name] = project.batch_runs.runs
    assert ended.status == 130 and "Traceback" not in ended.stderr, ended.stderr
    assert f"The run {name} is still running in Azure: https://ai.azure.com/" in ended.stderr and ended.stdout == ""


@pytest.mark.parametrize(("of_the_log", "of_the_run"), [(HANG_UP, HANG_UP), (500, 500), (500, PAGE), (500, NO_FIELDS)])
def test_a_log_that_breaks_off_is_taken_up_again(project, data, of_the_log, of_the_run):
    project.fail("GET", "/logContent", of_the_log, times=2)
    project.fail("POST", "/rundata", of_the_run, times=2)

    ended = project.run(QUICK, *DEV, "--data", data)

    assert ended.status == 0 and ended.stderr.count("line 0: Completed") == 1, ended.stderr


def test_a_run_whose_lines_cannot_be_had_is_told_with_its_status(project, data):
    project.fail("GET", "/childRuns", 403, times=99)

    ended = project.run(QUICK, *DEV, "--data", data)

    assert ended.status == 2 and ended.stdout.startswith("Completed  ") and "still running" not in ended.stderr
    assert ended.stderr.count("error: ") == 1 and "the lines of the run" in ended.stderr, ended.stderr


def test_a_run_that_may_not_be_looked_at_any_more_goes_on(project, data):
    project.batch_runs.machines.clear()
    project.fail("GET", "/logContent", 403, times=99)

    ended = project.run(QUICK, *DEV, "--data", data)

    assert ended.status == 2 and "is still running in Azure: https://" in ended.stderr and "403" in ended.stderr
    assert ended.stderr.count("error: ") == 1 and "Traceback" not in ended.stderr


def test_a_submission_whose_answer_got_lost_is_one_run(project, data):
    project.batch_runs.machines.clear()
    project.batch_runs.answers_lost = 1

    ended = project.run(QUICK, *DEV, "--data", data, "--no_wait")

    assert ended.status == 0 and len(project.batch_runs.runs) == 1, ended.stderr
