"""Batches on many nodes, against the loopback Azure, which runs the pipeline that it is sent."""

import json
import signal
import threading

import pytest
import yaml
from loopback.faults import HANG_UP, PAGE
from loopback.workspace import resource
from model_server import KEY, ModelServer, failure, listed

POISON = "nobody can answer this"


@pytest.fixture
def batch(azure, person, tmp_path):
    """Run a flow's batch on many nodes; by default the function's, on data of the test's own, on four nodes."""

    def run(*arguments, flow="function_basic_flow", data=None, **variables):
        given = ["--data", data] if data else []
        settings = {"SCALE_OUT_NODES": "4", "SCALE_OUT_PROCESSES": "1", "SCALE_OUT_LINES_PER_SHARD": "10"}
        settings |= {"AOAI_BASE_ENDPOINT": "https://unused.example", **variables}
        module = f"mlops.run_{flow}_azure"
        return azure.run(module, "--environment_name", "dev", "--scale_out", *given, *arguments, **settings)

    yield run
    azure.pipeline_jobs.wait()


@pytest.fixture
def connect(azure):
    """Give the project the connections that the flows ask for, which lead to an endpoint."""

    def connect(endpoint, key=KEY):
        api = {"ApiType": "azure", "ApiVersion": "2025-04-01-preview"}
        search = {
            "provider": "bing",
            "endpoint": f"{endpoint}/v7.0/search",
            "wikipedia_endpoint": f"{endpoint}/w/api.php",
            "allow_loopback": "true",
        }
        of_custom = {"azureml.flow.connection_type": "Custom", "azureml.flow.module": "promptflow.connections"}
        for name, properties in {
            "aoai_connection": {
                "category": "AzureOpenAI",
                "authType": "ApiKey",
                "target": endpoint,
                "metadata": api,
                "credentials": {"key": key},
            },
            "search_connection": {
                "category": "CustomKeys",
                "authType": "CustomKeys",
                "target": "_",
                "metadata": {**of_custom, **search},
                "credentials": {"keys": {"api_key": key}},
            },
        }.items():
            azure.workspace.connections[name] = resource(f"/connections/{name}", name, properties)

    return connect


@pytest.fixture
def model(azure, connect):
    """A model endpoint that fails for good on one text, and answers all others with it."""
    asked = {}
    lock = threading.Lock()

    def answer(request):
        text = request["messages"][-1]["content"].split("Text: ")[1].split("\n")[0]
        with lock:
            asked[text] = asked.get(text, 0) + 1
        if POISON in text or (text.startswith("slow start") and asked[text] == 1):
            return failure(400, "the content filter minds", "content_filter")
        return listed(request, f"entity of {text}")

    with ModelServer(answer) as server:
        server.asked = asked
        connect(server.endpoint)
        yield server
        azure.pipeline_jobs.wait()  # or its nodes would ask a server that is gone, again and again


def write(path, texts):
    path.write_text("".join(json.dumps({"entity_type": "job title", "text": text}) + "\n" for text in texts))
    return path


def only_job(azure):
    [job] = azure.pipeline_jobs.jobs.values()
    return job


def output(azure, job, name, file):
    uri = job["properties"]["outputs"][name]["uri"]
    content = azure.storage.read(f"{uri.partition('/paths/')[2]}/{file}").decode()
    return [json.loads(line) for line in content.splitlines()]


def test_hundreds_of_lines_are_answered_on_four_nodes_in_order(azure, batch, model, tmp_path):
    texts = [f"text {number}" for number in range(1, 306)]

    ended = batch(data=write(tmp_path / "lines.jsonl", texts))

    assert ended.status == 0, ended.stderr
    assert "305 lines, 0 failed" in ended.stderr and ended.stdout.startswith("Completed")
    answers = output(azure, only_job(azure), "collected", "answers.jsonl")
    assert [answer["line"] for answer in answers] == list(range(1, 306))
    assert [answer["outputs"]["answer"] for answer in answers] == [[f"entity of {text}"] for text in texts]
    assert set(model.asked.values()) == {1}
    sent = only_job(azure)["properties"]["jobs"]["answer"]
    assert sent["type"] == "parallel" and sent["resources"]["instance_count"] == 4
    assert KEY not in ended.stdout + ended.stderr + json.dumps(only_job(azure)["properties"])
    assert "sig=" not in ended.stderr and "\x1b" not in ended.stderr


