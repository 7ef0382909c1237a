"""What an endpoint is: its kind, its address, and how one signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Union
from urllib.parse import urlsplit

from .proxies import is_loopback

if TYPE_CHECKING:
    from types import ModuleType

    from promptflow.connections import AzureOpenAIConnection, OpenAIConnection

    ModelConnection = Union[AzureOpenAIConnection, OpenAIConnection]

Kind = Literal["azure", "azure_v1", "openai"]

AZURE_V1_PATH = "/openai/v1"
# Hosts of Azure OpenAI and Foundry resources and of API Management in front of them, in public and sovereign clouds:
# https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
AZURE_HOST = re.compile(r"\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$|\.azure-api\.(net|us|cn)$")
OPENAI_HOST = "api.openai.com"
VERSIONED_PATH = re.compile(r"/v\d+\w*(/|$)")
# Prompt flow's OpenAIConnection requires a key. These two stand for none.
NO_KEY = "none"
ENTRA_ID = "entra-id"


@dataclass(frozen=True)
class Endpoint:
    """A model endpoint.

    Attributes:
        kind: "azure" takes dated api-versions and has deployments in its paths. "azure_v1" is Azure without either;
            "openai" is everything else that speaks OpenAI's protocol.
        url: of the resource for "azure"; otherwise the base URL, which ends in /v1 as a rule.
        api_key: empty to sign in through Microsoft Entra ID, or not at all where the kind is "openai".
        api_version: Azure's dated version; of no meaning for the other kinds.
    """

    kind: Kind
    url: str
    api_key: str = field(default="", repr=False)
    api_version: str = ""

    @property
    def keyless(self) -> bool:
        """Whether one signs in through Microsoft Entra ID."""
        return self.kind != "openai" and not self.api_key

    @property
    def stored_key(self) -> str:
        """The key for an OpenAI connection, which requires one: a placeholder where there is none."""
        return self.api_key or (ENTRA_ID if self.keyless else NO_KEY)

    def connection(self, name: str, types: ModuleType) -> ModelConnection:
        """Return the Prompt flow connection to this endpoint.

        Args:
            name: the connection's name.
            types: the module with the classes: promptflow.connections, or promptflow.entities for the local store.
        """
        if self.kind == "azure":
            access = {"api_key": self.api_key, "auth_mode": "key"} if self.api_key else {"auth_mode": "meid_token"}
            return types.AzureOpenAIConnection(name=name, api_base=self.url, api_version=self.api_version, **access)
        return types.OpenAIConnection(name=name, base_url=self.url, api_key=self.stored_key)


def recognised_kind(url: str) -> Kind:
    """Return the kind of endpoint at a URL, by its host and path.

    An address that says nothing else is taken for an Azure resource, or a gateway in front of one. The path /openai/v1
    is Azure's at its own hosts and at the emulator on this machine; others have it too, as api.groq.com.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    azure = AZURE_HOST.search(parts.hostname or "") or is_loopback(parts.hostname)
    if path.endswith(AZURE_V1_PATH) and azure:
        return "azure_v1"
    if AZURE_HOST.search(parts.hostname or ""):
        return "azure"
    if parts.hostname == OPENAI_HOST or VERSIONED_PATH.search(path):
        return "openai"
    return "azure"


def base_url(kind: Kind, url: str) -> str:
    """Return an endpoint's URL as clients take it: a base URL that has no path gets the usual one."""
    url = url.rstrip("/")
    if kind != "azure" and not urlsplit(url).path:
        return url + (AZURE_V1_PATH if kind == "azure_v1" else "/v1")
    return url


def endpoint_of(connection: ModelConnection) -> Endpoint:
    """Return the endpoint of a Prompt flow connection.

    Raises:
        TypeError: it is a connection of another type.
    """
    kind = type(connection).__name__
    key = (connection.secrets.get("api_key") or "").strip() if hasattr(connection, "secrets") else ""
    if kind == "AzureOpenAIConnection":
        return Endpoint("azure", connection.api_base.rstrip("/"), key, connection.api_version)
    if kind != "OpenAIConnection":
        raise TypeError(f"a model is reached by an AzureOpenAIConnection or an OpenAIConnection, not by a {kind}")
    url = base_url("openai", connection.base_url or f"https://{OPENAI_HOST}/v1")
    azure = key == ENTRA_ID or recognised_kind(url) == "azure_v1"
    return Endpoint("azure_v1" if azure else "openai", url, "" if key in (NO_KEY, ENTRA_ID) else key)


def find_endpoint(connection_name: str) -> Endpoint:
    """Return the endpoint of the Prompt flow connection of that name."""
    from promptflow.connections import ConnectionProvider

    return endpoint_of(ConnectionProvider.get_instance().get(connection_name))
