"""The Foundry project: a client for it, and what its errors mean to the user."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING

from mlops.common.errors import RunFailed, UserError, causes
from mlops.configuration.sections import AiStudioConfig

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.credentials import TokenCredential

SIGNATURE = re.compile(r"(?i)\b(sig|sv|se|skoid|code|key|api[-_]?key|password|secret|token)=[^&\s\"']+")
# The same as headers, as a log of requests has them: a name, a colon, and perhaps quotes.
HEADER = re.compile(
    r"(?i)\b(authorization|[\w-]*api[-_]key|ocp-apim-subscription-key)([\"']?\s*:\s*[\"']?(?:bearer\s+)?)[^\s\"',}]+"
)
# What Azure says when it is the project that is not there, or something above it.
ABOVE = ("ParentResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound", "InvalidSubscriptionId")
OF_THE_PROJECT = re.compile(r"workspaces/[^/']+'")
CHECK = "`python -m mlops.check_azure`, with the same --environment_name, tells what is missing"
SDKS = ("azure.", "promptflow.", "msrest.", "requests.")
REMEDIES = {
    401: "the sign-in is not accepted; sign in again with az login, or check AZURE_TENANT_ID and the other variables",
    403: "access is denied; the signed-in identity needs the role AzureML Data Scientist on the project, and Storage "
    "Blob Data Contributor on its storage account",
    404: "not found; check SUBSCRIPTION_ID, RESOURCE_GROUP_NAME and PROJECT_NAME, and the requested name",
    409: "conflict: it is being changed by someone else, or exists and differs; wait for that change and try again",
    429: "too many requests; wait a minute and try again",
}
# Those of errors that their status does not explain.
REMEDY_OF_TEXT = {
    r"locations/\w+/read": "the signed-in identity may start operations, but not ask how they go; it needs a role "
    "with locations/*/read of Microsoft.MachineLearningServices, such as Azure AI Developer",
    "MissingSubscriptionRegistration|NoRegisteredProvider|No registered resource provider": "register the provider "
    "with az provider register --namespace Microsoft.MachineLearningServices; if it is registered, install the "
    "packages of requirements-azure.lock anew",
}


def credential() -> TokenCredential:
    """Return the identity of this machine: az login here, a managed identity or a federated token elsewhere."""
    from azure.identity import DefaultAzureCredential

    logging.getLogger("azure.identity").setLevel(logging.ERROR)  # it warns of every identity that is not there
    logging.getLogger("msal").setLevel(logging.CRITICAL)  # it logs tracebacks of errors that it raises as well
    return DefaultAzureCredential()


def ml_client(project: AiStudioConfig) -> MLClient:
    """Return a client of the project's workspace; no request is sent yet."""
    quiet_sdk()
    from azure.ai.ml import MLClient

    return MLClient(
        credential(),
        subscription_id=project.subscription_id,
        resource_group_name=project.resource_group_name,
        workspace_name=project.project_name,
        enable_telemetry=False,
        show_progress=sys.stderr.isatty(),
    )


