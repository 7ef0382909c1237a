"""Every fault of Azure ends a deployment with one clear message, the right status, and traffic as it was."""

import pytest
from loopback.model_project import KEY, connect
from loopback.standing_endpoint import ENDPOINT, change, stand, traffic
from starlette.responses import JSONResponse

REFUSALS = [  # each step of a deployment, refused in one of the ways
    ("GET", f"/onlineEndpoints/{ENDPOINT}$", 401, 2, "sign in again"),
    ("GET", f"/onlineEndpoints/{ENDPOINT}/deployments", 403, 2, "AzureML Data Scientist"),
    ("GET", "/connections/aoai_connection$", 403, 2, "AzureML Data Scientist"),
    ("PUT", "/models/function_basic_flow/versions/", 403, 2, "AzureML Data Scientist"),
    ("PUT", "/environments/function_basic_flow_serving/versions/", 401, 2, "sign in again"),
    ("PUT", f"/onlineEndpoints/{ENDPOINT}$", 409, 2, "wait for that change"),
    ("PUT", f"/onlineEndpoints/{ENDPOINT}/deployments/green$", 409, 2, "wait for that change"),
    ("PUT", f"/onlineEndpoints/{ENDPOINT}/deployments/green$", 404, 2, "not found"),
]
ANSWERS = [  # of the scoring URL
    (401, "does not accept the sign-in"),
    (403, "may not ask"),
    (408, "took longer"),
    (424, "the flow failed"),
]


@pytest.fixture
def project(azure, emulator):
    """A loopback Azure with a project, and an endpoint whose blue deployment answers all requests."""
    connect(azure.workspace, emulator.endpoint)
    stand(azure, blue=100)
    return azure


@pytest.mark.parametrize(("method", "pattern", "status", "exit_status", "says"), REFUSALS)
def test_a_refused_step_ends_in_one_sentence_and_leaves_traffic_as_it_was(
    project, method, pattern, status, exit_status, says
):
    project.fail(method, pattern, status, times=9)

    ended = change(project)

    assert ended.status == exit_status and says in ended.stderr, ended.stderr
    assert ended.stderr.count("error: ") == 1 and "Traceback" not in ended.stderr and ENDPOINT in ended.stderr
    assert traffic(project) == {"blue": 100} and list(project.online_endpoints.deployments) == [(ENDPOINT, "blue")]
    assert KEY not in ended.stderr and project.sign_in.client_secret not in ended.stderr


def test_a_version_that_is_up_but_cannot_be_given_its_share_is_said_to_be_there(project):
    tags = {"flow": "function_basic_flow", "environment": "dev", "repository": "llmops-promptflow"}
    project.online_endpoints.endpoints[ENDPOINT]["tags"] = tags  # so that nothing but its traffic is to be changed
    project.fail("PUT", f"/onlineEndpoints/{ENDPOINT}$", 409, times=9)

    ended = change(project)

    assert ended.status == 2 and "green is up and tested; the same command continues" in ended.stderr, ended.stderr
    assert traffic(project) == {"blue": 100} and len(project.online_endpoints.deployments) == 2


def test_passing_faults_on_every_step_are_waited_for(project):
    project.fail("PUT", "/models/", 500)
    project.fail("PUT", "/environments/", 429, Retry_After="1")
    project.fail("PUT", f"/onlineEndpoints/{ENDPOINT}/deployments/green$", 429, Retry_After="1")
    project.fail("GET", "/mfeOperationsStatus/", 500)
    project.fail("POST", "inference.ml.azure.com/score", 429, Retry_After="1")
    project.fail("POST", "inference.ml.azure.com/score", 503)
    project.fail("PUT", f"/onlineEndpoints/{ENDPOINT}$", 500)

    ended = change(project)

    assert ended.status == 0 and traffic(project) == {"blue": 90, "green": 10}, ended.stderr


@pytest.mark.parametrize(("status", "says"), ANSWERS)
def test_an_answer_that_is_none_keeps_the_newest_version_from_all_requests(project, status, says):
    stand(project, blue=90, green=10)
    project.fail("POST", "inference.ml.azure.com/score", status, times=9)

    ended = change(project, "--promote")

    assert ended.status == 1 and f"the smoke test of green failed: {status}" in ended.stderr, ended.stderr
    assert says in ended.stderr and "Traceback" not in ended.stderr
    assert traffic(project) == {"blue": 90, "green": 10} and len(project.online_endpoints.deployments) == 2


