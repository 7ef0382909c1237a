"""The Prompt flow connection through which flows reach the model endpoint, and the check that the endpoint is there."""

from __future__ import annotations

import functools
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from mlops.common.errors import UserError, causes
from mlops.configuration.endpoints import AoaiConfig, SearchConfig
from mlops.configuration.model_calendar import explain_retirement, service_of
from model_endpoint import proxy_of, sync_client

if TYPE_CHECKING:
    import httpx2
    import openai
    from azure.core.credentials import TokenCredential
    from promptflow.client import PFClient

_KEPT_SECRET: Counter[str] = Counter()  # by key, how many blocks are open; they may be left in any order
CONNECT_TIMEOUT = 10.0  # seconds for the endpoint's first answer
NOT_RECORDED = "NotRecorded"  # the emulator's code for a request to which no answer is recorded
REMEDIES = {  # of a 404, by the kind that was assumed
    "azure": "check {0.model} and AOAI_API_VERSION; if it is of another kind, give its base URL, which ends in /v1, or "
    "set AOAI_ENDPOINT_KIND",
    "azure_v1": "check {0.model}, and that {0.url} ends in /openai/v1",
    "openai": "check {0.model}, and that {0.url} is the base URL, which ends in /v1 as a rule",
}


def save_connection(pf: PFClient, aoai: AoaiConfig, name: str) -> None:
    """Create or update a connection in Prompt flow's local store, which keeps the key encrypted.

    Without a key the connection is keyless: flows sign in through Microsoft Entra ID.
    """
    from promptflow import entities
    from promptflow._sdk.entities._flows._flow_context_resolver import FlowContextResolver

    for loaded in (FlowContextResolver.resolve, FlowContextResolver.resolve_async_invoker):
        loaded.cache_clear()  # a loaded DAG would keep using the old connection
    pf.connections.create_or_update(aoai.to_endpoint().connection(name, entities))


