"""What Azure asks for before a deployment can answer: roles that hold, cores, and an endpoint that stands still."""

import httpx
import pytest
from loopback.model_project import connect
from loopback.online_endpoints import ENDPOINT_ID, LIST_SECRETS, ROLE
from loopback.standing_endpoint import COMMAND, ENDPOINT, FLOW, VARIABLES, change, stand, traffic
from loopback.workspace import ID
from model_server import ModelServer, failure, listed

TAGS = {"flow": FLOW, "environment": "dev", "repository": "llmops-promptflow"}
# https://github.com/Azure-Samples/azure-search-openai-demo/issues/290, and many more reports of a role that is missing.
NO_ROLE = failure(401, "Principal does not have access to API/Operation.", "PermissionDenied")


@pytest.fixture
def project(azure, emulator):
    """A loopback Azure whose project has connections to the emulator."""
    connect(azure.workspace, emulator.endpoint)
    return azure


def deploy(azure, flow, *options, **variables):
    """Deploy the first version of a flow."""
    return azure.run(COMMAND, "--environment_name", "dev", "--flow_type", flow, *options, **VARIABLES, **variables)


@pytest.mark.parametrize("flow", ["class_plan_and_execute", "yaml_basic_flow"])
def test_the_first_deployment_waits_for_the_role_that_azure_has_assigned(project, flow):
    project.online_endpoints.refusals = 3

    ended = deploy(project, flow)

    assert ended.status == 0 and "does not hold yet" in ended.stderr, ended.stderr
    assert "100 % of the requests" in ended.stdout


def test_the_first_deployment_waits_for_the_role_to_ask_models(project):
    with ModelServer() as models:
        models.answer = lambda chat: NO_ROLE if len(models.chats) < 3 else listed(chat, "chief executive")
        connect(project.workspace, models.endpoint)
        ended = change(project)

    assert ended.status == 0 and "does not hold yet" in ended.stderr, ended.stderr
    assert traffic(project) == {"blue": 100} and len(models.chats) >= 3


@pytest.mark.parametrize("options", [(), ("--keep_failed",)])
def test_a_role_that_never_holds_is_named_in_the_end(project, options):
    project.online_endpoints.refusals = 1000

    ended = deploy(project, "yaml_basic_flow", *options, ENDPOINT_ROLE_MINUTES="0.05")

    last = ended.stderr.strip().splitlines()[-1]
    assert ended.status == 1 and "the smoke test of blue failed: 400" in last, ended.stderr
    assert (
        "RBAC role 'Azure Machine Learning Workspace Connection Secrets Reader'" in last and "--endpoint_only" in last
    )
    assert last.endswith("blue is still there, without a change to its traffic" if options else "traffic is as it was")
    assert project.online_endpoints.endpoints["llmops-yaml-basic"]["properties"]["traffic"] == {}


def test_a_flow_that_is_refused_for_another_reason_is_not_waited_for(project):
    project.online_endpoints.refusals = 0
    with ModelServer(lambda chat: failure(401, "Access denied due to invalid subscription key.", "401")) as models:
        connect(project.workspace, models.endpoint)
        ended = change(project)

    assert ended.status == 1 and "does not hold yet" not in ended.stderr, ended.stderr


def test_the_endpoint_can_come_first_with_the_roles_that_its_identity_needs(project):
    ended = change(project, "--endpoint_only")
    again = change(project, "--endpoint_only")

    principal = project.online_endpoints.endpoints[ENDPOINT]["identity"]["principalId"]
    assert (ended.status, again.status) == (0, 0), ended.stderr + again.stderr
    assert ended.stdout == again.stdout and ended.stdout.startswith(f"{ENDPOINT}  https://")
    assert (
        ended.stdout.count(f"--assignee-object-id {principal}") == 2
        and "Cognitive Services OpenAI User" in ended.stdout
    )
    assert project.workspace.assets == {} and project.online_endpoints.deployments == {}
    assert sum(method == "PUT" for method, _, _ in project.requests) == 1


@pytest.mark.parametrize("live", [{}, {"blue": 100}])
def test_who_may_not_read_connections_creates_no_endpoint_and_no_deployment_that_may(project, live):
    if live:
        stand(project, **live)
        project.online_endpoints.endpoints[ENDPOINT]["tags"] = TAGS  # so that the endpoint needs no change
    project.online_endpoints.may_list_secrets = False

    ended = change(project)

    assert ended.status == 2 and LIST_SECRETS in ended.stderr and "Traceback" not in ended.stderr, ended.stderr
    assert list(project.online_endpoints.endpoints) == ([ENDPOINT] if live else [])
    assert [name for _, name in project.online_endpoints.deployments] == list(live)


def test_a_deployment_without_quota_is_told_with_the_cores_that_it_needs(project):
    stand(project, blue=100)
    project.online_endpoints.quota = 15  # 8 for each: a fifth more than one machine of 4 cores, and whole machines

    ended = change(project)

    assert ended.status == 2 and ended.stderr.count("error: ") == 1, ended.stderr
    assert "needs 8 more cores of Standard_DS3_v2 machines than the 8 of 15" in ended.stderr
    assert "--remove_idle" in ended.stderr and traffic(project) == {"blue": 100}


def test_quota_for_blue_and_green_is_enough(project):
    stand(project, blue=100)
    project.online_endpoints.quota = 16

    ended = change(project)

    assert ended.status == 0 and traffic(project) == {"blue": 90, "green": 10}, ended.stderr


@pytest.mark.parametrize("options", [(), ("--promote",), ("--rollback",), ("--remove_idle",), ("--endpoint_only",)])
def test_an_endpoint_that_is_being_removed_is_left_alone(project, options):
    stand(project, blue=0, green=100)
    project.online_endpoints.removal.clear()
    assert arm(project, "DELETE").status_code == 202

    ended = change(project, *options)
    project.online_endpoints.removal.set()

    assert ended.status == 2 and "is being changed (it is Deleting" in ended.stderr, ended.stderr
    assert not any(method == "PUT" for method, _, _ in project.requests)


def test_what_azure_adds_to_an_endpoint_stays_when_its_traffic_changes(project):
    stand(project, blue=0, green=100)
    project.online_endpoints.endpoints[ENDPOINT]["properties"]["properties"][ENDPOINT_ID] = (
        f"{ID}/onlineEndpoints/{ENDPOINT}"
    )

    ended = change(project, "--rollback")

    properties = project.online_endpoints.endpoints[ENDPOINT]["properties"]["properties"]
    assert ended.status == 0 and set(properties) >= {ROLE, ENDPOINT_ID, "AzureAsyncOperationUri"}, ended.stderr


def arm(azure, method):
    """Send a request for the endpoint to Resource Manager."""
    import ssl

    found = azure.environment()
    token, _ = azure.sign_in.issue("https://management.azure.com")
    trusted = ssl.create_default_context(cafile=found["SSL_CERT_FILE"])
    with httpx.Client(proxy=found["HTTPS_PROXY"], verify=trusted, timeout=60) as client:
        url = f"https://management.azure.com{ID}/onlineEndpoints/{ENDPOINT}?api-version=2023-04-01"
        return client.request(method, url, headers={"Authorization": f"Bearer {token}"})
