"""The model endpoint: what is checked before a batch, and what its errors are told like."""

import logging
import socket
import time

import httpx
import openai
import pytest
from model_server import Answer, ModelServer, failure

from mlops.common.errors import UserError
from mlops.configuration.endpoints import AoaiConfig
from mlops.endpoint import connection as connections
from mlops.endpoint.connection import check_endpoint, explain, redact_api_key, save_connection
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings

KEY = "the-right-key-d41d8cd9"


def aoai(endpoint: str, key: str = KEY) -> AoaiConfig:
    return AoaiConfig(connection="c", endpoint=endpoint, api_key=key, api_version="2024-10-21")


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_a_right_key_passes_and_a_wrong_one_is_reported_without_either():
    with Emulator(EmulatorSettings(api_key=KEY)) as emulator:
        check_endpoint(aoai(emulator.endpoint))
        with pytest.raises(UserError, match=r"127\.0\.0\.1.* refuses the key; check AOAI_API_KEY") as error:
            check_endpoint(aoai(emulator.endpoint, "a-wrong-key-59adb24e"))
    assert KEY not in str(error.value)
    assert "59adb24e" not in str(error.value)


def test_a_dead_endpoint_is_reported_soon_with_its_address(closed_port):
    start = time.monotonic()
    says = rf"{closed_port} \(of the kind azure\) cannot be reached \(.*refused\); check AOAI_BASE_ENDPOINT"
    with pytest.raises(UserError, match=says):
        check_endpoint(aoai(closed_port))
    assert time.monotonic() - start < 20


def test_an_endpoint_that_never_answers_is_reported(monkeypatch):
    monkeypatch.setattr(connections, "CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UserError, match=f"{endpoint} .* does not answer within .*AOAI_BASE_ENDPOINT"):
            check_endpoint(aoai(endpoint))


def test_an_endpoint_that_speaks_no_http_is_reported():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        import threading

        def hang_up():
            for _ in range(3):
                listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(UserError, match="cannot be reached"):
            check_endpoint(aoai(f"http://127.0.0.1:{listener.getsockname()[1]}"))


def test_denied_access_is_reported_with_the_role_that_is_missing():
    with ModelServer() as server:
        server.models = failure(403, "no")
        with pytest.raises(UserError, match="denies access; .*role Cognitive Services OpenAI User"):
            check_endpoint(aoai(server.endpoint))


@pytest.mark.parametrize("status", [404, 400, 422])
def test_a_gateway_without_a_list_of_models_passes(status):
    with ModelServer() as server:
        server.models = failure(status, "no such path")
        check_endpoint(aoai(server.endpoint))
        assert len(server.paths) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_endpoint_that_is_busy_for_the_moment_passes(status):
    with ModelServer() as server:
        server.models = Answer({"error": {"message": "busy"}}, status, (("retry-after-ms", "1"),))
        check_endpoint(aoai(server.endpoint))
        assert len(server.paths) == 3


def test_without_a_key_and_an_identity_one_sentence_tells_both_remedies(monkeypatch, caplog, closed_port):
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    start = time.monotonic()
    with caplog.at_level(logging.WARNING), pytest.raises(UserError, match="AOAI_API_KEY is empty .* az login") as error:
        check_endpoint(aoai(closed_port, ""))
    assert time.monotonic() - start < 10
    assert "\n" not in str(error.value)
    assert caplog.records == []


def status_error(kind, status: int, body: object = None) -> openai.APIStatusError:
    return kind("Error code", response=httpx.Response(status, request=httpx.Request("POST", "http://a")), body=body)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (openai.APITimeoutError(httpx.Request("POST", "http://a")), "does not answer within"),
        (openai.APIConnectionError(request=httpx.Request("POST", "http://a")), "cannot be reached"),
        (status_error(openai.AuthenticationError, 401), "AOAI_API_KEY"),
        (status_error(openai.PermissionDeniedError, 403), "role Cognitive Services OpenAI User"),
        (status_error(openai.NotFoundError, 404, {"message": "gone"}), "or path .gone.; check AOAI_CHAT_DEPLOYMENT"),
        (status_error(openai.BadRequestError, 400, {"message": "too long"}), "refuses the request: too long"),
        (status_error(openai.BadRequestError, 400), "refuses the request: Error code"),
        (openai.OpenAIError("odd"), "refuses the request: odd"),
    ],
)
def test_every_error_of_the_endpoint_is_reported_with_its_address_and_a_remedy(error, says):
    import re

    message = explain(error, aoai("https://a.example"))
    assert message.startswith("the model endpoint https://a.example ")
    assert re.search(says, message)


@pytest.mark.parametrize("status", [400, 401, 404, 418])
def test_an_error_that_repeats_the_key_does_not_make_us_repeat_it(status):
    with ModelServer(lambda request: failure(status, f"you sent {KEY}, didn't you?")) as server:
        config = aoai(server.endpoint)
        with (
            redact_api_key(config),
            openai.AzureOpenAI(azure_endpoint=server.endpoint, api_key=KEY, api_version="v", max_retries=0) as client,
            pytest.raises(openai.APIStatusError) as error,
        ):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
    assert str(error.value) == f"Error code: {status} - you sent ***, didn't you?"
    assert KEY not in f"{error.value!r} {error.value.body} {explain(error.value, config)}"


def test_a_connection_has_the_key_or_is_keyless():
    from promptflow.client import PFClient

    pf = PFClient()
    save_connection(pf, aoai("https://a.example"), "with_key")
    save_connection(pf, aoai("https://a.example", ""), "without_key")
    with_key, without_key = pf.connections.get("with_key", with_secrets=True), pf.connections.get("without_key")
    assert (with_key.api_base, with_key.api_key, with_key.auth_mode) == ("https://a.example", KEY, "key")
    assert (without_key.api_key, without_key.auth_mode) == (None, "meid_token")
    save_connection(pf, aoai("https://b.example"), "without_key")
    assert pf.connections.get("without_key", with_secrets=True).api_key == KEY


def test_keys_are_kept_secret_as_long_as_a_block_is_open_in_whatever_order_blocks_are_left():
    def message_with(text):
        error = openai.APIError(text, httpx.Request("GET", "http://127.0.0.1"), body={"code": text})
        return error.message, error.code

    first, second = (
        redact_api_key(AoaiConfig(connection="c", endpoint="https://a.example", api_key=key, api_version="v"))
        for key in ("key-one", "key-two")
    )
    first.__enter__()
    second.__enter__()
    assert message_with("key-one key-two") == ("*** ***", None)
    first.__exit__(None, None, None)
    assert message_with("key-one key-two") == ("key-one ***", None)
    second.__exit__(None, None, None)
    assert message_with("key-one key-two") == ("key-one key-two", "key-one key-two")
