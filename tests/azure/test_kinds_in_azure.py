"""Models at Azure's v1 API, and at any OpenAI-compatible URL: batches in Azure, and endpoints.

Each flow meets each kind, each place runs each flow, and each place reaches each kind that it can; not all of them at
once, for every combination costs seconds. An LLM node without a key, which has a way of its own to sign in, runs in
each place.
"""

import json

import pytest
from loopback.model_project import KEY

CLASS, FUNCTION, DAG = "class_basic_flow", "function_basic_flow", "yaml_basic_flow"
# The path of the base URL, and the key; without one at Azure's v1 API, Microsoft Entra ID signs in.
KINDS = {"azure_v1": ("/openai/v1", KEY), "azure_v1_keyless": ("/openai/v1", ""), "openai": ("/v1", KEY)}
RECORD = {"entity_type": "city", "text": "the train from Lyon to Norwich"}
CITIES = ["Lyon", "Norwich"]


@pytest.fixture
def led(request, azure, person, emulator):
    """Run a command of an environment whose models are the emulator's; the project has the connection to them."""
    path, key = KINDS[request.param]
    variables = {"AOAI_BASE_ENDPOINT": emulator.endpoint + path, **({"AOAI_API_KEY": key} if key else {})}

    def run(module, *arguments, **more):
        return azure.run(module, "--environment_name", "dev", *arguments, **variables, **more)

    ended = run("mlops.connections.azure_create_aoai_connection")
    assert ended.status == 0, ended.stderr
    yield run
    azure.pipeline_jobs.wait()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps(RECORD) + "\n")
    return path


@pytest.mark.parametrize(  # no identity runs a compute session in this Azure
    ("flow", "led"), [(CLASS, "azure_v1"), (DAG, "openai")], indirect=["led"]
)
def test_a_batch_in_a_compute_session(azure, led, data, flow):
    image = {"COMPUTE_SESSION_IMAGE": "loopback.azurecr.io/flows:1"}
    ended = led(f"mlops.run_{flow}_azure", "--compute_session", "--data", data, **image)

    assert ended.status == 0, ended.stderr
    [run] = azure.batch_runs.runs.values()
    assert [line["output"]["answer"] for line in run["lines"]] == [CITIES]


@pytest.mark.parametrize("led", ["azure_v1_keyless"], indirect=True)
def test_a_batch_whose_llm_node_could_not_sign_in_is_not_submitted(azure, led, data):
    ended = led("mlops.run_yaml_basic_flow_azure", "--compute_session", "--data", data)

    assert ended.status == 2 and azure.batch_runs.runs == {} and ended.stderr.count("\n") == 1
    assert "cannot sign in" in ended.stderr and "leave out --compute_session" in ended.stderr


@pytest.mark.parametrize(
    ("flow", "led"),
    [(CLASS, "openai"), (FUNCTION, "azure_v1"), (FUNCTION, "azure_v1_keyless"), (DAG, "azure_v1_keyless")],
    indirect=["led"],
)
def test_a_batch(azure, led, data, flow):
    ended = led(f"mlops.run_{flow}_azure", "--data", data)

    assert ended.status == 0, ended.stderr
    [job] = azure.pipeline_jobs.jobs.values()
    uri = job["properties"]["outputs"]["collected"]["uri"]
    answers = azure.storage.read(f"{uri.partition('/paths/')[2]}/answers.jsonl").decode().splitlines()
    assert [json.loads(line)["outputs"] for line in answers] == [{"answer": CITIES}]


@pytest.mark.parametrize(
    ("flow", "led"),
    [(CLASS, "azure_v1_keyless"), (FUNCTION, "openai"), (DAG, "azure_v1"), (DAG, "azure_v1_keyless")],
    indirect=["led"],
)
def test_an_online_endpoint(azure, led, flow):
    ended = led("mlops.deployment.deploy_online_endpoint", "--flow_type", flow)

    assert ended.status == 0 and "100 % of the requests" in ended.stdout, ended.stderr
    assert set(azure.scoring.answered) == {"blue"}  # more than once, until its role holds
