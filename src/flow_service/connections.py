"""Prompt flow connections from the service's settings: kept in memory, out of reach of callers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from src.flow_service.settings import ServiceSettings


@dataclass(frozen=True)
class Connections:
    """The connections of one application.

    Attributes:
        models: the connection to the model endpoint.
        search: the connection to the web search.
        models_name: the name under which flows find `models`, unique in the process.
        search_name: the name under which flows find `search`, unique in the process.
    """

    models: Any
    search: Any
    models_name: str
    search_name: str


def make_connections(settings: ServiceSettings) -> Connections:
    """Create the connections of an application, and register them so that flows find them by name."""
    from promptflow import connections as types

    search, suffix = settings.search, secrets.token_hex(4)
    models_name, search_name = f"{settings.aoai.connection}_{suffix}", f"{search.connection}_{suffix}"
    connections = Connections(
        models=settings.aoai.to_endpoint().connection(models_name, types),
        search=types.CustomConnection(
            name=search_name,
            configs={
                "provider": search.provider,
                "endpoint": search.endpoint,
                "wikipedia_endpoint": search.wikipedia_endpoint,
                "allow_loopback": str(search.allow_loopback).lower(),
            },
            secrets={"api_key": search.api_key.get_secret_value() or "none"},
        ),
        models_name=models_name,
        search_name=search_name,
    )
    _provider().known.update({connections.models_name: connections.models, connections.search_name: connections.search})
    return connections


def remove_connections(connections: Connections) -> None:
    """Remove the connections of an application."""
    for name in (connections.models_name, connections.search_name):
        _provider().known.pop(name, None)


@cache
def _provider() -> Any:
    """Put a connection provider in front of Prompt flow's own, once per process."""
    from promptflow.core._connection_provider._connection_provider import ConnectionProvider

    original = ConnectionProvider._instance

    class InMemory(ConnectionProvider):
        """Has the connections of this process's applications; any other comes from Prompt flow's own provider."""

        def __init__(self):
            self.known: dict[str, Any] = {}

        def get(self, name: str) -> Any:
            return self.known[name] if name in self.known else self._other().get(name)

        def list(self, **kwargs: Any) -> list[Any]:
            return [*self.known.values(), *self._other().list(**kwargs)]

        def _other(self) -> Any:
            return original or ConnectionProvider._init_from_env()

    ConnectionProvider._instance = InMemory()
    return ConnectionProvider._instance