def test_a_node_that_dies_costs_no_line(azure, batch, model, tmp_path):
    azure.pipeline_jobs.kill_at = 3
    data = write(tmp_path / "lines.jsonl", [f"text {number}" for number in range(100)])

    ended = batch(data=data)

    assert ended.status == 0, ended.stderr
    assert "a process ended, with 1 files under way" in only_job(azure)["steps"]["answer"]["log"]
    assert len(output(azure, only_job(azure), "collected", "answers.jsonl")) == 100


def test_a_mini_batch_that_fails_once_asks_its_failed_lines_alone_again(azure, batch, model, tmp_path):
    texts = [f"text {number}" for number in range(30)] + ["slow start"]

    ended = batch(data=write(tmp_path / "lines.jsonl", texts))

    assert ended.status == 0, ended.stderr
    assert model.asked.pop("slow start") == 2 and set(model.asked.values()) == {1}


def test_a_failed_line_fails_the_run_and_is_named_and_the_run_can_be_gone_on_with(azure, batch, model, tmp_path):
    data = write(tmp_path / "lines.jsonl", ["a", POISON, "c"])
    ended = batch(data=data, SCALE_OUT_RETRIES="1")
    job = only_job(azure)

    assert ended.status == 1 and "line 2: " in ended.stderr and "content filter minds" in ended.stderr
    assert "3 lines, 1 failed, 0 may fail" in ended.stderr and "Traceback" not in ended.stderr
    assert [failed["line"] for failed in output(azure, job, "collected", "failed_lines.jsonl")] == [2]
    assert [answer["line"] for answer in output(azure, job, "collected", "answers.jsonl")] == [1, 3]
    assert model.asked[POISON] == 2

    allowed = batch("--resume_from", job["name"], data=data, SCALE_OUT_ERROR_THRESHOLD="1", SCALE_OUT_RETRIES="0")

    assert allowed.status == 0 and "line 2: " in allowed.stderr, allowed.stderr
    assert model.asked == {"a": 1, POISON: 3, "c": 1}
    assert "registered" not in allowed.stderr and allowed.stderr.count("unchanged") == 3


def test_a_run_on_other_data_is_not_gone_on_with(azure, batch, model, tmp_path):
    first = batch("--no_wait", data=write(tmp_path / "lines.jsonl", ["a"]))
    name = only_job(azure)["name"]
    azure.pipeline_jobs.wait()
    other = batch("--resume_from", name, data=write(tmp_path / "others.jsonl", ["b"]))
    unknown = batch("--resume_from", "no_such_run", data=tmp_path / "lines.jsonl")

    assert first.status == 0 and name in first.stdout
    assert other.status == 2 and "had other data" in other.stderr, other.stderr
    assert unknown.status == 2 and "has no job no_such_run" in unknown.stderr
    assert len(azure.pipeline_jobs.jobs) == 1


def test_a_job_without_tags_is_no_batch(azure, batch, model, tmp_path):
    data = write(tmp_path / "lines.jsonl", ["a"])
    batch("--no_wait", data=data)
    job = only_job(azure)
    azure.pipeline_jobs.wait()
    del job["properties"]["tags"]

    ended = batch("--resume_from", job["name"], data=data)

    assert ended.status == 2 and "is not a batch" in ended.stderr, ended.stderr