def save_search_connection(pf: PFClient, search: SearchConfig, name: str) -> None:
    """Create or update the connection to web search, with its key encrypted."""
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
    """Ask the endpoint for its models, so that a dead endpoint or a wrong key is found before a batch is started.

    Raises:
        UserError: the endpoint cannot be reached or refuses the credentials.
    """
    import openai

    endpoint = aoai.to_endpoint()
    with ExitStack() as stack:
        credential = stack.enter_context(_credential()) if endpoint.keyless else None
        client = stack.enter_context(sync_client(endpoint, credential, timeout=CONNECT_TIMEOUT, max_retries=2))
        try:
            client.models.list()
        except openai.NotFoundError:
            return  # a gateway in front of the service may have no list of models; it is there and lets us in
        except (openai.APIConnectionError, openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise UserError(explain(error, aoai)) from None
        except openai.APIStatusError:
            return  # busy or rate-limited: flows retry, and a batch reports permanent failures


@contextmanager
def redact_api_key(aoai: AoaiConfig) -> Iterator[None]:
    """Redact the key in errors raised inside the block, in case an endpoint repeats it in its answer.

    Otherwise it would get into the run's files and on the screen.
    """
    _redact_keys_in_api_errors()
    key = aoai.api_key.get_secret_value()
    _KEPT_SECRET[key] += 1
    try:
        yield
    finally:
        _KEPT_SECRET[key] -= 1


@functools.cache
def _redact_keys_in_api_errors() -> None:
    import openai

    original = openai.APIError.__init__

    @functools.wraps(original)
    def init(self, message: str, request: httpx2.Request, *, body: object) -> None:
        for key in [key for key, blocks in _KEPT_SECRET.items() if key and blocks]:
            message = message.replace(key, "***")
            if key in str(body):
                body = {"message": message}
        original(self, message, request, body=body)

    openai.APIError.__init__ = init


def is_permanent(error: openai.OpenAIError) -> bool:
    """Whether every request would fail with this error: the endpoint is out of reach, or refuses all."""
    import openai

    if isinstance(error, openai.NotFoundError):
        return getattr(error, "code", None) != NOT_RECORDED
    refused = (openai.APIConnectionError, openai.AuthenticationError, openai.PermissionDeniedError)
    return isinstance(error, refused)


def explain(error: openai.OpenAIError, aoai: AoaiConfig, deployment: str = "") -> str:
    """Explain an error of the model endpoint to the user: the endpoint, its answer, the remedy.

    Args:
        error: of the endpoint's client.
        aoai: where the endpoint is.
        deployment: what was asked, if that is known; the model calendar may know why it is gone.
    """
    import openai

    kind, variables = aoai.endpoint_kind, _variables(aoai)
    endpoint = f"the model endpoint {aoai.endpoint} (of the kind {kind})"
    if isinstance(error, openai.APIConnectionError):
        proxy = proxy_of(aoai.url)
        way = f" through the proxy {proxy}, which the environment names" if proxy else ""
        # The client over aiohttp reports a refused connection as a timeout as well; a real one is an OSError, too.
        found = (cause for cause in causes(error) if isinstance(cause, OSError) and not isinstance(cause, TimeoutError))
        refused = next(found, None)
        if isinstance(error, openai.APITimeoutError) and refused is None:
            waited = f"within {CONNECT_TIMEOUT:.0f} s"
            return f"{endpoint} does not answer{way} {waited}; check {variables.url} and the network"
        reason = str(refused or error.__cause__ or error)
        return f"{endpoint} cannot be reached{way} ({reason}); check {variables.url} and that the service is running"
    if isinstance(error, openai.AuthenticationError):
        keyless = "" if kind == "openai" else " (empty: sign in through Microsoft Entra ID)"
        return f"{endpoint} refuses the key; check {variables.key}{keyless}"
    if isinstance(error, openai.PermissionDeniedError):
        role = "" if kind == "openai" else "; the signed-in identity needs the role Cognitive Services OpenAI User"
        return f"{endpoint} denies access{role}: {message_of(error)}"
    if getattr(error, "code", None) == NOT_RECORDED:
        return message_of(error)
    if retired := explain_retirement(error, deployment, service_of(kind, aoai.url)):
        return f"{endpoint}: {retired}"
    if isinstance(error, openai.NotFoundError):
        return f"{endpoint} has no such deployment or path ({message_of(error)}); {REMEDIES[kind].format(variables)}"
    return f"{endpoint} refuses the request: {message_of(error)}"


class _Variables(NamedTuple):
    """The environment variables that set the endpoint of an environment of config.yaml."""

    url: str
    key: str
    model: str


def _variables(aoai: AoaiConfig) -> _Variables:
    if aoai.connection.endswith("_laptop"):
        return _Variables("LAPTOP_BASE_URL", "LAPTOP_API_KEY", "LAPTOP_CHAT_MODEL")
    return _Variables("AOAI_BASE_ENDPOINT", "AOAI_API_KEY", "AOAI_CHAT_DEPLOYMENT")


@contextmanager
def _credential() -> Iterator[TokenCredential]:
    """Yield the credential of whoever is signed in to Microsoft Entra ID.

    Raises:
        UserError: nobody is.
    """
    from azure.identity import DefaultAzureCredential

    with explain_missing_identity(), DefaultAzureCredential() as credential:
        yield credential


@contextmanager
def explain_missing_identity() -> Iterator[None]:
    """Explain in one sentence what to do where a keyless endpoint is used inside the block and nobody is signed in.

    Raises:
        UserError: Microsoft Entra ID knows no identity here.
    """
    from azure.core.exceptions import ClientAuthenticationError

    logging.getLogger("azure.identity").setLevel(logging.ERROR)  # it warns of every identity that is not there
    try:
        yield
    except ClientAuthenticationError:
        raise UserError(
            "AOAI_API_KEY is empty and Microsoft Entra ID knows no identity here; set the key or sign in with az login"
        ) from None


def message_of(error: openai.OpenAIError) -> str:
    """Return the endpoint's message, without the JSON around it."""
    body = getattr(error, "body", None)
    return str(body.get("message") if isinstance(body, dict) and body.get("message") else error)