def test_a_key_that_may_not_be_read_is_no_reason_to_change_traffic(project):
    stand(project, blue=90, green=10)
    project.online_endpoints.endpoints[ENDPOINT]["properties"]["authMode"] = "Key"
    project.fail("POST", "/listKeys", 403, times=9)

    ended = change(project, "--promote")

    assert ended.status == 2 and "403" in ended.stderr and traffic(project) == {"blue": 90, "green": 10}


@pytest.mark.parametrize("status", [403, 409])
def test_a_refused_change_of_traffic_leaves_it_as_it_was(project, status):
    stand(project, blue=90, green=10)
    project.fail("PUT", f"/onlineEndpoints/{ENDPOINT}$", status, times=9)

    ended = change(project, "--rollback")

    assert ended.status == 2 and f"changing {ENDPOINT}: Azure answers {status}" in ended.stderr, ended.stderr
    assert traffic(project) == {"blue": 90, "green": 10} and ended.stdout == ""


def test_provisioning_that_fails_prints_the_log_and_removes_what_has_failed(project):
    secrets = "sig=c2VjcmV0&se=2030 'Authorization': 'Bearer c2VjcmV0', api-key: c2VjcmV0 X-API-Key: 'c2VjcmV0'"
    project.online_endpoints.provisioning_fails = f"ERROR: no matching distribution; {secrets}"

    ended = change(project)

    assert ended.status == 1 and "the deployment green failed: " in ended.stderr, ended.stderr
    assert "no matching distribution" in ended.stderr and "c2VjcmV0" not in ended.stderr, ended.stderr
    assert ended.stderr.strip().splitlines()[-1].endswith("green was removed, and traffic is as it was")
    assert traffic(project) == {"blue": 100} and list(project.online_endpoints.deployments) == [(ENDPOINT, "blue")]


def test_a_failed_deployment_that_can_be_neither_read_nor_removed_is_said_to_cost_money(project):
    project.online_endpoints.provisioning_fails = "it does not start"
    project.fail("POST", "/getLogs", 403, times=9)
    project.fail("DELETE", "/deployments/green", 403, times=9)

    ended = change(project)

    assert ended.status == 1 and "costs money" in ended.stderr.splitlines()[-1], ended.stderr
    assert "could not be read" in ended.stderr and traffic(project) == {"blue": 100}


def test_the_next_deployment_replaces_one_that_has_failed(project):
    stand(project, "Failed", blue=0)
    project.online_endpoints.provisioning_fails = "it does not start"

    ended = change(project)

    assert "removing blue" in ended.stderr and "creating blue" in ended.stderr


def test_an_endpoint_that_somebody_else_has_deleted_in_the_meantime_is_told_as_gone(project, monkeypatch):
    stand(project, blue=0, green=0)

    async def answer(request):  # while the smoke test is under way
        project.online_endpoints.endpoints.clear()
        return JSONResponse({"answer": ["an entity"]})

    monkeypatch.setattr(project.scoring, "answer", answer)

    ended = change(project, "--promote")

    assert ended.status == 1 and "Traceback" not in ended.stderr, ended.stderr
    assert f"the endpoint {ENDPOINT} is gone" in ended.stderr


def test_traffic_that_somebody_else_has_changed_in_the_meantime_is_left_so(project, monkeypatch):
    stand(project, blue=90, green=10)

    async def answer(request):  # while the smoke test is under way
        project.online_endpoints.endpoints[ENDPOINT]["properties"]["traffic"] = {"blue": 100}
        return JSONResponse({"answer": ["an entity"]})

    monkeypatch.setattr(project.scoring, "answer", answer)

    ended = change(project, "--promote")

    assert ended.status == 1 and "somebody else has changed the traffic" in ended.stderr, ended.stderr
    assert traffic(project) == {"blue": 100}


def test_without_a_connection_nothing_is_deployed_and_the_command_for_it_is_named(project):
    project.workspace.connections.clear()

    ended = change(project)

    assert ended.status == 2 and "azure_create_aoai_connection --environment_name dev" in ended.stderr
    assert not any(method == "PUT" for method, _, _ in project.requests)


@pytest.mark.parametrize("option", ["--rollback", "--promote"])
def test_a_wrong_project_is_no_missing_endpoint(project, option):
    ended = change(project, option, PROJECT_NAME="other")

    assert ended.status == 2 and "check SUBSCRIPTION_ID" in ended.stderr, ended.stderr