def test_a_run_that_fails_everywhere_is_given_up_early(azure, batch, connect, tmp_path):
    with ModelServer(lambda request: failure(400, "no such deployment")) as server:
        connect(server.endpoint)
        data = write(tmp_path / "lines.jsonl", [f"text {number}" for number in range(250)])
        ended = batch(data=data, SCALE_OUT_LINES_PER_SHARD="1", SCALE_OUT_RETRIES="0")

    job = only_job(azure)
    assert ended.status == 1 and "answer: Failed" in ended.stderr and "--resume_from" in ended.stderr, ended.stderr
    assert job["steps"]["collect"]["status"] == "Canceled"
    assert 101 <= job["steps"]["answer"]["failed_mini_batches"] <= 104
    assert len(server.chats) < 110


def test_a_node_without_access_to_the_connection_answers_nothing(azure, batch, model, tmp_path):
    azure.fail("POST", "connections/aoai_connection/listsecrets", 403, times=99)

    ended = batch(data=write(tmp_path / "lines.jsonl", ["a"]), SCALE_OUT_NODES="1")

    assert ended.status == 1 and "answer: Failed" in ended.stderr
    assert "Secrets Reader" in only_job(azure)["steps"]["answer"]["log"] and not model.chats


def test_a_folder_of_files_and_a_registered_asset_are_read_as_well(azure, batch, model, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "a.jsonl", ["a 1", "a 2"])
    write(folder / "b.jsonl", ["b 1"])
    ended = batch(data=folder, SCALE_OUT_NODES="1")

    job = only_job(azure)
    assert ended.status == 0, ended.stderr + job["steps"]["shard"]["log"]
    places = [(answer["file"], answer["line"]) for answer in output(azure, job, "collected", "answers.jsonl")]
    assert places == [("a.jsonl", 1), ("a.jsonl", 2), ("b.jsonl", 1)]

    uri = job["properties"]["inputs"]["data"]["uri"]
    for kind in ("uri_folder", "mltable"):
        properties = {"dataType": kind, "dataUri": uri, "isAnonymous": False, "tags": {}, "properties": {}}
        azure.workspace.assets["data", kind, "3"] = resource(f"/data/{kind}/versions/3", "3", properties)
    asset = batch(data="azureml:uri_folder:3", SCALE_OUT_NODES="1")
    table = batch(data="azureml:mltable:3")
    missing = batch(data="azureml:nothing:3")

    assert asset.status == 0 and "3 lines, 0 failed" in asset.stderr, asset.stderr
    assert table.status == 2 and "register its JSONL files" in table.stderr
    assert missing.status == 2 and "no data asset azureml:nothing:3" in missing.stderr


def test_a_bad_line_of_an_asset_ends_the_run_before_any_is_answered(azure, batch, model, tmp_path):
    properties = {"dataType": "uri_file", "isAnonymous": False, "tags": {}, "properties": {}}
    properties["dataUri"] = "azureml://datastores/workspaceblobstore/paths/bad/lines.jsonl"
    with azure.storage.container() as container:
        container.upload_blob("bad/lines.jsonl", b'{"entity_type": "a", "text": "b"}\n{"entity_type": "a"}\n')
    azure.workspace.assets["data", "bad", "1"] = resource("/data/bad/versions/1", "1", properties)

    ended = batch(data="azureml:bad:1")

    assert ended.status == 1 and "shard: Failed" in ended.stderr, ended.stderr
    assert "lines.jsonl, line 2: has no value in the column text" in only_job(azure)["steps"]["shard"]["log"]
    assert not model.chats


def test_a_dry_run_sends_nothing_and_prints_what_az_ml_takes(azure, batch, tmp_path):
    ended = batch("--dry_run", data=write(tmp_path / "lines.jsonl", ["a"]))

    assert ended.status == 0 and azure.requests == [] and azure.proxy.connected == set()
    job = yaml.safe_load(ended.stdout)
    path = tmp_path / "pipeline.yaml"
    path.write_text(ended.stdout)
    from azure.ai.ml import load_job

    loaded = load_job(path)
    assert loaded._validate(raise_error=False).passed
    answer = loaded.jobs["answer"]
    assert answer.type == "parallel" and answer.resources.instance_count == 4 and answer.retry_settings.timeout == 7200
    assert answer.component.task.code == job["jobs"]["answer"]["component"]["task"]["code"]
    assert str(loaded.jobs["collect"].inputs.error_threshold._data) == "0"


