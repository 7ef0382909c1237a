"""Prompt flow's LLM node, which asks as often as every other client, and no more often."""

import json

import pytest
from model_server import KEY, completion
from web_server import Web, answer

from mlops.promptflow_patches.setup import set_up_promptflow
from model_endpoint.clients import RETRIES

set_up_promptflow()
PATHS = {
    "AzureOpenAI": "/openai/deployments/deployed/chat/completions",
    "OpenAI": "/v1/chat/completions",
}
DONE = answer(json.dumps(completion("done")).encode(), content_type="application/json")


def refusal(status: str, **headers: str) -> bytes:
    body = json.dumps({"error": {"code": "x", "message": "not now"}}).encode()
    return answer(body, status, content_type="application/json", **headers)


@pytest.fixture
def web():
    with Web() as web:
        yield web


@pytest.fixture(params=list(PATHS))
def node(request, web, monkeypatch):
    """Ask as an LLM node does, by each of the connections; with what faults the endpoint answers first, if any."""
    from openai import _base_client
    from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
    from promptflow.tools import aoai, openai

    from model_endpoint.llm_node import patch_llm_node

    patch_llm_node()
    monkeypatch.setattr(_base_client, "INITIAL_RETRY_DELAY", 0.001)
    monkeypatch.setattr(_base_client, "MAX_RETRY_DELAY", 0.001)

    def ask(fault: bytes, times: int) -> str:
        web.pages[PATHS[request.param]] = lambda send: send(fault if len(web.requests) <= times else DONE)
        if request.param == "AzureOpenAI":
            connection = AzureOpenAIConnection(api_key=KEY, api_base=web.url, api_version="2024-10-21")
            return aoai.AzureOpenAI(connection).chat(prompt="user:\nhello", deployment_name="deployed")
        connection = OpenAIConnection(api_key=KEY, base_url=f"{web.url}/v1")
        return openai.OpenAI(connection).chat(prompt="user:\nhello", model="deployed")

    return ask


@pytest.mark.parametrize(
    "fault",
    [
        b"",
        DONE[:-20],
        refusal("429 Too Many Requests"),
        refusal("500 Internal Server Error"),
        refusal("503 Service Unavailable", Retry_After="0.01"),
        refusal("429 Too Many Requests", retry_after_ms="5"),
    ],
    ids=["hung up", "cut off", "429", "500", "503 with a pause", "429 with a pause in ms"],
)
def test_a_fault_that_passes_is_met_with_another_attempt(fault, node, web):
    assert node(fault, 3) == "done"
    assert len(web.requests) == 4


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (refusal("429 Too Many Requests"), RETRIES + 1),
        (refusal("500 Internal Server Error"), RETRIES + 1),
        (b"", RETRIES + 1),
        (refusal("429 Too Many Requests", Retry_After="3600"), 1),
        (refusal("401 Unauthorized"), 1),
        (refusal("422 Unprocessable Entity"), 1),
        (refusal("400 Bad Request"), 1),
    ],
    ids=["429", "500", "hung up", "429 for an hour", "401", "422", "400"],
)
def test_a_fault_that_stays_is_reported_after_as_many_attempts_as_any_client_makes(fault, asked, node, web):
    from promptflow.tools.exception import WrappedOpenAIError

    with pytest.raises(WrappedOpenAIError):
        node(fault, 1000)
    assert len(web.requests) == asked
