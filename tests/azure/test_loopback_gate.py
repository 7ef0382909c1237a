"""What Azure refuses before a service sees it, and how commands say so."""

import json
import urllib.error
import urllib.request

import pytest
from loopback.gate import OF_AML
from loopback.workspace import DATA_PLANE, ID

MANAGEMENT = "management.azure.com"
VERSION = "?api-version=2024-10-01"
ARM = f"https://{MANAGEMENT}"


@pytest.fixture
def ask(azure):
    """Send a request with a token for an audience; return status, and the answer as JSON."""
    import ssl

    variables = azure.environment()

    def ask(host, path, audience=ARM, body=None, method=None):
        token, _ = azure.sign_in.issue(audience)
        request = urllib.request.Request(
            f"https://{host}{path}", method=method, headers={"Authorization": f"Bearer {token}"}
        )
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        handlers = (
            urllib.request.ProxyHandler({"https": variables["HTTPS_PROXY"]}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])),
        )
        try:
            with urllib.request.build_opener(*handlers).open(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    return ask


def test_a_token_for_another_audience_is_refused_by_each_host(ask):
    for host, path in ((MANAGEMENT, f"{ID}{VERSION}"), (DATA_PLANE, f"/history/v1.0{ID}/runs/a/children")):
        status, answer = ask(host, path, audience="https://graph.microsoft.com")
        assert status == 401 and answer["error"]["code"] == "InvalidAuthenticationTokenAudience", host
    assert ask(MANAGEMENT, f"{ID}{VERSION}", audience=OF_AML)[0] == 401
    assert ask(MANAGEMENT, f"{ID}{VERSION}")[0] == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "MissingApiVersionParameter"), ("?api-version=2019-01-01", "NoRegisteredProviderFound")],
)
def test_an_api_version_that_is_not_registered_is_refused(ask, query, code):
    status, answer = ask(MANAGEMENT, f"{ID}{query}")

    assert status == 400 and answer["error"]["code"] == code


def test_errors_have_the_shape_of_the_service_that_answers(ask):
    _, of_manager = ask(MANAGEMENT, f"{ID}/connections/none{VERSION}")
    _, of_service = ask(DATA_PLANE, f"/flow/api{ID}/BulkRuns/none")

    assert of_manager.keys() == {"error"} and of_manager["error"].keys() == {"code", "message"}
    assert (
        of_service["error"]["code"] == "UserError" and of_service["error"]["innerError"]["code"] == "ResourceNotFound"
    )
    assert {"correlation", "environment", "componentName"} <= of_service.keys()


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("/data/a/versions/1", {"properties": {"dataType": "uri_file"}}, "properties.dataUri: is missing"),
        ("/data/a/versions/1", {"properties": {"dataType": "x", "dataUri": 3}}, "properties.dataUri: 3 is no str"),
        ("/data/a/versions/1", {}, "properties: is missing"),
        ("/connections/a", {"properties": {"authType": "ApiKey", "category": 7}}, "properties.category: 7 is n"),
        ("/jobs/a", {"properties": {"jobType": "Pipeline", "jobs": ["answer"]}}, "properties.jobs: is no object"),
    ],
)
def test_a_request_that_departs_from_its_description_is_refused(ask, path, body, fault):
    status, answer = ask(MANAGEMENT, f"{ID}{path}{VERSION}", body=body, method="PUT")

    assert status == 400 and fault in answer["error"]["message"]


def test_lists_come_in_pages(azure, ask):
    for number in range(5):
        azure.workspace.connections[f"c{number}"] = {"name": f"c{number}", "properties": {}}
    status, page = ask(MANAGEMENT, f"{ID}/connections{VERSION}")
    names = []
    while page:
        names += [each["name"] for each in page["value"]]
        link = page.get("nextLink")
        page = ask(MANAGEMENT, link.partition(MANAGEMENT)[2])[1] if link else None

    assert status == 200 and names == ["c0", "c1", "c2", "c3", "c4"]


def test_the_role_for_asking_how_an_operation_goes_is_named(azure, person, project_connections, monkeypatch):
    azure.workspace.connections.update(project_connections)
    azure.may_read_locations = False

    ended = azure.run(
        "mlops.deployment.deploy_online_endpoint",
        "--environment_name",
        "dev",
        "--flow_type",
        "function_basic_flow",
        AOAI_BASE_ENDPOINT="https://unused.example",
    )

    assert ended.status == 2 and "such as Azure AI Developer" in ended.stderr, ended.stderr
    assert "locations/mfeOperationsStatus/read" in ended.stderr and "Traceback" not in ended.stderr
