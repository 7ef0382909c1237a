"""Connections as flows ask for them, from this service's settings: kept in memory, out of reach of callers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from src.flow_service.settings import Settings


@dataclass(frozen=True)
class Connections:
    """The connections of one application.

    Attributes:
        models: the one to the model endpoint.
        search: the one that tells how the web is searched.
        models_name: the name under which flows find `models`; no other application of this process has it.
        search_name: the same for `search`.
    """

    models: Any
    search: Any
    models_name: str
    search_name: str


def make_connections(settings: Settings) -> Connections:
    """Return the connections of an application, and let flows find them by their names."""
    from promptflow.connections import AzureOpenAIConnection, CustomConnection

    aoai, search, suffix = settings.aoai, settings.search, secrets.token_hex(4)
    key = aoai.api_key.get_secret_value()
    access = {"api_key": key, "auth_mode": "key"} if key else {"auth_mode": "meid_token"}
    connections = Connections(
        models=AzureOpenAIConnection(
            name=f"{aoai.connection}_{suffix}", api_base=aoai.endpoint, api_version=aoai.api_version, **access
        ),
        search=CustomConnection(
            name=f"{search.connection}_{suffix}",
            configs={
                "provider": search.provider,
                "endpoint": search.endpoint,
                "wikipedia_endpoint": search.wikipedia_endpoint,
                "allow_loopback": str(search.allow_loopback).lower(),
            },
            secrets={"api_key": search.api_key.get_secret_value() or "none"},
        ),
        models_name=f"{aoai.connection}_{suffix}",
        search_name=f"{search.connection}_{suffix}",
    )
    _provider().known.update({
        connections.models_name: connections.models, connections.search_name: connections.search
    })
    return connections


def forget_connections(connections: Connections) -> None:
    """Take the connections of an application back."""
    for name in (connections.models_name, connections.search_name):
        _provider().known.pop(name, None)


@cache
def _provider() -> Any:
    """Put a provider of connections in front of Prompt flow's own, once for the process."""
    from promptflow.core._connection_provider._connection_provider import ConnectionProvider

    before = ConnectionProvider._instance

    class InMemory(ConnectionProvider):
        """Knows the connections of this process's applications; asks Prompt flow's own provider for any other."""

        def __init__(self):
            self.known: dict[str, Any] = {}

        def get(self, name: str) -> Any:
            return self.known[name] if name in self.known else self._other().get(name)

        def list(self, **kwargs: Any) -> list[Any]:
            return [*self.known.values(), *self._other().list(**kwargs)]

        def _other(self) -> Any:
            return before or ConnectionProvider._init_from_env()

    ConnectionProvider._instance = InMemory()
    return ConnectionProvider._instance