@pytest.mark.parametrize(
    ("method", "place", "status", "exit_status", "says"),
    [
        ("PUT", "/components/function_basic_flow_answer/", 403, 2, "AzureML Data Scientist"),
        ("PUT", "/jobs/", 401, 2, "sign in again"),
        ("PUT", "/jobs/", 409, 2, "try again"),
        ("PUT", "/jobs/", 404, 2, "check SUBSCRIPTION_ID"),
        ("PUT", "/jobs/", 400, 1, "Azure answers 400"),
    ],
)
def test_a_refusal_ends_in_one_sentence_with_its_remedy(
    azure, batch, model, tmp_path, method, place, status, exit_status, says
):
    azure.fail(method, place, status, times=9)

    ended = batch(data=write(tmp_path / "lines.jsonl", ["a"]))

    assert ended.status == exit_status and says in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr and not azure.pipeline_jobs.jobs and not model.chats


@pytest.mark.parametrize("fault", [{"status": 429, "Retry_After": "1"}, {"status": 500}])
def test_a_passing_fault_at_submission_is_waited_for(azure, batch, model, tmp_path, fault):
    azure.fail("PUT", "/jobs/", **fault)

    ended = batch("--no_wait", data=write(tmp_path / "lines.jsonl", ["a"]))

    assert ended.status == 0 and len(azure.pipeline_jobs.jobs) == 1, ended.stderr


@pytest.mark.parametrize("fault", [500, HANG_UP, PAGE])
def test_a_passing_fault_while_a_run_is_followed_is_waited_for(azure, batch, model, tmp_path, fault):
    azure.fail("GET", "/jobs/", fault, times=6)  # more often than the SDK itself tries again

    ended = batch(data=write(tmp_path / "lines.jsonl", ["a"]))

    assert ended.status == 0 and "1 lines, 0 failed" in ended.stderr, ended.stderr
    assert "Incomplete" not in ended.stderr and "<html>" not in ended.stderr


def test_a_run_that_may_not_be_looked_at_any_more_goes_on_and_is_named(azure, batch, model, tmp_path):
    azure.fail("GET", "/jobs/", 403, times=99)

    ended = batch(data=write(tmp_path / "lines.jsonl", ["a"]))

    [name] = azure.pipeline_jobs.jobs
    assert ended.status == 2 and f"The run {name} is still running in Azure: https://" in ended.stderr, ended.stderr
    assert ended.stderr.count("error: ") == 1 and ended.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_the_command_says_that_the_run_on_nodes_goes_on(azure, person, model, tmp_path, number):
    data = write(tmp_path / "lines.jsonl", ["a"])
    options = ("--environment_name", "dev", "--scale_out", "--data", data)
    with azure.start(
        "mlops.run_function_basic_flow_azure", *options, AOAI_BASE_ENDPOINT="https://unused.example"
    ) as command:
        command.wait_for("NotStarted  collect")
        command.signal(number)
        ended = command.ended()
    azure.pipeline_jobs.wait()

    [name] = azure.pipeline_jobs.jobs
    assert ended.status == 130 and f"The run {name} is still running in Azure: https://" in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr and ended.stdout == ""


def test_wrong_settings_are_refused_before_anything_is_sent(azure, batch, model, tmp_path):
    data = write(tmp_path / "lines.jsonl", ["a"])

    nodes = batch(data=data, SCALE_OUT_NODES="0")
    threshold = batch(data=data, SCALE_OUT_ERROR_THRESHOLD="-2")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"entity_type": "a"}\n')
    line = batch(data=bad)

    assert nodes.status == 2 and "instance_count" in nodes.stderr, nodes.stderr
    assert threshold.status == 2 and "error_threshold" in threshold.stderr
    assert line.status == 2 and 'line 1: has no column "text"' in line.stderr
    assert azure.requests == []