def quiet_sdk() -> None:
    """Keep the SDK from warning of each experimental class that it uses; call it before its entities are made."""
    warnings.filterwarnings("ignore", category=UserWarning, module="marshmallow")
    import azure.ai.ml  # noqa: F401  (its import sets the level that is changed here)

    # msrest warns of what the SDK itself puts into requests, azure.core of connections that break, before it raises.
    for name in ("azure.ai.ml", "azure.core", "msrest.serialization"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def plain_upload() -> Iterator[None]:
    """Keep the SDK's uploads from writing colours to a standard error that is not a terminal."""
    if sys.stderr.isatty():
        yield
        return
    with redirect_stderr(io.StringIO()):
        yield


def has_connection(client: MLClient, name: str) -> bool:
    """Whether the project has a connection of this name."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        client.connections.get(name)
    except ResourceNotFoundError as error:
        if project_is_missing(error):
            raise
        return False
    return True


def project_is_missing(error: BaseException) -> bool:
    """Whether a 404 is about the project, or something above it, and not about what was requested."""
    code = getattr(getattr(error, "error", None), "code", None)
    return code in ABOVE or OF_THE_PROJECT.search(str(error)) is not None


def as_yaml(entity) -> str:
    """Return an entity of the SDK as the YAML that `az ml ... create --file` takes."""
    text = io.StringIO()
    entity.dump(dest=text)
    return text.getvalue()


@contextmanager
def azure_errors(doing: str, hint: str = CHECK) -> Iterator[None]:
    """Turn an error of Azure, also where an SDK has wrapped it, into one sentence with the remedy.

    Args:
        doing: what the block does, such as "registering the data asset x", for the error's text.
        hint: what else helps where something is missing in Azure.

    Raises:
        UserError: Azure cannot be reached, refuses the identity, or does not have what is requested.
        RunFailed: Azure failed, or the request was wrong.
    """
    try:
        yield
    except (UserError, RunFailed):
        raise
    except Exception as raised:
        chain = list(causes(raised))
        error = _explained(doing, chain)
        if error is None:
            raise
        if hint and not is_malformed_response(raised) and any(map(_lacks_something, chain)):
            error = type(error)(f"{error}; {hint}")
        raise error from None


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed in a moment: Azure is busy, or the connection broke."""
    import requests
    from azure.core.exceptions import IncompleteReadError, ServiceRequestError, ServiceResponseError

    of_sdk = (ServiceRequestError, ServiceResponseError, IncompleteReadError)
    of_requests = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    broken = (*of_sdk, *of_requests, ConnectionError, TimeoutError)
    if is_malformed_response(error):
        return True
    for cause in causes(error):
        status = status_of(cause)
        if status is not None:
            return status in (408, 429) or status >= 500
        if isinstance(cause, broken):
            return True
    return False


def is_malformed_response(error: BaseException) -> bool:
    """Whether an SDK failed to parse an answer that is not Azure's, such as an error page of a proxy."""
    from azure.core.exceptions import DecodeError, DeserializationError, IncompleteReadError

    unreadable = (DecodeError, DeserializationError, json.JSONDecodeError)
    for cause in causes(error):
        if isinstance(cause, unreadable):
            return not isinstance(cause, IncompleteReadError)  # that one is about a connection that broke
    if not isinstance(error, (AttributeError, LookupError, TypeError, ValueError)) or error.__traceback__ is None:
        return False
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals.get("__name__", "").startswith(SDKS)


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status with which Azure answered, or None where the error is no answer."""
    status = getattr(error, "status_code", None)
    if status is None and type(error).__name__ == "RunRequestException":  # which keeps it in its text alone
        found = re.search(r"Code: (\d{3})", str(error))
        status = int(found[1]) if found else None
    return status if isinstance(status, int) else None


def first_line(error: BaseException) -> str:
    """Return an error's text, shortened to its first line and without signatures or keys; JSON as one line."""
    text = redact_secrets(str(getattr(error, "message", None) or error)).strip()
    lines = [" ".join(text.split())] if text.startswith("{") else text.splitlines()
    return lines[0][:300] if lines else type(error).__name__


def is_refusal(error: BaseException) -> bool:
    """Whether Azure refuses a request, which it would do again, of somebody whose sign-in it accepts."""
    status = status_of(error)
    return status is not None and 400 <= status < 500 and status not in (401, 408, 429)


def answered_code(error: BaseException) -> str:
    """Return status and code of an answer of Azure, such as 404 ResourceNotFound."""
    code = getattr(getattr(error, "error", None), "code", None)
    return " ".join(str(part) for part in (status_of(error), code) if part)


def redact_secrets(text: str) -> str:
    """Return a text without the signatures, keys and tokens of URLs and headers in it."""
    return HEADER.sub(r"\1\2***", SIGNATURE.sub(lambda found: f"{found[1]}=***", text))


def _explained(doing: str, chain: list[BaseException]) -> UserError | RunFailed | None:
    """Return what a chain of errors means to the user; None for a bug in this repository."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    if is_malformed_response(chain[0]):
        return UserError(
            f"{doing}: the answer did not come from Azure ({type(chain[0]).__name__}), but perhaps from a proxy; "
            "check the network, and try again"
        )
    for error in chain:
        if status := status_of(error):
            return _answered(doing, status, error)
    for error in chain:
        if isinstance(error, ClientAuthenticationError):
            return UserError(
                f"{doing}: nobody is signed in to Azure here, or the sign-in is refused or cannot be reached; sign in "
                f"with az login, and check the network ({_tried(error)})"
            )
        if is_transient(error):
            return UserError(f"{doing}: Azure cannot be reached ({first_line(error)}); check the network")
    raised = chain[0]
    if isinstance(raised, AzureError) or type(raised).__module__.startswith(SDKS):
        return RunFailed(f"{doing}: {first_line(raised)}")
    return None


def _lacks_something(error: BaseException) -> bool:
    """Whether an answer may be due to something that is missing in Azure: what was asked for, a role, or who asks."""
    from azure.core.exceptions import ClientAuthenticationError

    status = status_of(error)
    if status is None:
        return isinstance(error, ClientAuthenticationError)
    return 400 <= status < 500 and status not in (408, 409, 429)


def _tried(error: BaseException) -> str:
    """Return why none of the credentials gave a token, on one line."""
    text = " ".join(redact_secrets(str(getattr(error, "message", None) or error)).split())
    return (text.partition("Attempted credentials: ")[2].partition(" To mitigate")[0] or text)[:400]


def _answered(doing: str, status: int, error: BaseException) -> UserError | RunFailed:
    said = f"Azure answers {status} ({first_line(error)})"
    for pattern, remedy in REMEDY_OF_TEXT.items():
        if re.search(pattern, str(error)):
            return UserError(f"{doing}: {said}: {remedy}")
    if status in REMEDIES:
        return UserError(f"{doing}: {said}: {REMEDIES[status]}")
    return RunFailed(f"{doing}: {said}" + ("; try again" if status >= 500 else ""))
