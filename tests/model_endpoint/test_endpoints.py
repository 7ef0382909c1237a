"""Kinds of endpoint: by their URL, as Prompt flow's connections and back, and what clients of each kind send."""

import pytest
from model_server import ModelServer, completion
from pydantic import ValidationError

from mlops.configuration.endpoints import AoaiConfig
from model_endpoint import Endpoint, async_client, endpoint_of, recognised_kind, sync_client
from model_endpoint.endpoint import base_url

KEY = "key-of-the-test"
CHAT = {"model": "deployed", "messages": [{"role": "user", "content": "x"}]}
PATHS = {"azure": "", "azure_v1": "/openai/v1", "openai": "/v1"}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://mine.openai.azure.com", "azure"),
        ("https://mine.openai.azure.com/", "azure"),
        ("https://MINE.OpenAI.Azure.com", "azure"),
        ("https://mine.cognitiveservices.azure.com/", "azure"),
        ("https://mine.services.ai.azure.com", "azure"),
        ("https://mine.openai.azure.us", "azure"),
        ("https://mine.openai.azure.cn/", "azure"),
        ("https://gateway.apim.example/models", "azure"),  # API Management in front of a resource
        ("https://mine.azure-api.net", "azure"),
        ("http://127.0.0.1:8900", "azure"),  # the emulator
        ("https://mine.openai.azure.com/openai/v1", "azure_v1"),
        ("https://mine.openai.azure.com/openai/v1/", "azure_v1"),
        ("https://mine.services.ai.azure.com/openai/v1/", "azure_v1"),
        ("https://mine.cognitiveservices.azure.com/openai/v1", "azure_v1"),
        ("https://mine.openai.azure.us/openai/v1/", "azure_v1"),
        ("https://mine.azure-api.net/team/openai/v1", "azure_v1"),
        ("http://127.0.0.1:8900/openai/v1", "azure_v1"),
        ("https://api.openai.com", "openai"),
        ("https://api.openai.com/v1", "openai"),
        ("http://127.0.0.1:11434/v1", "openai"),  # Ollama
        ("http://localhost:1234/v1/", "openai"),  # LM Studio
        ("http://[::1]:8080/v1", "openai"),
        ("https://openrouter.ai/api/v1", "openai"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "openai"),  # Gemini
        ("https://llm.example/litellm/v1", "openai"),
        ("https://api.groq.com/openai/v1", "openai"),  # a path like that of Azure
    ],
)
def test_the_kind_is_recognised_from_the_url(url, kind):
    assert recognised_kind(url) == kind
    assert AoaiConfig(connection="c", endpoint=url, api_version="v").endpoint_kind == kind


@pytest.mark.parametrize(
    ("kind", "url", "based"),
    [
        ("azure", "https://a.openai.azure.com/", "https://a.openai.azure.com"),
        ("azure_v1", "https://a.openai.azure.com", "https://a.openai.azure.com/openai/v1"),
        ("azure_v1", "https://a.openai.azure.com/openai/v1/", "https://a.openai.azure.com/openai/v1"),
        ("openai", "https://api.openai.com", "https://api.openai.com/v1"),
        ("openai", "http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"),
        ("openai", "https://a.example/v1beta/openai/", "https://a.example/v1beta/openai"),
    ],
)
def test_a_base_url_without_a_path_gets_the_usual_one(kind, url, based):
    assert base_url(kind, url) == based


def test_a_kind_that_is_set_counts_more_than_the_url():
    config = AoaiConfig(connection="c", endpoint="https://gateway.example", kind="openai")
    assert config.to_endpoint() == Endpoint("openai", "https://gateway.example/v1")
    assert AoaiConfig(connection="c", endpoint="https://a.example/v1", kind="azure_v1").endpoint_kind == "azure_v1"


@pytest.mark.parametrize("local", [True, False], ids=["local store", "core"])
@pytest.mark.parametrize("key", [KEY, ""], ids=["with a key", "without a key"])
@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("azure", "https://a.openai.azure.com"),
        ("azure", "https://gateway.example/v1"),
        ("azure_v1", "https://a.openai.azure.com/openai/v1"),
        ("azure_v1", "https://mine.services.ai.azure.com/openai/v1"),
        ("openai", "https://api.openai.com/v1"),
        ("openai", "https://a.example/v1beta/openai"),
    ],
)
def test_a_connection_leads_back_to_its_endpoint(kind, url, key, local):
    from promptflow import connections, entities

    endpoint = Endpoint(kind, url, key, "2025-04-01-preview" if kind == "azure" else "")
    assert endpoint_of(endpoint.connection("named", entities if local else connections)) == endpoint


@pytest.mark.parametrize("key", [KEY, ""])
@pytest.mark.parametrize("kind", PATHS)
def test_the_local_store_keeps_what_leads_back_to_the_endpoint(kind, key):
    from promptflow.client import PFClient

    from mlops.endpoint.connection import save_connection
    from model_endpoint import find_endpoint

    url = f"https://{kind.replace('_', '-')}.azure-api.net{PATHS[kind]}" if kind != "openai" else "https://a.example/v1"
    config = AoaiConfig(connection="c", kind=kind, endpoint=url, api_key=key, api_version="2024-10-21")
    save_connection(PFClient(), config, f"kept_{kind}")
    found = find_endpoint(f"kept_{kind}")
    assert (found.kind, found.url, found.api_key) == (kind, url, key)


