"""The service at every kind of endpoint: ready, one flow of each sort, streams, and what the endpoint is asked."""

from collections import Counter

import pytest
from model_server import KEY, Answer, ModelServer, completion, failure
from running_service import BASIC, HANDBOOK, PLANNING, RECORD, STREAM, answering, events_of, running, settings_for

from mlops.common.paths import DOCUMENTS
from mlops.configuration.endpoints import AoaiConfig

KINDS = {"azure": "", "azure_v1": "/openai/v1", "openai": "/v1"}
PATHS = {
    "azure": "/openai/deployments/gpt-5.6-luna/chat/completions?api-version=2024-10-21",
    "azure_v1": "/openai/v1/chat/completions",
    "openai": "/v1/chat/completions",
}
PRODUCT = {"question": "What is 17 times 23?"}


def led(endpoint, folder, kind, **more):
    """Settings that lead to an endpoint of a kind on this machine."""
    settings = settings_for(endpoint, folder, **more)
    aoai = AoaiConfig(
        connection="a",
        kind=kind,
        endpoint=endpoint + KINDS[kind],
        api_key=KEY,
        api_version="2024-10-21" if kind == "azure" else "",
    )
    return settings.with_endpoints(aoai, settings.search)


@pytest.fixture(scope="module", params=KINDS)
def served(request, tmp_path_factory):
    """A service whose models are the emulator's, at an endpoint of a kind."""
    with answering(documents=DOCUMENTS) as emulator:
        with running(led(emulator.endpoint, tmp_path_factory.mktemp("kind"), request.param)) as client:
            yield client


def test_it_is_ready_and_answers_with_every_flow(served):
    assert served.get("/readyz").json() == {"status": "ready"}
    for flow in BASIC:
        answer = served.post(f"/flows/{flow}", json=RECORD).json()
        assert answer["outputs"] == {"answer": ["nurse", "software engineer"]}
        assert answer["usage"]["prompt_tokens"] > 20 and answer["usage"]["completion_tokens"] > 3
    for flow in PLANNING:
        answer = served.post(f"/flows/{flow}", json=PRODUCT).json()
        assert answer["outputs"]["steps"][0]["result"] == "391" and answer["usage"]["completion_tokens"] > 3


def test_chat_streams(served):
    *pieces, (last, result) = events_of(served.post("/flows/chat_with_pdf", json=HANDBOOK, headers=STREAM))
    assert last == "result" and len(pieces) > 3 and "12 euros" in result["outputs"]["answer"]
    assert result["usage"]["completion_tokens"] > 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_flow_asks_the_kind_in_its_own_way(kind, tmp_path):
    with ModelServer() as models, running(led(models.endpoint, tmp_path, kind)) as client:
        for flow in BASIC:
            assert client.post(f"/flows/{flow}", json=RECORD).status_code == 200
        assert client.get("/readyz").status_code == 200
    asked = Counter(path for path in models.paths if "/chat/" in path)
    assert asked == {PATHS[kind]: len(BASIC)}
    name, value = ("api-key", KEY) if kind == "azure" else ("authorization", f"Bearer {KEY}")
    assert all(headers[name] == value for headers in models.headers)
    assert all(chat["model"] == "gpt-5.6-luna" and chat["max_completion_tokens"] == 1000 for chat in models.chats)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_not_ready_where_an_endpoint_of_any_kind_refuses_it(kind, tmp_path):
    with ModelServer() as models:
        models.models = failure(401, f"wrong key {KEY}")
        with running(led(models.endpoint, tmp_path, kind)) as client:
            ready = client.get("/readyz")
    assert ready.status_code == 503 and ready.json()["reason"] == "the model endpoint rejects the service's credentials"
    assert KEY not in ready.text


@pytest.mark.parametrize("flow", BASIC)
def test_half_an_answer_names_the_limit_that_cut_it_off(flow, tmp_path):
    with ModelServer(lambda _: Answer(completion('"nurse", "soft', finish_reason="length"))) as models:
        with running(led(models.endpoint, tmp_path, "openai")) as client:
            answer = client.post(f"/flows/{flow}", json=RECORD)
    assert (answer.status_code, answer.json()["code"]) == (502, "unusable_answer")
    assert "max_output_tokens" in answer.json()["detail"]


def test_laptop_serves_a_server_of_ones_own(tmp_path):
    with ModelServer() as models:
        variables = {
            "LAPTOP_BASE_URL": f"{models.endpoint}/v1",
            "LAPTOP_CHAT_MODEL": "qwen3:8b",
            "LAPTOP_EMBEDDING_MODEL": "nomic-embed-text",
            "FLOW_SERVICE_DOCUMENTS": str(tmp_path),
        }
        from src.flow_service.settings import load_settings

        with running(load_settings("laptop", variables=variables)) as client:
            assert client.get("/playground/about").json()["emulator"] is False
            assert client.post("/flows/class_basic_flow", json=RECORD).json()["outputs"] == {"answer": []}
    assert models.paths[-1] == "/v1/chat/completions"
    assert models.chats[-1]["model"] == "qwen3:8b" and models.chats[-1]["max_tokens"] == 1000
