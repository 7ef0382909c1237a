import base64

import httpx
import openai
import pytest
from emulator_clients import azure

from src.emulator.settings import EmulatorSettings

USER = [{"role": "user", "content": "Hi"}]
JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"RS256"}', b'{"sub":"me"}', b"signature")
)


@pytest.mark.parametrize("path", ["/v1/models", "/openai/models?api-version=2024-10-21", "/openai/v1/models"])
@pytest.mark.parametrize("headers", [{}, {"api-key": ""}, {"authorization": "Bearer"}, {"authorization": "Basic eDp5"}])
def test_a_request_without_credentials_is_refused(emulator, path, headers):
    response = httpx.get(emulator.endpoint + path, headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["message"]


def test_any_key_passes_unless_one_is_expected(emulator, start):
    assert azure(emulator, api_key="whatever").models.list().data
    strict = start(api_key="right")
    assert azure(strict, api_key="right").models.list().data
    with pytest.raises(openai.AuthenticationError) as error:
        azure(strict, api_key="wrong-secret").chat.completions.create(model="gpt-4.1", messages=USER)
    assert error.value.code == "401"
    assert "wrong-secret" not in str(error.value)


def test_a_token_of_microsoft_entra_id_passes_on_azure_paths_only(start):
    strict = start(api_key="right")
    client = openai.AzureOpenAI(
        azure_endpoint=strict.endpoint, api_version="2024-10-21", max_retries=0, azure_ad_token_provider=lambda: JWT
    )
    assert client.chat.completions.create(model="gpt-4.1", messages=USER).choices
    for token, base in ((JWT, "/v1"), ("a.b.c", "/openai/v1"), ("opaque", "/openai/v1")):
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=strict.endpoint + base, api_key=token, max_retries=0).models.list()


def test_the_key_passes_as_a_bearer_token(start):
    strict = start(api_key="right")
    assert openai.OpenAI(base_url=f"{strict.endpoint}/v1", api_key="right").models.list().data


def test_a_key_that_is_no_ascii_is_refused_like_any_other(start):
    strict = start(api_key="right")
    response = httpx.get(f"{strict.endpoint}/v1/models", headers={"api-key": "schlüssel".encode()})
    assert response.status_code == 401


def test_the_expected_key_comes_from_the_environment_and_is_not_shown(monkeypatch):
    monkeypatch.setenv("EMULATOR_API_KEY", "from-environment")
    settings = EmulatorSettings()
    assert settings.api_key == "from-environment"
    assert "from-environment" not in repr(settings)


def test_readiness_needs_no_key(emulator):
    assert httpx.get(f"{emulator.endpoint}/healthz").json() == {"status": "ok"}
