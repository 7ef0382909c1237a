"""Typed sections of config.yaml that lead somewhere: the model endpoint, the emulator, and web search."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE, display_path
from mlops.configuration.base_section import Section
from model_endpoint import Endpoint, Kind, recognised_kind
from model_endpoint.endpoint import base_url
from model_endpoint.proxies import is_loopback

# Names that no public DNS has: https://www.rfc-editor.org/rfc/rfc6762, rfc8375 and ICANN's resolution on .internal
PRIVATE_SUFFIXES = (".local", ".internal", ".lan", ".home.arpa")


def _sendable(key: SecretStr) -> SecretStr:
    """Strip a key of the white space around it, and refuse one that no HTTP header can hold, without showing it."""
    value = key.get_secret_value().strip()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("holds a character that cannot be sent as a header; copy the key again")
    return SecretStr(value)


ApiKey = Annotated[SecretStr, AfterValidator(_sendable)]


class EmulatorConfig(Section):
    """The emulator that the runners start for the environment `local`, and how badly it behaves."""

    latency_ms: float = Field(default=0, ge=0)
    seed: int = 0
    faults: str = ""


class AoaiConfig(Section):
    """Section `aoai_config`: the model endpoint, and the Prompt flow connection under which flows know it.

    Attributes:
        connection: the connection's name.
        kind: what kind of endpoint it is; empty where its URL says so. See `model_endpoint.Endpoint`.
        endpoint: its URL; None on an environment with an emulator.
        api_key: empty to sign in through Microsoft Entra ID, or not at all for the kind "openai".
        api_version: for the kind "azure".
        allow_private_http: whether http:// may reach other machines of a private network, in clear text.
        emulator: answers on this machine, in the place of an endpoint.
    """

    connection: str = Field(min_length=1)
    kind: Kind | Literal[""] = ""
    endpoint: str | None = None
    api_key: ApiKey = SecretStr("")
    api_version: str = ""
    allow_private_http: bool = False
    emulator: EmulatorConfig | None = None

    @field_validator("endpoint")
    @classmethod
    def _check_endpoint_url(cls, endpoint: str | None) -> str | None:
        if endpoint is None:
            return None
        endpoint = endpoint.strip()
        parts = urlsplit(endpoint)
        if "@" in parts.netloc or parts.query:
            raise ValueError("must hold neither a user nor a query: put the key into api_key")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must start with https:// (http:// is for loopback alone)")
        return endpoint.rstrip("/")

    @model_validator(mode="after")
    def _check_endpoint(self) -> AoaiConfig:
        if self.endpoint is None and self.emulator is None:
            raise ValueError("needs an endpoint or an emulator")
        host = urlsplit(self.endpoint or "").hostname
        if (self.endpoint or "").startswith("http:") and not is_loopback(host):
            if not _is_private(host):
                raise ValueError("key endpoint: must start with https:// (http:// is for loopback alone)")
            if not self.allow_private_http:
                raise ValueError(
                    f"key endpoint: http:// reaches {host} in clear text; use https://, or allow that with "
                    "allow_private_http: true"
                )
        if self.endpoint and self.endpoint_kind == "azure" and not self.api_version:
            raise ValueError("key api_version is missing, which the kind azure needs")
        return self

    @property
    def endpoint_kind(self) -> Kind:
        """The kind of the endpoint, as it is set, or by its URL."""
        return self.kind or recognised_kind(self.endpoint or "")

    @property
    def url(self) -> str:
        """The endpoint's URL.

        Raises:
            UserError: there is none: an emulator answers, and nothing has started it.
        """
        if self.endpoint is None:
            raise UserError(
                f"the connection {self.connection} has no endpoint in {display_path(CONFIG_FILE)}: its emulator runs "
                "only as long as a runner does; name an environment with an endpoint"
            )
        return self.endpoint

    def to_endpoint(self) -> Endpoint:
        """Return the endpoint, which must be known by now."""
        kind = self.endpoint_kind
        return Endpoint(kind, base_url(kind, self.url), self.api_key.get_secret_value(), self.api_version)


class SearchConfig(Section):
    """Section `search_config`: how flows search the web, and the Prompt flow connection under which they know it.

    On `local` the endpoints are the emulator's.
    """

    connection: str = Field(min_length=1)
    provider: Literal["bing", "ddgs"]
    endpoint: str = ""
    api_key: ApiKey = SecretStr("")
    wikipedia_endpoint: str = ""
    allow_loopback: bool = False

    @field_validator("endpoint", "wikipedia_endpoint")
    @classmethod
    def _safe_endpoint(cls, endpoint: str) -> str:
        if endpoint and not endpoint.startswith("https://"):
            raise ValueError("must start with https://")
        return endpoint


def _is_private(host: str | None) -> bool:
    """Whether a host is one of a private network: by its address, or by a name that no public DNS has."""
    host = host or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_SUFFIXES)
