"""The Prompt flow connection through which flows reach the model endpoint, and the check that the endpoint is there."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops.common.config_models import AoaiConfig, SearchConfig
from mlops.common.errors import UserError

if TYPE_CHECKING:
    import openai
    from promptflow.client import PFClient

TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
CONNECT_TIMEOUT = 10.0  # seconds for the endpoint's first answer


def save_connection(pf: PFClient, aoai: AoaiConfig, name: str) -> None:
    """Create or update a connection in Prompt flow's local store, which keeps the key encrypted.

    Without a key the connection is keyless: flows sign in through Microsoft Entra ID.
    """
    from promptflow._sdk.entities._flows._flow_context_resolver import FlowContextResolver
    from promptflow.entities import AzureOpenAIConnection

    for loaded in (FlowContextResolver.resolve, FlowContextResolver.resolve_async_invoker):
        loaded.cache_clear()  # a loaded DAG would go on with what the connection was before
    key = aoai.api_key.get_secret_value()
    access = {"api_key": key, "auth_mode": "key"} if key else {"auth_mode": "meid_token"}
    pf.connections.create_or_update(
        AzureOpenAIConnection(name=name, api_base=aoai.endpoint, api_version=aoai.api_version, **access)
    )


def save_search_connection(pf: PFClient, search: SearchConfig, name: str) -> None:
    """Create or update the connection that tells flows how to search the web, with its key encrypted."""
    from promptflow.entities import CustomConnection

    pf.connections.create_or_update(
        CustomConnection(
            name=name,
            configs={
                "provider": search.provider,
                "endpoint": search.endpoint,
                "wikipedia_endpoint": search.wikipedia_endpoint,
                "allow_loopback": str(search.allow_loopback).lower(),
            },
            secrets={"api_key": search.api_key.get_secret_value() or "none"},  # Prompt flow wants at least one
        )
    )


def check_endpoint(aoai: AoaiConfig) -> None:
    """Ask the endpoint for its models, so that a dead endpoint or a wrong key is known before a batch is started.

    Raises:
        UserError: the endpoint cannot be reached or refuses the credentials.
    """
    import openai

    key = aoai.api_key.get_secret_value()
    with openai.AzureOpenAI(
        azure_endpoint=aoai.endpoint,
        api_version=aoai.api_version,
        api_key=key or None,
        azure_ad_token_provider=None if key else _entra_id_token,
        timeout=CONNECT_TIMEOUT,
        max_retries=2,
    ) as client:
        try:
            client.models.list()
        except openai.NotFoundError:
            return  # a gateway in front of the service may have no list of models; it is there and lets us in
        except (openai.APIConnectionError, openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise UserError(explain(error, aoai)) from None
        except openai.APIStatusError:
            return  # busy or limited for the moment: flows retry, and a batch reports what fails for good


@contextmanager
def key_kept_secret(aoai: AoaiConfig) -> Iterator[None]:
    """Keep the key out of the errors that arise inside the block, should an endpoint repeat it in what it answers.

    From an error's text it would get into the run's files and to the screen.
    """
    import openai

    key = aoai.api_key.get_secret_value()
    original = openai.APIError.__init__

    @functools.wraps(original)
    def init(self, message: str, request: object, *, body: object) -> None:
        if key and key in message:
            message = message.replace(key, "***")
        if key and key in str(body):
            body = {"message": message}
        original(self, message, request, body=body)

    openai.APIError.__init__ = init
    try:
        yield
    finally:
        openai.APIError.__init__ = original


def explain(error: openai.OpenAIError, aoai: AoaiConfig) -> str:
    """Say what an error of the model endpoint means to the user: the endpoint, what it answered, what to do."""
    import openai

    endpoint = f"the model endpoint {aoai.endpoint}"
    if isinstance(error, openai.APITimeoutError):
        return f"{endpoint} does not answer within {CONNECT_TIMEOUT:.0f} s; check AOAI_BASE_ENDPOINT and the network"
    if isinstance(error, openai.APIConnectionError):
        reason = str(error.__cause__ or error)
        return f"{endpoint} cannot be reached ({reason}); check AOAI_BASE_ENDPOINT and that the service is running"
    if isinstance(error, openai.AuthenticationError):
        return f"{endpoint} refuses the key; check AOAI_API_KEY (empty: sign in through Microsoft Entra ID)"
    if isinstance(error, openai.PermissionDeniedError):
        return f"{endpoint} denies access; the signed-in identity needs the role Cognitive Services OpenAI User"
    if isinstance(error, openai.NotFoundError):
        return f"{endpoint} has no such deployment; check AOAI_CHAT_DEPLOYMENT and AOAI_API_VERSION ({_message(error)})"
    return f"{endpoint} refuses the request: {_message(error)}"


def _entra_id_token() -> str:
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential

    logging.getLogger("azure.identity").setLevel(logging.ERROR)  # it warns of every identity that is not there
    try:
        return DefaultAzureCredential().get_token(TOKEN_SCOPE).token
    except ClientAuthenticationError:
        raise UserError(
            "AOAI_API_KEY is empty and Microsoft Entra ID knows no identity here; set the key or sign in with az login"
        ) from None


def _message(error: openai.OpenAIError) -> str:
    body = getattr(error, "body", None)
    return str(body.get("message") if isinstance(body, dict) and body.get("message") else error)
