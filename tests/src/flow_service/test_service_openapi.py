"""The OpenAPI document: whether it is true, and whether anything that it allows or forbids brings the service down."""

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from running_service import BASIC, PLANNING, running, settings_for
from schemathesis import GenerationMode

EXAMPLES = 12


@pytest.fixture(scope="module")
def quick(world, tmp_path_factory):
    limits = {"body_seconds": 2}
    with running(settings_for(world.endpoint, tmp_path_factory.mktemp("quick"), limits=limits)) as client:
        yield client


def test_every_flow_is_described_with_typed_inputs_outputs_and_problems(service):
    document = service.get("/openapi.json").json()
    for flow in (*BASIC, *PLANNING, "chat_with_pdf"):
        operation = document["paths"][f"/flows/{flow}"]["post"]
        inputs = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        assert document["components"]["schemas"][inputs]["additionalProperties"] is False
        result = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        assert set(document["components"]["schemas"][result]["properties"]) == {"outputs", "usage", "duration_ms"}
        for status in ("401", "413", "422", "429", "503", "504"):
            assert set(operation["responses"][status]["content"]) == {"application/problem+json"}
        assert ("text/event-stream" in operation["responses"]["200"]["content"]) == (flow not in BASIC)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_example_is_answered_as_the_document_says(service):
    document = service.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        body = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        answer = service.post(path, json=body["example"])
        assert answer.status_code == 200, answer.text
        schema = operations["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**schema, "components": document["components"]})
        assert "not" not in str(answer.json()["outputs"]["answer"])  # "could not be found"
        single = document["components"]["schemas"][body["schema"]["$ref"].rsplit("/", 1)[1]]["properties"]
        examples = {name: field["examples"][0] for name, field in single.items() if "examples" in field}
        assert service.post(path, json=examples).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/flows",
        "/flows/class_basic_flow",
        "/flows/function_basic_flow",
        "/flows/yaml_basic_flow",
        "/flows/chat_with_pdf",
        "/flows/class_plan_and_execute",
        "/flows/plan_and_execute",
        "/documents",
        "/documents/{identifier}",
        "/healthz",
        "/readyz",
        "/metrics",
    ],
)
def test_nothing_that_schemathesis_thinks_of_is_a_server_error(quick, path):
    schema = schemathesis.openapi.from_dict(quick.get("/openapi.json").json())
    schema.config.base_url = str(quick.base_url)
    operations = [each.ok() for each in schema.get_all_operations() if each.ok().path == path]
    assert operations
    for operation in operations:
        takes_json = path.startswith("/flows/")
        for mode in [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if takes_json else [])]:
            fuzz(operation, mode, EXAMPLES if takes_json or "documents" in path else 1)


def fuzz(operation, mode, examples):
    seen = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def ask(case):
        answer = case.call()
        seen.append(answer.status_code)
        assert answer.status_code < 500, (answer.status_code, answer.text)

    ask()
    assert seen


@schemathesis.serializer("application/pdf")
def as_it_is(context, value):
    """What schemathesis makes up for a body of bytes."""
    return value.encode() if isinstance(value, str) else bytes(value)