def test_a_connection_of_another_type_is_refused():
    from promptflow.connections import CustomConnection

    with pytest.raises(TypeError, match="not by a CustomConnection"):
        endpoint_of(CustomConnection(configs={"a": "b"}, secrets={"api_key": "k"}))


def test_a_key_is_not_shown():
    assert KEY not in repr(Endpoint("openai", "https://a.example/v1", KEY))


# What is sent


def check_request(server: ModelServer, kind: str, key: str = KEY) -> None:
    path, headers = server.paths[-1], server.headers[-1]
    if kind == "azure":
        assert path == "/openai/deployments/deployed/chat/completions?api-version=2024-10-21"
        assert headers["api-key"] == key and "authorization" not in headers
    else:
        assert path == f"{PATHS[kind]}/chat/completions"
        assert headers["authorization"] == f"Bearer {key}" and "api-key" not in headers


@pytest.mark.parametrize("kind", PATHS)
def test_a_synchronous_client_reaches_each_kind(kind):
    with ModelServer(lambda chat: "fine") as server:
        with sync_client(Endpoint(kind, server.endpoint + PATHS[kind], KEY, "2024-10-21")) as client:
            assert client.chat.completions.create(**CHAT).choices[0].message.content == "fine"
        check_request(server, kind)


@pytest.mark.parametrize("kind", PATHS)
async def test_an_asynchronous_client_reaches_each_kind(kind):
    with ModelServer(lambda chat: "fine") as server:
        async with async_client(Endpoint(kind, server.endpoint + PATHS[kind], KEY, "2024-10-21")) as client:
            assert (await client.chat.completions.create(**CHAT)).choices[0].message.content == "fine"
        check_request(server, kind)


def test_a_server_of_ones_own_gets_a_placeholder_for_a_key():
    with ModelServer(lambda chat: "fine") as server:
        with sync_client(Endpoint("openai", f"{server.endpoint}/v1")) as client:
            client.chat.completions.create(**CHAT)
        check_request(server, "openai", "none")


@pytest.mark.parametrize("kind", ["azure", "azure_v1"])
def test_without_a_key_a_token_of_entra_id_is_sent(kind):
    from azure.core.credentials import AccessToken

    class Credential:
        scopes: tuple = ()

        def get_token(self, *scopes, **options):
            self.scopes = scopes
            return AccessToken("a-token", 4_000_000_000)

    credential = Credential()
    with ModelServer(lambda chat: "fine") as server:
        with sync_client(Endpoint(kind, server.endpoint + PATHS[kind], "", "2024-10-21"), credential) as client:
            client.chat.completions.create(**CHAT)
    assert server.headers[-1]["authorization"] == "Bearer a-token"
    assert credential.scopes == ("https://cognitiveservices.azure.com/.default",)


def test_an_answer_that_is_not_whole_is_none():
    from openai.types.chat import ChatCompletion

    from model_endpoint import IncompleteAnswer, whole_answer

    def of(content, reason="stop", **message):
        body = completion(content, finish_reason=reason)
        body["choices"][0]["message"].update(message)
        return ChatCompletion.model_validate(body)

    assert whole_answer(of(" fine\n")) == "fine"
    for given, reason in [
        (of("half", "length"), "raise max_output_tokens"),
        (of("", "content_filter"), "filter"),
        (of(" \n"), "is empty"),
        (of(None), "is empty"),
        (of(None, refusal="No."), "refuses.*No"),
    ]:
        with pytest.raises(IncompleteAnswer, match=reason):
            whole_answer(given)


# Keys


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY} ", f"\r\n{KEY}\t"])
def test_white_space_around_a_key_is_stripped(key):
    config = AoaiConfig(connection="c", endpoint="https://a.example/v1", api_key=key)
    assert config.to_endpoint().api_key == KEY


@pytest.mark.parametrize("key", [f"{KEY}\nmore", f"{KEY}\x00", f"{KEY}é", f"{KEY}\u2028x"])
def test_a_key_that_no_header_can_hold_is_refused_unprinted(key):
    from mlops.common.errors import UserError
    from mlops.configuration.config import Configuration

    with pytest.raises(UserError, match="api_key: .*cannot be sent as a header") as error:
        Configuration("pr", variables={"AOAI_BASE_ENDPOINT": "https://a.example/v1", "AOAI_API_KEY": key}).aoai()
    assert KEY not in str(error.value)
    with pytest.raises(ValidationError):
        AoaiConfig(connection="c", endpoint="https://a.example/v1", api_key=key)


# Plain HTTP


@pytest.mark.parametrize("host", ["10.1.2.3:11434", "192.168.0.7", "box.local", "models.internal"])
def test_plain_http_leads_into_a_private_network_only_if_that_is_allowed(host):
    content = {"connection": "c", "endpoint": f"http://{host}/v1", "kind": "openai"}
    with pytest.raises(ValidationError, match="allow_private_http: true"):
        AoaiConfig(**content)
    assert AoaiConfig(**content, allow_private_http=True).endpoint == f"http://{host}/v1"


@pytest.mark.parametrize("host", ["8.8.8.8", "models.example", "169.254.169.254"])
def test_plain_http_leads_nowhere_else(host):
    with pytest.raises(ValidationError, match="must start with https://|in clear text"):
        AoaiConfig(connection="c", endpoint=f"http://{host}/v1", kind="openai", allow_private_http=host[:3] == "8.8")
